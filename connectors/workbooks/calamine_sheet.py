"""Sheets that calamine reads (xls, xlsb, and xlsx of an unusual make), by column in Arrow.

Belongs here: the text of a cell as calamine gives it, columns of one kind at once, damage and panics as Problems.
Does not belong here: which reader a workbook gets (``excel.py``), what calamine leaves out (``workbook_check.py``,
``old_excel.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from connectors.workbooks.number_format import (
    LONG,
    PLAIN_NUMBER,
    duration_text,
    moment_text,
    number_text,
    time_text,
)
from connectors.workbooks.sheet import CELLS, Content, Piece, Sheet, too_far
from connectors.workbooks.workbook_check import SheetFacts, damaged
from schemas.problem import Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from python_calamine import CalamineSheet

ROWS = 20_000
T = TypeVar("T")


def cell_text(value: Any) -> str:
    """The text of one cell as calamine gives it. Dates are ISO; a date without a time has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return moment_text(value)
    if isinstance(value, dt.time):
        return time_text(value)
    if isinstance(value, dt.timedelta):
        return duration_text(value.total_seconds() / 86_400)
    return "" if value is None else str(value)


def column_texts(values: Sequence[Any]) -> tuple[pa.StringArray, list[int]]:
    """The cells of a column as text, and the indexes of those that are numbers of more than 15 digits."""
    import pyarrow as pa

    kinds = set(map(type, values))
    if kinds <= {str}:
        return pa.array(values, pa.string()), []
    number = {float, int}
    long = [n for n, v in enumerate(values) if type(v) in number and abs(v) >= LONG] if kinds & number else []
    if kinds <= {float, int, str}:
        texts = numbers_text([v for v in values if type(v) is not str])
        if str not in kinds:
            return texts, long
        numbers = iter(texts.to_pylist())
        return pa.array([v if type(v) is str else next(numbers) for v in values], pa.string()), long
    # Each distinct value once: dates and flags repeat.
    encoded = {key: cell_text(key[1]) for key in set(zip(map(type, values), values, strict=True))}
    return pa.array([encoded[key] for key in zip(map(type, values), values, strict=True)], pa.string()), long


def numbers_text(values: Sequence[float]) -> pa.StringArray:
    """``number_text`` of each number, all at once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from connectors.records.text_spans import replaced

    # Arrow writes the shortest decimal; where that is no plain one of 15 digits, the number is looked at by itself.
    texts = pa.array([float(v) for v in values], pa.float64()).cast(pa.string())
    plain = pc.match_substring_regex(texts, PLAIN_NUMBER).to_numpy(zero_copy_only=False)
    return replaced(texts, np.flatnonzero(~plain), lambda text: number_text(float(text)))


def piece_of(first: int, rows: Sequence[Sequence[Any]], left: int) -> Piece:
    """Rows as calamine gives them, from row ``first`` on and ``left`` columns from A."""
    import numpy as np
    import pyarrow as pa

    piece = Piece(np.arange(first, first + len(rows)), [pa.repeat("", len(rows))] * left)
    for at, values in enumerate(zip(*rows, strict=True), left):
        column, long = column_texts(values)
        piece.columns.append(column)
        for index in long:
            piece.long.setdefault(first + index, []).append(at)
    return piece


def guarded(action: Callable[[], T], file: str, sheet: str | None = None) -> T:
    """Run a calamine call. Its errors, and the panics of the Rust below it, are a damaged workbook."""
    import python_calamine as calamine

    try:
        return action()
    except calamine.PasswordError:
        raise Problem(
            "the workbook is protected by a password; remove it in WPS or Excel and drop it again.",
            "工作簿有打开密码；请在 WPS 或 Excel 中去掉密码后重新放入。",
            file=file,
        ) from None
    except (calamine.CalamineError, OSError, ValueError, OverflowError):
        problem = damaged(file)
        problem.sheet = sheet
        raise problem from None
    except BaseException as error:
        # pyo3 lets a panic through as a BaseException of its own that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(file) from None


def calamine_sheets(path: Path, file: str, facts: dict[str, SheetFacts]) -> list[Sheet]:
    """All worksheets that calamine finds, in order. ``facts`` tell by sheet what it leaves out."""
    import python_calamine as calamine

    # By content: calamine would go by the extension, and many an .xls is an xlsx.
    stream = path.open("rb")
    workbook = guarded(lambda: calamine.CalamineWorkbook.from_filelike(stream), file)
    visible = calamine.SheetVisibleEnum.Visible

    def load(title: str) -> Content:
        sheet = guarded(lambda: workbook.get_sheet_by_name(title), file, title)
        return guarded(lambda: _content(sheet, facts.get(title, SheetFacts()), file), file, title)

    return [
        Sheet(meta.name, meta.visible != visible, partial(load, meta.name), file)
        for meta in workbook.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _content(sheet: CalamineSheet, facts: SheetFacts, file: str) -> Content:
    ranges = sheet.merged_cell_ranges or []
    merges = [(a[0] + 1, a[1], b[0] + 1, b[1]) for a, b in ranges]
    pieces: list[Piece] = []
    if sheet.start is not None:
        if sheet.total_height * sheet.total_width > CELLS:
            raise too_far(file, sheet.name, sheet.total_height, sheet.total_width)
        rows, first = iter(sheet.iter_rows()), 1
        while taken := list(islice(rows, ROWS)):
            pieces.append(piece_of(first, taken, sheet.start[1]))
            first += len(taken)
    with_errors(pieces, facts.errors)
    notes = piece_of(1, [], 0)
    notes.hidden = facts.hidden_rows
    return Content([*pieces, notes], merges, frozenset(facts.hidden_columns))


def with_errors(pieces: list[Piece], errors: dict[tuple[int, int], str]) -> None:
    """Write the errors (row, position → text) into pieces of consecutive rows from 1; calamine leaves such cells empty."""
    import numpy as np
    import pyarrow as pa

    start = 1
    for piece in pieces:
        end = int(piece.numbers[-1])
        mine = {place: text for place, text in errors.items() if start <= place[0] <= end}
        for at in sorted({at for _, at in mine}):
            while len(piece.columns) <= at:
                piece.columns.append(pa.repeat("", len(piece.numbers)))
            cells = piece.columns[at].to_pylist()
            for (row, place), text in mine.items():
                if place == at:
                    cells[row - start] = cells[row - start] or text
            piece.columns[at] = pa.array(cells, pa.string())
        piece.errors = mine
        start = end + 1
    # Rows that hold nothing but errors are no rows to calamine.
    beyond = sorted({row for row, _ in errors if row >= start})
    if beyond:
        width = max(at for row, at in errors if row >= start) + 1
        texts = [[errors.get((row, at), "") for row in beyond] for at in range(width)]
        piece = Piece(np.array(beyond, np.int64), [pa.array(column, pa.string()) for column in texts])
        piece.errors = {place: text for place, text in errors.items() if place[0] >= start}
        pieces.append(piece)
