"""A demo city that was made, and its truth as tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.demo import DemoReport


@dataclass(frozen=True)
class Made:
    """A city that was made, and its truth as tables."""

    root: Path
    report: DemoReport
    con: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query over the truth (tables person, dwelling, record, record_text, cell, damage)."""
        return self.con.execute(sql).fetchall()


def opened(root: Path, report: DemoReport) -> Made:
    con = duckdb.connect()
    for path in sorted((root / "truth").glob("*.parquet")):
        con.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path.as_posix()}')")
    return Made(root, report, con)
