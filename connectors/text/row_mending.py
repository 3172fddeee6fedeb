"""Rows of another width than the table's, split anew where there is one way to do so that the columns bear out.

Belongs here: a row with a surplus empty cell, one that lost a delimiter, one with a delimiter in the words of a cell.
Does not belong here: rows in another dialect (``row_dialects.py``), broken quotes (``broken_quotes.py``), rows that are
short or long for other reasons: they stay as they are, and the report counts them.

A row is only split anew when every typed column then holds what it usually holds and no other way does as well.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from connectors.tables.header import header_words
from connectors.tables.row_kinds import folded
from connectors.text.row_dialects import MARGIN, OtherDialects, is_heading

if TYPE_CHECKING:
    from connectors.text.column_shapes import ColumnShapes
    from connectors.text.dialect import Dialect

_COMMENT = ("#", "//", "%", "--")
# Characters of a row that is looked into.
_LONGEST = 20_000
# Delimiters that the words of one cell may hold.
_IN_A_CELL = 3
# Ways that one search weighs, and all those of a file that found nothing: a search takes time.
_WORK, _BUDGET = 60_000, 500_000


class Mender:
    """The rows of a file in one dialect. ``mended`` is None where the row stays as it is."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect, self.width, self.shapes = dialect, dialect.width, dialect.shapes
        self.last = (0, 0)
        self.spent = 0
        self.others = OtherDialects(dialect, self._affordable)
        self.quote = dialect.quote or ""
        sign, quote = re.escape(dialect.delimiter), re.escape(self.quote or '"')
        sign += " *" if dialect.skip_space else ""
        cell = rf"(?:{quote}(?:[^{quote}]|{quote * 2})*+{quote}|(?:(?!{sign})[^{quote}])*+)"
        self.well_formed = re.compile(f"{cell}(?:{sign}{cell})*+", re.DOTALL)

    def mended(self, number: int, line: str, cells: list[str]) -> list[str] | None:
        """The cells of row ``number`` (from 1), which is not ``width`` cells long or has quotes inside, as ``width``
        cells.

        ``line`` is the record as it stands, its end included; without ``cells`` its quotes are broken.
        """
        n, width, shapes = len(cells), self.width, self.shapes
        # Rows one after the other with as many cells too many are no slip but another table.
        run = self.last == (number - 1, n)
        self.last = (number, n)
        if (
            shapes is None
            or width < 3
            or len(line) > _LONGEST
            or (n == width and not shapes.misfits(cells, 2))
        ):
            return None
        if cells and not any(map(str.strip, cells)):
            return None  # of empty cells there may be any number
        line = line.rstrip("\r\n")
        if not line.strip() or line.startswith(_COMMENT):
            return None
        first = number < shapes.starts
        if run and n == width - 1:
            return None
        spent = self.spent
        anew = self._anew(shapes, line, cells, first, run)
        if anew is not None:
            self.spent = spent
        return anew

    def _affordable(self, work: int) -> bool:
        """Whether a search is not too long, in itself and after those that were in vain."""
        if work > _WORK or self.spent > _BUDGET:
            return False
        self.spent += work
        return True

    def _anew(
        self, shapes: ColumnShapes, line: str, cells: list[str], first: bool, run: bool
    ) -> list[str] | None:
        n, width = len(cells), self.width
        # Two quoted cells without the delimiter look well formed: ``"a""b"``.
        if self.quote and self.quote in line and (n == width - 1 or self.well_formed.fullmatch(line) is None):
            parted = self._parted_at_quote(shapes, line, first)
            if parted is not None:
                return parted
        if n * 2 <= width + 1:
            return self.others.split(shapes, line, cells, first)
        if width < n <= width + _IN_A_CELL:
            return (
                self._without_surplus(shapes, cells, first) if n == width + 1 and not run else None
            ) or self._joined(shapes, line, cells)
        if n == width - 1:
            return _heading_parted(cells) if first else self._parted(shapes, line, cells)
        return None

    def likelier(self, number: int, line: str, cells: list[str] | None) -> list[str] | None:
        """``cells``, the reading of a record with broken quotes, or what its line is split into anew where that is
        likelier by what the columns hold."""
        other = self.mended(number, line, [])
        if other is None or self.shapes is None or cells is None or len(cells) != self.width:
            return other or cells
        return other if self.shapes.likelihood(other) > self.shapes.likelihood(cells) else cells

    def _without_surplus(self, shapes: ColumnShapes, cells: list[str], first: bool) -> list[str] | None:
        """One empty cell too many: a delimiter written twice."""
        ways = {tuple(cells[:i] + cells[i + 1 :]) for i, c in enumerate(cells) if not c}
        if not shapes.misfits(cells[:-1]):
            return None  # it goes on behind its last cell
        if first and len(ways) == 1:
            way = next(iter(ways))
            if is_heading(way):
                return list(way)
        return self._likeliest(shapes, [list(w) for w in ways])

    def _joined(self, shapes: ColumnShapes, line: str, cells: list[str]) -> list[str] | None:
        """Delimiters in the words of one cell that nothing quotes."""
        width, sign = self.width, self.dialect.delimiter
        extra = len(cells) - width
        if not shapes.misfits(cells[:width]):
            return None  # it goes on behind its last cell
        # Of the columns before the cell and of those behind it: misfits, and how likely the cells are.
        before = shapes.running(cells[:width])
        behind = shapes.running(cells[extra:])
        whole = behind[-1]
        found: list[tuple[float, int]] = []
        for i in range(width):
            after = whole[0] - behind[i + 1][0]
            if before[i][0] or after or not (cells[i] and cells[i + extra]):
                continue  # words stand on both sides of a delimiter that is one of them
            text = sign.join(cells[i : i + extra + 1])
            if shapes.wordy[i] or shapes.met(i, text):
                likely = before[i][1] + shapes.of_cell(i, text) + whole[1] - behind[i + 1][1]
                found.append((likely, i))
        found.sort(reverse=True)
        if not found or (len(found) > 1 and found[0][0] - found[1][0] < MARGIN):
            return None
        i = found[0][1]
        text = sign.join(cells[i : i + extra + 1])
        # A cell that was quoted does not stand so in the line; it would not have been cut.
        return [*cells[:i], text, *cells[i + extra + 1 :]] if text in line else None

    def _parted(self, shapes: ColumnShapes, line: str, cells: list[str]) -> list[str] | None:
        """Two cells without the delimiter between them."""
        width = self.width
        if not shapes.misfits([*cells, ""]) or not self._affordable(2 * sum(map(len, cells))):
            return None  # it ends before its last cell, or is too long for a search
        ways: list[list[str]] = []
        # What the cells before and after the place cost is added up once.
        before = [0.0]
        for i in range(width - 1):
            before.append(before[-1] + shapes.of_cell(i, cells[i]))
        after = [0.0] * (width + 1)
        for i in range(width - 1, 0, -1):
            after[i] = after[i + 1] + shapes.of_cell(i, cells[i - 1])
        scored: list[tuple[float, int, int]] = []
        for i, glued in enumerate(cells):
            if len(glued) > 200:
                continue
            for cut in range(len(glued) + 1):
                left, right = glued[:cut], glued[cut:]
                score = before[i] + shapes.of_cell(i, left) + shapes.of_cell(i + 1, right) + after[i + 2]
                scored.append((score, i, cut))
        scored.sort(reverse=True)
        for _, i, cut in scored[:6]:
            ways.append([*cells[:i], cells[i][:cut], cells[i][cut:], *cells[i + 1 :]])
        return self._likeliest(shapes, ways)

    def _parted_at_quote(self, shapes: ColumnShapes, line: str, first: bool) -> list[str] | None:
        """The delimiter put where a quote stands against a cell: ``x"a,b"`` or ``"a,b"x``."""
        sign, quote = self.dialect.delimiter, self.quote
        if not self._affordable(len(line) * line.count(quote) // 10):
            return None
        ways: list[list[str]] = []
        for i, char in enumerate(line):
            if char != quote:
                continue
            for at in (i, i + 1):
                if 0 < at < len(line) and not line.endswith(sign, 0, at) and not line.startswith(sign, at):
                    way = self._strictly(line[:at] + sign + line[at:])
                    if (
                        way is not None
                        and way not in ways
                        and (shapes.fits(way) or (first and is_heading(way)))
                    ):
                        ways.append(way)
        return ways[0] if len(ways) == 1 else None

    def _strictly(self, line: str) -> list[str] | None:
        """The cells of a record that is well formed and as wide as the table, none with a quote before it."""
        try:
            cells = next(iter(self.dialect.reader([line])), [])
        except csv.Error:
            return None
        return (
            cells if len(cells) == self.width and not any(c.startswith(self.quote) for c in cells) else None
        )

    def _likeliest(self, shapes: ColumnShapes, ways: list[list[str]]) -> list[str] | None:
        scored = sorted(
            ((shapes.likelihood(w), w) for w in {tuple(w): w for w in ways}.values()), key=lambda s: -s[0]
        )
        if not scored or (len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN):
            return None
        return scored[0][1] if shapes.fits(scored[0][1]) else None


def _heading_parted(cells: list[str]) -> list[str] | None:
    """A header of which one cell is two known header words without the delimiter between them."""
    words = header_words()
    ways = [
        [*cells[:i], cell[:cut], cell[cut:], *cells[i + 1 :]]
        for i, cell in enumerate(cells)
        if folded(cell) not in words and len(cell) < 60
        for cut in range(1, len(cell))
        if folded(cell[:cut]) in words and folded(cell[cut:]) in words
    ]
    return ways[0] if len(ways) == 1 and is_heading(ways[0]) else None
