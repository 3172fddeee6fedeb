"""Which rows of a block may be something else than data: those that the closer look is taken at.

Belongs here: the coarse sieve, over whole columns. It must let no row through that ``row_judge.Judge`` would call a
total, a note, a heading or blank; what it holds back for nothing only costs time.
Does not belong here: the words of such rows (``row_kinds.py``), the verdict (``row_judge.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.tables.cells import codes_of, first_signs, visible

if TYPE_CHECKING:
    import numpy as np

    Bools = np.ndarray[Any, np.dtype[np.bool_]]


def doubtful(columns: list[Any], watch: frozenset[str] | set[str], *, several: bool = True) -> Bools:
    """Rows (of columns as ``Block.columns``) that may be no data: nothing is shown, or (in a table of ``several`` columns)
    by one cell only; or the first such cell begins with a sign of ``watch``; or the second does, in a row that is at
    most half filled (``12 | 合计 | | 500``)."""
    import numpy as np

    rows = len(columns[0]) if columns else 0
    if not rows:
        return np.zeros(0, np.bool_)
    seen = [visible(column) for column in columns]
    count = np.zeros(rows, np.int32)
    for full, _ in seen:
        count += full
    codes = codes_of(watch)
    doubt = count <= 1 if several else count == 0
    # Rows whose first column is filled, as nearly all are, need no search for their first cell.
    full, column = seen[0]
    doubt |= full & np.isin(first_signs(column), codes)
    rest = np.flatnonzero(~doubt & (~full | (count * 2 <= len(columns) + 1)))
    if not len(rest):
        return doubt
    half = count[rest] * 2 <= len(columns) + 1
    before = np.zeros(len(rest), np.int32)
    found = np.zeros(len(rest), np.bool_)
    for full, column in seen:
        here = full[rest]
        before += here
        asked = here & ((before == 1) | ((before == 2) & half))
        if asked.any():
            found |= asked & np.isin(first_signs(column)[rest], codes)
        if bool((before >= 2).all()):
            break
    doubt[rest] |= found
    return doubt
