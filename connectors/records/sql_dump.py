"""Scripts with INSERT statements (or PostgreSQL's COPY) as tables of text.

Belongs here: which rows make a table, its columns, what the other statements are. Does not belong here: statements
(``sql_text.py``), values (``sql_values.py``), database files (``sqlite_file.py``).

Each table of the script is a table of the report, its name the sheet; ``layout.table`` (or ``layout.sheets``) picks
among them. The columns are those of CREATE TABLE, else those that the INSERTs name, else ``列1`` …; comments on
columns are their labels. Rows are numbered from 1 in each table. A row with too many or too few values is rejected
(``width``), as is what cannot be read (``structure``). Comments and statements that hold no row are counted as notes, with
the number of the row that follows them; UPDATE, DELETE and the like are not carried out, and told.
"""

from __future__ import annotations

import pickle
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from connectors.layout import Layout
from connectors.records.sql_grammar import Other, Rows, Table
from connectors.records.sql_text import SqlText
from connectors.records.sql_values import Values
from connectors.report import FileReport, TableReport
from connectors.tables.byte_cells import TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import folded, shown
from connectors.tables.sink import WIDEST, Sink
from connectors.text.encoding import Characters, decide
from schemas.problem import Problem

# Signs of dialects in which a backslash is a backslash, and of those in which it is an escape.
_PLAIN = re.compile(r"pg_dump|PostgreSQL database|standard_conforming_strings|\bCOPY\s[^;]{1,2000}\sFROM\s+stdin|\[dbo\]|^GO\s*$|varchar2|to_date\(|^prompt\s|^REM\s|set\s+(?:define|feedback)\s|PRAGMA\s", re.I | re.M)  # fmt: skip
_ESCAPES = re.compile(r"MySQL|MariaDB|(?:into|table|exists|from)\s+`|ENGINE\s*=|/\*!\d|_binary\s*'|utf8mb4|AUTO_INCREMENT|Navicat.{0,200}OceanBase", re.I | re.S)  # fmt: skip
# Without a sign: a quote behind a backslash that does not end its text.
_QUOTE = re.compile(r"[^\\]\\'(?!\s*[,)]|'')")


def read_sql_dump(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read the tables of a script into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem for a script without rows, a ``layout.table`` that it does not have, too many columns, an unknown
    encoding.
    """
    decided = decide(path, encoding)
    characters = Characters(path, decided)
    escapes = backslash_escapes(characters.head(1 << 17))
    columns: dict[tuple[str, ...], list[str]] = {}
    while True:
        script = _Script(characters, escapes, columns, sink, layout, name)
        if script.read():
            break
        # A later statement names a column that the table did not have: once more, with all of them.
        columns = {key: table.names for key, table in script.tables.items()}
    report = FileReport(
        name, "sql", "sql_dump", encoding=decided.codec, decided_by=decided.decided_by, undecodable=characters.undecodable,
    )  # fmt: skip
    script.finish(report)
    return report


def backslash_escapes(head: str) -> bool:
    """Whether the script is in a dialect (MySQL's) in which a backslash in a text is an escape."""
    mysql, plain = len(_ESCAPES.findall(head)), len(_PLAIN.findall(head))
    if mysql or plain:
        return mysql > plain
    return _QUOTE.search(head) is not None


class _Table:
    """A table on its way: its columns as far as they are known, its rows straight to the sink or kept for later."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.key = key
        self.declared: tuple[str, ...] = ()
        self.names: list[str] = []
        self.labels: dict[str, str] = {}
        self.report = TableReport(sheet=key[-1] if key else None)
        self.rejected: dict[int, str] = {}
        self.rows = 0
        self.text: TextTable | None = None
        self.spool: IO[bytes] | None = None

    def places(self, columns: Sequence[str], width: int) -> list[int] | None:
        """Where the values of a statement go; None where they do not fit. New names are added."""
        if not columns:
            if not self.names:
                self.names = list(self.declared) or [f"列{n}" for n in range(1, width + 1)]
            return list(range(width)) if width == len(self.names) else None
        if len(columns) != width:
            return None
        if not self.names:
            self.names = list(self.declared) or list(columns)
        known = {folded(n): at for at, n in enumerate(self.names)}
        for column in columns:
            if folded(column) not in known:
                known[folded(column)] = len(self.names)
                self.names.append(column)
        return [known[folded(c)] for c in columns]


class _Script:
    """One pass over a script."""

    def __init__(
        self,
        characters: Characters,
        escapes: bool,
        columns: dict[tuple[str, ...], list[str]],
        sink: Sink,
        layout: Layout,
        name: str,
    ) -> None:
        self.text, self.values = SqlText(characters, escapes), Values(escapes)
        self.known, self.sink, self.layout, self.name = columns, sink, layout, name
        self.tables: dict[tuple[str, ...], _Table] = {}
        self.declared: dict[str, Table] = {}
        self.notes: list[str] = []
        self.live: _Table | None = None
        self.last: _Table | None = None
        self.changes = self.stray = 0

    def read(self) -> bool:
        """Take in all statements. False when the table that is being sent turned out to have more columns."""
        for statement in self.text.statements():
            if isinstance(statement, Rows):
                self._rows(statement)
            elif isinstance(statement, Table):
                self._declare(statement)
                self.notes.append("CREATE TABLE" if statement.columns else "COMMENT ON COLUMN")
            else:
                self._other(statement)
        sent = self.live.text if self.live is not None else None
        return sent is None or self.live is None or len(self.live.names) == len(sent.report.columns)

    def _other(self, statement: Other) -> None:
        self.notes.append(statement.text)
        self.changes += statement.changes

    def _declare(self, statement: Table) -> None:
        key = folded(statement.table[-1]) if statement.table else ""
        known = self.declared.get(key)
        if known is None or statement.columns:
            labels = known.labels if known else {}
            known = self.declared[key] = Table(statement.table, statement.columns, labels)
        known.labels.update(statement.labels)
        for table in self.tables.values():
            if table.key and folded(table.key[-1]) == key:
                table.labels = known.labels

    def _rows(self, statement: Rows) -> None:
        key = tuple(folded(word) for word in statement.table)
        if not key:  # a piece of no statement: of the table that was being read
            if self.last is None:
                self.stray += 1
                return
            key = tuple(folded(word) for word in self.last.key)
        table = self.tables.get(key)
        if table is None:
            table = self.tables[key] = _Table(statement.table)
            declared = self.declared.get(key[-1]) if key else None
            if declared is not None:
                table.declared, table.labels = declared.columns, declared.labels
            table.names = list(self.known.get(key, ()))
        self.last = table
        wanted = self._wants(table)
        if self.notes and wanted:
            for note in self.notes:
                table.report.skip(table.rows + 1, "note", note)
            self.notes = []
        first, rows = table.rows + 1, statement.rows
        table.rows += len(rows) + statement.broken
        if not wanted:
            return
        if statement.broken:
            table.rejected[table.rows] = "structure"
        if rows:
            self._fitting(table, statement, first)
        if len(table.names) > WIDEST:
            raise Problem(
                f"the table {table.report.sheet} has more than {WIDEST} columns; ask the agency to export it anew.",
                f"表 {table.report.sheet} 的列数超过 {WIDEST}；请对方重新导出。",
                file=self.name,
            )

    def _wants(self, table: _Table) -> bool:
        named = self.layout.table
        if named is not None:
            full = ".".join(table.key)
            return folded(named) in (folded(full), folded(table.key[-1]) if table.key else "")
        return self.layout.wants(table.report.sheet or "")

    def _fitting(self, table: _Table, statement: Rows, first: int) -> None:
        """The rows of a statement that have as many values as it has columns; the others are rejected."""
        rows, widths = statement.rows, set(map(len, statement.rows))
        numbers: Sequence[int] = range(first, first + len(rows))
        width = len(statement.columns) or len(table.names or table.declared or rows[0])
        if widths != {width}:
            numbers = [n for n, row in zip(numbers, rows, strict=True) if len(row) == width]
            for n, row in zip(range(first, first + len(rows)), rows, strict=True):
                if len(row) != width:
                    table.rejected[n] = "width"
            rows = [row for row in rows if len(row) == width]
        places = table.places(statement.columns, width)
        if not rows or places is None:
            return
        columns: list[list[str] | None] = [None] * len(table.names)
        long: dict[int, list[int]] = {}
        for at, cells in zip(places, zip(*rows, strict=True), strict=True):
            if statement.plain:
                columns[at] = list(cells)
            else:
                columns[at], found = self.values.texts(cells)
                if found:
                    long[at] = found
        self._send(table, list(numbers), columns, long)

    def _send(
        self, table: _Table, numbers: list[int], columns: list[list[str] | None], long: dict[int, list[int]]
    ) -> None:
        if self.live is None:
            self.live = table
            table.text = self._opened(table)
        if table is not self.live:
            if table.spool is None:
                table.spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed in finish
            pickle.dump((numbers, columns, long), table.spool, pickle.HIGHEST_PROTOCOL)
        elif len(table.names) == len(table.text.report.columns):  # type: ignore[union-attr]
            _add(table.text, numbers, columns, long)  # type: ignore[arg-type]

    def _opened(self, table: _Table) -> TextTable:
        named = unique({i: shown(n) or f"列{i + 1}" for i, n in enumerate(table.names)})
        table.report.columns = [named[i] for i in range(len(table.names))]
        return TextTable(self.sink, table.report, self.layout)

    def finish(self, report: FileReport) -> None:
        """Send what was kept, and close the account."""
        wanted = [t for t in self.tables.values() if self._wants(t)]
        report.other_sheets = [t.report.sheet or "" for t in self.tables.values() if t not in wanted]
        if not wanted and (
            self.layout.member is None or self.layout.table is not None or not report.other_sheets
        ):
            raise self._nothing(report.other_sheets)
        for note in self.notes if wanted else ():
            last = self.last if self.last in wanted and self.last is not None else wanted[-1]
            last.report.skip(last.rows + 1, "note", note)
        for _ in range(self.stray):
            wanted[0].rows += 1
            wanted[0].rejected[wanted[0].rows] = "structure"
        sheets = [t.report.sheet for t in self.tables.values()]
        # The sink holds one table at a time, and has begun the one whose rows went straight to it.
        for table in sorted(wanted, key=lambda t: t is not self.live):
            if sheets.count(table.report.sheet) > 1 and len(table.key) > 1 and table.text is None:
                table.report.sheet = ".".join(table.key)
            text = table.text or self._opened(table)
            with table.spool or tempfile.TemporaryFile() as spool:
                for numbers, columns, long in _kept(spool):
                    _add(text, numbers, columns, long)
            text.rejected = table.rejected
            names = dict(zip(table.names, table.report.columns, strict=True))
            table.report.alternatives = {names[c]: label for c, label in table.labels.items() if c in names}
            text.end()
        report.tables += [table.report for table in wanted]
        if not wanted:
            return
        if self.changes:
            report.tables[0].find("statement_not_applied", str(self.changes))
        if self.values.kept:
            report.tables[0].find("expression_kept", str(self.values.kept))

    def _nothing(self, others: list[str]) -> Problem:
        if others:
            asked = self.layout.table or ", ".join(self.layout.sheets)
            return Problem(
                f"the layout asks for {asked}, but the script's tables are: {', '.join(others[:50])}.",
                f"layout 要读 {asked}，而脚本中的表是：{'、'.join(others[:50])}。",
                file=self.name,
            )
        return Problem(
            "this SQL script holds no rows (INSERT or COPY); ask the agency for an export with data.",
            "该 SQL 脚本中没有数据（INSERT 或 COPY）；请对方导出数据。",
            file=self.name,
        )


def _kept(spool: IO[bytes]) -> Iterator[tuple[list[int], list[list[str] | None], dict[int, list[int]]]]:
    spool.seek(0)
    while True:
        try:
            yield pickle.load(spool)
        except EOFError:
            return


def _add(text: TextTable, numbers: list[int], columns: list[Any], long: dict[int, list[int]]) -> None:
    missing = len(text.report.columns) - len(columns)
    empty = [""] * len(numbers)
    text.add(numbers, [empty if c is None else c for c in [*columns, *[None] * missing]], long)
