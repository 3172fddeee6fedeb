"""A sheet of any kind of workbook, held by column in Arrow: its rows, in Python or in blocks, as often as wanted.

Belongs here: pieces of a sheet and the rectangle they make, from A1 to the last cell that holds anything.
Does not belong here: any format (``excel.py`` opens them), headers and row kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.report import Finding
from connectors.tables.block import Block, blocks_of
from connectors.tables.header_names import Merge, Row
from connectors.text.encoding import Encoding
from schemas.problem import Problem

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CELLS = 60_000_000  # the rectangle from A1 to the last cell; held in memory, some 4 bytes a cell and its text
PIECE_ROWS = 5_000


@dataclass
class Piece:
    """Some rows of a sheet: ``numbers`` ascending (int64), ``columns`` (StringArray, no nulls) up to the last that
    holds anything, and what is known of them.

    ``long``: row → positions of numbers of more than 15 digits; ``errors``: (row, position) → ``#N/A`` and the like;
    ``unvalued``: (row, position) of formulas without a stored value.
    """

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    columns: list[pa.StringArray]
    hidden: set[int] = field(default_factory=set)
    long: dict[int, list[int]] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unvalued: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Content:
    """What a sheet holds: pieces in order, merged ranges, hidden columns (positions from 0)."""

    pieces: list[Piece]
    merges: Sequence[Merge] = ()
    hidden_columns: frozenset[int] = frozenset()


def refused(file: str, en: str, zh: str, sheet: str | None = None) -> Problem:
    """The Problem for a workbook that is not safe to read."""
    return Problem(
        f"the workbook is refused: {en}; copy the table into a new workbook and save it, or ask the agency to export it anew.",
        f"拒绝读取该工作簿：{zh}；请把表格复制到新工作簿后保存，或请对方重新导出。",
        file=file,
        sheet=sheet,
    )


def too_far(file: str, sheet: str | None, row: int, column: int) -> Problem:
    """The Problem for cells so far apart that the rectangle would not fit. Row and column from 1."""
    return refused(
        file,
        f"sheet '{sheet}' has cells too far apart (row {row}, column {column})",
        f"工作表“{sheet}”的单元格相距过远（第 {row} 行，第 {column} 列）",
        sheet,
    )


class Collector:
    """Pieces out of rows in Python, for readers that have no faster way. Rows come in ascending order."""

    def __init__(self, file: str, sheet: str | None) -> None:
        self.file, self.sheet = file, sheet
        self.pieces: list[Piece] = []
        self._rows: list[Row] = []
        self._notes = Piece(_none(), [])
        self._width = 0
        self.hidden, self.long = self._notes.hidden, self._notes.long
        self.errors, self.unvalued = self._notes.errors, self._notes.unvalued

    def add(self, number: int, cells: list[str]) -> None:
        """A row and its cells from column A on. Raises Problem beyond the cap of cells."""
        if cells:
            self._width = max(self._width, len(cells))
            if self._width * number > CELLS:
                raise too_far(self.file, self.sheet, number, self._width)
            self._rows.append((number, cells))
        if len(self._rows) * self._width >= 20 * PIECE_ROWS:
            self._flush()

    def done(self) -> list[Piece]:
        """All pieces."""
        self._flush()
        self.pieces.append(self._notes)
        return self.pieces

    def _flush(self) -> None:
        import numpy as np
        import pyarrow as pa

        if self._rows:
            width = max(len(cells) for _, cells in self._rows)
            numbers = np.array([n for n, _ in self._rows], np.int64)
            padded = [c if len(c) == width else c + [""] * (width - len(c)) for _, c in self._rows]
            columns = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
            self.pieces.append(Piece(numbers, columns))
            self._rows = []


def _none() -> np.ndarray[Any, np.dtype[np.int64]]:
    import numpy as np

    return np.zeros(0, np.int64)


class Sheet:
    """One sheet. ``load`` is called once, at the first look into it; ``hidden`` means the sheet as a whole.

    ``long`` gives, by row, the positions of numeric cells over 15 digits; ``hidden_rows`` are row numbers.
    ``encoding`` is that of the text, for formats that have one to decide.
    """

    def __init__(
        self,
        sheet: str | None,
        hidden: bool,
        load: Callable[[], Content],
        file: str,
        encoding: Encoding | None = None,
    ) -> None:
        self.sheet, self.hidden, self.file = sheet, hidden, file
        self.load, self.encoding = load, encoding
        self._content: _Whole | None = None

    @property
    def content(self) -> _Whole:
        """What the sheet holds. Raises Problem for damage."""
        if self._content is None:
            self._content = _Whole(self.load(), self)
        return self._content

    def release(self) -> None:
        """Forget what was read, which may be large; it is loaded again when it is asked for."""
        self._content = None

    @property
    def merges(self) -> Sequence[Merge]:
        """Merged ranges."""
        return self.content.merges

    @property
    def long(self) -> dict[int, list[int]]:
        """Row → positions of numbers of more than 15 digits."""
        return self.content.long

    @property
    def hidden_rows(self) -> set[int]:
        """Rows that are hidden in the sheet and hold anything."""
        return self.content.hidden_rows

    @property
    def hidden_columns(self) -> frozenset[int]:
        """Positions of hidden columns that hold anything."""
        return self.content.hidden_columns

    @property
    def errors(self) -> dict[tuple[int, int], str]:
        """(row, position) → the error that the cell shows."""
        return self.content.errors

    @property
    def rejected(self) -> dict[int, str]:
        """A sheet has no rows that cannot be split."""
        return {}

    def findings(self) -> list[Finding]:
        """What a person should look at, beyond cells: formulas without a stored value, hidden columns."""
        found = []
        if self.content.unvalued:
            row, at = self.content.unvalued[0]
            count = len(self.content.unvalued)
            found.append(Finding("formula_no_value", f"{count}；{letters(at)}{row}", row))
        if self.hidden_columns:
            shown = "、".join(letters(at) for at in sorted(self.hidden_columns)[:20])
            found.append(Finding("hidden_columns", shown))
        return found

    def rows(self) -> Iterator[Row]:
        """(row number as the program shows it, cells from column A on), all of one width."""
        for block in self.blocks(self.content.width):
            columns = [column.to_pylist() for column in block.columns]
            for number, cells in zip(block.numbers.tolist(), zip(*columns, strict=True), strict=True):
                yield number, list(cells)

    def blocks(self, width: int) -> Iterator[Block]:
        """The same by column; where ``width`` is not that of the sheet, every row is an odd one."""
        whole = self.content
        if width != whole.width:
            yield from blocks_of(self.rows(), width)
        elif width:
            yield from whole.blocks()


class _Whole:
    """A sheet's content as the rectangle from A1 to the last cell that holds anything."""

    def __init__(self, content: Content, sheet: Sheet) -> None:
        self.pieces, self.merges = content.pieces, content.merges
        self.hidden_rows: set[int] = set()
        self.long: dict[int, list[int]] = {}
        self.errors: dict[tuple[int, int], str] = {}
        self.unvalued: list[tuple[int, int]] = []
        self.last = 0
        self.width = 0
        for piece in self.pieces:
            self.hidden_rows |= piece.hidden
            self.long.update(piece.long)
            self.errors.update(piece.errors)
            self.unvalued += piece.unvalued
            self.width = max(self.width, len(piece.columns))
        for piece in reversed(self.pieces):
            last = _last_filled(piece)
            if last >= 0:
                self.last = int(piece.numbers[last])
                break
        if self.last * self.width > CELLS:
            raise too_far(sheet.file, sheet.sheet, self.last, self.width)
        self.hidden_rows = {n for n in self.hidden_rows if n <= self.last}
        self.hidden_columns = frozenset(n for n in content.hidden_columns if n < self.width)

    def blocks(self) -> Iterator[Block]:
        """Rows 1 to the last, those that the file leaves out as empty ones."""
        after = 0
        for piece in self.pieces:
            if not len(piece.numbers) or after >= self.last:
                continue
            yield from self._between(piece, after)
            after = int(piece.numbers[-1])

    def _between(self, piece: Piece, after: int) -> Iterator[Block]:
        import numpy as np
        import pyarrow as pa

        numbers = piece.numbers
        end = min(int(numbers[-1]), self.last)
        empty = {0: pa.array([], pa.string())}

        def blank(count: int) -> pa.StringArray:
            if count not in empty:
                empty.clear()
                empty[count] = pa.repeat("", count)
            return empty[count]

        if int(numbers[-1]) == end and end - after == len(numbers):
            spare = [blank(len(numbers))] * (self.width - len(piece.columns))
            yield Block(numbers, [*piece.columns, *spare])
            return
        # Rows left out: so many at a time, each the place of its row in the piece, or past its end.
        for start in range(after + 1, end + 1, 4 * PIECE_ROWS):
            wanted = np.arange(start, min(start + 4 * PIECE_ROWS, end + 1))
            place = np.searchsorted(numbers, wanted)
            there = np.append(numbers, -1)[place] == wanted
            order = pa.array(np.where(there, place, len(numbers)))
            columns = []
            for column in piece.columns:
                if not there.any():
                    columns.append(blank(len(wanted)))
                else:
                    columns.append(pa.concat_arrays([column, pa.array([""], pa.string())]).take(order))
            spare = [blank(len(wanted))] * (self.width - len(columns))
            yield Block(wanted, [*columns, *spare])


def _last_filled(piece: Piece) -> int:
    import numpy as np
    import pyarrow.compute as pc

    last = -1
    for column in piece.columns:
        filled = np.flatnonzero(pc.binary_length(column).to_numpy(zero_copy_only=False))
        if len(filled):
            last = max(last, int(filled[-1]))
    return last


def letters(at: int) -> str:
    """The letters of a column from its position: 0 → A, 26 → AA."""
    text, at = "", at + 1
    while at:
        at, digit = divmod(at - 1, 26)
        text = chr(65 + digit) + text
    return text
