"""All that is known of one resident, as plain rows by part: what ``oncegrid explain`` prints, as JSON or on a page.

Belongs here: which tables tell of a person, and in which order. Does not belong here: whom a name means
(``finding.py``), how it looks (``page.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from schemas.extracts import Mask
from schemas.model import Field, schema
from warehouse.explain.finding import find_resident
from warehouse.extract.mask import masked
from warehouse.gateway import ask, connect
from warehouse.review.judgements import Judgement, Judgements, Record
from warehouse.store import quoted
from warehouse.workspace import Workspace

Row = dict[str, Any]
_KEY = ("source", "record_key", "record_no")
# A resident's records, links and values may be many; a page of them all helps nobody, and JSON says how many there are.
MOST = 500
_MASKS: dict[str, Mask] = {
    "name": "name", "id_number": "id18", "phone": "phone", "address": "address", "disability_no": "account",
    "student_no": "account",
}  # fmt: skip
_RECORD = (
    "source", "record_key", "record_no", "edition_id", "as_of", "file", "sheet", "row_number", "match_rule",
    "match_probability", "match_reason", "name", "id_number", "id_stated", "id_status", "sex", "birth_date", "phone",
    "hukou_address", "live_address", "household_no", "relation_to_head", "resident_kind", "status",
)  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """One resident: ``asked`` is what was asked for, ``aliases`` the ended ids that led here, ``parts`` the rows by table.

    ``cut``: parts of which only the first rows are there, with how many there are.
    """

    asked: str
    resident_id: str
    version: str
    aliases: tuple[str, ...]
    parts: dict[str, list[Row]]
    cut: dict[str, int]

    def as_dict(self) -> Row:
        """As one JSON object."""
        about = {
            "asked": self.asked, "resident_id": self.resident_id, "version": self.version, "aliases": list(self.aliases),
        }  # fmt: skip
        return {**about, **self.parts, "cut": self.cut}


def explain(
    workspace: Workspace, asked: str, *, version: str | None = None, mask: bool = False
) -> Explanation:
    """What is known of whom ``asked`` means (an id, an id that ended in a merge, or ``source:record_key``).

    With ``mask`` names, numbers, phones and addresses are masked, and keys of records shortened. Raises Problem.
    """
    with connect(workspace, version=version) as con:
        resident_id, aliases = find_resident(con, asked)
        asking = _Asking(con, resident_id, mask)
        asking.person()
        keys = asking.keys()
        asking.parts["judgement"] = _judgements(Judgements(workspace).history(), keys, mask)
        served = str(ask(con, "select version from snapshot").table[0][0].as_py())
    return Explanation(asked, resident_id, served, aliases, asking.parts, asking.cut)


class _Asking:
    """The questions about one resident, put to one snapshot."""

    def __init__(self, con: duckdb.DuckDBPyConnection, resident_id: str, mask: bool) -> None:
        self.con, self.id, self.mask = con, resident_id, mask
        self.parts: dict[str, list[Row]] = {}
        self.cut: dict[str, int] = {}
        self.tables = {
            str(row["table_name"])
            for row in ask(con, "select table_name from information_schema.tables").table.to_pylist()
        }

    def person(self) -> None:
        self._part("resident", "resident_id = $id", "resident_id")
        self._part(
            "resident_record",
            "resident_id = $id",
            "source, record_key, record_no, edition_id",
            columns=_RECORD,
        )
        self._part(
            "resident_value", "resident_id = $id", "field, chosen desc, source, record_key, record_no, reason"
        )
        self._part(
            "resident_link", "left_resident_id = $id or right_resident_id = $id",
            "(left_resident_id = right_resident_id) desc, used desc, match_weight desc nulls last, left_source, left_record_key, "
            "right_source, right_record_key, left_record_no, right_record_no",
            more=_levels,
        )  # fmt: skip
        self._part(
            "placement",
            "record_kind = 'resident' and (source, edition_id, record_key, record_no) in (select (source, edition_id, "
            "record_key, record_no) from resident_record where resident_id = $id)",
            "source, record_key, record_no, edition_id",
        )
        self._part("review_item", "left_resident_id = $id or right_resident_id = $id", "rank")
        self._part(
            "resident_change", "resident_id = $id or other_id = $id", "version, resident_id, change, other_id"
        )
        self._part("resident_history", "resident_id = $id", "valid_from")
        self._part(
            "resident_record_history", "resident_id = $id", "source, record_key, record_no, as_of, edition_id",
            columns=(*_RECORD[:8], "match_rule", "name", "id_number", "birth_date", "live_address", "valid_from", "valid_to"),
        )  # fmt: skip

    def keys(self) -> set[Record]:
        """The records of the resident."""
        rows = ask(
            self.con,
            f"select distinct {', '.join(_KEY)} from resident_record where resident_id = $id",
            {"id": self.id},
        ).table.to_pylist()
        return {Record(**row) for row in rows}

    def _part(
        self, table: str, where: str, order: str, *, columns: tuple[str, ...] | None = None,
        more: Callable[[Row], None] | None = None,
    ) -> None:  # fmt: skip
        if table not in self.tables:
            self.parts[table] = []  # a version from before there was such a table
            return
        spec = schema().tables[table]
        there = {str(row[0]) for row in self.con.execute(f"describe {quoted(table)}").fetchall()}
        names = [name for name in columns or spec.column_names if name in there]
        shown = ", ".join(f"{self._shown(table, name)} as {quoted(name)}" for name in names)
        found = ask(
            self.con,
            f"select {shown} from {quoted(table)} as t where {where} order by {_of(order)}",
            {"id": self.id},
        ).table.to_pylist()
        if len(found) > MOST:
            self.cut[table] = len(found)
        self.parts[table] = found[:MOST]
        for row in self.parts[table] if more is not None else ():
            assert more is not None
            more(row)

    def _shown(self, table: str, name: str) -> str:
        column = f"t.{quoted(name)}"
        if not self.mask:
            return column
        if table == "resident_value" and name == "value":
            # The mask goes by the field that the row speaks of.
            whens = " ".join(
                f"when {_words(fields)} then {masked(mask, column)}"
                for mask, fields in _fields_by_mask().items()
            )
            return f"case {whens} else {column} end"
        if name in ("record_key", "left_record_key", "right_record_key"):
            return masked("account", column)
        if name in ("file", "sheet"):
            return f"case when {column} is not null then '***' end"
        mask = _mask_of(schema().tables[table].column(name).field)
        if mask is None:
            return column
        if name in ("birth_date",):
            return f"case when {column} is not null then strftime({column}, '%Y') || '-**-**' end"
        return masked(mask, f"cast({column} as varchar)")


def _of(order: str) -> str:
    """The order by what the table holds, not by what is shown of it."""
    return ", ".join(part if part.startswith("(") else f"t.{part}" for part in order.split(", "))


def _mask_of(field: Field) -> Mask | None:
    if field.name == "birth_date":
        return "all"
    if field.type in _MASKS:
        return _MASKS[field.type]
    return "address" if field.sensitivity == "identifying" else None


def _fields_by_mask() -> dict[Mask, list[str]]:
    found: dict[Mask, list[str]] = {}
    for name, field in schema().fields.items():
        mask = _mask_of(field)
        if mask is not None:
            found.setdefault(mask, []).append(name)
    return found


def _words(fields: list[str]) -> str:
    return f"t.field in ({', '.join(repr(name) for name in sorted(fields))})"


def _levels(row: Row) -> None:
    row["levels"] = json.loads(row["levels"]) if row.get("levels") else []


def _judgements(history: list[Judgement], keys: set[Record], mask: bool) -> list[Row]:
    """Decisions about the resident's records, those taken back too, in time order."""
    return [
        {
            "judgement_id": one.judgement_id, "verdict": one.verdict, "user": one.user, "at": one.at, "reason": one.reason,
            "item_id": one.item_id, "ended_by": one.ended_by,
            "left": [_name(r, mask) for r in one.left], "right": [_name(r, mask) for r in one.right],
        }
        for one in history if keys.intersection(one.left + one.right)
    ]  # fmt: skip


def _name(record: Record, mask: bool) -> str:
    key = record.record_key
    if mask:
        key = "*" * (len(key) - 4) + key[-4:] if len(key) >= 8 else "*" * len(key)
    return str(record._replace(record_key=key))
