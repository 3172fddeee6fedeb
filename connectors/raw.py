"""One landed file to raw Parquet: all text, faithfully, with the row each value came from.

Belongs here: the Parquet files of an edition and their account (``report.json``).
Does not belong here: reading (``reading.py``), limits (``child.py``), where editions lie (``warehouse/``).

Columns: ``_file``, ``_sheet`` (null for text), ``_row`` (from 1), ``_long_numbers`` ("|身份证号|": columns whose cell
in this row was a number of more than 15 digits), then one string column a source header. Cells are exact (ends
not trimmed), an empty cell is null.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.ahead import Behind
from connectors.limits import check_written
from connectors.reading import read_file
from connectors.report import FileReport, TableReport
from connectors.tables.cells import with_nulls

if TYPE_CHECKING:
    from connectors.tables.sink import Numbers

REPORT = "report.json"
ROW_GROUP = 200_000
ROW_GROUP_BYTES = 96 << 20
LOOK = 20_000  # rows that tell which columns repeat their values


class _ParquetSink:
    """Writes each table to ``<n>.parquet`` (zstd) in a folder, a chunk at a time."""

    def __init__(self, folder: Path, file: str) -> None:
        import pyarrow as pa

        self.folder, self.file = folder, file
        self._pa: Any = pa
        self._count = 0
        self._writer: Any = None
        self._schema: Any = None
        self._waiting: list[Any] = []
        self._sheet: str | None = None
        self._behind = Behind(1)

    def begin(self, table: TableReport) -> None:
        self._close()
        pa = self._pa
        fields = [
            ("_file", pa.string()),
            ("_sheet", pa.string()),
            ("_row", pa.int64()),
            ("_long_numbers", pa.string()),
        ]
        self._schema = pa.schema(fields + [(name, pa.string()) for name in table.columns])
        self._sheet = table.sheet
        self._waiting = []

    def _path(self) -> Path:
        return self.folder / f"{self._count + 1}.parquet"

    def chunk(self, numbers: Numbers, columns: list[Any], long: list[str | None] | None) -> None:
        pa, n = self._pa, len(numbers)
        strings = pa.string()
        arrays = [
            pa.repeat(pa.scalar(self.file, strings), n),
            pa.repeat(pa.scalar(self._sheet, strings), n),
            pa.array(numbers),
            pa.array(long, strings) if long is not None else pa.nulls(n, strings),
            *(with_nulls(column) for column in columns),
        ]
        self._waiting.append(pa.record_batch(arrays, schema=self._schema))
        if (
            sum(b.num_rows for b in self._waiting) >= ROW_GROUP
            or sum(b.nbytes for b in self._waiting) >= ROW_GROUP_BYTES
        ):
            self._write()

    def _write(self) -> None:
        """What waits as a row group, written in a thread while the next rows are read."""
        if self._waiting:
            table = self._pa.Table.from_batches(self._waiting, self._schema)
            self._behind.call(self._put, table)
            self._waiting = []

    def _put(self, table: Any) -> None:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        if self._writer is None:
            head = table.slice(0, LOOK)
            # A dictionary of a column whose values hardly repeat is made in vain, as are bounds of text.
            few = [n for n in table.schema.names if pc.count_distinct(head[n]).as_py() * 4 <= len(head)]
            self._writer = pq.ParquetWriter(
                self._path(), self._schema, compression="zstd", use_dictionary=few, write_statistics=["_row"]
            )
        self._writer.write_table(table, len(table) or None)

    def end(self, table: TableReport) -> None:
        self._write()
        self._behind.wait()
        if self._writer is None and table.rows_read:
            self._put(self._schema.empty_table())
        self._close()
        check_written(self.folder)
        if table.rows_read:
            self._count += 1
            table.parquet = f"{self._count}.parquet"
        else:
            self._path().unlink(missing_ok=True)

    def _close(self) -> None:
        try:
            self._behind.wait()
        finally:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def give_up(self) -> None:
        """Close what is open, after an error."""
        self._waiting = []
        with contextlib.suppress(Exception):  # the error that led here is the one to tell
            self._close()


def read_edition(
    path: Path,
    out: Path,
    *,
    layout: object = None,
    encoding: str | None = None,
    format: str | None = None,
    name: str | None = None,
) -> FileReport:
    """Read a landed file into the folder ``out``: ``1.parquet`` … one a table, and ``report.json``.

    The folder is built beside its place and renamed at the end: it is whole or absent, and replaced if it was
    there. ``name`` is what ``_file`` holds and messages show (default: the file's name). Raises Problem as
    ``connectors.reading.read_file`` does.
    """
    building = out.with_name(out.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True, mode=0o700)
    sink = _ParquetSink(building, name or path.name)
    try:
        report = read_file(path, sink, layout=layout, encoding=encoding, format=format, name=name)
        text = json.dumps(report.plain(), ensure_ascii=False, indent=1)
        # Halves of characters, as JSON can escape them, have no place in UTF-8.
        (building / REPORT).write_text(text, "utf-8", errors="replace")
    except BaseException:
        sink.give_up()
        shutil.rmtree(building, ignore_errors=True)
        raise
    if out.exists():
        shutil.rmtree(out)
    building.replace(out)
    return report


def load_report(folder: Path) -> FileReport:
    """The report of an edition that was read into ``folder``."""
    return FileReport.of(json.loads((folder / REPORT).read_text("utf-8")))
