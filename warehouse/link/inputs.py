"""What linkage is given, and which record keys and rules it uses. No SQL that decides anything."""

from __future__ import annotations

from dataclasses import dataclass, field

KEY = ("source", "record_key", "record_no")
"""Names a record over all nights: the same agency's record, whichever edition it came in."""

VALID_ID = ("ok", "ok_upgraded15", "area_unknown", "area_date_conflict")
"""Statuses of an id number that may link records: the checksum and the date hold; the area code only warns."""

JUDGEMENT = tuple(f"{side}_{name}" for side in ("left", "right") for name in KEY)
"""The columns that name the two records of a judgement."""


@dataclass(frozen=True)
class LinkInputs:
    """SQL scans (anything that may stand in a FROM clause) of what is to be linked.

    ``residents``: the current rows of ``resident_core`` of all sources, one row a (source, edition_id,
    record_key, record_no). ``placed``: their ``resident_placed`` rows: where each record is.
    ``judgements``: the decisions of persons that are in force, one row a pair of records: ``JUDGEMENT``,
    ``verdict`` (same, different), ``judgement_id`` (ordered by time); the records may be gone tonight.
    ``person_keys``: sources whose key names one person, so that two living records of one are two persons.
    ``signature``: anything JSON can hold that changes whenever the scans' content does (edition ids, signatures
    of the stages before, the number of the last decision).
    """

    residents: str
    placed: str | None = None
    judgements: str | None = None
    person_keys: frozenset[str] = frozenset()
    signature: object = field(default=None)


def same_key(left: str, right: str) -> str:
    """The join condition that two table aliases hold the same record key."""
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in KEY)
