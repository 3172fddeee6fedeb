"""Several tables on one sheet, one under the other or side by side: where each begins and ends.

Belongs here: the split, and views of the parts with the true numbers of rows and positions of cells.
Does not belong here: finding a header (``header.py``), what a row is (``row_kinds.py``), one table over many sheets
(``continued_sheets.py``), the first look that most sheets pass (``region_sieve.py``).

A false split is worse than none. So a part must begin with a header that cannot be data, as ``new_header.py`` says,
below a blank row or a title, or be of known words, or hold words in all columns in which the rows above and below hold
values; and the part above must have had such a header too. Blank rows, notes, totals, headings and repeated headers
split nothing; a second title above the same header does, and so does the same header with columns more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any, Protocol

from connectors.tables.header_names import Merge, Row
from connectors.tables.new_header import NewHeader, new_header, words_of
from connectors.tables.region_sieve import HEAD, breaks_with, gaps_of, may_be_several, value_columns
from connectors.tables.row_kinds import (
    filled,
    is_blank,
    is_note,
    is_section,
    is_total,
    shown,
    squeezed,
    text_of,
)

ROWS = 400_000  # a sheet of more rows is one table
LEARNED = 60  # rows of a table that tell what its columns hold

_CLOSING = re.compile(
    r"(注\d*|附注|备注|说明|数据来源|资料来源|来源|填表人|填报人|制表人?|审核人?|复核人?|负责人|单位负责人|经办人?|联系人|联系电话)[(:：]"
)
_PAGE = re.compile(r"[(（]?第\s*\d+\s*页.*|[(（]?共\s*\d+\s*页.*")


class Source(Protocol):
    """What ``body.Rows`` has of a sheet."""

    sheet: str | None
    hidden: bool
    merges: Sequence[Merge]
    long: dict[int, list[int]]

    @property
    def rejected(self) -> dict[int, str]:
        """Rows that could not be read, with the reason."""

    def rows(self) -> Iterator[Row]:
        """(row number from 1, cells)."""


@dataclass
class Region:
    """One table of a sheet as a source of rows. Cells stand at their true positions; those of a neighbour are left out.

    ``first`` and ``last`` bound the rows that count as its own, rejected ones included.
    """

    sheet: str | None
    hidden: bool
    merges: Sequence[Merge]
    long: dict[int, list[int]]
    first: int
    last: int
    of: Source
    held: Sequence[Row]

    @property
    def rejected(self) -> dict[int, str]:
        """Rows between its first and last that could not be read."""
        return {n: why for n, why in self.of.rejected.items() if self.first <= n <= self.last}

    def rows(self) -> Iterator[Row]:
        """(row number from 1, cells)."""
        return iter(self.held)


def split(source: Any) -> list[Any]:
    """The tables of a sheet in order: ``[source]`` itself where it is one table, else a ``Region`` each.

    Regions one under the other hold every row of the sheet once. Of regions side by side the first holds all their
    rows, the others theirs only.
    """
    if not may_be_several(source):
        return [source]
    rows = list(islice(source.rows(), ROWS + 1))
    if len(rows) > ROWS:
        return [source]
    parts = _stacked(rows, source.merges)
    regions: list[Region] = []
    for n, (start, end) in enumerate(parts):
        first = 1 if n == 0 else rows[start][0]
        last = rows[parts[n + 1][0]][0] - 1 if n + 1 < len(parts) else 2**31
        regions += _beside(source, rows[start:end], first, last)
    return regions if len(regions) > 1 else [source]


# -- one under the other ---------------------------------------------------------------------------------------
def _stacked(rows: Sequence[Row], merges: Sequence[Merge]) -> list[tuple[int, int]]:
    """Places [start, end) of the tables in ``rows``."""
    starts = [0]
    current: NewHeader | None = None
    titles: set[str] = set()
    data: list[Sequence[str]] = []
    typed: list[int] = []
    sparse = True  # the row before holds one cell or none
    skip_to = 0
    for place, (_, cells) in enumerate(rows):
        if place < skip_to:
            continue
        at = filled(cells)
        if len(at) < 2:
            sparse = True
            continue
        found = None
        known = current is not None and words_of(cells, at)
        abutting = not sparse and not known and breaks_with(cells, typed)
        if sparse or known or abutting:
            again = (
                current is not None
                and current.is_repeated(cells, at)
                and not _is_wider(current, data, rows[place : place + 6])
            )
            if again and sparse:
                fresh = _titles(rows, starts[-1], place)
                if data and not fresh & titles and any(_alike(a, b) for a in fresh for b in titles):
                    found = current
            elif not again:
                titled = _titled(rows, place)
                found = new_header(rows[place : place + 40], merges, current, data, titled, abutting)
        if found is not None:
            if current is not None and data:
                starts.append(_start(rows, starts[-1], place))
            if current is None or data:
                titles, data, typed = _titles(rows, starts[-1], place), [], []
                current = found
                skip_to = place + found.depth
        elif current is not None and len(data) < LEARNED:
            data.append(cells)
            # What few rows tell may be wrong: looked at again with twice as many, and with all.
            if len(data) in (5, 10, 20, 40, LEARNED):
                typed = value_columns(data)
        sparse = False
    return list(zip(starts, [*starts[1:], len(rows)], strict=True))


def _is_wider(current: NewHeader, data: Sequence[Sequence[str]], rows: Sequence[Row]) -> bool:
    """Whether the first of ``rows``, a header again, names columns that the table above does not have and the rows
    below it do: all fill them, or all are so long, and none above."""
    below = [cells for _, cells in rows[1:] if not is_blank(cells)]
    new = [i for i in filled(rows[0][1]) if i not in current.names]

    def longer(i: int, *, full: bool) -> bool:
        def has(cells: Sequence[str]) -> bool:
            return i < len(cells) and (not full or bool(shown(cells[i])))

        return all(map(has, below)) and not any(map(has, data))

    return bool(new and below) and all(longer(i, full=True) or longer(i, full=False) for i in new)


def _above(rows: Sequence[Row], low: int, place: int) -> int:
    """The first of the sparse rows and form lines right above a place."""
    first = place
    while first > low and not is_total(rows[first - 1][1]):
        cells = rows[first - 1][1]
        if len(filled(cells)) > 1 and not is_note(cells):
            break
        first -= 1
    return first


def _titled(rows: Sequence[Row], place: int) -> bool:
    """Whether a title stands above a place: the only cell of its row, no note and no heading with a count."""
    return bool(_titles(rows, max(0, place - 8), place))


def _titles(rows: Sequence[Row], low: int, place: int) -> set[str]:
    lines = [cells for _, cells in rows[_above(rows, low, place) : place]]
    lone = [c for c in lines if len(filled(c)) == 1 and not is_note(c) and not is_section(c)]
    told = {_PAGE.sub("", squeezed(text_of(c))) for c in lone}
    return {t for t in told if t}


def _alike(one: str, two: str) -> bool:
    """Whether two titles are of one make: ``甲街道名单``, ``乙街道名单``; ``表1``, ``表2``."""
    ways = (zip(one, two, strict=False), zip(reversed(one), reversed(two), strict=False))
    both = sum(1 for way in ways for _ in takewhile(lambda pair: pair[0] == pair[1], way))
    return both >= min(2, len(one) - 1)


def _start(rows: Sequence[Row], low: int, place: int) -> int:
    """Where the table begins whose header is at ``place``: with its titles, behind the notes of the table above."""
    first = _above(rows, low, place)
    start = first
    behind_blank = False
    for n in range(first, place):
        cells = rows[n][1]
        if is_blank(cells):
            # What stands right below the rows of the upper table, and apart from this header, is a note of it.
            if not behind_blank:
                start = n + 1
            behind_blank = True
        elif any(_CLOSING.match(squeezed(cells[i])) for i in filled(cells)):
            start, behind_blank = n + 1, False
    while start < place and is_blank(rows[start][1]):
        start += 1
    return start


# -- side by side ----------------------------------------------------------------------------------------------
def _beside(source: Source, rows: Sequence[Row], first: int, last: int) -> list[Region]:
    groups = _groups(rows, source.merges)
    if len(groups) < 2:
        merges = [m for m in source.merges if m[2] >= first and m[0] <= last]
        return [Region(source.sheet, source.hidden, merges, source.long, first, last, source, rows)]
    regions = []
    for n, (left, right) in enumerate(groups):
        part = [(number, _cut(cells, left, right)) for number, cells in rows]
        merges = [m for m in source.merges if left <= m[1] <= right]
        if n:
            full = [k for k, (_, cells) in enumerate(part) if not is_blank(cells)]
            part = part[full[0] : full[-1] + 1]
        low, high = (first, last) if n == 0 else (2**31, 0)  # what cannot be read counts once
        regions.append(Region(source.sheet, source.hidden, merges, source.long, low, high, source, part))
    return regions


def _cut(cells: Sequence[str], left: int, right: int) -> list[str]:
    return [""] * min(left, len(cells)) + list(cells[left : right + 1])


def _groups(rows: Sequence[Row], merges: Sequence[Merge]) -> list[tuple[int, int]]:
    """Columns [left, right] of tables side by side; one group where it is one table."""
    gaps = [g for g in gaps_of(rows[:HEAD]) if all(not _seen(cells, *g) for _, cells in rows)]
    if not gaps:
        return [(0, 2**14)]
    lefts = [0, *(right + 1 for _, right in gaps)]
    rights = [*(left - 1 for left, _ in gaps), 2**14]
    groups = list(zip(lefts, rights, strict=True))
    result = [groups[0]]
    for group in groups[1:]:
        if _are_two(rows, merges, result[-1], group):
            result.append(group)
        else:
            result[-1] = (result[-1][0], group[1])
    return result


def _seen(cells: Sequence[str], left: int, right: int) -> bool:
    return any(shown(c) for c in cells[left : right + 1] if c)


def _are_two(
    rows: Sequence[Row], merges: Sequence[Merge], one: tuple[int, int], two: tuple[int, int]
) -> bool:
    """Whether two groups of columns are tables of their own: both have a header that cannot be data, and they repeat
    labels, begin in different rows or end in different rows, complete to their ends."""
    sides = []
    for left, right in (one, two):
        part = [(n, _cut(cells, left, right)) for n, cells in rows]
        place = next((k for k, (_, cells) in enumerate(part) if len(filled(cells)) > 1), None)
        while place is not None and is_note(part[place][1]):
            place = next((k for k in range(place + 1, len(part)) if len(filled(part[k][1])) > 1), None)
        if place is None:
            return False
        header = new_header(part[place : place + 40], merges, None, [], False)
        body = [k for k in range(place + 1, len(part)) if not is_blank(part[k][1])]
        if header is None or len(body) < 1:
            return False
        full = sum(1 for k in body if len(filled(part[k][1])) > 1)
        whole = body[-1] - place == len(body) and full * 10 >= len(body) * 9
        sides.append((header, place, body[-1], whole))
    (a, start_a, end_a, whole_a), (b, start_b, end_b, whole_b) = sides
    repeated = set(a.names.values()) & set(b.names.values())
    if len(repeated) >= 2 and len(repeated) * 2 >= min(len(a.names), len(b.names)):
        return True
    return whole_a and whole_b and (start_a != start_b or abs(end_a - end_b) >= 2)
