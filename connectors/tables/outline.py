"""Lists of one column in which names of a higher level head those below them: 省, then its 县, some with a flag.

Belongs here: whether a column is such a list, and a view of it as a table of one column a level and one a flag.
Does not belong here: the levels of names (``divisions.py``), headings in tables of several columns (``sections.py``).

It is one where nine in ten cells are names of divisions, of two levels at least, the first of the highest, and each
name that heads others is followed by one of a lower level. A sign before or behind a name is a flag; a line such as
``*代表脱贫县`` above or below the list says what it means (column 脱贫), else the column is called 标记.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from connectors.tables.divisions import LEVELS, level_of
from connectors.tables.header import Header
from connectors.tables.header_names import Merge, Row, unique
from connectors.tables.row_kinds import filled, is_blank, is_note, is_total, outside, shown

FLAG = "标记"
LONGEST = 20_000  # rows of a list

_SIGNS = "*＊※★☆▲△▼●○◆◇■□#＃√"
_FLAGGED = re.compile(rf"([{_SIGNS}]*)(.*?)\s*([{_SIGNS}]*)", re.S)
_MEANING = re.compile(
    rf"(?:.*[注说明]\s*\d*\s*[:：.、]?\s*)?(?:[带标注有加]*)[“\"'(（]?([{_SIGNS}])[”\"')）]?[号]?(?:的|者)*\s*"
    r"(?:代表|表示|指的是|是指|意为|为|是|指|[:：=＝])\s*(.+?)[。.;；)）]?",
    re.S,
)
_OF_LEVEL = re.compile(r"(?<=..)(县区|县市区|市县|县|区|市|省|旗|乡镇|街道|镇|乡|社区|村|单位|名单)$")


@dataclass
class Outline:
    """A list as a source of rows: leaves as rows of the table ``header`` names, all other rows as they stand."""

    sheet: str | None
    hidden: bool
    header: Header
    _rows: Sequence[Row]
    merges: Sequence[Merge] = ()
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """(row number from 1, cells)."""
        return iter(self._rows)


def outline(source: Any) -> Outline | None:
    """The list that a source's rows are, as a table; None where they are something else."""
    rows: list[Row] = []
    column: int | None = None
    for row in source.rows():
        at = filled(row[1])
        # A line of a form may have several cells; a list of one column has none such below its first name.
        if len(at) > 1 or len(rows) > LONGEST or (at and column not in (None, at[0])):
            return None
        column = at[0] if at else column
        rows.append(row)
    if column is None or source.rejected or source.merges:
        return None
    return _read(source, rows, column)


def _read(source: Any, rows: Sequence[Row], column: int) -> Outline | None:
    names: dict[int, str] = {}
    flags: dict[int, str] = {}
    meanings: dict[str, str] = {}
    other: dict[int, str] = {}
    levels: dict[int, str | None] = {}
    for number, cells in rows:
        if is_blank(cells):
            other[number] = "blank"
            continue
        text = shown(cells[column])
        meaning = _MEANING.fullmatch(text)
        if meaning is not None:
            meanings.setdefault(meaning[1], _named(meaning[2]))
            other[number] = "note"
            continue
        before, name, behind = _FLAGGED.fullmatch(text).groups()  # type: ignore[union-attr]
        if level_of(name) is None and (is_note(cells) or is_total(cells)):
            other[number] = "total" if is_total(cells) else "note"
            continue
        names[number], flags[number], levels[number] = name, before + behind, level_of(name)
    # Titles above the first name.
    for number in list(names):
        if levels[number] is not None:
            break
        other[number] = outside([names.pop(number)])
        del flags[number], levels[number]
    used = _levels(list(names), levels)
    if used is None:
        return None
    return _table(source, rows, names, flags, meanings, other, used, levels)


def _levels(numbers: Sequence[int], levels: dict[int, str | None]) -> list[str] | None:
    """The levels of the list from the top, None where it is no outline. Mends ``levels``: every name gets one."""
    told = [n for n in numbers if levels[n] is not None]
    if len(told) < 3 or len(told) * 10 < len(numbers) * 9:
        return None
    there = [level for level in LEVELS if any(levels[n] == level for n in told)]
    # A city among counties is one of them unless cities stand below most of the names above.
    for level in there[1:-1]:
        below = [levels[m] for n, m in pairwise(numbers) if _rank(levels[n]) < LEVELS.index(level)]
        if below.count(level) * 2 <= len(below):
            levels.update({n: there[-1] for n in numbers if levels[n] == level})
    there = [level for level in there if any(levels[n] == level for n in numbers)]
    if len(there) < 2 or levels[numbers[0]] != there[0]:
        return None
    for n in numbers:
        levels[n] = levels[n] or there[-1]
    tops = [k for k, n in enumerate(numbers) if levels[n] == there[0]]
    headed = sum(1 for k in tops if k + 1 < len(numbers) and levels[numbers[k + 1]] != there[0])
    if len(tops) < 2 or headed * 10 < len(tops) * 8 or len(tops) * 2 > len(numbers):
        return None
    return there


def _rank(level: str | None) -> int:
    return LEVELS.index(level) if level is not None else len(LEVELS)


def _named(meaning: str) -> str:
    words = shown(meaning).removeprefix("已")
    return _OF_LEVEL.sub("", words) or words


def _table(
    source: Any,
    rows: Sequence[Row],
    names: dict[int, str],
    flags: dict[int, str],
    meanings: dict[str, str],
    other: dict[int, str],
    used: Sequence[str],
    levels: dict[int, str | None],
) -> Outline:
    signs = list(dict.fromkeys(sign for text in flags.values() for sign in text))
    columns = [*used, *(meanings.get(sign, FLAG) for sign in signs)]
    numbers = list(names)
    deeper = {n for n, m in pairwise(numbers) if _rank(levels[m]) > _rank(levels[n])}
    path = [""] * len(used)
    made: list[Row] = []
    first = numbers[0]
    skips: dict[int, str] = {n: why for n, why in other.items() if n > first}
    for number, cells in rows:
        if number not in names:
            made.append((number, [*cells]))
            continue
        place = used.index(levels[number] or used[-1])
        path[place:] = [names[number], *[""] * (len(used) - place - 1)]
        if number in deeper or (place == 0 and len(used) > 1):
            skips[number] = "section"
            made.append((number, [names[number]]))
        else:
            made.append((number, [*path, *(sign if sign in flags[number] else "" for sign in signs)]))
    above = tuple((n, other[n]) for n, _ in rows if n < first)
    header = Header((), first, unique(dict(enumerate(columns))), above, skips=skips)
    return Outline(source.sheet, source.hidden, header, made)
