"""Sheets of an OpenDocument spreadsheet, parsed as a stream.

Belongs here: rows and cells with their repetitions, spans and types. Does not belong here: the archive's safety
(``workbook_check.py``), headers and row kinds.

A row or cell may be said to repeat a million times. Empty ones only move the place; filled ones are read as often as
they stand there, up to a bound.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

from connectors.tables.header_names import Merge
from connectors.workbooks.number_format import LONG, beyond_float, number_text
from connectors.workbooks.sheet import Collector, Content, Sheet, refused, too_far
from connectors.workbooks.workbook_check import damaged
from schemas.problem import Problem

ROWS, WIDTH = 1_048_576, 16_384
REPEATED = 100_000  # filled cells that one row may stand for
_DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:[.,](\d+))?S)?)?"
)
_ERROR = re.compile(r"#[A-Z/0]{2,8}[!?A]|Err:\d{3}")
_ASIDE = frozenset(
    {"annotation", "shapes", "frame", "custom-shape", "object", "tracked-changes", "dde-links", "forms"}
)


def open_ods(path: Path, file: str) -> list[Sheet]:
    """All sheets in order. Raises Problem for damage, a password, a document type declaration, cells too far apart."""
    reader = _Reader(file)
    try:
        with zipfile.ZipFile(path) as archive:
            if b"encryption-data" in _manifest(archive):
                raise Problem(
                    "the workbook is protected by a password; remove it in WPS or LibreOffice and drop it again.",
                    "工作簿有打开密码；请在 WPS 或 LibreOffice 中去掉密码后重新放入。",
                    file=file,
                )
            with archive.open("content.xml") as stream:
                while chunk := stream.read(1 << 20):
                    reader.parser.Parse(chunk, False)
                reader.parser.Parse(b"", True)
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        LookupError,
        ValueError,
        EOFError,
        OSError,
        RuntimeError,
    ):
        raise damaged(file) from None
    return reader.sheets


def _manifest(archive: zipfile.ZipFile) -> bytes:
    name = "META-INF/manifest.xml"
    return archive.read(name) if name in archive.namelist() else b""


def _times(told: dict[str, str], name: str, most: int) -> int:
    value = told.get(name, "")
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 12 else 1


class _Reader:
    """The handlers of the parser, and the sheet, row and cell that are open."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sheets: list[Sheet] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.unseen: set[str] = set()
        self.style = ""
        self.aside = 0
        self.title, self.hidden = "", False
        self.rows: Collector | None = None
        self.merges: list[Merge] = []
        self.columns: set[int] = set()
        self.column = 0
        self.row, self.repeat, self.row_hidden = 0, 1, False
        self.at, self.cells = 0, list[str]()
        self.cell: dict[str, str] | None = None
        self.lines: list[str] = []
        self.inside = 0
        self.text: list[str] = []

    def _doctype(self, *_: Any) -> None:
        raise refused(self.file, "it holds a document type declaration", "其中含有文档类型声明（DTD）")

    def _characters(self, text: str) -> None:
        if self.inside and not self.aside:
            self.text.append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if self.aside or name in _ASIDE:
            self.aside += 1
            return
        if name in ("table-cell", "covered-table-cell"):
            self.cell, self.lines = {k.rpartition(":")[2]: v for k, v in attributes.items()}, []
            # "value-type" stands there twice; the one of LibreOffice's own knows errors.
            if attributes.get("calcext:value-type") == "error":
                self.cell["value-type"] = "error"
            return
        if self.cell is not None:
            if name == "p":
                self.inside += 1
            elif self.inside and name in ("s", "tab", "line-break"):
                blanks = _times({k.rpartition(":")[2]: v for k, v in attributes.items()}, "c", 1_000)
                self.text.append(" " * blanks if name == "s" else "\t" if name == "tab" else "\n")
            return
        told = {k.rpartition(":")[2]: v for k, v in attributes.items()}
        if name == "table-row" and self.rows is not None:
            self.cells, self.at = [], 0
            self.repeat = _times(told, "number-rows-repeated", ROWS + 1)
            self.row_hidden = told.get("visibility", "visible") != "visible"
        elif name == "table-column" and self.rows is not None:
            last = min(self.column + _times(told, "number-columns-repeated", WIDTH), WIDTH)
            if told.get("visibility", "visible") != "visible":
                self.columns |= set(range(self.column, last))
            self.column = last
        elif name == "table":
            self.title = told.get("name", "")
            self.hidden = told.get("style-name", "") in self.unseen
            self.rows, self.merges, self.columns = Collector(self.file, self.title), [], set()
            self.row, self.column = 0, 0
        elif name == "style":
            self.style = told.get("name", "")
        elif name == "table-properties" and told.get("display") == "false":
            self.unseen.add(self.style)

    def _end(self, tag: str) -> None:
        if self.aside:
            self.aside -= 1
            return
        name = tag.rpartition(":")[2]
        if name == "p" and self.inside:
            self.inside -= 1
            if not self.inside:
                self.lines.append("".join(self.text))
                self.text = []
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row" and self.rows is not None:
            self._end_row(self.rows)
        elif name == "table" and self.rows is not None:
            content = Content(self.rows.done(), self.merges, frozenset(self.columns))
            self.sheets.append(Sheet(self.title, self.hidden, lambda: content, self.file))
            self.rows = None

    def _end_cell(self) -> None:
        told, self.cell = self.cell, None
        if told is None or self.rows is None:
            return
        times = _times(told, "number-columns-repeated", WIDTH + 1)
        text = self._text(told)
        if text:
            if self.at + times > WIDTH or self.row >= ROWS:
                raise too_far(self.file, self.title, self.row + 1, self.at + times)
            self.cells += [""] * (self.at - len(self.cells))
            self.cells += [text] * times
        elif "formula" in told:
            self.rows.unvalued.append((self.row + 1, self.at))
        across, down = (
            _times(told, "number-columns-spanned", WIDTH),
            _times(told, "number-rows-spanned", ROWS),
        )
        if across > 1 or down > 1:
            bottom, right = min(self.row + down, ROWS), min(self.at + across, WIDTH) - 1
            self.merges.append((self.row + 1, self.at, bottom, right))
        self.at = min(self.at + times, WIDTH)

    def _text(self, told: dict[str, str]) -> str:
        assert self.rows is not None
        shown = "\n".join(self.lines)
        kind = told.get("value-type", "")
        if kind == "error" or (
            kind in ("float", "string", "") and "formula" in told and _ERROR.fullmatch(shown)
        ):
            self.rows.errors[self.row + 1, self.at] = shown
            return shown
        if kind in ("float", "percentage", "currency"):
            try:
                value = float(told.get("value", ""))
            except ValueError:
                return shown
            if beyond_float(told["value"]):
                return told["value"]
            if abs(value) >= LONG:
                self.rows.long.setdefault(self.row + 1, []).append(self.at)
            # An id such as 012345 is shown by a number format; nothing else is shown in digits only and longer.
            if (
                shown[:1] == "0"
                and shown.isdecimal()
                and shown.isascii()
                and len(shown) < 16
                and int(shown) == value
            ):
                return shown
            return number_text(value)
        if kind == "date":
            day, _, time = told.get("date-value", shown).partition("T")
            return f"{day} {_fraction(time)}" if time.strip("0:.,") else day
        if kind == "time":
            return _duration(told.get("time-value", ""), shown)
        if kind == "boolean":
            return told.get("boolean-value", shown).upper()
        return shown or told.get("string-value", "")

    def _end_row(self, rows: Collector) -> None:
        repeat, cells = self.repeat, self.cells
        if cells and (self.row + repeat > ROWS or (repeat > 1 and repeat * len(cells) > REPEATED)):
            raise too_far(self.file, self.title, self.row + repeat, len(cells))
        if cells:
            for number in range(self.row + 1, self.row + repeat + 1):
                rows.add(number, cells)
                if self.row_hidden:
                    rows.hidden.add(number)
                if number > self.row + 1:
                    self._repeat_notes(rows, number)
        self.row = min(self.row + repeat, ROWS)

    def _repeat_notes(self, rows: Collector, number: int) -> None:
        for at in rows.long.get(self.row + 1, ()):
            rows.long.setdefault(number, []).append(at)
        for at, text in enumerate(self.cells):
            if (self.row + 1, at) in rows.errors:
                rows.errors[number, at] = text


def _fraction(time: str) -> str:
    whole, dot, part = time.replace(",", ".").partition(".")
    part = part.rstrip("0")
    return whole + (dot + part if part else "")


def _duration(value: str, shown: str) -> str:
    match = _DURATION.fullmatch(value)
    if match is None:
        return shown or value
    days, hours, minutes, seconds = (int(match[n] or 0) for n in range(2, 6))
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    part = (match[6] or "").rstrip("0")[:6]
    hours, rest = divmod(total, 3600)
    first = f"{hours:02d}" if hours < 24 and not match[1] else f"{match[1]}{hours}"
    return f"{first}:{rest // 60:02d}:{rest % 60:02d}" + (f".{part}" if part else "")
