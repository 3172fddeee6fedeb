"""A quick look whether a sheet may hold several tables, so that only few are looked at closely.

Belongs here: sparse rows between others, header words below others, empty columns between others; by column, in Arrow.
Does not belong here: whether it does hold several (``regions.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from connectors.tables.block import blocks_of
from connectors.tables.cells import visible
from connectors.tables.header import header_words
from connectors.tables.header_names import Row
from connectors.tables.row_kinds import filled

HEAD = 300  # rows in which columns are looked at


def may_be_several(source: Any) -> bool:
    """Whether rows of one cell or none stand between others, known words begin a row below others, or a column is
    empty between others."""
    head = list(islice(source.rows(), HEAD))
    if gaps_of(head):
        return True
    full, sparse = 0, False
    for count, known in _doubtful_runs(source, head):
        if count < 0:
            sparse = sparse or full > 0
        elif count:
            if full > 1 and (sparse or known):
                return True
            full, sparse = full + count, False
    return False


def _doubtful_runs(source: Any, head: Sequence[Row]) -> Iterator[tuple[int, bool]]:
    """Runs of rows in order: (-1, False) for a row of one cell or none, (1, True) for one that a known header word
    begins, (n, False) for n others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(sorted(header_words()))
    lengths = [len(cells) for _, cells in head if cells]
    width = max(set(lengths), key=lengths.count) if lengths else 1
    used = [at for _, cells in head if len(at := filled(cells)) > 1] or [[0]]
    lead = min(at[0] for at in used)
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
        if not block.odd and not few.any() and not known.any():
            yield rows, False
            continue
        plain = list(zip(block.numbers.tolist(), few.tolist(), known.tolist(), strict=True))
        odd = [
            (n, len(at := filled(c)) < 2, bool(at) and c[at[0]] in header_words())
            for n, c in block.odd.items()
        ]
        for _, little, begins in sorted([*plain, *odd]) if odd else plain:
            yield -1 if little else 1, begins and not little


def gaps_of(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Runs of columns [left, right] without a cell in rows of several, between columns with some."""
    used = sorted({i for _, cells in rows if len(at := filled(cells)) > 1 for i in at})
    return [(a + 1, b - 1) for a, b in pairwise(used) if b - a > 1]
