"""Headings between the rows of a table: what they say for the rows below them, and whether their counts are kept.

Belongs here: levels of headings (省, then 市), the value that rows below carry, stated counts against the rows.
Does not belong here: which row is a heading (``row_judge.py``), its words (``row_kinds.py``), the walk (``body.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.report import TableReport
from connectors.tables.divisions import level_of
from connectors.tables.row_kinds import section_count, section_label, squeezed

COLUMN = "分组"
_STYLES = (
    re.compile(r"第[一二三四五六七八九十百\d]+(?P<kind>\D)"),
    re.compile(r"[(][一二三四五六七八九十]+[)]"),
    re.compile(r"[一二三四五六七八九十]+[、.:]"),
    re.compile(r"[(]\d+[)]"),
    re.compile(r"\d+[、.:)]"),
)


@dataclass
class _Heading:
    row: int
    label: str
    kind: str | None
    stated: int | None
    counted: int = 0


def _kind(label: str) -> str | None:
    """What headings of one level have in common: the way they are numbered, or their level as divisions."""
    text = squeezed(label)
    for n, style in enumerate(_STYLES):
        if found := style.match(text):
            return f"{n}{found.groupdict().get('kind', '')}"
    return level_of(label)


class Sections:
    """The headings above the present row. ``feed`` each heading, ``rows`` the number of data rows after it, in order.

    Headings that follow each other without a row between them form levels (``江苏省/南京市``), but for those of one
    kind (``西藏自治区（0所）``, ``陕西省``), of which the first is empty. A heading after data takes the place of the
    last of its kind, else of the lowest.
    """

    def __init__(self) -> None:
        self._open: list[_Heading] = []
        self._kinds: list[set[str]] = []
        self._run = 0  # headings since the last data row
        self._stated: list[_Heading] = []

    @property
    def value(self) -> str:
        """What the rows below carry: the labels of all open levels joined by ``/``; "" before the first heading."""
        return "/".join(h.label for h in self._open)

    def feed(self, row: int, text: str) -> None:
        """A heading in row ``row`` with the words ``text``, its count included."""
        heading = _Heading(row, section_label(text), _kind(section_label(text)), section_count(text))
        place = self._place(heading)
        del self._open[place:]
        self._open.append(heading)
        while len(self._kinds) <= place:
            self._kinds.append(set())
        if heading.kind is not None:
            self._kinds[place].add(heading.kind)
        if heading.stated is not None:
            self._stated.append(heading)
        self._run += 1

    def rows(self, count: int) -> None:
        """So many data rows follow."""
        if count:
            self._run = 0
            for heading in self._open:
                heading.counted += count

    def _place(self, heading: _Heading) -> int:
        """The level that a heading is of."""
        depth = len(self._open)
        known = [i for i, kinds in enumerate(self._kinds[: depth + 1]) if heading.kind in kinds]
        if not depth:
            return 0
        if known:
            return known[-1]
        if not self._run:
            return depth - 1
        last = self._open[-1]
        more = last.stated is not None and heading.stated is not None and heading.stated > last.stated
        if last.stated == 0 or more:
            return depth - 1
        # A run of headings as long as the levels that there are replaces them all.
        if depth == len(self._kinds) and self._run < depth:
            self._open = self._open[depth - self._run :]
            return self._run
        return depth

    def check(self, report: TableReport) -> None:
        """Hold the stated counts against the rows. Call it once, after the last row.

        Counts that are right nowhere, in three headings or more, are counts of something else than rows.
        """
        wrong = [h for h in self._stated if h.counted != h.stated]
        if len(wrong) == len(self._stated) >= 3:
            return
        report.totals_checked += len(self._stated)
        for h in wrong:
            report.find("total_mismatch", f"the heading states {h.stated} rows, {h.counted} follow", h.row)
