"""One landed file to raw Parquet: all text, faithfully, with the row each value came from.

Belongs here: the Parquet files of an edition and their account (``report.json``).
Does not belong here: reading (``reading.py``), limits (``child.py``), where editions lie (``warehouse/``).

Columns: ``_file``, ``_sheet`` (null for text), ``_row`` (from 1), ``_long_numbers`` ("|身份证号|": columns whose cell
in this row was a number of more than 15 digits), then one string column a source header. Cells are exact (ends
not trimmed), an empty cell is null.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.reading import read_file
from connectors.report import FileReport, TableReport

REPORT = "report.json"
ROW_GROUP = 200_000


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

    def begin(self, table: TableReport) -> None:
        import pyarrow.parquet as pq

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
        self._writer = pq.ParquetWriter(self._path(), self._schema, compression="zstd")

    def _path(self) -> Path:
        return self.folder / f"{self._count + 1}.parquet"

    def chunk(self, numbers: list[int], columns: list[Sequence[str]], long: list[str | None] | None) -> None:
        pa, n = self._pa, len(numbers)
        strings = pa.string()
        arrays = [
            pa.repeat(pa.scalar(self.file, strings), n),
            pa.repeat(pa.scalar(self._sheet, strings), n),
            pa.array(numbers, pa.int64()),
            pa.array(long, strings) if long is not None else pa.nulls(n, strings),
            *(pa.array([c or None for c in column], strings) for column in columns),
        ]
        self._waiting.append(pa.record_batch(arrays, schema=self._schema))
        if sum(b.num_rows for b in self._waiting) >= ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(
                self._pa.Table.from_batches(self._waiting, self._schema), row_group_size=ROW_GROUP
            )
            self._waiting = []

    def end(self, table: TableReport) -> None:
        self._write()
        self._close()
        if table.rows_read:
            self._count += 1
            table.parquet = f"{self._count}.parquet"
        else:
            self._path().unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def give_up(self) -> None:
        """Close what is open, after an error."""
        self._waiting = []
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
        (building / REPORT).write_text(text, "utf-8")
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
