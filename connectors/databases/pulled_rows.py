"""Rows of a pull on their way to the landing zone: as text, sorted, hashed, in one Parquet file.

Belongs here: from values in the database's order to the file whose content is the edition's hash.
Does not belong here: asking for them (``database_fetch.py``).

Rows are sorted by the columns that say which came later, where the source names such (numbers as numbers, times as
times, texts by code point, none first), then as text by all columns: the order of a server (its plan, its collation)
is nothing that a hash may hang on.

Besides the columns the file has, only where it is needed, ``_long_numbers``: the places from 0, joined by ``,``, of the
binary numbers of more than 15 digits in the row. The schema's metadata mark the file as a pull.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.databases.value_text import order_text, text_array, without_surrogates
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import shown

MARK = (b"oncegrid", b"pull")
LONG_NUMBERS = "_long_numbers"
_MEMORY = "256MB"  # of the sort; what is more goes to disk
_BATCH = 50_000
_BYTES = 32 << 20  # of text in memory at a time


@dataclass(frozen=True)
class Rough:
    """Rows as text in the order they came. Behind ``columns`` the file has one of long numbers (``long`` says whether
    it tells any) and ``orders`` columns to sort by. ``bytes`` of text."""

    path: Path
    keys: list[str]
    columns: list[str]
    rows: int
    long: bool
    orders: int
    bytes: int


@dataclass(frozen=True)
class Pulled:
    """Sorted rows in a file. ``sha256`` is of names and rows; ``tail`` the same for the rows at the cursor's highest value
    or without one (None without a cursor)."""

    path: Path
    rows: int
    sha256: str
    tail: str | None


class Pour:
    """Rows of values, part by part, into ``folder/rough`` as text. ``keys`` are the columns' names as the database
    gives them, ``order`` those that say which row came later. ``rows`` and ``bytes`` of text so far."""

    def __init__(self, keys: Sequence[str], folder: Path, order: Sequence[str] = ()) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.rows, self.bytes, self._long = 0, 0, False
        self._keys = list(keys)
        self._order = [self._keys.index(name) for name in order]
        named = unique({i: shown(without_surrogates(k)) or f"列{i + 1}" for i, k in enumerate(keys)})
        self._columns = [named[i] for i in range(len(keys))]
        more = [LONG_NUMBERS, *(f"_order {i}" for i in range(len(self._order)))]
        self._schema = pa.schema([(name, pa.string()) for name in (*self._columns, *more)])
        self._path = folder / "rough"
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="lz4", use_dictionary=False)

    def add(self, part: Sequence[Sequence[Any]]) -> None:
        """Write one part."""
        import pyarrow as pa

        if not part:
            return
        arrays, long = [], dict[int, list[str]]()
        orders: dict[int, Any] = {}
        for at, values in enumerate(zip(*part, strict=True)):
            array, places = text_array(values)
            for place in places:
                long.setdefault(place, []).append(str(at))
            if at in self._order:
                orders[at] = pa.array([order_text(value) for value in values], pa.string())
            arrays.append(array)
        told = pa.array([",".join(long[i]) if i in long else None for i in range(len(part))], pa.string()) if long \
            else pa.nulls(len(part), pa.string())  # fmt: skip
        arrays += [told, *(orders[at] for at in self._order)]
        batch = pa.record_batch(arrays, schema=self._schema)
        self._writer.write_batch(batch)
        self.rows, self.bytes, self._long = (
            self.rows + len(part), self.bytes + batch.nbytes, self._long or bool(long)
        )  # fmt: skip

    def end(self) -> Rough:
        """Close the file."""
        self._writer.close()
        return Rough(
            self._path, self._keys, self._columns, self.rows, self._long, len(self._order), self.bytes
        )


class _Content:
    """The hash of names and rows, whatever the parts they come in: each cell as its length in bytes, ``:`` and its
    text, none as ``-:``."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._digest = hashlib.sha256(json.dumps(list(columns), ensure_ascii=False).encode())

    def add(self, batch: Any) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not batch.num_rows:
            return
        text = pa.large_string()
        cells: list[Any] = []
        for column in batch.columns:
            cells.append(pc.fill_null(pc.binary_length(column).cast(text), "-"))
            cells.append(pc.fill_null(column, "").cast(text))
        rows = pc.binary_join_element_wise(*cells, pa.scalar(":", text))
        size = pc.sum(pc.binary_length(rows)).as_py()
        self._digest.update(memoryview(rows.buffers()[2])[:size])

    def hex(self) -> str:
        return self._digest.hexdigest()


def settle(rough: Rough, folder: Path, cursor: tuple[str, str] | None = None) -> Pulled:
    """Sort the rows into a file, and hash them. Raises OSError. ``cursor`` is (key of the column, its highest value as
    text)."""
    import duckdb
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    columns = [*rough.columns, *([LONG_NUMBERS] if rough.long else [])]
    whole, tail = _Content(columns), _Content(columns)
    path = folder / "sorted"
    schema = pa.schema([(name, pa.string()) for name in columns], metadata=dict([MARK]))
    config: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder / "sort"), "threads": 2}
    many = max(1, min(_BATCH, int(_BYTES / max(1.0, rough.bytes / max(1, rough.rows)))))
    try:
        with (
            duckdb.connect(config=config) as con,
            pq.ParquetWriter(path, schema, compression="zstd") as writer,
        ):
            con.execute("SET enable_progress_bar = false")  # it would be drawn on standard output
            # DuckDB reads the file itself, within its limit of memory; Arrow's scanner would read far ahead.
            relation = con.sql(_sorted(columns, rough.orders), params=[str(rough.path)]) if columns else None
            for batch in relation.to_arrow_reader(many) if relation is not None else ():
                told = batch.cast(schema)
                writer.write_batch(told)
                whole.add(told)
                if cursor:
                    at = told.column(rough.keys.index(cursor[0]))
                    there = pc.or_kleene(pc.is_null(at), pc.fill_null(pc.equal(at, cursor[1]), False))
                    tail.add(told.filter(there))
    except duckdb.Error as error:  # the disk is full, as a rule
        raise OSError(errno.EIO, f"{type(error).__name__} while sorting") from None
    rough.path.unlink()
    path.chmod(0o400)
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return Pulled(path, rough.rows, whole.hex(), tail.hex() if cursor else None)


def _sorted(columns: Sequence[str], orders: int) -> str:
    names = ['"' + name.replace('"', '""') + '"' for name in columns]
    by = [f'"_order {i}" ASC NULLS FIRST' for i in range(orders)] + [
        f"{name} ASC NULLS LAST" for name in names
    ]
    return f"SELECT {', '.join(names)} FROM read_parquet(?) ORDER BY {', '.join(by)}"
