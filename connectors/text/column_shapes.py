"""What the cells of each column look like, and how well a row fits: learned from the head of the file itself.

Belongs here: the shapes (``99/99/9999``, ``Aa A``) and their counts. Does not belong here: what is done with a row that
does not fit (``row_mending.py``). Nothing here knows any table beforehand.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_RUNS = re.compile(r"(.)\1+")
_LONGEST = 40
# Fewer rows than this say nothing about a column.
ENOUGH = 5
_HARDLY = 0.04


def _kind(char: str) -> str:
    if char.isdigit():
        return "9"
    if char.isalpha():
        return "汉" if char > "\u2e7f" else "A" if char.isupper() else "a"
    return " " if char.isspace() else char


def _unseen(counts: Counter[str], rows: int) -> float:
    return (sum(1 for n in counts.values() if n == 1) + 0.5) / (rows + 1)


class ColumnShapes:
    """The shapes of the columns of rows of one width, the first of which is row ``starts`` (from 1) of the file."""

    def __init__(self, rows: Sequence[Sequence[str]], starts: int = 1) -> None:
        self.starts = starts
        self.rows = len(rows)
        columns = list(zip(*rows, strict=True))
        self.values = [Counter(column) for column in columns]
        self.exact = [Counter[str]() for _ in columns]
        self.loose = [Counter[str]() for _ in columns]
        self._known: dict[str, tuple[str, str]] = {}
        for values, exact, loose in zip(self.values, self.exact, self.loose, strict=True):
            for value, n in values.items():
                full, short = self._shapes(value)
                exact[full] += n
                loose[short] += n
        self.new = [
            (_unseen(v, self.rows), _unseen(e, self.rows), _unseen(o, self.rows))
            for v, e, o in zip(self.values, self.exact, self.loose, strict=True)
        ]
        # A column with a handful of shapes is typed: there a shape never met means that the row is out of step.
        self.typed = [len(loose) <= max(2, self.rows // 6) for loose in self.loose]

        # Words of many kinds may hold anything.
        self.wordy = [
            new[0] > _HARDLY
            and sum(n for shape, n in loose.items() if any(c in "汉a" for c in shape)) * 2 > self.rows
            for new, loose in zip(self.new, self.loose, strict=True)
        ]

    def _shapes(self, cell: str) -> tuple[str, str]:
        known = self._known.get(cell)
        if known is None:
            full = "".join(map(_kind, cell.strip()[:_LONGEST]))
            known = full, _RUNS.sub(r"\1", full)
            if len(self._known) < 20_000:
                self._known[cell] = known
        return known

    def fits(self, row: Sequence[str]) -> bool:
        """Whether each cell is what its column holds, in the columns that are typed (there must be one)."""
        return self.rows >= ENOUGH and any(self.typed) and not self.misfits(row)

    def misfits(self, row: Sequence[str], least: int = 1) -> int:
        """Cells of typed columns with a shape met fewer than ``least`` times there (2: the row itself is one). In a
        column where new values hardly come up the value must have been met."""
        return sum(1 for i, cell in enumerate(row) if self.typed[i] and self.met(i, cell) < least)

    def running(self, row: Sequence[str]) -> list[tuple[int, float]]:
        """Misfits and log-likelihood of the first 0, 1, 2 … cells of a row."""
        result, bad, likely = [(0, 0.0)], 0, 0.0
        for i, cell in enumerate(row):
            bad += self.typed[i] and not self.met(i, cell)
            likely += self.of_cell(i, cell)
            result.append((bad, likely))
        return result

    def met(self, column: int, cell: str) -> int:
        """How often the column has had the value, or (where new ones come up) the shape, of ``cell``."""
        if self.new[column][0] <= _HARDLY:
            return self.values[column][cell]
        return self.loose[column][self._shapes(cell)[1]]

    def likelihood(self, row: Sequence[str]) -> float:
        """The log of how likely the row's cells are, each in its column; higher is likelier."""
        total = 0.0
        for i, cell in enumerate(row):
            total += self.of_cell(i, cell)
        return total

    def of_cell(self, column: int, cell: str) -> float:
        """The log of how likely ``cell`` is in a column: by its value where values come again, else by its exact shape,
        else by its loose one. How often something new is to be expected is the share of what came only once."""
        full, short = self._shapes(cell)
        new_value, new_exact, new_loose = self.new[column]
        likely = self.loose[column][short] / self.rows * (1 - new_loose) + new_loose * 0.01
        likely = self.exact[column][full] / self.rows * (1 - new_exact) + new_exact * likely
        return math.log(self.values[column][cell] / self.rows * (1 - new_value) + new_value * likely)
