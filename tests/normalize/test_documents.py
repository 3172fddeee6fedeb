"""Golden tables of names and numbers, and what must hold for each type: a value reads as itself, without an issue."""

from __future__ import annotations

import re

import pytest
from conftest import Cells
from golden_tables import golden

TYPES = {"id_number": "id_number", "other_document": "id_number", "name": "name", "uscc": "uscc",
         "disability_no": "disability_no", "student_no": "student_no"}  # fmt: skip
# Values that say themselves what is wrong with them: they are kept as they are written, and told each time.
KEEPING = ("name_newborn", "name_partial", "name_unreadable", "id_area_unknown", "id_area_date_conflict")
Row = dict[str, str | None]


def rows(table: str) -> list[Row]:
    """The rows of a table; characters that an editor would not show stand as \\uXXXX."""
    return [
        {
            name: text and re.sub(r"\\u([0-9A-F]{4})", lambda m: chr(int(m[1], 16)), text)
            for name, text in row.items()
        }
        for row in golden(table)
    ]


@pytest.mark.parametrize("table", TYPES)
def test_golden(cells: Cells, table: str) -> None:
    told = rows(table)
    wrong = []
    for kind in dict.fromkeys(row.get("kind") for row in told):
        alike = [row for row in told if row.get("kind") == kind]
        read = cells(TYPES[table], [row["raw"] for row in alike], stated=kind)
        for row, one in zip(alike, read, strict=True):
            expected = {name: text for name, text in row.items() if name not in ("raw", "kind", "why")}
            found = {name: one[name] for name in expected}
            if found != expected:
                wrong.append((row["raw"], found, expected))
    assert wrong == []


@pytest.mark.parametrize("table", TYPES)
def test_a_value_reads_as_itself(cells: Cells, table: str) -> None:
    told = [row for row in rows(table) if row["value"] is not None and row.get("kind") is None]
    read = cells(TYPES[table], [row["value"] for row in told])
    for row, one in zip(told, read, strict=True):
        assert one["value"] == row["value"]
        assert one["issue"] == (row["issue"] if row["issue"] in KEEPING else None)


def test_the_tables_are_long_enough() -> None:
    sizes = {table: len(rows(table)) for table in TYPES}
    assert min(sizes["id_number"], sizes["name"]) >= 60 and min(sizes.values()) >= 30
