"""Rows of a table by column, in Arrow: what readers that are fast hand to the walk.

Belongs here: the block and how one is made from rows in Python. Does not belong here: which rows are data
(``body.py``), where cells come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.tables.header_names import Row

if TYPE_CHECKING:
    import numpy as np

ROWS = 20_000


@dataclass
class Block:
    """Consecutive rows of one width by column, and the ``odd`` ones between them that have another width.

    ``numbers``: row numbers from 1, ascending (int64); ``columns``: one ``pyarrow.StringArray`` a position from 0,
    as long as ``numbers``, without nulls (``""`` is an empty cell). ``odd``: row number → cells, ascending, none of
    them in ``numbers``.
    """

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    columns: list[Any]
    odd: dict[int, list[str]] = field(default_factory=dict)


def block_of(rows: Sequence[Row], width: int) -> Block:
    """A block of ``width`` columns from rows in Python; those of another width are odd."""
    import numpy as np
    import pyarrow as pa

    even = [row for row in rows if len(row[1]) == width]
    odd = {n: cells for n, cells in rows if len(cells) != width} if len(even) < len(rows) else {}
    columns = zip(*(cells for _, cells in even), strict=True) if even else ((),) * width
    numbers = np.fromiter((n for n, _ in even), np.int64, len(even))
    return Block(numbers, [pa.array(column, pa.string()) for column in columns], odd)


def blocks_of(rows: Iterable[Row], width: int, size: int = ROWS) -> Iterator[Block]:
    """Rows in Python as blocks of ``width`` columns, so many rows at a time."""
    iterator = iter(rows)
    while taken := list(islice(iterator, size)):
        yield block_of(taken, width)
