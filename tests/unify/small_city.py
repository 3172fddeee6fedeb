"""A few people written as short rows, linked and unified night after night as the pipeline does it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pypinyin import lazy_pinyin

from schemas.derive import duckdb_type
from schemas.model import schema
from warehouse.link import LinkInputs, commit_ledger, link
from warehouse.store import Stage, Store, quoted
from warehouse.unify import Previous, UnifyInputs, unify
from warehouse.unify.records import governed

KEY = b"a key of the tests, 32 bytes long"
AGENCIES = {
    "police": "测试市公安局", "health": "测试市卫生健康委员会", "grid": "甲区网格中心", "school": "测试市教育局",
    "civil": "测试市民政局", "hotline": "测试市12345热线",
}  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
HISTORIES = ("household_history", "dwelling_history", "grid_history")
RECORD = ("source", "edition_id", "record_key", "record_no")
Row = Mapping[str, Any]


def id_number(birth: str, sequence: int = 1) -> str:
    """A synthetic valid number of area 210202 (GB 11643) with ``birth`` as YYYYMMDD; an odd sequence is a man's."""
    body = f"210202{birth}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def complete(row: Row, day: str, number: int) -> dict[str, Any]:
    """A short row with what every record has. ``key`` is the record key; names beginning with ``p_`` are placed."""
    full: dict[str, Any] = {
        "as_of": day, "row_number": number, "record_no": 0, "file": f"{row['source']}.csv",
        "id_status": "ok" if row.get("id_number") else "missing", "name_key": row.get("name"),
        "name_pinyin": " ".join(lazy_pinyin(row["name"])) if row.get("name") else None,
        "birth_date_precision": "day" if row.get("birth_date") else None, **row,
    }  # fmt: skip
    full["record_key"] = full.pop("key")
    full.setdefault("edition_id", f"{full['source']}-{full['as_of']}")
    return full


def core_part(row: Row) -> dict[str, Any]:
    """What of a row belongs to ``resident_core``."""
    return {k: v for k, v in row.items() if not k.startswith("p_")}


def placed_part(row: Row) -> dict[str, Any]:
    """What of a row belongs to ``resident_placed``."""
    return {k.removeprefix("p_"): v for k, v in row.items() if k.startswith("p_") or k in RECORD}


class City:
    """The nights of one small city."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.previous: Previous | None = None
        self.older: list[Row] = []
        self.current: list[Row] = []
        self.extra: dict[str, str] = {}
        self.stage: Stage

    def table(self, name: str, declared: str, rows: Sequence[Row], *, shuffle: int | None = None) -> str:
        """A table of the declared columns; what a row leaves out is null. Returns its scan."""
        columns = {c.name: duckdb_type(c.field) for c in schema().tables[declared].columns}
        told = ", ".join(f"{quoted(n)} {t}" for n, t in columns.items())
        self.store.con.execute(f"create or replace table {name} ({told})")
        ordered = list(rows)
        if shuffle is not None:
            random.Random(shuffle).shuffle(ordered)
        for row in ordered:
            unknown = set(row) - set(columns)
            assert not unknown, unknown
            marks = ", ".join("?" for _ in row)
            self.store.con.execute(
                f"insert into {name} ({', '.join(quoted(n) for n in row)}) values ({marks})",
                list(row.values()),
            )
        return name

    def night(
        self,
        rows: Sequence[Row],
        day: str = "2026-01-01",
        *,
        publish: bool = True,
        shuffle: int | None = None,
        **more: str,
    ) -> Stage:
        """Link, unify and (by default) publish ``rows`` as all current resident records."""
        full = [complete(row, day, i) for i, row in enumerate(rows)]
        keys = {(r["source"], r["edition_id"], r["record_key"], r["record_no"]) for r in full}
        self.older += [
            r
            for r in self.current
            if (r["source"], r["edition_id"], r["record_key"], r["record_no"]) not in keys
        ]
        residents = self.table("t_residents", "resident_core", [core_part(r) for r in full], shuffle=shuffle)
        where = self.table("t_placed", "resident_placed", [placed_part(r) for r in full], shuffle=shuffle)
        older = self.table("t_older", "resident_core", [core_part(r) for r in self.older])
        told = [sorted(repr(r) for r in full), shuffle]
        linked = link(self.store, LinkInputs(residents, where, signature=told), KEY, f"v{day}")
        inputs = UnifyInputs(
            residents=residents, placed=where, assignment=linked.scan("assignment"), changes=linked.scan("resident_change"),
            agencies=AGENCIES, older=older, previous=self.previous,
            signature=[told, linked.key, repr(self.previous), sorted((self.extra | more).items())],
        )  # fmt: skip
        self.stage = unify(self.store, replace(inputs, **(self.extra | more)), KEY, date.fromisoformat(day))
        self.linked = linked
        if publish:
            commit_ledger(self.store, linked, f"v{day}")
            self.previous = Previous(
                *(self.stage.scan(t) for t in ("resident", "resident_value", "resident_history")),  # type: ignore[arg-type]
                {t: self.stage.scan(t) for t in HISTORIES},
            )
            self.current = full
        return self.stage

    def rows(self, table: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of a table of the last night, sorted."""
        return self.store.rows(f"select {columns} from {self.stage.scan(table)} where {where} order by all")

    def one(self, table: str, columns: str, where: str = "true") -> Any:
        """The only row (its only value where it has one column)."""
        rows = self.rows(table, columns, where)
        assert len(rows) == 1, rows
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    def resident(self, source: str, key: str) -> str:
        """Whose record that is tonight."""
        return str(
            self.one("resident_record", "resident_id", f"source = '{source}' and record_key = '{key}'")
        )


def every_golden_value_has_one_chosen_word(city: City) -> None:
    """The invariant of the contract, over all residents and governed fields of the last night."""
    for name in governed():
        rows = city.rows("resident", f"resident_id, cast({name} as varchar)", f"{name} is not null")
        chosen = city.rows("resident_value", "resident_id, value", f"chosen and field = '{name}'")
        assert rows == chosen, name
    assert (
        city.rows("resident_value", "resident_id, field, count(*)", "chosen group by all having count(*) > 1")
        == []
    )
