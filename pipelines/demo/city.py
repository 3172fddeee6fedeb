"""The city in the making: its engine, its seed, its day and the shipped tables it is drawn from.

Belongs here: what every part of the generator shares. Does not belong here: places, people, agencies.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb

from pipelines.demo.chance import Chance

DATA = files(__package__)


def shipped(name: str) -> list[dict[str, str]]:
    """Rows of a CSV of this package; lines that begin with # are comments."""
    text = DATA.joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))


def terms(text: str) -> list[str]:
    """A list of words, written as one text with blanks between them."""
    return text.split()


@dataclass(frozen=True)
class City:
    """One run of the generator: ``con`` holds the tables, ``root`` is the workspace that files go to.

    ``hard``: the city has the doubles of ``hard.py`` and the damage of ``hard.csv``.
    """

    con: duckdb.DuckDBPyConnection
    chance: Chance
    root: Path
    people: int
    as_of: date
    hard: bool = False

    @property
    def today(self) -> str:
        """The day of the exports, as a SQL literal."""
        return f"DATE '{self.as_of.isoformat()}'"

    @property
    def stamp(self) -> str:
        """The day of the exports as file names carry it."""
        return f"{self.as_of:%Y%m%d}"

    def inbox(self, source: str) -> Path:
        """The folder an agency drops its files in (made when missing)."""
        path = self.root / "inbox" / source
        path.mkdir(parents=True, exist_ok=True)
        return path

    def count(self, sql: str) -> int:
        """The first value of a query, as a number."""
        row = self.con.execute(sql).fetchall()[0]
        return int(row[0] or 0)


def open_engine(scratch: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, bounded: what does not fit in 2 GB goes to ``scratch``."""
    con = duckdb.connect(":memory:")
    con.execute(f"SET temp_directory = '{scratch.as_posix()}'")
    con.execute("SET memory_limit = '2GB'")
    con.execute(f"SET threads = {min(4, os.cpu_count() or 1)}")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    # Joins are written in the order to be made: people first, then what is drawn for them. For a very small city
    # the optimizer would otherwise cross the tables of draws with each other.
    con.execute("SET disabled_optimizers = 'join_order'")
    con.execute("SET TimeZone = 'Asia/Shanghai'")
    return con
