"""Workbooks of Excel 2 to 2003 and of WPS (BIFF, in an OLE file or bare) as sheets.

Belongs here: which of two parsers reads a file, text of workbooks older than Excel 97 in whatever codepage, hidden
rows, error cells and padded numbers, which need the slower parser.
Does not belong here: xlsx, the calamine side of reading (``calamine_sheet.py``).

calamine reads Excel 97–2003 three times as fast as xlrd, but leaves out error cells, hidden rows and number formats
and takes old codepages wrongly. A look at the bytes tells whether a workbook has any of these.
"""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.text.encoding import Encoding, by_likelihood, likelihood, named, without_private_use
from connectors.workbooks.biff_stream import misleads, needs_formats, stream_of, version
from connectors.workbooks.calamine_sheet import calamine_sheets
from connectors.workbooks.number_format import (
    LONG,
    PLAIN,
    Shape,
    number_text,
    serial_text,
    shape_of,
    shaped_text,
)
from connectors.workbooks.ole_chains import MAGIC, loops
from connectors.workbooks.sheet import Collector, Content, Sheet
from connectors.workbooks.workbook_check import damaged
from schemas.problem import Problem

if TYPE_CHECKING:
    import xlrd
    import xlrd.sheet

LARGEST = 1 << 30
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
# Codepages of Windows and the Macintosh as CODEPAGE records name them; no Latin one is believed without a look.
_CODEPAGES = {
    936: "gb18030", 10008: "gb18030", 54936: "gb18030", 20936: "gb18030",
    950: "cp950", 10002: "cp950", 65001: "utf-8", 932: "cp932", 10001: "cp932", 949: "cp949", 10003: "cp949",
}  # fmt: skip


def open_old(path: Path, file: str, encoding: str | None = None) -> list[Sheet]:
    """All worksheets in order. ``encoding`` is that of the text of a workbook older than Excel 97, as the source
    states it. Raises Problem for damage and passwords."""
    if path.stat().st_size > LARGEST:
        raise Problem(
            f"the workbook is larger than {LARGEST >> 30} GiB; split it, or export it as CSV.",
            f"工作簿超过 {LARGEST >> 30} GiB；请拆分，或改导出为 CSV。",
            file=file,
        )
    data = path.read_bytes()
    if loops(data):
        raise damaged(file, ("its parts run in circles", "内部扇区链成环"))
    stream = stream_of(data)
    if stream is None:
        return calamine_sheets(path, file, {})
    modern = version(stream) == 8
    if not modern or data[:8] != MAGIC or misleads(stream) or needs_formats(stream):
        try:
            return _XlrdBook(data, stream, file, None if modern else (encoding or "")).sheets()
        except _Unreadable:
            # calamine makes room for whatever such records state, and would read what it reads in part.
            raise damaged(file) from None
    slow: list[dict[str | None, Sheet]] = []

    def either(first: Sheet) -> Content:
        try:
            return first.load()
        except Problem:
            if not slow:
                try:
                    slow.append({s.sheet: s for s in _XlrdBook(data, stream, file, None).sheets()})
                except _Unreadable:
                    slow.append({})
            if first.sheet not in slow[0]:
                raise
            return slow[0][first.sheet].load()

    try:
        found = calamine_sheets(path, file, {})
    except Problem as problem:
        if "password" in problem.en:
            raise
        try:
            return _XlrdBook(data, stream, file, None).sheets()
        except _Unreadable:
            raise problem from None
    return [Sheet(sheet.sheet, sheet.hidden, partial(either, sheet), file) for sheet in found]


class _Unreadable(ValueError):
    """xlrd does not take the file."""


class _XlrdBook:
    """A workbook read by xlrd. ``encoding`` is None for BIFF 8, else what is stated for the text ("" for nothing)."""

    def __init__(self, data: bytes, stream: bytes, file: str, encoding: str | None) -> None:
        self.file = file
        self.old = encoding is not None
        # The stream alone where xlrd does not find it, whose name may be any.
        try:
            self.book = self._open(data)
        except _Unreadable:
            self.book = self._open(stream)
        self.encoding = self._decided(encoding or "") if self.old else None
        self.shapes: dict[int, Shape] = {}

    def _open(self, contents: bytes) -> xlrd.book.Book:
        import xlrd

        for formats in (True, False):
            try:
                self.formats = formats
                return xlrd.open_workbook(
                    file_contents=contents, logfile=io.StringIO(), formatting_info=formats, ragged_rows=True,
                    # Every byte a character, so that the codepage is decided here.
                    encoding_override="latin-1" if self.old else None,
                )  # fmt: skip
            except xlrd.XLRDError as error:
                if "encrypted" in str(error).lower():
                    raise Problem(
                        "the workbook is protected by a password; remove it in WPS or Excel and drop it again.",
                        "工作簿有打开密码；请在 WPS 或 Excel 中去掉密码后重新放入。",
                        file=self.file,
                    ) from None
            except MemoryError:
                raise
            except Exception:
                # On damaged files xlrd fails in any way there is.
                continue
        raise _Unreadable

    def _decided(self, stated: str) -> Encoding:
        if stated:
            return Encoding(named(stated), 0, "stated by the source")
        sample = b"\n".join(
            value.encode("latin-1", "replace")
            for sheet in self.book.sheets()
            for row in range(min(sheet.nrows, 2_000))
            for kind, value in zip(sheet.row_types(row), sheet.row_values(row), strict=True)
            if kind == 1
        )[: 1 << 20]
        names = b"\n".join(name.encode("latin-1", "replace") for name in self.book.sheet_names())
        sample = sample + b"\n" + names
        page = self.book.codepage
        codec = _CODEPAGES.get(page or 0)
        if sample.isascii():
            return Encoding(codec or "cp1252", 0, "the text is ASCII")
        if codec is not None:
            text = sample.decode(codec, "replace")
            guess = by_likelihood(sample)
            if codec in ("cp932", "cp949") or likelihood(text, codec) + 0.1 >= likelihood(
                sample.decode(guess.codec, "replace"), guess.codec
            ):
                return Encoding(codec, 0, f"codepage {page}")
            return guess
        guess = by_likelihood(sample)
        if (
            page in (1252, 10000, 32768, 32769)
            and likelihood(sample.decode(guess.codec, "replace"), guess.codec) < 0.5
        ):
            return Encoding("cp1252" if page in (1252, 32769) else "mac_roman", 0, f"codepage {page}")
        return guess

    def text(self, value: str) -> str:
        """Text as it was meant."""
        if self.encoding is None or value.isascii():
            return value
        text = value.encode("latin-1", "replace").decode(self.encoding.codec, "replace")
        return without_private_use(text) if self.encoding.codec == "gb18030" else text

    def sheets(self) -> list[Sheet]:
        """The sheets of the workbook."""
        return [
            Sheet(self.text(s.name), s.visibility != 0, partial(self._content, s), self.file, self.encoding)
            for s in self.book.sheets()
        ]

    def _shape(self, style: int) -> Shape:
        if style not in self.shapes:
            code = ""
            if 0 <= style < len(self.book.xf_list):
                told = self.book.format_map.get(self.book.xf_list[style].format_key)
                code = told.format_str if told is not None else ""
            self.shapes[style] = shape_of(code or "General")
        return self.shapes[style]

    def _content(self, sheet: xlrd.sheet.Sheet) -> Content:
        rows = Collector(self.file, self.text(sheet.name))
        from_1904 = self.book.datemode == 1
        for row in range(sheet.nrows):
            kinds, values = sheet.row_types(row), sheet.row_values(row)
            styles = sheet._cell_xf_indexes[row] if self.formats else None
            cells = []
            for at, (kind, value) in enumerate(zip(kinds, values, strict=True)):
                if kind == 1:
                    cells.append(self.text(value))
                elif kind in (2, 3):
                    if abs(value) >= LONG:
                        rows.long.setdefault(row + 1, []).append(at)
                    shape = self._shape(styles[at]) if styles is not None else PLAIN
                    if shape.kind:
                        cells.append(shaped_text(value, shape, from_1904))
                    else:
                        cells.append(serial_text(value, from_1904) if kind == 3 else number_text(value))
                elif kind == 4:
                    cells.append("TRUE" if value else "FALSE")
                elif kind == 5:
                    cells.append(_ERRORS.get(value, "#N/A"))
                    rows.errors[row + 1, at] = cells[-1]
                else:
                    cells.append("")
            while cells and not cells[-1]:
                cells.pop()
            rows.add(row + 1, cells)
        if not self.formats:
            return Content(rows.done())
        rows.hidden |= {row + 1 for row, told in sheet.rowinfo_map.items() if told.hidden}
        merges = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells]
        columns = frozenset(at for at, told in sheet.colinfo_map.items() if told.hidden)
        return Content(rows.done(), merges, columns)
