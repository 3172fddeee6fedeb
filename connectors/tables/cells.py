"""What can be said of cells a column at a time: which are empty, what they begin with.

Belongs here: facts about columns of text in Arrow, without a Python object a cell. An array is a ``pyarrow.StringArray``
without nulls. Does not belong here: what the facts mean for a row (``doubt.py``, ``body.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from connectors.tables.row_kinds import INVISIBLE

if TYPE_CHECKING:
    import numpy as np

    Bools = np.ndarray[Any, np.dtype[np.bool_]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]


def _offsets(column: Any) -> Any:
    import numpy as np

    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]


def not_empty(column: Any) -> Bools:
    """Which cells have any character, be it a blank."""
    import numpy as np

    if not len(column):
        return np.zeros(0, np.bool_)
    offsets = _offsets(column)
    full: Bools = offsets[1:] > offsets[:-1]
    return full


@cache
def _may_be_invisible() -> Any:
    """By the first byte of a cell: whether it may begin with an invisible character."""
    import numpy as np

    table = np.zeros(256, np.bool_)
    for sign in INVISIBLE:
        table[sign.encode()[0]] = True
    return table


def _first_bytes(column: Any, at: int = 0) -> Any:
    """Byte ``at`` of each cell (of something near it where the cell is shorter)."""
    import numpy as np

    data = column.buffers()[2]
    if data is None or not data.size:
        return np.zeros(len(column), np.uint8)
    bytes_ = np.frombuffer(data, np.uint8)
    return bytes_[np.minimum(_offsets(column)[:-1] + at, len(bytes_) - 1)]


def visible(column: Any) -> tuple[Bools, Any]:
    """Which cells show anything, and the column with invisible starts taken off where any cell has one."""
    import pyarrow.compute as pc

    full = not_empty(column)
    if full.any() and bool((_may_be_invisible()[_first_bytes(column)] & full).any()):
        column = pc.utf8_trim(column, INVISIBLE)
        full = not_empty(column)
    return full, column


def _code(sign: str) -> int:
    data = sign.encode()
    return data[0] if len(data) == 1 else (data[0] << 16) | (data[1] << 8) | (data[2] if len(data) > 2 else 0)


def codes_of(signs: Iterable[str]) -> Ints:
    """Signs as ``first_signs`` gives them. Those beyond the basic plane are told apart by three bytes only."""
    import numpy as np

    return np.array(sorted({_code(s[0]) for s in signs if s}), np.int64)


def first_signs(column: Any) -> Ints:
    """The first character of each cell as a number (its first three bytes), see ``codes_of``; of empty cells anything."""
    import numpy as np

    first = _first_bytes(column).astype(np.int64)
    codes: Ints = first
    if not bool((first >= 0x80).any()):
        return codes
    second, third = _first_bytes(column, 1).astype(np.int64), _first_bytes(column, 2).astype(np.int64)
    third = np.where(first >= 0xE0, third, 0)
    codes = np.where(first < 0x80, first, (first << 16) | (second << 8) | third)
    return codes


def with_nulls(column: Any) -> Any:
    """The column with null for every empty cell; the text is shared, not copied."""
    import numpy as np
    import pyarrow as pa

    full = not_empty(column)
    if column.offset or bool(full.all()):
        return column if bool(full.all()) else with_nulls(pa.concat_arrays([column, column.slice(0, 0)]))
    _, offsets, data = column.buffers()
    bitmap = pa.py_buffer(np.packbits(full, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.string(), len(column), [bitmap, offsets, data])


def filled_down(column: Any, carried: str) -> tuple[Any, str]:
    """The column with each cell that shows nothing taking the value above (``carried`` above the first), and the
    last value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(column):
        return column, carried
    full, _ = visible(column)
    text = pa.scalar("", pa.string())
    down = pc.fill_null_forward(pc.if_else(pa.array(full), column, pa.scalar(None, pa.string())))
    down = pc.fill_null(down, pa.scalar(carried, pa.string()) if carried else text)
    return down, down[-1].as_py()
