"""A row that is written with another delimiter than the rest of its table.

Belongs here: the delimiters it may be written with, and its words grouped into cells where they hold the delimiter
too. Does not belong here: other rows of unusual width (``row_mending.py``), the dialect of a file (``dialect.py``).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from connectors.tables.row_kinds import is_note, is_value, shown
from connectors.text.broken_quotes import split_broken

if TYPE_CHECKING:
    from connectors.text.column_shapes import ColumnShapes
    from connectors.text.dialect import Dialect

# Delimiters that a row among others may be written with. A blank is one only where the columns bear it out.
_SIGNS = (",", ";", "\t", "|", "，", "^", "~", " ")
# How much likelier the best way must be than the next (natural log).
MARGIN = 1.5
# A table so wide that a line of as many words is no chance; words of a row, and of one cell.
_WIDE, _WORDS, _WORDS_IN_CELL = 8, 120, 16


class OtherDialects:
    """The rows of a file in ``dialect`` that are in another. ``affordable`` says whether a search of so many ways may
    be made."""

    def __init__(self, dialect: Dialect, affordable: Callable[[int], bool]) -> None:
        self.dialect, self.width, self.quote = dialect, dialect.width, dialect.quote or ""
        self.affordable = affordable

    def split(self, shapes: ColumnShapes, line: str, cells: list[str], first: bool) -> list[str] | None:
        """Another delimiter that gives the width exactly."""
        found: list[list[str]] = []
        if is_note(cells):
            return None
        for sign in _SIGNS:
            if sign == self.dialect.delimiter or line.count(sign) < self.width - 1:
                continue
            other = self._exactly(line, sign)
            if other is None:
                other = self._grouped(shapes, line, sign)
                found += [other] if other is not None else []
                continue
            # Of a blank so many words in a title are no accident only in a wide table.
            heading = first and self.width >= (_WIDE if sign == " " else 4) and is_heading(other)
            if heading or (shapes.fits(other) and any(map(shown, other))):
                found.append(other)
        return found[0] if len(found) == 1 else None

    def _grouped(self, shapes: ColumnShapes, line: str, sign: str) -> list[str] | None:
        """A row with ``sign`` between its cells and in them too: its words grouped into the likeliest cells.

        A quoted cell is one word. Keeps the two best ways, so as to know whether the best is the only one.
        """
        cells = self._words(line, sign)
        n, width = len(cells), self.width
        if not width < n <= _WORDS or not self.affordable(n * width * _WORDS_IN_CELL):
            return None
        # ways[j]: the best readings of the first j words as the columns so far: likelihood, ends of the cells.
        ways: list[list[tuple[float, tuple[int, ...]]]] = [[] for _ in range(n + 1)]
        ways[0].append((0.0, ()))
        for column in range(width):
            after: list[list[tuple[float, tuple[int, ...]]]] = [[] for _ in range(n + 1)]
            left = width - column - 1
            for i in range(column, n - left):
                if not ways[i]:
                    continue
                for j in range(i + 1, min(n - left, i + _WORDS_IN_CELL) + 1):
                    if j > i + 1 and any(quoted for _, quoted in cells[i:j]):
                        break
                    of = shapes.of_cell(column, sign.join(text for text, _ in cells[i:j]))
                    after[j] += [(score + of, (*ends, j)) for score, ends in ways[i]]
            ways = [sorted(a, reverse=True)[:2] for a in after]
        best = ways[n]
        if not best or (len(best) > 1 and best[0][0] - best[1][0] < MARGIN):
            return None
        ends = (0, *best[0][1])
        row = [sign.join(text for text, _ in cells[i:j]) for i, j in pairwise(ends)]
        return row if shapes.fits(row) else None

    def _words(self, line: str, sign: str) -> list[tuple[str, bool]]:
        """What stands between the signs, and whether it was quoted."""
        quote = self.quote
        if not quote or quote not in line:
            return [(word, False) for word in line.split(sign)]
        words: list[tuple[str, bool]] = []
        at = 0
        while at <= len(line):
            close = -1
            if line.startswith(quote, at):
                # The cell ends at a quote before the sign that is not one of two.
                close = line.find(quote, at + 1)
                while close >= 0 and not (close + 1 == len(line) or line[close + 1] == sign):
                    close = line.find(quote, close + (2 if line.startswith(quote, close + 1) else 1))
            if close >= 0:
                words.append((line[at + 1 : close].replace(quote * 2, quote), True))
                at = close + 2
            else:
                end = line.find(sign, at)
                end = len(line) if end < 0 else end
                words.append((line[at:end], False))
                at = end + 1
        return words

    def _exactly(self, line: str, sign: str) -> list[str] | None:
        dialect = replace(self.dialect, delimiter=sign, skip_space=False)
        try:
            cells = next(iter(dialect.reader([line])))
        except (csv.Error, StopIteration):
            quote = dialect.quote
            return split_broken(line, sign, quote, self.width) if quote is not None else None
        return cells if len(cells) == self.width else None


def is_heading(cells: Sequence[str]) -> bool:
    """Whether cells may name columns: all filled, all different, none a value."""
    words = [shown(c) for c in cells]
    return all(words) and len(set(words)) == len(words) and not any(map(is_value, words))
