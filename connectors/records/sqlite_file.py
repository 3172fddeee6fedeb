"""SQLite files that an agency hands over, as tables of text.

Belongs here: the tables of a file and their rows. Does not belong here: values (``value_text.py``), databases that are
pulled (``database.py``), scripts (``sql_dump.py``).

Each table is a table of the report, its name the sheet; ``layout.table`` (a view too) or ``layout.sheets`` pick among them.
The file is opened read-only, as it lies: nothing is written beside it. There is no header row; rows are numbered
from 1 as the table gives them. Text that is no UTF-8 was written by a program that took the file for one in its own
encoding: such cells are decoded as what they look like.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.databases.value_text import texts
from connectors.layout import Layout
from connectors.report import FileReport, TableReport
from connectors.tables.byte_cells import TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import folded, shown
from connectors.tables.sink import CHUNK_ROWS, WIDEST, Sink
from connectors.text.encoding import by_likelihood, named, without_private_use
from schemas.problem import Problem

LONGEST = 1 << 26  # bytes of a value
_CELLS = 500_000  # held at a time


class _Raw(bytes):
    """Text that is no UTF-8."""


def read_sqlite(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read the tables of an SQLite file into ``sink``. ``encoding`` is that of text which is no UTF-8, as the source states
    it; ``name`` is shown in messages.

    Raises Problem for a damaged file, one without tables, a ``layout.table`` that it does not have.
    """
    report = FileReport(name, "sqlite", "sqlite", encoding="utf-8", decided_by="SQLite header")
    with _whole(name), contextlib.closing(_opened(path)) as con:
        reader = _Reader(con, named(encoding) if encoding is not None else None, name)
        tables, views = _tables(con, "table"), _tables(con, "view")
        wanted = [t for t in tables if layout.wants(t)]
        if layout.table is not None:
            wanted = [t for t in [*tables, *views] if folded(t) == folded(layout.table)]
        report.other_sheets = [t for t in tables if t not in wanted]
        if not wanted and (layout.table is not None or layout.member is None):
            raise _nothing(layout, report.other_sheets, name)
        for table in wanted:
            told = reader.read(table, sink, layout)
            if told.rows_read:
                report.tables.append(told)
            else:
                report.empty_sheets.append(table)
    report.undecodable = reader.undecodable
    if reader.met:
        report.encoding = reader.codec
        report.decided_by = (
            "stated by the source" if encoding is not None else "likelihood of text that is no UTF-8"
        )
    return report


def _opened(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    con.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    # Nothing that the file's schema says is run but plain expressions.
    con.execute("PRAGMA trusted_schema = OFF")
    con.execute("PRAGMA cell_size_check = ON")
    con.text_factory = _text
    return con


def _text(data: bytes) -> str | _Raw:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _Raw(data)


@contextlib.contextmanager
def _whole(name: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise Problem(
            f"this SQLite file is damaged or needs an extension ({type(error).__name__}); ask the agency to export it anew.",
            f"SQLite 文件已损坏或依赖扩展（{type(error).__name__}）；请对方重新导出。",
            file=name,
        ) from None


def _tables(con: sqlite3.Connection, kind: str) -> list[str]:
    found = con.execute("SELECT name FROM sqlite_master WHERE type = ? ORDER BY rowid", (kind,))
    names = [n if isinstance(n, str) else bytes(n).decode("gb18030", "replace") for (n,) in found]
    return [n for n in names if not n.startswith("sqlite_")]


class _Reader:
    """Tables of one connection. ``met``: whether text that is no UTF-8 was met; ``undecodable``: U+FFFD so far."""

    def __init__(self, con: sqlite3.Connection, codec: str | None, name: str) -> None:
        self.con, self.codec, self.name = con, codec, name
        self.met, self.undecodable = False, 0

    def read(self, table: str, sink: Sink, layout: Layout) -> TableReport:
        """All rows of a table."""
        quoted = '"' + table.replace('"', '""') + '"'
        cursor = self.con.execute(f"SELECT * FROM {quoted}")  # quoted as SQL wants it
        names = [self._word(d[0]) for d in cursor.description]
        if len(names) > WIDEST:
            raise Problem(
                f"the table {table} has more than {WIDEST} columns; ask the agency for the columns that are needed.",
                f"表 {table} 的列数超过 {WIDEST}；请对方只导出需要的列。",
                file=self.name,
            )
        named_ = unique({i: shown(n) or f"列{i + 1}" for i, n in enumerate(names)})
        report = TableReport(sheet=table, columns=[named_[i] for i in range(len(names))])
        text, first = TextTable(sink, report, layout), 1
        size = max(1, min(CHUNK_ROWS, _CELLS // len(names)))
        while rows := cursor.fetchmany(size):
            self._decide(rows)
            columns, long = list[list[str]](), dict[int, list[int]]()
            for at, values in enumerate(zip(*rows, strict=True)):
                plain = [self._word(v) if type(v) is _Raw else v for v in values] if self.met else values
                found, long[at] = texts(plain)
                columns.append([t or "" for t in found])
                self.undecodable += "".join(columns[-1]).count("\ufffd")
            text.add(range(first, first + len(rows)), columns, long)
            first += len(rows)
        return text.end()

    def _decide(self, rows: list[tuple[Any, ...]]) -> None:
        raw = [v for row in rows for v in row if type(v) is _Raw]
        if not raw:
            return
        self.met = True
        if self.codec is None:
            self.codec = by_likelihood(b"\n".join(raw)).codec

    def _word(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        text = bytes(value).decode(self.codec or "gb18030", "replace")
        return without_private_use(text) if (self.codec or "gb18030") == "gb18030" else text


def _nothing(layout: Layout, others: list[str], name: str) -> Problem:
    if not others:
        return Problem(
            "the SQLite file has no tables; ask the agency to export it anew.",
            "SQLite 文件中没有表；请对方重新导出。",
            file=name,
        )
    asked = layout.table or ", ".join(layout.sheets)
    return Problem(
        f"the layout asks for {asked}, but the tables of the file are: {', '.join(others[:50])}.",
        f"layout 要读 {asked}，而文件中的表是：{'、'.join(others[:50])}。",
        file=name,
    )
