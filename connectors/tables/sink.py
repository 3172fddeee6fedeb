"""What a table is read from, and where its rows go.

Belongs here: the two protocols between readers and what takes their rows, and the sizes that all keep to.
Does not belong here: any reader, any sink, the walk between them (``body.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from connectors.report import TableReport
from connectors.tables.header_names import Merge, Row
from connectors.tables.row_kinds import shown
from schemas.problem import Problem

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

CHUNK_ROWS = 20_000  # rows that are worked on at a time
WIDEST = 16_384  # columns of an Excel sheet; more is a misread delimiter


class Sink(Protocol):
    """Where data rows go. ``begin`` may be called again for the same table: what came before is then void."""

    def begin(self, table: TableReport) -> None:
        """A table starts: sheet, header rows and columns are known."""

    def chunk(self, numbers: Numbers, columns: list[Any], long: list[str | None] | None) -> None:
        """Rows: their numbers, and a ``pyarrow.StringArray`` a column, without nulls, "" for an empty cell; ``long``
        names the columns of numeric cells over 15 digits."""

    def end(self, table: TableReport) -> None:
        """The table is whole."""


class Rows(Protocol):
    """The rows of one sheet or text file, readable any number of times.

    A source may also have ``blocks(width) -> Iterator[Block]``: the same rows, made by column; and ``header``, where it
    knows its header better than its rows tell.
    """

    @property
    def sheet(self) -> str | None:
        """The sheet's name, None for text."""

    @property
    def hidden(self) -> bool:
        """Whether the sheet is hidden."""

    @property
    def merges(self) -> Sequence[Merge]:
        """Merged ranges."""

    @property
    def long(self) -> dict[int, list[int]]:
        """By row number, the positions of numeric cells of more than 15 digits, as far as rows were read."""

    @property
    def rejected(self) -> dict[int, str]:
        """Rows whose structure could not be read in the last pass, with the reason."""

    def rows(self) -> Iterator[Row]:
        """(row number from 1, cells)."""


def check_width(columns: int, cells: Sequence[str] = ()) -> None:
    """Raises Problem for more columns than a table can have; of ``cells``, trailing empty ones do not count."""
    if columns > WIDEST and (not cells or any(map(shown, cells[WIDEST:]))):
        raise Problem(
            f"a table of {columns} columns is more than any spreadsheet holds; look at the delimiter of this file, or ask "
            "the agency to export it anew.",
            f"表有 {columns} 列，超过电子表格的上限；请检查分隔符，或请对方重新导出。",
        )
