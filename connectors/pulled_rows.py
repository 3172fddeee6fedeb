"""Rows of a pull on their way to the landing zone: as text, sorted, hashed, in one Parquet file.

Belongs here: from values in the database's order to the file whose content is the edition's hash.
Does not belong here: asking for them (``database.py``).

Besides the columns the file has, only where it is needed, ``_long_numbers``: the places from 0, joined by ``,``, of the
binary numbers of more than 15 digits in the row. The schema's metadata mark the file as a pull.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.header_names import unique
from connectors.row_kinds import shown
from connectors.value_text import texts, without_surrogates

MARK = (b"oncegrid", b"pull")
LONG_NUMBERS = "_long_numbers"
_MEMORY = "1GB"  # of the sort; what is more goes to disk
_BATCH = 50_000


@dataclass(frozen=True)
class Rough:
    """Rows as text in the order they came. ``path`` has a column of long numbers, ``long`` says whether it has any."""

    path: Path
    keys: list[str]
    columns: list[str]
    rows: int
    long: bool


@dataclass(frozen=True)
class Pulled:
    """Sorted rows in a file. ``sha256`` is of names and rows; ``tail`` the same for the rows at the cursor's highest value
    or without one (None without a cursor)."""

    path: Path
    rows: int
    sha256: str
    tail: str | None


def pour(keys: Sequence[str], partitions: Iterable[Sequence[Sequence[Any]]], folder: Path) -> Rough:
    """Write rows of values, part by part, as text. ``keys`` are the columns' names as the database gives them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = unique({i: shown(without_surrogates(k)) or f"列{i + 1}" for i, k in enumerate(keys)})
    columns = [named[i] for i in range(len(keys))]
    schema = pa.schema([(name, pa.string()) for name in (*columns, LONG_NUMBERS)])
    path, rows, any_long = folder / "rough", 0, False
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for part in partitions:
            arrays, long = [], dict[int, list[str]]()
            for at, values in enumerate(zip(*part, strict=True)):
                found, places = texts(values)
                for place in places:
                    long.setdefault(place, []).append(str(at))
                try:
                    arrays.append(pa.array(found, pa.string()))
                except UnicodeEncodeError:
                    arrays.append(
                        pa.array([None if t is None else without_surrogates(t) for t in found], pa.string())
                    )
            told = [",".join(long[i]) if i in long else None for i in range(len(part))]
            writer.write_batch(pa.record_batch([*arrays, pa.array(told, pa.string())], schema=schema))
            rows, any_long = rows + len(part), any_long or bool(long)
    return Rough(path, list(keys), columns, rows, any_long)


class _Content:
    """The hash of names and rows, whatever the parts they come in."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._digest = hashlib.sha256(json.dumps(list(columns), ensure_ascii=False).encode())

    def add(self, rows: Sequence[Sequence[str | None]]) -> None:
        if rows:
            self._digest.update(
                b"," + json.dumps(rows, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()
            )

    def hex(self) -> str:
        return self._digest.hexdigest()


def settle(rough: Rough, folder: Path, cursor: tuple[str, str] | None = None) -> Pulled:
    """Sort the rows by all columns as text into a file, and hash them. Raises OSError. ``cursor`` is (key of the column, its highest
    value as text)."""
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    columns = [*rough.columns, *([LONG_NUMBERS] if rough.long else [])]
    at = rough.keys.index(cursor[0]) if cursor else -1
    whole, tail = _Content(columns), _Content(columns)
    path = folder / "sorted"
    schema = pa.schema([(name, pa.string()) for name in columns], metadata=dict([MARK]))
    config: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(folder / "sort"), "threads": 2}
    try:
        with (
            duckdb.connect(config=config) as con,
            pq.ParquetWriter(path, schema, compression="zstd") as writer,
        ):
            con.register("rough", ds.dataset(rough.path, format="parquet"))
            listed = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
            relation = con.sql(f"SELECT {listed} FROM rough ORDER BY ALL")
            for batch in relation.to_arrow_reader(_BATCH) if relation is not None else ():
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
                rows: list[Sequence[str | None]] = list(
                    zip(*[c.to_pylist() for c in batch.columns], strict=True)
                )
                whole.add(rows)
                if cursor:
                    tail.add([row for row in rows if row[at] is None or row[at] == cursor[1]])
    except duckdb.Error as error:  # the disk is full, as a rule
        raise OSError(errno.EIO, f"{type(error).__name__} while sorting") from None
    rough.path.unlink()
    path.chmod(0o400)
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return Pulled(path, rough.rows, whole.hex(), tail.hex() if cursor else None)
