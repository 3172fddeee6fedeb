"""A file to its tables, in this process: sniffed, opened, walked. What ``oncegrid read`` shows.

Belongs here: the choice of reader and the two views of the result (JSON list, clean CSV).
Does not belong here: Parquet (``raw.py``), limits on time and memory (``child.py``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.body import Sink, read_table
from connectors.dbase import read_dbase
from connectors.delimited import SINGLE_COLUMN, DelimitedFile, open_delimited
from connectors.fixed_width import read_fixed_width
from connectors.header_names import Merge, Row
from connectors.json_records import read_json_lines
from connectors.layout import Layout
from connectors.parquet_records import read_parquet
from connectors.report import FileReport, TableReport
from connectors.row_kinds import shown
from connectors.sniff import WORKBOOKS, not_readable_yet, sniff
from schemas.problem import Problem


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
            return _read_workbook(path, sniffed.kind, sink, settings, shown_name)
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
        if sniffed.kind != "delimited":
            raise not_readable_yet(sniffed, shown_name)
        return _read_delimited(path, sink, settings, encoding, shown_name)
    except Problem as problem:
        problem.file = shown_name if problem.file in (None, path.name) else problem.file
        raise


def _read_workbook(path: Path, kind: str, sink: Sink, layout: Layout, name: str) -> FileReport:
    from connectors.excel import open_workbook

    report = FileReport(name, "excel", kind, decided_by="content")
    for sheet in open_workbook(path, name):
        title = sheet.sheet or ""
        if not layout.wants(title):
            report.other_sheets.append(title)
            continue
        table = read_table(sheet, layout, sink)
        if not table.rows_read:
            report.empty_sheets.append(title)
            continue
        table.hidden_rows = len(sheet.facts.hidden_rows)
        report.tables.append(table)
    if not report.tables and report.other_sheets:
        raise Problem(
            f"layout.sheets asks for {', '.join(layout.sheets)}, but the workbook's sheets are: {', '.join(report.other_sheets)}.",
            f"layout.sheets 要读 {'、'.join(layout.sheets)}，而工作簿中的工作表是：{'、'.join(report.other_sheets)}。",
            file=name,
        )
    return report


def _read_delimited(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    file = open_delimited(path, encoding, layout.delimiter)
    table = read_table(TextRows(file), layout, sink)
    table.mended_quotes = file.facts.mended
    delimiter = None if file.dialect.delimiter == SINGLE_COLUMN else file.dialect.delimiter
    return FileReport(
        name, "delimited", "delimited",
        encoding=file.characters.encoding.codec, decided_by=file.characters.encoding.decided_by,
        delimiter=delimiter, undecodable=file.characters.undecodable, tables=[table],
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

    def chunk(self, numbers: list[int], columns: list[Sequence[str]], long: list[str | None] | None) -> None:
        assert self._current is not None
        self._current.numbers += numbers
        self._current.rows += [[c or None for c in row] for row in zip(*columns, strict=True)]
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


def _trimmed(cell: str | None) -> str | None:
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
                "rows": [[_trimmed(c) for c in row] for row in table.rows],
                "skipped": sorted(skipped, key=lambda s: s["row"]),
            }
        )
    return result


def as_json(
    path: Path, layout: object = None, encoding: str | None = None, format: str | None = None
) -> list[dict[str, Any]]:
    """What ``oncegrid read --json`` prints for a file, see ``tables_as_json``. Errors as of ``read_file``."""
    return tables_as_json(read_tables(path, layout, encoding, format)[1])


def as_csv(
    path: Path, out: Path, layout: object = None, encoding: str | None = None, format: str | None = None
) -> list[tuple[Path, int]]:
    """Write the tables of a file as clean UTF-8 CSV (LF, no mark): ``out``, or ``x.1.csv``, ``x.2.csv`` … for several.

    Returns the files written with their numbers of data rows. Errors as of ``read_file``.
    """
    _, tables = read_tables(path, layout, encoding, format)
    several = len(tables) > 1
    written = []
    for n, table in enumerate(tables, 1):
        target = out.with_name(f"{out.stem}.{n}{out.suffix}") if several else out
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(table.report.columns)
            writer.writerows([_trimmed(c) or "" for c in row] for row in table.rows)
        written.append((target, len(table.rows)))
    return written
