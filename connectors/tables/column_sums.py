"""What the data rows of a table add up to, by column, between its total rows and headings.

Belongs here: numbers out of text cells, sums by segment, the segments that a total row may sum.
Does not belong here: whether a stated total is right (``totals.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

NUMBER = re.compile(r"[-+−]?[¥￥$]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
# Cells of a column of figures that hold none.
_NOTHING = ("", "-", "--", "—", "——", "－", "/", "…", "……", "无", "#N/A")
_SUB = re.compile(r"小[计計]|本页|本頁|分计")

Segments = tuple[int, int]


def number_of(text: str) -> str:
    """A number's text without signs of thousands and money: ``¥1,200.50`` → ``1200.50``."""
    return re.sub(r"[,¥￥$+]", "", text).replace("−", "-")


@dataclass
class ColumnSums:
    """One column: sums, and cells that are no numbers, by segment; the rest over all rows."""

    sums: np.ndarray[Any, np.dtype[np.float64]]
    texts: np.ndarray[Any, np.dtype[np.int64]]
    numbers: int = 0
    decimals: int = 0
    low: float = float("inf")
    high: float = float("-inf")
    share: bool = False  # a percent sign was met
    distinct: set[str] | None = field(default_factory=set)

    def sum_of(self, segments: Segments) -> float:
        """The sum over segments [first, end)."""
        return float(self.sums[segments[0] : segments[1]].sum())


class TableSums:
    """Segment n are the rows between the n-th and the next of the ``events``: total rows and headings, ascending.

    ``words`` are the total rows with the word of each (``合计``), ``headings`` the rows of headings; ``most`` the
    largest number of different values that matters.
    """

    def __init__(
        self, words: Mapping[int, str], headings: Sequence[int], columns: int, most: int = 0
    ) -> None:
        import numpy as np

        self._np: Any = np
        self.words = dict(words)
        self.headings = set(headings)
        self.events = sorted(self.words.keys() | self.headings)
        self.most = most
        self.rows = np.zeros(len(self.events) + 1, np.int64)
        self.columns = [
            ColumnSums(np.zeros(len(self.rows)), np.zeros(len(self.rows), np.int64)) for _ in range(columns)
        ]
        # Rows break others down ("其中：女").
        self.breaks_down = False

    def add(self, numbers: Sequence[int], columns: Sequence[Any]) -> None:
        """Rows by column, as a sink gets them: row numbers from 1, and a sequence or Arrow array of text each."""
        import pyarrow as pa
        import pyarrow.compute as pc

        np = self._np
        segment = np.searchsorted(np.array(self.events, np.int64), np.asarray(numbers, np.int64))
        self.rows += np.bincount(segment, minlength=len(self.rows))
        for n, (column, given) in enumerate(zip(self.columns, columns, strict=True)):
            array = given if isinstance(given, pa.Array) else pa.array(given, pa.string())
            texts = pc.utf8_trim_whitespace(pc.fill_null(array, ""))
            if n == 0 and pc.any(pc.match_substring_regex(texts, "^(其中|#)")).as_py():
                self.breaks_down = True
            if column.distinct is not None:
                column.distinct.update(t for t in pc.unique(texts).to_pylist() if t)
                if len(column.distinct) > self.most:
                    column.distinct = None
            self._sum(column, texts, segment)

    def _sum(self, column: ColumnSums, texts: Any, segment: Any) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        np, size = self._np, len(self.rows)
        if pc.any(pc.match_substring_regex(texts, "[０-９]")).as_py():
            texts = pc.utf8_normalize(texts, form="NFKC")
        number = pc.match_substring_regex(texts, f"^(?:{NUMBER.pattern})$")
        other = np.asarray(pc.invert(pc.or_(number, pc.is_in(texts, value_set=pa.array(_NOTHING)))))
        if other.any():
            column.texts += np.bincount(segment[other], minlength=size)
            column.share = column.share or pc.any(pc.match_substring_regex(texts, "[%‰％]$")).as_py()
        if not pc.any(number).as_py():
            return
        plain = pc.replace_substring(pc.replace_substring_regex(texts, "[,¥￥$+]", ""), "−", "-")
        values = np.asarray(pc.cast(pc.if_else(number, plain, "0"), pa.float64()))
        column.sums += np.bincount(segment, weights=values, minlength=size)
        there = values[np.asarray(number)]
        column.numbers += len(there)
        column.low, column.high = min(column.low, there.min()), max(column.high, there.max())
        point = pc.find_substring(plain, ".")
        after = pc.subtract(pc.subtract(pc.utf8_length(plain), point), 1)
        pointed = pc.and_(number, pc.greater_equal(point, 0))
        column.decimals = max(column.decimals, pc.max(pc.if_else(pointed, after, 0)).as_py())

    def readings(self, number: int) -> list[Segments]:
        """Segments [first, end) with rows that the total in row ``number`` may sum, the likeliest first."""
        at, word = self.events.index(number), self.words[number]
        before = self.events[:at]
        total = _after(before, [n for n in before if n in self.words])
        heading = _after(before, [n for n in before if n in self.headings])
        same = _after(before, [n for n in before if self.words.get(n) == word])
        again = next(
            (i for i in range(at + 1, len(self.events)) if self.words.get(self.events[i]) == word), None
        )
        below = again if again is not None else len(self.events)
        starts = (at, total, heading, same, 0) if _SUB.search(word) else (same, 0, total, heading, at)
        found = [(start, at + 1) for start in starts]
        found += [(at + 1, at + 2), (at + 1, below + 1), (0, len(self.rows))]
        return [s for s in dict.fromkeys(found) if self.rows[s[0] : s[1]].sum()]

    def states(self, count: int, segments: Sequence[Segments]) -> bool:
        """Whether a number is that of the rows of some segments, of a column's different values in all of them, or
        a column's sum."""
        if any(int(self.rows[a:b].sum()) == count for a, b in segments):
            return True
        if any(c.distinct is not None and len(c.distinct) == count for c in self.columns):
            return True
        return any(c.numbers and c.sum_of(s) == count for c in self.columns for s in segments)


def _after(events: Sequence[int], among: Sequence[int]) -> int:
    """The segment behind the last of some events, 0 without one."""
    return events.index(among[-1]) + 1 if among else 0
