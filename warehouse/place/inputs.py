"""What placing is given, and names and small expressions that all its modules share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.derive import duckdb_type
from schemas.model import schema
from warehouse.store import quoted

RECORD = ("source", "edition_id", "record_key", "record_no")
"""Names one record of one edition."""

PLACED_KINDS = ("resident", "household", "event", "organisation", "dwelling")
"""Kinds whose every record gets a row in ``<kind>_placed``."""

ROSTER_KINDS = ("resident", "household", "dwelling")
"""Kinds whose stated grid codes are a roster's word: they vote, and make grids that no list has."""


@dataclass(frozen=True)
class PlaceInputs:
    """``records``: for each record kind the current rows of ``<kind>_core`` as a FROM item, None (or left out) where
    no source has any. ``signature``: anything JSON can hold that changes whenever the content of a scan does."""

    records: Mapping[str, str | None]
    signature: object = field(default=None)

    def scan(self, kind: str) -> str:
        """The current rows of ``<kind>_core`` as a FROM item; of no rows where there is no source."""
        scan = self.records.get(kind)
        if scan is not None:
            return scan
        columns = schema().tables[f"{kind}_core"].columns
        nulls = ", ".join(f"cast(null as {duckdb_type(c.field)}) as {quoted(c.name)}" for c in columns)
        return f"(select {nulls} where false)"


@dataclass(frozen=True)
class Town:
    """What the settings say of the city, and the day on which things are in force: the newest that a record speaks of."""

    city: str
    division: str | None
    day: date

    @property
    def today(self) -> str:
        """The day as SQL."""
        return f"date '{self.day.isoformat()}'"


def short_code(code: str) -> str:
    """SQL of an area code as long as its level: 210202005000 → 210202005, 210200 → 2102."""
    return (
        f"case when regexp_full_match({code}, '[0-9]{{2}}0000(000){{0,2}}') then left({code}, 2) "
        f"when regexp_full_match({code}, '[0-9]{{4}}00(000){{0,2}}') then left({code}, 4) "
        f"when regexp_full_match({code}, '[0-9]{{6}}000(000)?') then left({code}, 6) "
        f"when regexp_full_match({code}, '[0-9]{{9}}000') then left({code}, 9) else {code} end"
    )


def ranked(partition: str, order: str) -> str:
    """SQL of the place of a row among those of ``partition``; ``order`` must be total."""
    return f"row_number() over (partition by {partition} order by {order})"
