"""Whether a row among others begins a table of its own: a header that cannot be data.

Belongs here: the proof. Does not belong here: where a table begins and ends (``regions.py``), the header of a table
that is known to be one (``header.py``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.tables.header import find_header, header_words
from connectors.tables.header_names import Merge, Row
from connectors.tables.region_sieve import TYPED
from connectors.tables.row_kinds import (
    YEAR,
    filled,
    folded,
    is_note,
    is_numbering,
    is_total,
    is_unit,
    is_value,
    shown,
)

_NOTHING = re.compile(r"(无|未|暂|不|没|缺|否|是|[-—/]).{0,2}")
_LABEL_END = re.compile(
    r"[数量额率号码名称址期间话注积型别位类因况级层度价费款比重明目人员者][)）]?$|[)）]$|[A-Za-z0-9_]$"
)
LONGEST = 20  # characters of a label that is not known


@dataclass(frozen=True)
class NewHeader:
    """Names and all labels by position, and how many rows it has."""

    names: dict[int, str]
    labels: dict[int, frozenset[str]]
    depth: int

    def is_repeated(self, cells: Sequence[str], at: Sequence[int]) -> bool:
        """Whether a row is this header again, in whole, one of its levels, or its lowest labels; most of them, since
        a label may be written otherwise the second time."""
        same = sum(1 for i in at if folded(cells[i]) in self.labels.get(i, ()))
        return same * 10 >= len(at) * 6


def words_of(cells: Sequence[str], at: Sequence[int]) -> bool:
    """Whether half of the cells, two at least, are header words that are known."""
    words = header_words()
    if folded(cells[at[0]]) not in words and folded(cells[at[1]]) not in words:
        return False
    hits = sum(1 for i in at if folded(cells[i]) in words)
    return hits >= 2 and hits * 2 >= len(at)


def new_header(
    rows: Sequence[Row],
    merges: Sequence[Merge],
    current: NewHeader | None,
    data: Collection[Sequence[str]],
    titled: bool,
    abutting: bool = False,
) -> NewHeader | None:
    """The header that the first of ``rows`` begins, None where it may be data.

    ``current`` is the header of the table above with some of its ``data``; ``titled`` tells a title above the row,
    ``abutting`` that neither title nor blank row parts it from a row of data.
    """
    number, cells = rows[0]
    at = filled(cells)
    if is_note(cells) or is_total(cells) or is_numbering(cells):
        return None
    if sum(1 for i in at if is_value(cells[i]) and not YEAR.fullmatch(shown(cells[i]))) * 5 >= len(at):
        return None
    part = _one_table(rows)
    header = find_header(part, merges, "auto", header_words())
    if not header.rows or header.rows[0] != number or len(header.names) < 2:
        return None
    levels = [c for n, c in part if n in header.rows]
    labels = {
        i: frozenset(
            {folded(name), folded(name.rpartition("/")[2])} | {folded(c[i]) for c in levels if i < len(c)}
        )
        for i, name in header.names.items()
    }
    found = NewHeader(header.names, labels, header.rows[-1] - number + 1)
    body = [
        c
        for n, c in part
        if n > header.rows[-1] and len(filled(c)) > 1 and not is_total(c) and not is_note(c)
    ]
    if not body:
        return None
    # In a list of columns every row is of known words.
    listed = sum(words_of(c, filled(c)) for c in body[:3])
    if _known(found) and listed * 2 < len(body[:3]):
        return found
    need = TYPED if abutting else 1 if titled else 2
    return found if _by_shape(found, body, current, data, need) else None


def _one_table(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows up to the first sparse one below two of several cells."""
    full = 0
    for n, (_, cells) in enumerate(rows):
        count = len(filled(cells))
        full += count > 1
        if count < 2 and full > 3:
            return rows[:n]
    return rows


def _known(header: NewHeader) -> bool:
    words = header_words()
    lowest = [name.rpartition("/")[2] for name in header.names.values()]
    hits = sum(1 for name in lowest if folded(name) in words)
    return hits >= 2 and hits * 2 >= len(lowest)


def _by_shape(
    header: NewHeader,
    body: Sequence[Sequence[str]],
    current: NewHeader | None,
    data: Collection[Sequence[str]],
    need: int,
) -> bool:
    """Words over columns of figures, all columns named, no word again below or above. Over the columns of the table
    above there must be ``need`` columns of figures."""
    names = header.names
    if len(body) < 2 or any("#" in name or len(name.rpartition("/")[2]) > LONGEST for name in names.values()):
        return False
    used = {i for c in body for i in filled(c)}
    columns = {i: [shown(c[i]) for c in body if i < len(c) and shown(c[i])] for i in used}
    if any(i not in names and len(cells) * 2 > len(body) for i, cells in columns.items()):
        return False
    for i, labels in header.labels.items():
        near = columns.get(i, []) + [shown(c[i]) for c in data if i < len(c) and shown(c[i])]
        if any(folded(cell) in labels for cell in near if not is_unit(cell)):
            return False
    contrast = [
        i
        for i, cells in columns.items()
        if i in names
        and not is_value(names[i])
        and cells
        and sum(map(is_value, cells)) * 10 >= len(cells) * 8
    ]
    if current is None:
        return bool(contrast)
    extent = set(names)
    before = set(current.names)
    other_columns = len(extent & before) * 4 < len(extent | before) * 3
    if other_columns:
        return len(contrast) >= (TYPED if need == TYPED else 1)
    if any(_NOTHING.fullmatch(name) for name in names.values()):
        return False
    # Over the same columns a row of words may be one of figures not known yet: labels end otherwise, or are those of the
    # table above.
    labels = header_words().union(*current.labels.values())
    lowest = [name.rpartition("/")[2] for name in names.values()]
    labels_there = sum(1 for w in lowest if folded(w) in labels or _LABEL_END.search(w))
    return labels_there * 10 >= len(lowest) * 7 and len(contrast) >= need
