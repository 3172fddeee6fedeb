"""What unification is given: scans of the stages before, of older editions and of what was published last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.derive import duckdb_type
from schemas.model import schema
from warehouse.store import Store, quoted

RECORD = ("source", "edition_id", "record_key", "record_no")
"""Names one record of one edition."""


@dataclass(frozen=True)
class Previous:
    """Scans of the newest published version, whatever it is that is served: people do not vanish by a rollback."""

    resident: str
    resident_value: str
    resident_history: str
    things: Mapping[str, str] = field(default_factory=dict)
    """Of the other histories (household_history …) those that the version has."""


@dataclass(frozen=True)
class UnifyInputs:
    """SQL scans (anything that may stand in a FROM clause); what a city does not have is None.

    ``residents`` … ``organisations`` are the current rows of ``<kind>_core``, ``…_placed`` the rows of stage
    place for them, ``areas``, ``grids``, ``dwellings`` its gold tables, ``assignment`` and ``changes`` those of
    stage link. ``older`` are the rows of ``resident_core`` of kept editions that are no longer current.
    ``agencies`` names the agency of each source. ``signature``: anything JSON can hold that changes whenever
    the content of a scan does.
    """

    residents: str
    placed: str
    assignment: str
    changes: str
    agencies: Mapping[str, str]
    areas: str | None = None
    grids: str | None = None
    dwellings: str | None = None
    dwelling_records: str | None = None
    dwelling_placed: str | None = None
    households: str | None = None
    household_placed: str | None = None
    benefits: str | None = None
    events: str | None = None
    event_placed: str | None = None
    staff: str | None = None
    organisations: str | None = None
    organisation_placed: str | None = None
    older: str | None = None
    previous: Previous | None = None
    signature: object = field(default=None)


def scan_or_empty(scan: str | None, table: str) -> str:
    """``scan``, or where it is None a scan of no rows with the columns of ``table``."""
    if scan is not None:
        return scan
    columns = schema().tables[table].columns
    nulls = ", ".join(f"cast(null as {duckdb_type(c.field)}) as {quoted(c.name)}" for c in columns)
    return f"(select {nulls} where false)"


def same_record(left: str, right: str) -> str:
    """The join condition that two table aliases hold the same record of the same edition."""
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in RECORD)


def listed(names: Iterable[str], alias: str = "") -> str:
    """Column names for a SELECT list, quoted, of one alias."""
    dot = f"{alias}." if alias else ""
    return ", ".join(f"{dot}{quoted(name)}" for name in names)


def conform(store: Store, scan: str, table: str) -> str:
    """The columns of ``table`` (labels left out) from a scan that an older version may have written.

    A column that the scan lacks is null; one that it has beyond the declared is dropped.
    """
    present = {row[0] for row in store.rows(f"describe select * from {scan}")}
    parts = []
    for column in schema().tables[table].columns:
        if column.name.endswith("_label"):
            continue
        value = quoted(column.name) if column.name in present else "null"
        parts.append(f"cast({value} as {duckdb_type(column.field)}) as {quoted(column.name)}")
    return f"(select {', '.join(parts)} from {scan})"
