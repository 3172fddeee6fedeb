"""Excel exports as offices make them: a title, a line of who and when, headers, rows, a total, notes.

Belongs here: xlsx writing in bounded memory. Does not belong here: the old xls format (biff), what is in the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

Row = Sequence[object]


class Book:
    """An xlsx file in the writing; rows of a sheet must come from top to bottom."""

    def __init__(self, path: Path, day: date) -> None:
        self.book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        # A fixed day of making, so that the same city is the same bytes.
        self.book.set_properties({"author": "OnceGrid demo", "created": datetime.combine(day, time())})
        self.title = self.book.add_format({"bold": True, "align": "center", "font_size": 16})
        self.head = self.book.add_format({"bold": True, "border": 1, "align": "center"})
        self.long_number = self.book.add_format({"num_format": "0"})

    def sheet(self, name: str, widths: Sequence[int] = ()) -> Sheet:
        """A new sheet; characters that Excel refuses in its name are left out."""
        clean = "".join(ch for ch in name if ch not in "[]:*?/\\")[:31]
        sheet = self.book.add_worksheet(clean)
        for i, width in enumerate(widths):
            sheet.set_column(i, i, width)
        return Sheet(self, sheet)

    def close(self) -> None:
        self.book.close()


class Sheet:
    """A sheet that is filled row by row; ``at`` is the number of the next row, from 1."""

    def __init__(self, book: Book, sheet: Any) -> None:
        self.book, self.sheet, self.at = book, sheet, 1

    def titled(self, text: str, columns: int) -> None:
        """A title over all columns."""
        self.sheet.merge_range(self.at - 1, 0, self.at - 1, columns - 1, text, self.book.title)
        self.at += 1

    def row(self, values: Row, head: bool = False) -> None:
        """One row: text as text, numbers as numbers, None left empty."""
        form = self.book.head if head else None
        for i, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str):
                self.sheet.write_string(self.at - 1, i, value, form)
            else:
                self.sheet.write_number(
                    self.at - 1,
                    i,
                    value,
                    self.book.long_number if isinstance(value, float) and value > 1e15 else form,
                )
        self.at += 1

    def blank(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.at += rows

    def rows(self, rows: Iterable[Row], header: Row | None = None) -> int:
        """Rows of ``blank, again, values…``: an empty row or the header once more may stand before each. Returns how many."""
        n = 0
        for blank, again, *values in rows:
            if blank:
                self.blank()
            if again and header is not None:
                self.row(header, head=True)
            self.row(typed(values))
            n += 1
        return n


# Marks text that Excel holds as a number: a query's column has one type, a sheet's column need not.
NUMBER = "\x02"


def number_if(kind: str, text: str) -> str:
    """SQL of a cell that is a number where the id was typed as one, for ``typed``."""
    return f"CASE WHEN {kind} = 'excel000' THEN chr(2) || {text} ELSE {text} END"


def typed(values: Iterable[object]) -> list[object]:
    """Cells with marked text as the numbers they are."""
    return [float(v[1:]) if isinstance(v, str) and v.startswith(NUMBER) else v for v in values]
