"""Parquet as rows of text: what was pulled from a database, and files that an agency hands over.

Belongs here: columns of any type as text, batch by batch. Does not belong here: values (``value_text.py``).

There is no header row: the names stand in the schema, rows are numbered from 1 as they lie in the file, and a row in
which nothing can be seen is counted as blank. Nested columns are JSON text. Bytes are hexadecimal digits: a file
that keeps text in columns of bytes without saying so must be made anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.databases.pulled_rows import LONG_NUMBERS, MARK
from connectors.databases.value_text import texts, without_surrogates
from connectors.layout import Layout
from connectors.report import FileReport, TableReport
from connectors.tables.byte_cells import TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import shown
from connectors.tables.sink import CHUNK_ROWS, WIDEST, Sink
from schemas.problem import Problem

_CELLS = 2_000_000  # held at a time


def read_parquet(path: Path, sink: Sink, layout: Layout, name: str) -> FileReport:
    """Read a Parquet file into ``sink``. ``name`` is the file's name in messages; the report's format is
    ``database`` for a pull.

    Raises Problem for a file that is broken or encrypted, or has more columns than any table.
    """
    import pyarrow.parquet as pq

    with _whole(name):
        file = pq.ParquetFile(path)
    with file:
        pull = (file.schema_arrow.metadata or {}).get(MARK[0]) == MARK[1]
        table, undecodable = _read(file, pull, sink, layout, name)
    told = "marked as a pull" if pull else "Parquet magic"
    return FileReport(
        name, "database" if pull else "parquet", "parquet", encoding="utf-8", decided_by=told,
        undecodable=undecodable, tables=[table],
    )  # fmt: skip


@contextlib.contextmanager
def _whole(name: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Problem(
            f"this Parquet file is broken or encrypted ({type(error).__name__}); ask the agency to export it anew.",
            f"Parquet 文件已损坏或加密（{type(error).__name__}）；请对方重新导出。",
            file=name,
        ) from None


def _batches(file: Any, size: int, name: str) -> Iterator[Any]:
    with _whole(name):
        batches = file.iter_batches(batch_size=size, use_threads=False)
    while True:
        with _whole(name):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _read(file: Any, pull: bool, sink: Sink, layout: Layout, name: str) -> tuple[TableReport, int]:
    keys = list(file.schema_arrow.names)
    marked = pull and keys[-1:] == [LONG_NUMBERS]
    wanted = keys[:-1] if marked else keys
    if len(wanted) > WIDEST:
        raise Problem(
            f"a table of {len(wanted)} columns is more than can be read; ask the agency for the columns that are needed.",
            f"表有 {len(wanted)} 列，超过可读上限；请对方只导出需要的列。",
            file=name,
        )
    named = unique({i: shown(without_surrogates(k)) or f"列{i + 1}" for i, k in enumerate(wanted)})
    report = TableReport(columns=[named[i] for i in range(len(wanted))])
    table, first, undecodable = TextTable(sink, report, layout), 1, 0
    size = max(1, min(CHUNK_ROWS, _CELLS // max(1, len(keys))))
    for batch in _batches(file, size, name):
        rows = batch.num_rows
        if not wanted:  # rows without columns: nothing can be seen in any
            for number in range(first, first + rows):
                report.skip(number, "blank", "")
            first += rows
            continue
        columns, long = [], dict[int, list[int]]()
        for at in range(len(wanted)):
            with _whole(name):
                found, long[at] = _column(batch.column(at))
            cells = [t or "" for t in found]
            undecodable += "".join(cells).count("\ufffd")
            columns.append(cells)
        if marked:
            for place, told in enumerate(batch.column(len(wanted)).to_pylist()):
                for at in told.split(",") if told else ():
                    long[int(at)].append(place)
        table.add(range(first, first + rows), columns, long)
        first += rows
    return table.end(), undecodable


def _column(column: Any) -> tuple[list[str | None], list[int]]:
    """A column as text, and the places of binary numbers of more than 15 digits."""
    import pyarrow as pa

    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        # 0.1 is stored with 7 digits: as a double it would show more than it holds.
        return texts([None if t is None else float(t) for t in column.cast(pa.string()).to_pylist()])
    try:
        return texts(column.to_pylist())
    except UnicodeDecodeError:
        text = kind.value_type if pa.types.is_dictionary(kind) else kind
        plain = column.cast(text).cast(pa.large_binary()).to_pylist()
        return [None if b is None else b.decode("utf-8", "replace") for b in plain], []
    except (ValueError, OverflowError, TypeError):
        # A moment outside Python's calendar, or in a time zone that it does not know.
        return column.cast(pa.string()).to_pylist(), []
