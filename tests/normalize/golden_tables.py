"""Golden tables: CSV files of raw texts and what must become of them, read as production reads text (all of it text)."""

from __future__ import annotations

from pathlib import Path

import duckdb

GOLDEN = Path(__file__).with_name("golden")


def golden(name: str) -> list[dict[str, str | None]]:
    """The rows of ``golden/<name>.csv``; an empty cell is null."""
    found = duckdb.connect().execute(
        "select * from read_csv(?, all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')",
        [str(GOLDEN / f"{name}.csv")],
    )
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
