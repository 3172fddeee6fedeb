"""The first rows of every table of a file, for judging what its columns are.

Belongs here: what of a file is looked at, and how much. Does not belong here: judging (``infer.py``), the limits
of the process that opens the file (``child.py``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence, Sized
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from connectors.layout import Layout
from connectors.reading import read_file
from connectors.report import FileReport, TableReport
from connectors.sniff import sniff
from connectors.text.fixed_columns import Widths, fixed_columns, unnamed

ROWS = 20_000  # rows of a table that are looked at
CELLS = 1_000_000  # cells of a file that are looked at, over all its tables
TEXT = 20_000_000  # characters of a file that are looked at
LONGEST = 400  # characters of a cell that are kept
HEAD = 64 << 20  # bytes of a text file that are read
LISTED = 100  # skipped and rejected rows, and findings, that are kept
LINES = frozenset({"delimited", "fixed_width", "json_lines"})  # formats that can be cut behind any line


@dataclass
class TableSample:
    """One table: its headers, how many rows it has, and the cells of the first of them by column (None: empty)."""

    sheet: str | None
    columns: list[str]
    alternatives: dict[str, str]
    n_rows: int
    cells: list[list[str | None]]


@dataclass
class FileSample:
    """A file's report (of lists of rows only the first), and its tables. ``whole`` is false where only the head of a large
    file was read; ``widths`` are columns of fixed width that nobody has stated, found by the bytes."""

    report: FileReport
    tables: list[TableSample] = field(default_factory=list)
    whole: bool = True
    widths: Widths = ()

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; ``of`` gives it back."""
        return {
            "report": self.report.plain(), "tables": [asdict(table) for table in self.tables],
            "whole": self.whole, "widths": [list(one) for one in self.widths],
        }  # fmt: skip

    @classmethod
    def of(cls, plain: dict[str, Any]) -> FileSample:
        """A sample from what ``plain`` gave."""
        return cls(
            FileReport.of(plain["report"]), [TableSample(**table) for table in plain["tables"]],
            plain["whole"], tuple((name, start, end) for name, start, end in plain["widths"]),
        )  # fmt: skip


class _First:
    """A sink that keeps the first rows of each table."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.tables: list[TableSample] = []
        self._cells: list[list[str | None]] = []
        self._left, self._text = CELLS, TEXT

    def begin(self, table: TableReport) -> None:
        # A table may begin again: what came of it is void.
        self._cells = [[] for _ in table.columns]

    def chunk(self, numbers: Sized, columns: Sequence[Any], long: list[str | None] | None) -> None:
        if not columns:
            return
        had = len(self._cells[0])
        room = min(self.rows - had, self._left // len(columns) - had, len(numbers))
        step = max(1, 10_000 // len(columns))  # few at a time: cells may be long
        for start in range(0, room, step):
            if self._text <= 0:
                return
            for mine, more in zip(self._cells, columns, strict=True):
                cells = more[start : min(start + step, room)].to_pylist()
                mine.extend(cell[:LONGEST] or None for cell in cells)
                self._text -= sum(min(len(cell), LONGEST) for cell in cells)

    def end(self, table: TableReport) -> None:
        if table.columns and table.rows_read:
            self._left -= sum(map(len, self._cells))
            self.tables.append(
                TableSample(table.sheet, table.columns, table.alternatives, table.n_rows, self._cells)
            )


def sample_file(
    path: Path,
    *,
    layout: object = None,
    encoding: str | None = None,
    format: str | None = None,
    name: str | None = None,
    rows: int = ROWS,
    whole: bool = False,
) -> FileSample:
    """The first rows of every table. Arguments and errors as of ``connectors.reading.read_file``.

    ``whole``: read all of the file as it stands, to count its rows; else the head of a large text file is enough,
    and fixed width that nobody has stated is looked for.
    """
    settings, name = Layout.of(layout), name or path.name
    if whole:
        first = _First(rows)
        report = read_file(path, first, layout=settings, encoding=encoding, format=format, name=name)
        return FileSample(_shortened(report), first.tables)
    if path.stat().st_size > HEAD and sniff(path, format).kind in LINES:
        with tempfile.NamedTemporaryFile("wb", prefix="head-") as head:
            head.write(_whole_lines(path))
            head.flush()
            part = Path(head.name)
            return replace(_sampled(part, settings, encoding, format, name, rows), whole=False)
    return _sampled(path, settings, encoding, format, name, rows)


def _sampled(
    path: Path, layout: Layout, encoding: str | None, format: str | None, name: str, rows: int
) -> FileSample:
    first = _First(rows)
    report = read_file(path, first, layout=layout, encoding=encoding, format=format, name=name)
    widths: Widths = ()
    if report.kind == "delimited" and all(len(table.columns) <= 2 for table in first.tables):
        widths = fixed_columns(path, report.encoding or "utf-8")
        if widths:
            stated = replace(layout, widths=widths, header="none" if unnamed(widths) else "auto")
            first = _First(rows)
            report = read_file(path, first, layout=stated, encoding=encoding, format="fixed_width", name=name)
    return FileSample(_shortened(report), first.tables, widths=widths)


def _shortened(report: FileReport) -> FileReport:
    for table in report.tables:
        table.skipped, table.rejected = table.skipped[:LISTED], table.rejected[:LISTED]
        table.findings = table.findings[:LISTED]
    return report


def _whole_lines(path: Path) -> bytes:
    """The head of a text file up to the end of a line."""
    with path.open("rb") as stream:
        data = stream.read(HEAD - HEAD % 4)
    end = data.rfind(b"\n") + 1
    # In UTF-16 the end of a line is two bytes, of which the second may stand behind the line feed.
    return data[: end + end % 2] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data[: end or None]
