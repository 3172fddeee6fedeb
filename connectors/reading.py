"""A file to its tables, in this process: sniffed, opened, walked. What ``oncegrid read`` shows.

Belongs here: the choice of reader and its result in memory.
Does not belong here: what is written of it (``raw.py``, ``views.py``), limits on time and memory (``child.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.archives.archive import read_archive
from connectors.archives.unpack import ARCHIVES
from connectors.layout import Layout
from connectors.records.dbase import read_dbase
from connectors.records.json_document import read_json_document
from connectors.records.json_records import read_json_lines
from connectors.records.parquet_records import read_parquet
from connectors.records.sql_dump import read_sql_dump
from connectors.records.sqlite_file import read_sqlite
from connectors.records.xml_records import read_xml
from connectors.report import FileReport, TableReport
from connectors.sniff import WORKBOOKS, not_readable_yet, sniff
from connectors.tables.block import Block
from connectors.tables.body import read_table
from connectors.tables.cells import with_nulls
from connectors.tables.header_names import Merge, Row
from connectors.tables.row_kinds import shown
from connectors.tables.sink import Sink
from connectors.tables.table_sources import TableSources, rows_among
from connectors.text.delimited import DelimitedFile, open_delimited
from connectors.text.dialect import SINGLE_COLUMN
from connectors.text.fixed_width import read_fixed_width
from schemas.problem import Problem

if TYPE_CHECKING:
    from connectors.tables.sink import Numbers

SEVERAL = 32 << 20  # bytes of a text that may hold several tables; a longer one is one table


@dataclass
class TextRows:
    """A delimited file as the one table it is."""

    file: DelimitedFile
    sheet: str | None = None
    hidden: bool = False
    merges: Sequence[Merge] = ()
    long: dict[int, list[int]] = field(default_factory=dict)

    @property
    def rejected(self) -> dict[int, str]:
        """Rows that could not be split in the last pass, with the reason."""
        return self.file.facts.rejected

    def rows(self) -> Iterator[Row]:
        """The records of the file."""
        return self.file.rows()

    def blocks(self, width: int) -> Iterator[Block]:
        """The records of the file by column."""
        return self.file.blocks(width)


def read_file(
    path: Path,
    sink: Sink,
    *,
    layout: object = None,
    encoding: str | None = None,
    format: str | None = None,
    name: str | None = None,
) -> FileReport:
    """Read every table of a file into ``sink`` and account for every row.

    ``layout`` is a Layout or what ``Layout.of`` takes; ``encoding`` and ``format`` as the source states them, None
    to decide; ``name`` is the file's name in messages. Raises Problem for a file that cannot be read, NotReadableYet
    for one of a known kind that this version has no reader for.
    """
    settings = Layout.of(layout)
    shown_name = name or path.name
    try:
        sniffed = sniff(path, format)
        if sniffed.kind in WORKBOOKS:
            return _read_workbook(path, sniffed.kind, sink, settings, encoding, shown_name)
        if sniffed.kind == "dbf":
            return read_dbase(path, sink, settings, encoding, shown_name)
        # The widths tell fixed-width text, which nothing in it does, where the source does not say its format.
        if sniffed.kind == "fixed_width" or (
            sniffed.kind == "delimited" and settings.widths and format is None
        ):
            return read_fixed_width(path, sink, settings, encoding, shown_name)
        if sniffed.kind == "parquet":
            return read_parquet(path, sink, settings, shown_name)
        if sniffed.kind == "json_lines":
            return read_json_lines(path, sink, settings, encoding, shown_name)
        if sniffed.kind == "json":
            return read_json_document(path, sink, settings, encoding, shown_name)
        if sniffed.kind in ARCHIVES:
            return read_archive(
                path, sniffed.kind, sink, settings, shown_name,
                lambda member, into, inside, told: read_file(
                    member, into, layout=inside, encoding=encoding, format=format, name=told
                ),
            )  # fmt: skip
        if sniffed.kind == "sqlite":
            return read_sqlite(path, sink, settings, encoding, shown_name)
        if sniffed.kind == "sql_dump":
            return read_sql_dump(path, sink, settings, encoding, shown_name)
        if sniffed.kind == "xml":
            return read_xml(path, sink, settings, encoding, shown_name)
        if sniffed.kind != "delimited":
            raise not_readable_yet(sniffed, shown_name)
        return _read_delimited(path, sink, settings, encoding, shown_name)
    except Problem as problem:
        problem.file = shown_name if problem.file in (None, path.name) else problem.file
        raise


def _read_workbook(
    path: Path, kind: str, sink: Sink, layout: Layout, encoding: str | None, name: str
) -> FileReport:
    from connectors.workbooks.excel import open_workbook

    report = FileReport(name, "excel", kind, decided_by="content")
    sources = TableSources(layout)
    for sheet in open_workbook(path, name, kind, encoding):
        if sheet.encoding is not None:
            report.encoding, report.decided_by = sheet.encoding.codec, sheet.encoding.decided_by
        title = sheet.sheet or ""
        if not layout.wants(title):
            report.other_sheets.append(title)
            continue
        tables = []
        for source, continues in sources.of(sheet):
            table = read_table(source, layout, sink)
            table.continues = continues
            table.hidden_rows = rows_among(source, sheet.hidden_rows)
            tables.append(table)
        if not any(table.rows_read for table in tables):
            report.empty_sheets.append(title)
            continue
        tables[0].findings += sheet.findings()
        report.tables += tables
        sheet.release()
    if not report.tables and report.other_sheets and layout.member is None:
        raise Problem(
            f"layout.sheets asks for {', '.join(layout.sheets)}, but the workbook's sheets are: {', '.join(report.other_sheets)}.",
            f"layout.sheets 要读 {'、'.join(layout.sheets)}，而工作簿中的工作表是：{'、'.join(report.other_sheets)}。",
            file=name,
        )
    return report


TOLD = 20  # rows split anew that a finding names


def _read_delimited(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    file = open_delimited(path, encoding, layout.delimiter)
    text = TextRows(file)
    several = TableSources(layout).of(text) if path.stat().st_size <= SEVERAL else [(text, None)]
    tables = [read_table(source, layout, sink) for source, _ in several]
    tables[0].mended_quotes = file.facts.mended
    if anew := file.facts.resplit:
        rows = file.facts.resplit_rows
        told = ", ".join(map(str, rows[:TOLD])) + (" …" if anew > TOLD else "")
        tables[0].find("rows_resplit", f"{anew}: {told}", rows[0])
    delimiter = None if file.dialect.delimiter == SINGLE_COLUMN else file.dialect.delimiter
    return FileReport(
        name, "delimited", "delimited",
        encoding=file.characters.encoding.codec, decided_by=file.characters.encoding.decided_by,
        delimiter=delimiter, undecodable=file.characters.undecodable, tables=tables,
    )  # fmt: skip


@dataclass
class ReadTable:
    """One table in memory: the report, the row numbers, and rows of exact text (None for an empty cell)."""

    report: TableReport
    numbers: list[int]
    rows: list[list[str | None]]
    long: list[str | None]


class _Memory:
    """A sink that keeps the rows."""

    def __init__(self) -> None:
        self.tables: list[ReadTable] = []
        self._current: ReadTable | None = None

    def begin(self, table: TableReport) -> None:
        self._current = ReadTable(table, [], [], [])

    def chunk(self, numbers: Numbers, columns: list[Any], long: list[str | None] | None) -> None:
        assert self._current is not None
        self._current.numbers += numbers.tolist()
        cells = [with_nulls(column).to_pylist() for column in columns]
        self._current.rows += map(list, zip(*cells, strict=True))
        self._current.long += long or [None] * len(numbers)

    def end(self, table: TableReport) -> None:
        if self._current is not None and table.rows_read:
            self.tables.append(self._current)


def read_tables(
    path: Path,
    layout: object = None,
    encoding: str | None = None,
    format: str | None = None,
    name: str | None = None,
) -> tuple[FileReport, list[ReadTable]]:
    """The report and the tables of a file, in memory. Arguments and errors as of ``read_file``."""
    memory = _Memory()
    report = read_file(path, memory, layout=layout, encoding=encoding, format=format, name=name)
    return report, memory.tables


def trimmed(cell: str | None) -> str | None:
    """A cell without the blanks at its ends, None where nothing is left."""
    return (shown(cell) or None) if cell else None


def tables_as_json(tables: Sequence[ReadTable]) -> list[dict[str, Any]]:
    """The contract of ``oncegrid read --json``: one object a table, cells trimmed at their ends, rows from 1, a
    column without a header named "".

    ``skipped`` lists titles, notes, totals and the like (header rows stand in ``header_rows``); rows whose
    structure cannot be read stand there too, with ``why`` "rejected: …".
    """
    result = []
    for table in tables:
        report = table.report
        skipped: list[dict[str, Any]] = [
            {"row": s.row, "why": s.why, "text": s.text} for s in report.skipped if s.why != "header"
        ]
        skipped += [{"row": r.row, "why": f"rejected: {r.reason}", "text": ""} for r in report.rejected]
        result.append(
            {
                "sheet": report.sheet,
                "header_rows": report.header_rows,
                "first_data_row": report.first_data_row,
                "columns": ["" if name == f"列{n}" else name for n, name in enumerate(report.columns, 1)],
                "rows": [[trimmed(c) for c in row] for row in table.rows],
                "skipped": sorted(skipped, key=lambda s: s["row"]),
            }
        )
    return result


def as_json(
    path: Path, layout: object = None, encoding: str | None = None, format: str | None = None
) -> list[dict[str, Any]]:
    """What ``oncegrid read --json`` prints for a file, see ``tables_as_json``. Errors as of ``read_file``."""
    return tables_as_json(read_tables(path, layout, encoding, format)[1])
