"""The tables of a file written out as they are read: JSON and clean CSV, in bounded memory whatever the file's size.

Belongs here: what ``oncegrid read`` writes. Does not belong here: reading (``reading.py``), Parquet (``raw.py``).
"""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from connectors.reading import ReadTable, read_file, tables_as_json, trimmed
from connectors.report import TableReport
from connectors.tables.cells import with_nulls

if TYPE_CHECKING:
    from connectors.tables.sink import Numbers


def _rows(columns: list[Any], length: int) -> list[tuple[str | None, ...]]:
    cells = [[trimmed(c) for c in with_nulls(column).to_pylist()] for column in columns]
    return list(zip(*cells, strict=True)) if cells else [()] * length


class _JsonSink:
    """One JSON list; what a table wrote before it began again is cut off."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream, self.tables = stream, 0
        self._start = 0
        self._first = True

    def begin(self, table: TableReport) -> None:
        if self._first:
            self._start = self.stream.tell()
        self._back()
        self._first, self._comma = False, ""
        self.stream.write(("," if self.tables else "") + '\n{"rows": [')

    def _back(self) -> None:
        self.stream.seek(self._start)
        self.stream.truncate()

    def chunk(self, numbers: Numbers, columns: list[Any], long: list[str | None] | None) -> None:
        for row in _rows(columns, len(numbers)):
            self.stream.write(self._comma + "\n" + json.dumps(row, ensure_ascii=False))
            self._comma = ","

    def end(self, table: TableReport) -> None:
        if table.rows_read:
            (told,) = tables_as_json([ReadTable(table, [], [], [])])
            del told["rows"]
            self.stream.write("],\n" + json.dumps(told, ensure_ascii=False)[1:])
            self.tables += 1
        else:
            self._back()
        self._first = True


def write_json(
    path: Path, out: Path, layout: object = None, encoding: str | None = None, format: str | None = None
) -> None:
    """Write what ``connectors.reading.as_json`` gives for a file to ``out``. Errors as of ``read_file``."""
    with out.open("w", encoding="utf-8", errors="replace") as stream:
        stream.write("[")
        read_file(path, _JsonSink(stream), layout=layout, encoding=encoding, format=format)
        stream.write("]\n")


class _CsvSink:
    """A file a table, each under a name for the time being."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.written: list[tuple[Path, int]] = []
        self.stream: IO[str] | None = None

    def begin(self, table: TableReport) -> None:
        self.close()
        self.part = self.out.with_name(f".{self.out.name}.{len(self.written) + 1}.part")
        self.stream = self.part.open("w", encoding="utf-8", errors="replace", newline="")
        self.writer = csv.writer(self.stream, lineterminator="\n")
        self.writer.writerow(table.columns)

    def chunk(self, numbers: Numbers, columns: list[Any], long: list[str | None] | None) -> None:
        self.writer.writerows([c or "" for c in row] for row in _rows(columns, len(numbers)))

    def end(self, table: TableReport) -> None:
        self.close()
        if table.rows_read:
            self.written.append((self.part, table.n_rows))
        else:
            self.part.unlink(missing_ok=True)

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def give_up(self) -> None:
        with contextlib.suppress(OSError):  # the error that led here is the one to tell
            self.close()
        for n in range(len(self.written) + 1):
            self.out.with_name(f".{self.out.name}.{n + 1}.part").unlink(missing_ok=True)


def as_csv(
    path: Path, out: Path, layout: object = None, encoding: str | None = None, format: str | None = None
) -> list[tuple[Path, int]]:
    """Write the tables of a file as clean UTF-8 CSV (LF, no mark): ``out``, or ``x.1.csv``, ``x.2.csv`` … for several.

    Returns the files written with their numbers of data rows. Errors as of ``read_file``; then nothing is written.
    """
    sink = _CsvSink(out)
    try:
        read_file(path, sink, layout=layout, encoding=encoding, format=format)
    except BaseException:
        sink.give_up()
        raise
    several = len(sink.written) > 1
    written = []
    for n, (part, rows) in enumerate(sink.written, 1):
        target = out.with_name(f"{out.stem}.{n}{out.suffix}") if several else out
        part.replace(target)
        written.append((target, rows))
    return written
