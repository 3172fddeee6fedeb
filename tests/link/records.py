"""Residents' records as linkage gets them, a few at a time, and a store in memory to link them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from schemas.derive import ddl
from schemas.model import schema
from warehouse.link.inputs import LinkInputs
from warehouse.workspace import Workspace


@dataclass
class MemoryStore:
    """As much of a Store as the engine uses."""

    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    workspace: Workspace | None = None

    def rows(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, parameters).fetchall()


def check_digit(body: str) -> str:
    """The last sign of an id number whose first 17 digits are ``body`` (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def number(birth: str, sequence: int = 1, area: str = "210202") -> str:
    """A valid id number of somebody born on ``birth`` (YYYYMMDD); odd sequences are men's."""
    body = f"{area}{birth}{sequence:03d}"
    return body + check_digit(body)


def store_of(*records: Mapping[str, Any]) -> tuple[MemoryStore, LinkInputs]:
    """A store with a table of these records (columns of resident_core and resident_placed) and the inputs over it.

    Unless told: source 'police', a key of their own, a valid id number where one is given.
    """
    store = MemoryStore()
    store.con.execute("set enable_progress_bar = false")
    for name in ("resident_core", "resident_placed"):
        store.con.execute(ddl(schema().tables[name])[0].replace("NOT NULL", ""))
    for i, record in enumerate(records):
        row = {
            "source": "police", "edition_id": "e1", "as_of": "2026-01-01", "row_number": i + 1, "record_key": f"k{i}", "record_no": 0,
            "id_status": "ok" if record.get("id_number") else "missing", "name_key": record.get("name"),
            "birth_date_precision": "day" if record.get("birth_date") else None, **record,
        }  # fmt: skip
        for table in ("resident_core", "resident_placed"):
            columns = [c.name for c in schema().tables[table].columns if c.name in row]
            marks = ", ".join("?" for _ in columns)
            store.con.execute(
                f"insert into {table} ({', '.join(columns)}) values ({marks})", [row[c] for c in columns]
            )
    return store, LinkInputs("resident_core", "resident_placed")
