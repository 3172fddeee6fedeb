"""The sheets that a person gets: an xlsx in which every cell is text.

Belongs here: layout and writing. Does not belong here: what it holds (``query.py``), when it is handed over
(``release.py``).

Text throughout: an identity number keeps its 18 digits, ``007`` its zeros, and ``=1+1`` is no formula. The
title and the notice stand above the header; header row, filter and frozen pane make the table below usable
as it is, and nothing is merged, so that it sorts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter
import xlsxwriter.exceptions

LONGEST = 32_767  # characters of a cell (Excel and WPS)
_CUT = "……（过长，已截断）"
_FONT = "宋体"  # there on every Windows, and what WPS on Linux replaces soundly
_HEADER_ROW = 2  # from 0: title, notice, header
_SAMPLE = 300  # rows looked at for the width of a column


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows`` (columns of text) under ``headings``, with a title and, as words on it, the ``notice``.

    ``choices``: heading → the words that a cell below it may be filled with, offered as a list.
    """

    name: str
    rows: pa.Table
    headings: Sequence[str]
    title: str
    notice: Mapping[str, str]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def write_sheet(
    path: Path,
    rows: pa.Table,
    headings: Sequence[str],
    *,
    title: str,
    notice: Mapping[str, str],
    watermark: bool,
    scratch: Path,
) -> int:
    """Write ``rows`` (columns of text) to ``path``; returns how many cells were too long and were cut.

    ``notice`` are the words on the file (purpose, person, time …): on the sheet, and printed on every page.
    ``scratch`` is where the writer may keep its parts (they hold the rows). Raises OSError.
    """
    return write_sheets(
        path, [Sheet("数据", rows, headings, title, notice)], watermark=watermark, scratch=scratch
    )


def write_sheets(path: Path, sheets: Sequence[Sheet], *, watermark: bool, scratch: Path) -> int:
    """As ``write_sheet``, with several sheets, the first one on top."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(scratch),
        "default_format_properties": {"font_name": _FONT, "font_size": 11},
    }
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties(
                {"title": sheets[0].title, "comments": _said(sheets[0].notice) if watermark else ""}
            )
            return sum([_write(book, sheet, _said(sheet.notice) if watermark else "") for sheet in sheets])
    except xlsxwriter.exceptions.XlsxWriterException as error:
        raise (
            error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error))
        ) from None


def _said(notice: Mapping[str, str]) -> str:
    return "；".join(f"{label}：{text}" for label, text in notice.items())


def _write(book: Any, told: Sheet, said: str) -> int:
    cut, rows = 0, told.rows
    sheet = book.add_worksheet(told.name)
    heading = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "vcenter", "font_name": _FONT})  # fmt: skip
    large = book.add_format({"bold": True, "font_size": 14, "font_name": _FONT})
    small = book.add_format({"font_color": "#7F7F7F", "font_size": 9, "font_name": _FONT})
    text = book.add_format({"num_format": "@", "font_name": _FONT, "font_size": 11})
    last = max(len(told.headings) - 1, 0)
    for i, (name, column) in enumerate(zip(told.headings, rows.columns, strict=True)):
        sheet.set_column(i, i, _width(name, column.slice(0, _SAMPLE).to_pylist()), text)
    sheet.freeze_panes(_HEADER_ROW + 1, 0)
    sheet.autofilter(_HEADER_ROW, 0, _HEADER_ROW + max(rows.num_rows, 1), last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_HEADER_ROW + rows.num_rows + 2}"})
    sheet.repeat_rows(_HEADER_ROW)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if said:
        sheet.set_footer("&L" + _footer(told.notice) + "&R第 &P / &N 页")
    sheet.write_string(0, 0, told.title, large)
    sheet.write_string(1, 0, said, small)
    for i, name in enumerate(told.headings):
        sheet.write_string(_HEADER_ROW, i, name, heading)
        if name in told.choices:
            offered = {"validate": "list", "source": list(told.choices[name])}
            sheet.data_validation(_HEADER_ROW + 1, i, _HEADER_ROW + max(rows.num_rows, 1), i, offered)
    row = _HEADER_ROW
    for batch in rows.to_batches(max_chunksize=1000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            row += 1
            for i, value in enumerate(values):
                if value is None:
                    continue
                if len(value) > LONGEST:
                    value, cut = value[: LONGEST - len(_CUT)] + _CUT, cut + 1
                sheet.write_string(row, i, value, text)
    return cut


def _footer(notice: Mapping[str, str]) -> str:
    # In a header or footer & begins a code, and 255 characters are the limit.
    return " ".join(notice.values()).replace("&", "&&")[:180]


def _width(name: str, values: Sequence[str | None]) -> float:
    """A width that shows most values whole: Chinese characters are two columns wide."""
    longest = max([_columns(name) + 4, *(_columns(value) + 2 for value in values if value)])
    return float(min(max(longest, 6), 44))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text[:100])
