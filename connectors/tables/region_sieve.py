"""A quick look whether a sheet may hold several tables, so that only few are looked at closely.

Belongs here: sparse rows between others, header words below others, rows without a value among rows of values, empty
columns between others; by column, in Arrow.
Does not belong here: whether it does hold several (``regions.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from connectors.tables.block import blocks_of
from connectors.tables.cells import codes_of, first_signs, visible
from connectors.tables.header import header_words
from connectors.tables.header_names import Row
from connectors.tables.row_kinds import filled, is_value, shown

HEAD = 300  # rows in which columns are looked at
TYPED = 3  # columns of values that a row has to break with to begin a table right below another
_LOOKED = 6  # of them are looked at
_ENOUGH = 5  # rows that tell what a column holds
_HEADER, _LEARNED = 2, 62  # first rows that may be a header, and the last that are looked at
_VALUE_SIGNS = "0123456789+-−.¥￥$"
_PLAIN, _FEW, _MARKED = range(3)


def may_be_several(source: Any) -> bool:
    """Whether rows of one cell or none stand between others, known words begin a row below others, a row breaks with
    the columns of values, or a column is empty between others."""
    head = list(islice(source.rows(), HEAD))
    if gaps_of(head):
        return True
    full, sparse = 0, False
    for count, marked in _doubtful_runs(source, head):
        if count < 0:
            sparse = sparse or full > 0
        elif count:
            if full > 1 and (sparse or marked):
                return True
            full, sparse = full + count, False
    return False


def _doubtful_runs(source: Any, head: Sequence[Row]) -> Iterator[tuple[int, bool]]:
    """Runs of rows in order: (-1, False) for a row of one cell or none, (1, True) for one that a known header word
    begins or that holds no value where all others do, (n, False) for n others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(sorted(header_words()))
    lengths = [len(cells) for _, cells in head if cells]
    width = max(set(lengths), key=lengths.count) if lengths else 1
    used = [at for _, cells in head if len(at := filled(cells)) > 1] or [[0]]
    lead = min(at[0] for at in used)
    typed = value_columns([cells for _, cells in head if len(filled(cells)) > 1][_HEADER:_LEARNED])[:_LOOKED]
    signs = codes_of(_VALUE_SIGNS)
    blocks = getattr(source, "blocks", None)
    for block in blocks(width) if blocks is not None else blocks_of(source.rows(), width):
        rows = len(block.numbers)
        few = np.ones(rows, np.bool_)
        if width > 1 and rows:
            # Nearly all rows show it in their first two columns that they are of several cells.
            seen = [visible(column)[0] for column in block.columns[lead : lead + 2]]
            few = ~np.logical_and.reduce(seen) if len(seen) == 2 else few
            places = np.flatnonzero(few)
            few[places] = sum(visible(c.take(places))[0].astype(np.int32) for c in block.columns) < 2
        known = np.asarray(pc.is_in(block.columns[lead], value_set=words)) if lead < width and rows else few
        if rows and len(typed) >= TYPED and typed[-1] < width:
            apart = ~few
            for i in typed:
                full, column = visible(block.columns[i])
                apart &= full & ~np.isin(first_signs(column), signs)
                if not apart.any():
                    break
            known = known | apart
        numbers, kinds = block.numbers, np.where(few, _FEW, np.where(known, _MARKED, _PLAIN))
        if block.odd:
            odd = [_kind_of(cells, typed) for cells in block.odd.values()]
            numbers = np.concatenate([numbers, np.array(list(block.odd), np.int64)])
            kinds = np.concatenate([kinds, np.array(odd)])[np.argsort(numbers, kind="stable")]
        starts = np.flatnonzero(np.diff(kinds, prepend=-1))
        counts = np.diff(starts, append=len(kinds))
        for kind, count in zip(kinds[starts].tolist(), counts.tolist(), strict=True):
            if kind == _FEW:
                yield -1, False
            elif kind == _PLAIN:
                yield count, False
            else:
                # So few of them settle it, whatever stands before.
                yield from [(1, True)] * min(count, 3)


def _kind_of(cells: Sequence[str], typed: Sequence[int]) -> int:
    at = filled(cells)
    if len(at) < 2:
        return _FEW
    return _MARKED if cells[at[0]] in header_words() or breaks_with(cells, typed) else _PLAIN


def value_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold a value in nearly all rows; none where rows are too few to tell."""
    if len(rows) < _ENOUGH:
        return []
    # Most columns are told by a few rows; only those left are looked at in all.
    found = list(range(min(map(len, rows[:_ENOUGH]))))
    for part in (rows[:_ENOUGH], rows):
        hits = [sum(1 for c in part if i < len(c) and is_value(c[i])) for i in found]
        found = [
            i
            for i, n in zip(found, hits, strict=True)
            if n * 10 >= len(part) * (6 if part is not rows else 9)
        ]
    return found


def breaks_with(cells: Sequence[str], typed: Sequence[int]) -> bool:
    """Whether a row holds words in all columns of values that it reaches, three at least."""
    there = [shown(cells[i]) for i in typed if i < len(cells)]
    return len(there) >= TYPED and all(text and text[0] not in _VALUE_SIGNS for text in there)


def gaps_of(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Runs of columns [left, right] without a cell in rows of several, between columns with some."""
    used = sorted({i for _, cells in rows if len(at := filled(cells)) > 1 for i in at})
    return [(a + 1, b - 1) for a, b in pairwise(used) if b - a > 1]
