"""One table over many sheets: which sheets have the columns of the first, with its header again or without one.

Belongs here: whether a sheet goes on where another has begun. Does not belong here: several tables on one sheet
(``regions.py``), finding a header (``header.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.tables.header import Header, header_words
from connectors.tables.header_names import Row
from connectors.tables.row_kinds import filled, folded, is_number, is_total, is_value, shown

SAMPLE = 60  # rows of each sheet that are compared


@dataclass(frozen=True)
class FirstSheet:
    """The sheet that others may continue: its name, its header, and cells of its rows by position."""

    sheet: str
    header: Header
    cells: dict[int, list[str]]

    @classmethod
    def of(cls, sheet: str, header: Header, head: Sequence[Row]) -> FirstSheet | None:
        """From the first rows of a sheet; None without a header."""
        if not header.rows:
            return None
        return cls(sheet, header, _cells(head, header.first_data_row))

    def has_columns_of(self, header: Header) -> bool:
        """Whether a sheet's own header names the same columns in the same places."""
        return bool(header.rows) and {i: folded(n) for i, n in header.names.items()} == {
            i: folded(n) for i, n in self.header.names.items()
        }

    def continued(self, header: Header, head: Sequence[Row]) -> Header | None:
        """The header for a sheet without one that fits under that of the first: its names. None where it does not fit.

        ``header`` is what was found on the sheet: none, or one row that may be data.
        """
        if len(header.rows) > 1 or len(self.header.names) < 2:
            return None
        first = header.rows[0] if header.rows else header.first_data_row
        words = header_words()
        if any(folded(name) in words for name in header.names.values()):
            return None
        cells = _cells(head, first)
        if not cells or not cells.keys() <= self.header.names.keys():
            return None
        row = next(c for n, c in head if n >= first and len(filled(c)) > 1)
        fits = {i: _fits(shown(row[i]), self.cells.get(i, [])) for i in filled(row)}
        rest = {i: _fits(column[-1], self.cells.get(i, [])) for i, column in cells.items()}
        # Words fit under words anywhere: some column must show by its form, or by a value that recurs, that it is the same.
        if not all(fits.values()) or 0 in rest.values() or max(fits.values(), default=0) < 2:
            return None
        above = tuple((n, why) for n, why in header.above if n < first)
        return Header((), first, dict(self.header.names), above, dict(self.header.alternatives))


def _cells(head: Sequence[Row], first: int) -> dict[int, list[str]]:
    columns: dict[int, list[str]] = {}
    for number, cells in head[: 3 * SAMPLE]:
        at = filled(cells)
        if number >= first and len(at) > 1 and not is_total(cells):
            for i in at:
                columns.setdefault(i, []).append(shown(cells[i]))
    return {i: column[:SAMPLE] for i, column in columns.items()}


def _fits(cell: str, column: Sequence[str]) -> int:
    """How well a cell stands in a column: 2 by its form or as one of its values, 1 as words among words, else 0."""
    if not column:
        return 1
    values = sum(map(is_value, column)) * 10
    if is_value(cell):
        alike = [c for c in column if is_value(c) and is_number(c) == is_number(cell)]
        if values < len(column) * 5 or not alike:
            return 0
        # Codes have a length of their own.
        lengths = {len(c) for c in alike}
        return 2 if len(lengths) > 1 or len(cell) in lengths else 1
    if values > len(column) * 8:
        return 0
    return 2 if cell in column else 1


def source_with(source: Any, header: Header) -> Any:
    """A source whose header is known before it is read."""
    return _Headed(source, header)


class _Headed:
    def __init__(self, source: Any, header: Header) -> None:
        self._source = source
        self.header = header

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)
