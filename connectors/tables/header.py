"""Where the header of a table is, by its shape and its words.

Belongs here: finding the header rows by shape and by known header words.
Does not belong here: their names (``header_names.py``), words of notes and totals (``row_kinds.py``), the rows
below (``body.py``).
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from connectors.tables.header_names import Grid, Merge, Row, is_unit_row, label, names_of, spans, unique
from connectors.tables.row_kinds import (
    IDENTIFIER,
    LONG_TEXT,
    YEAR,
    filled,
    folded,
    is_blank,
    is_note,
    is_numbering,
    is_total,
    is_value,
    outside,
    shown,
)  # fmt: skip

LOOK = 60  # rows from the top among which the header is sought
DEPTH = 6  # levels a header may have

_DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"[A-Za-z]+")
_WORDS = re.compile(r"[^\W\d_A-Za-z]+")


@dataclass(frozen=True)
class Header:
    """``rows`` are row numbers; ``names`` gives the named positions; ``above`` says what each row above is."""

    rows: tuple[int, ...]
    first_data_row: int
    names: dict[int, str]
    above: tuple[tuple[int, str], ...] = ()
    # A second line of the header that names the same columns otherwise (labels above database names).
    alternatives: dict[int, str] = field(default_factory=dict)
    # Rows below that are known to be no data, with the reason, where a reader has found out on its own.
    skips: dict[int, str] = field(default_factory=dict)


@cache
def header_words() -> frozenset[str]:
    """All header words that ``schemas/fields.yaml`` knows, folded."""
    from schemas.model import schema

    fields = schema().fields.values()
    return frozenset(folded(w) for f in fields for w in (f.label, *f.headers, *f.database_names))


def find_header(
    head: Sequence[Row],
    merges: Sequence[Merge] = (),
    setting: tuple[int, ...] | Literal["auto", "none"] = "auto",
    words: frozenset[str] = frozenset(),
) -> Header:
    """The header of the table whose first rows are ``head`` (all of them, from row 1 on, blank ones too)."""
    grid = Grid(head, merges)
    if setting == "none" or not head:
        return Header((), head[0][0] if head else 1, _by_place(head))
    if setting != "auto":
        rows = [r for r in setting if r in grid.cells]
        above = tuple((n, outside(c)) for n, c in head if n < setting[0])
        inside = tuple((n, "title") for n in range(setting[0], setting[-1]) if n not in setting)
        return Header(tuple(setting), setting[-1] + 1, names_of(grid, rows, words), above + inside)
    start = _first_row(grid, head, words)
    if start is None:
        return _without(grid, head)
    rows, codes = _block(grid, start)
    names = names_of(grid, [r for r in rows if r not in codes and not is_numbering(grid.cells[r])], words)
    above = tuple((n, outside(c)) for n, c in head if n < start)
    if codes:
        cells = grid.cells[codes[0]]
        return Header(
            tuple(rows), rows[-1] + 1, unique({i: label(cells[i]) for i in filled(cells)}), above, names
        )
    return Header(tuple(rows), rows[-1] + 1, names, above)


def _typical(head: Sequence[Row]) -> int:
    counts = [len(filled(c)) for _, c in head[len(head) // 3 :]] or [0]
    wide = [n for n in counts if n >= 2] or [len(filled(c)) for _, c in head if len(filled(c)) >= 2]
    # A table of one column has no rows of two cells but by accident.
    if len(wide) * 4 < sum(1 for n in counts if n):
        return 1
    return int(statistics.median(wide)) if wide else 1


def _first_row(grid: Grid, head: Sequence[Row], words: frozenset[str]) -> int | None:
    """Row number of the top level of the header, None when the table starts with data."""
    typical = _typical(head)
    need = 1 if typical == 1 else max(2, (typical + 1) // 2)
    data_seen = 0
    for place, (number, cells) in enumerate(head[:LOOK]):
        at = filled(cells)
        if not at:
            continue
        hits = sum(1 for i in at if folded(cells[i]) in words)
        known = hits >= 2 and hits * 2 >= len(at)
        if not known and (grid.spread(number) < need or is_note(cells) or is_total(cells)):
            continue
        below = [c for _, c in head[place + 1 :]]
        if not known and (_is_data(cells, at, below) or (not hits and _is_like(cells, at, below))):
            data_seen += 1
            if data_seen > 5:
                return None
            continue
        # A header below rows of data is one only if its words are known: else the first row has been data.
        if data_seen and not known:
            return None
        return number
    return None


def _is_data(cells: Sequence[str], at: Sequence[int], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds values (numbers, dates, codes) where a header would hold words."""
    values = 0
    for i in at:
        if not is_value(cells[i]):
            continue
        under = [c[i] for c in below if i < len(c) and c[i]]
        years = sum(1 for u in under if YEAR.fullmatch(shown(u)))
        # A year may head a column of figures, but not one of years.
        if not YEAR.fullmatch(shown(cells[i])) or years * 2 > len(under):
            values += 1
    return values > 0 and values * 10 >= len(at) * 2


def _is_like(cells: Sequence[str], at: Sequence[int], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row of words is of a kind with the rows below: its cells recur in their columns (男, 汉族), or are made
    like most of them out of words and digits (人民路1号)."""
    words = [(i, shown(cells[i])) for i in at]
    # Levels of a header repeat a label, and so does a header on every page; but not in every fourth row.
    rows = below[1:LOOK]
    again = [sum(1 for i, w in words if i < len(c) and shown(c[i]) == w) * 2 >= len(at) for c in rows]
    if sum(again) * 4 < len(rows):
        rows = [c for c, same in zip(rows, again, strict=True) if not same]
    recurring = [sum(1 for c in rows if i < len(c) and shown(c[i]) == w) for i, w in words]
    if len(rows) >= 3 and (max(recurring) >= 3 or sum(1 for n in recurring if n) >= 2):
        return True
    for i, word in words:
        made = _DIGITS.sub("0", word[:LONG_TEXT])
        under = [
            _DIGITS.sub("0", text[:LONG_TEXT]) for c in below[:LOOK] if i < len(c) and (text := shown(c[i]))
        ]
        if made != word and len(made) > 1 and len(under) >= 3 and not YEAR.fullmatch(word):
            alike = sum(1 for u in under if _form(u) == _form(made))
            if alike * 10 >= len(under) * 7:
                return True
    return False


def _form(text: str) -> str:
    """What a cell is made of: a code of Latin letters is not made like a label in Chinese."""
    return _WORDS.sub("文", _LATIN.sub("A", text))


def _without(grid: Grid, head: Sequence[Row]) -> Header:
    """No header: data starts at the first row that is no title or form line (those before it are of one cell)."""
    need = 1 if _typical(head) == 1 else 2
    for place, (number, cells) in enumerate(head):
        if len(filled(cells)) >= need and not is_note(cells):
            return Header(
                (), number, _by_place(head[place:]), tuple((n, outside(c)) for n, c in head[:place])
            )
    return Header((), head[0][0], {})


def _by_place(head: Sequence[Row]) -> dict[int, str]:
    """Names of the columns of a table without a header: that its rows write them is all that tells of them, so an empty
    one counts too. Empty columns at the end are padding where they are as many as those that hold anything."""
    lengths = Counter(len(c) for _, c in head if len(filled(c)) > 1).most_common(1)
    used = {i for _, c in head for i in filled(c)}
    if not lengths or len(used) < 2:
        return {}
    last = max(used)
    width = lengths[0][0] if lengths[0][0] - last - 1 < len(used) else last + 1
    return {i: f"列{i + 1}" for i in range(min(used), max(width, last + 1))}


def _block(grid: Grid, start: int) -> tuple[list[int], list[int]]:
    """Header rows from ``start`` on, and those of them that hold database names below labels."""
    rows, codes = [start], []
    while len(rows) < DEPTH and rows[-1] + 1 in grid.cells:
        last, following = rows[-1], rows[-1] + 1
        cells = grid.cells[following]
        reaches = any(
            m[2] > last and m[0] >= start
            for i in range(grid.width)
            if (m := grid.anchor.get((last, i))) is not None and m[3] - m[1] < grid.width
        )
        if reaches or (
            not is_blank(cells) and (_is_level(grid, start, last, following) or is_unit_row(cells))
        ):
            rows.append(following)
        elif not is_blank(cells) and _is_codes(grid, start, following):
            rows.append(following)
            codes.append(following)
            break
        elif is_numbering(cells) and grid.spread(start) * 10 >= len(filled(cells)) * 8:
            rows.append(following)
            break
        else:
            break
    return rows, codes


def _is_codes(grid: Grid, start: int, row: int) -> bool:
    cells = grid.cells[row]
    at = filled(cells)
    above = [grid.text(start, i) for i in at]
    below = grid.cells.get(row + 1)
    if len(at) < 3 or not all(IDENTIFIER.fullmatch(shown(cells[i])) for i in at):
        return False
    chinese = sum(1 for w in above if w and not w.isascii())
    same = below is not None and all(IDENTIFIER.fullmatch(shown(below[i])) for i in filled(below))
    return (
        chinese * 10 >= grid.spread(start) * 8 and len({shown(cells[i]) for i in at}) == len(at) and not same
    )


def _is_level(grid: Grid, start: int, last: int, row: int) -> bool:
    """Whether ``row`` is a lower level of the header: it fills what ``last`` groups, and leaves the rest empty."""
    cells = grid.cells[row]
    at = set(filled(cells))
    if any(
        (is_value(cells[i]) and not YEAR.fullmatch(shown(cells[i]))) or len(shown(cells[i])) > 30 for i in at
    ):
        return False
    heads = spans(grid, last, at)
    groups = {i for left, right in heads if right > left for i in range(left, right + 1)}
    if not groups:
        return False
    merged = any((last, i) in grid.anchor for i in groups)
    leaves = [
        i
        for i in range(grid.width)
        if i not in groups and any(grid.text(r, i) for r in range(start, last + 1))
    ]
    filled_groups = sum(1 for i in groups if i in at or grid.text(row, i))
    taken = sum(1 for i in leaves if i in at and grid.text(row, i) != grid.text(last, i))
    if merged:
        return filled_groups * 10 >= len(groups) * 6 and taken * 2 <= len(leaves)
    several = sum(1 for left, right in heads if right > left) >= 2
    return filled_groups == len(groups) and taken == 0 and (bool(leaves) or several)
