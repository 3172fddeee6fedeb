"""One name for each column out of header rows: merged cells expanded, levels joined with ``/``.

Belongs here: the head of a table as a grid with its merges, and the names (``居住信息/居住地址``).
Does not belong here: which rows are the header (``header.py``).

Rows are ``(number from 1, cells)``; positions are from 0; a merge is ``(first row, first position, last row,
last position)`` with rows from 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.tables.row_kinds import filled, folded, is_unit, shown

Row = tuple[int, list[str]]
Merge = tuple[int, int, int, int]

_CJK_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_GROUP_NOUN = re.compile(r".*(信息|情况|资料|数据|内容|项目|指标|类别|部分|明细|人|者|员|户)")


def label(cell: str) -> str:
    """A header cell as a name: no line breaks, no gaps between Chinese characters, one space elsewhere."""
    return " ".join(_CJK_GAP.sub("", shown(cell)).split())


class Grid:
    """The head of a table with its merges, by row number and position."""

    def __init__(self, head: Sequence[Row], merges: Sequence[Merge]) -> None:
        self.cells = dict(head)
        self.width = max((len(c) for _, c in head), default=0)
        last = head[-1][0] if head else 0
        self.anchor: dict[tuple[int, int], Merge] = {}
        for merge in merges:
            top, left, bottom, right = merge
            if top <= last and (bottom - top) < 200:
                for row in range(top, min(bottom, last) + 1):
                    for at in range(left, min(right, self.width - 1) + 1):
                        self.anchor[row, at] = merge

    def text(self, row: int, at: int) -> str:
        """What is seen at a place: the value of the merge it lies in, or of the cell."""
        merge = self.anchor.get((row, at))
        if merge is not None:
            row, at = merge[0], merge[1]
        cells = self.cells.get(row, [])
        return label(cells[at]) if at < len(cells) else ""

    def top(self, row: int, at: int) -> tuple[int, int]:
        """The row and position of the cell whose value is seen at a place."""
        merge = self.anchor.get((row, at))
        return (merge[0], merge[1]) if merge is not None else (row, at)

    def spread(self, row: int) -> int:
        """Columns that the filled cells of a row reach over; a line of one cell counts as one."""
        at = filled(self.cells[row])
        if len(at) < 2:
            return len(at)
        return sum(1 for i in range(self.width) if self.text(row, i))


def spans(grid: Grid, row: int, below: set[int]) -> list[tuple[int, int]]:
    """The columns each label of a row heads: its merge, or the empty cells (or equal labels) to its right under
    which the next row is filled."""
    found: list[tuple[int, int]] = []
    i = 0
    while i < grid.width:
        text = grid.text(row, i)
        if not text or grid.top(row, i)[0] != row:
            i += 1
            continue
        merge = grid.anchor.get((row, i))
        if merge is not None and merge[3] > merge[1]:
            right = min(merge[3], grid.width - 1)
        else:
            right = i
            while (
                right + 1 < grid.width
                and (row, right + 1) not in grid.anchor
                and right + 1 in below
                and i in below
            ):
                beside = grid.text(row, right + 1)
                if beside not in ("", text):
                    break
                right += 1
        found.append((i, right))
        i = right + 1
    return found


def names_of(grid: Grid, rows: Sequence[int], words: frozenset[str]) -> dict[int, str]:
    """One name per position: levels joined by ``/``, units and repeated levels left out; repeats numbered."""
    levels = [r for r in rows if not is_unit_row(grid.cells[r]) or len(rows) == 1]
    paths: dict[int, list[tuple[str, int, tuple[int, int]]]] = {i: [] for i in range(grid.width)}
    grouped = False
    for place, row in enumerate(levels):
        lower = {
            i
            for i in range(grid.width)
            for r in levels[place + 1 :]
            if grid.text(r, i) and grid.top(r, i)[0] > row
        }
        for left, right in spans(grid, row, lower):
            grouped = grouped or right > left
            for i in range(left, right + 1):
                origin = (row, left)
                if not paths[i] or paths[i][-1][2] != origin:
                    paths[i].append((grid.text(row, left), right - left, origin))
    names: dict[int, str] = {}
    for i, path in paths.items():
        name = _joined([p for p in path if not (len(path) > 1 and is_unit(p[0]))], grouped, words)
        if not name:
            continue
        names[i] = name
    return unique(names)


def unique(names: dict[int, str]) -> dict[int, str]:
    """Repeated names numbered (``名#2``). Names that differ in case only count as repeats: SQL holds them equal."""
    taken = {"_file", "_sheet", "_row", "_long_numbers"}
    result: dict[int, str] = {}
    numbered: dict[str, int] = {}
    for i, name in names.items():
        candidate, n = name, numbered.get(name.casefold(), 1)
        while candidate.casefold() in taken:
            n += 1
            candidate = f"{name}#{n}"
        numbered[name.casefold()] = n
        taken.add(candidate.casefold())
        result[i] = candidate
    return result


def _joined(path: Sequence[tuple[str, int, tuple[int, int]]], grouped: bool, words: frozenset[str]) -> str:
    parts: list[str] = []
    wrapped = False
    for text, more, _ in path:
        # One label written in two rows ("平均家庭" over "户规模") is one name: neither part heads a group.
        if (
            parts
            and wrapped
            and more == 0
            and grouped
            and folded(text) not in words
            and not _GROUP_NOUN.fullmatch(parts[-1])
        ):
            parts[-1] += text
        elif not (parts and wrapped and parts[-1] == text):
            parts.append(text)
        wrapped = more == 0
    return "/".join(parts)


def is_unit_row(cells: Sequence[str]) -> bool:
    """Whether all that can be seen in a row are units in brackets."""
    return all(is_unit(cells[i]) for i in filled(cells))
