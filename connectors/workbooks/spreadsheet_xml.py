"""Excel 2003 XML (SpreadsheetML), which many systems and WPS write and call ``.xls``, as sheets.

Belongs here: rows and cells with their gaps, spans and types. Does not belong here: other XML, headers.

The file is parsed as a stream. Document type declarations are refused; what writers commonly get wrong (control
characters, a bare ``&``) is put right on the way.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from connectors.tables.header_names import Merge
from connectors.text.encoding import by_likelihood, by_mark, by_zero_bytes, named
from connectors.workbooks.number_format import (
    LONG,
    PLAIN,
    Shape,
    beyond_float,
    number_text,
    shape_of,
    shaped_text,
)
from connectors.workbooks.sheet import Collector, Content, Sheet, refused, too_far
from connectors.workbooks.workbook_check import damaged
from connectors.workbooks.xlsx_layout import ROWS, WIDTH
from schemas.problem import Problem

_CHUNK = 1 << 20
_DEEPEST = 200
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]+)")
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?")
_NAMED_FORMATS = {
    "General Date": "date", "Long Date": "date", "Medium Date": "date", "Short Date": "date",
    "Long Time": "time", "Medium Time": "time", "Short Time": "time",
}  # fmt: skip


def open_spreadsheet(path: Path, file: str) -> list[Sheet]:
    """All worksheets in order. Raises Problem for broken XML, a document type declaration or cells too far apart."""
    reader = _Reader(file)
    try:
        for text in _texts(path):
            reader.parser.Parse(text.encode("utf-8", "replace"), False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        problem = damaged(file, (f"the XML breaks off or is wrong at line {error.lineno}",
                                 f"XML 在第 {error.lineno} 行中断或有误"))  # fmt: skip
        problem.line = error.lineno
        raise problem from None
    return reader.sheets


def _texts(path: Path) -> Iterator[str]:
    """The file as text in pieces that end after a tag, put right."""
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
        mark = by_mark(head) or by_zero_bytes(head[: 1 << 16])
        declared = _DECLARED.search(head[:400])
        codec = mark.codec if mark else (declared[1].decode().lower() if declared else "utf-8")
        try:
            codec = named(codec)
            codecs.getincrementaldecoder(codec)("strict").decode(head[mark.mark if mark else 0 :])
        except (Problem, UnicodeDecodeError):
            codec = by_likelihood(head).codec
        decoder = codecs.getincrementaldecoder(codec)("replace")
        data, tail = head[mark.mark if mark else 0 :], ""
        first = True
        while data:
            text = tail + decoder.decode(data)
            data = stream.read(_CHUNK)
            if first:
                text, first = text.lstrip("\ufeff \t\r\n"), False
            cut = text.rfind(">") + 1 if data else len(text)
            tail = text[cut:]
            yield _mended(text[:cut])
        yield _mended(tail + decoder.decode(b"", True))


def _mended(text: str) -> str:
    text = text.translate(_CONTROL)
    if "&" in text:
        text = _REFERENCE.sub("", text)
        if "<![CDATA[" not in text:
            text = _BARE.sub("&amp;", text)
    return text


class _Reader:
    """The handlers of the parser, and the sheet, row and cell that are open."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.sheets: list[Sheet] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.depth = 0
        self.shapes: dict[str, Shape] = {}
        self.parents: dict[str, str] = {}
        self.style = ""
        self.from_1904 = False
        self.title: str | None = None
        self.rows: Collector | None = None
        self.merges: list[Merge] = []
        self.columns: set[int] = set()
        self.hidden = False
        self.column = 0
        self.row, self.span, self.cells = 0, 0, list[str]()
        self.row_hidden = False
        self.at, self.cell_shape, self.formula = 0, PLAIN, False
        self.kind: str | None = None
        self.inside: str | None = None
        self.text: list[str] = []

    def _doctype(self, *_: Any) -> None:
        raise refused(self.file, "it holds a document type declaration", "其中含有文档类型声明（DTD）")

    def _characters(self, text: str) -> None:
        if self.inside is not None:
            self.text.append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise refused(self.file, "elements are nested too deep", "元素嵌套过深")
        name = tag.rpartition(":")[2]
        told = {k.rpartition(":")[2]: v for k, v in attributes.items()}
        if self.inside == "Data":
            return  # rich text
        if name == "Worksheet":
            self.title, self.rows, self.merges = (
                told.get("Name", ""),
                Collector(self.file, told.get("Name", "")),
                [],
            )
            self.columns, self.hidden, self.row, self.column = set(), False, 0, 0
        elif name == "Style":
            self.style = told.get("ID", "")
            self.shapes[self.style] = self.shapes.get(told.get("Parent", ""), PLAIN)
        elif name == "NumberFormat" and self.style:
            code = told.get("Format", "")
            self.shapes[self.style] = (
                Shape(_NAMED_FORMATS[code])
                if code in _NAMED_FORMATS
                else shape_of(code)
                if code[:3] != "Gen"
                else PLAIN
            )
        elif name == "Column" and self.rows is not None:
            first = self._index(told, self.column, WIDTH)
            self.column = min(first + _number(told, "Span"), WIDTH)
            if told.get("Hidden") == "1":
                self.columns |= set(range(first - 1, self.column))
        elif name == "Row" and self.rows is not None:
            self.row, self.span = self._index(told, self.row, ROWS), _number(told, "Span")
            self.cells, self.at, self.row_hidden = [], 0, told.get("Hidden") == "1"
        elif name == "Cell" and self.rows is not None:
            self._cell(told)
        elif name == "Data" and self.rows is not None and self.inside is None:
            self.kind, self.inside, self.text = told.get("Type", "String"), "Data", []
        elif name in ("Comment", "Visible", "Date1904"):
            self.inside, self.text = name, []

    def _index(self, told: dict[str, str], last: int, most: int) -> int:
        index = _number(told, "Index") or last + 1
        if index <= last or index > most:
            # Going back would overwrite what was read; beyond the sheet there is no place.
            row, column = (index, self.at + 1) if most == ROWS else (self.row, index)
            raise too_far(self.file, self.title, row, column) if index > most else damaged(self.file)
        return index

    def _cell(self, told: dict[str, str]) -> None:
        at = self._index(told, self.at, WIDTH) - 1
        across, down = _number(told, "MergeAcross"), _number(told, "MergeDown")
        if across or down:
            self.merges.append((self.row, at, min(self.row + down, ROWS), min(at + across, WIDTH - 1)))
        self.cells += [""] * (at + 1 - len(self.cells))
        self.at = min(at + 1 + across, WIDTH)
        self.cell_shape = self.shapes.get(told.get("StyleID", ""), PLAIN)
        self.formula = "Formula" in told

    def _end(self, tag: str) -> None:
        self.depth -= 1
        name = tag.rpartition(":")[2]
        if self.inside == "Data" and name == "Data":
            self.inside = None
            if self.cells:
                self._value("".join(self.text))
        elif self.inside is not None and name == self.inside:
            words = "".join(self.text).strip()
            self.inside = None
            self.hidden = self.hidden or (
                name == "Visible" and words.startswith("Sheet") and words != "SheetVisible"
            )
            self.from_1904 = self.from_1904 or (name == "Date1904" and words in ("", "True", "1"))
        elif self.rows is None:
            return
        elif name == "Cell":
            if self.formula and self.cells and not self.cells[-1]:
                self.rows.unvalued.append((self.row, len(self.cells) - 1))
            self.formula = False
        elif name == "Row":
            while self.cells and not self.cells[-1]:
                self.cells.pop()
            self.rows.add(self.row, self.cells)
            if self.row_hidden:
                self.rows.hidden |= set(range(self.row, min(self.row + self.span, ROWS) + 1))
            self.row = min(self.row + self.span, ROWS)
            self.cells = []
        elif name == "Worksheet":
            content = Content(self.rows.done(), self.merges, frozenset(self.columns))
            self.sheets.append(Sheet(self.title, self.hidden, lambda: content, self.file))
            self.rows = None

    def _value(self, text: str) -> None:
        assert self.rows is not None
        place = (self.row, len(self.cells) - 1)
        if self.kind == "Number":
            text = self._number_cell(text.strip(), place)
        elif self.kind == "DateTime":
            text = _moment(text.strip(), self.cell_shape)
        elif self.kind == "Boolean":
            text = {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
        elif self.kind == "Error":
            self.rows.errors[place] = text
        self.cells[-1] = text

    def _number_cell(self, text: str, place: tuple[int, int]) -> str:
        assert self.rows is not None
        try:
            value = float(text)
        except ValueError:
            return text
        if beyond_float(text):
            return text
        if abs(value) >= LONG:
            self.rows.long.setdefault(place[0], []).append(place[1])
        return (
            shaped_text(value, self.cell_shape, self.from_1904)
            if self.cell_shape.kind
            else number_text(value)
        )


def _number(told: dict[str, str], name: str) -> int:
    value = told.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 9 else 0


def _moment(text: str, shape: Shape) -> str:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return text
    time = match[2] + (match[3] or "").rstrip("0").rstrip(".")
    if match[1] in ("1899-12-31", "1899-12-30", "1904-01-01") and (
        time != "00:00:00" or shape.kind == "time"
    ):
        return time
    return match[1] + (f" {time}" if time != "00:00:00" else "")
