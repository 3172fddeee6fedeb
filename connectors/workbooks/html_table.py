"""Tables of an HTML page (many an ``.xls`` is one) or of a web archive as sheets.

Belongs here: tags as tolerantly as browsers take them (ends left out, tables in tables), ``colspan`` and ``rowspan``
as merges, rows not displayed, the encoding a page states.
Does not belong here: headers and row kinds.

Tags are found with one pattern whose parts cannot backtrack, and open tables are kept in a list: neither nesting nor
unclosed quotes cost more than the length of the file.
"""

from __future__ import annotations

import email
import email.policy
import html
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from connectors.tables.header_names import Merge
from connectors.text.encoding import (
    Encoding,
    by_likelihood,
    by_mark,
    by_zero_bytes,
    named,
    without_private_use,
)
from connectors.workbooks.number_format import LONG, beyond_float, number_text
from connectors.workbooks.sheet import Collector, Content, Sheet, refused, too_far
from connectors.workbooks.workbook_check import damaged
from schemas.problem import Problem

LARGEST = 400 << 20  # bytes of a page, which is held in memory
DEEPEST = 30  # tables in tables
TABLES = 2_000
LONGEST_CELL = 1 << 22  # characters of a cell; Excel's hold 32,767
WIDTH = 16_384
PASSED = 1_500_000  # places that cells passed because a cell above reaches down to them

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript)\b.*?(?:</\1\s*>|\Z)"
    r"|<(/?)([a-zA-Z][\w:.-]{0,40}+)((?:[^<>\"']{1,4000}+|\"[^\"]{0,20000}+\"|'[^']{0,20000}+')*+)>",
    re.S | re.I,
)
_ATTRIBUTE = re.compile(r"([\w:.-]{1,60}+)\s{0,9}+=\s{0,9}+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.I)
_NAME = re.compile(r"<x:ExcelWorksheet>\s*<x:Name>([^<]{1,200})</x:Name>", re.I)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_SCIENTIFIC = re.compile(r"-?\d(?:\.\d+)?E\+?\d+", re.I)
_BREAKS = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4"})


@dataclass
class _Table:
    """A table that is being read. ``at`` is the position of the next cell, ``spans`` the last row that a cell above
    reaches down to, by position."""

    rows: Collector
    merges: list[Merge] = field(default_factory=list)
    number: int = 0
    cells: list[str] | None = None
    at: int = 0
    hidden: bool = False
    spans: dict[int, int] = field(default_factory=dict)
    passed: int = 0
    text: list[str] | None = None
    size: int = 0  # characters of the cell, tags left out
    exact: str = ""
    colspan: int = 1
    rowspan: int = 1
    filled: bool = False

    def start_row(self, hidden: bool) -> None:
        """A row starts; one that was not closed ends."""
        self.end_row()
        self.number += 1
        self.cells, self.at, self.hidden = [], 0, hidden

    def end_row(self) -> None:
        """The row ends, where there is one."""
        self.end_cell()
        if self.cells is None:
            return
        if self.cells:
            self.filled = True
            if self.hidden:
                self.rows.hidden.add(self.number)
        self.rows.add(self.number, self.cells)
        self.cells = None

    def start_cell(self, attributes: dict[str, str]) -> None:
        """A cell starts, in a new row where none is open."""
        self.end_cell()
        if self.cells is None:
            self.start_row(False)
        self.text, self.size, self.exact = [], 0, attributes.get("x:num", "")
        self.colspan, self.rowspan = _span(attributes, "colspan", 1_000), _span(attributes, "rowspan", 65_534)

    def add(self, page: str, start: int, end: int) -> None:
        """A piece of the page is text of the cell that is open, where there is one. Raises Problem beyond the cap."""
        if self.text is None or end <= start:
            return
        self.size += end - start
        if self.size > LONGEST_CELL:
            raise _too_long(self.rows.file, page, start)
        self.text.append(html.unescape(page[start:end]))

    def end_cell(self) -> None:
        """The cell ends, where there is one."""
        if self.text is None or self.cells is None:
            return
        if self.spans:
            at, reach, number = self.at, self.spans.get, self.number
            while reach(at, 0) >= number:
                at += 1
            self.passed += at - self.at
            self.at = at
        if self.at + self.colspan > WIDTH or self.passed > PASSED:
            raise too_far(self.rows.file, self.rows.sheet, self.number, self.at + self.colspan)
        text = "\n".join(_BLANKS.sub(" ", line).strip(" \xa0") for line in "".join(self.text).split("\v"))
        text, self.text = text.strip("\n"), None
        if self.exact and _SCIENTIFIC.fullmatch(text):
            text = self._in_full(text)
        if self.colspan > 1 or self.rowspan > 1:
            bottom, right = self.number + self.rowspan - 1, self.at + self.colspan - 1
            self.merges.append((self.number, self.at, bottom, right))
            if self.rowspan > 1:
                self.spans.update(dict.fromkeys(range(self.at, right + 1), bottom))
        if text:
            self.cells += [""] * (self.at - len(self.cells))
            self.cells.append(text)
        self.at += self.colspan

    def _in_full(self, text: str) -> str:
        try:
            value = float(self.exact)
        except ValueError:
            return text
        if beyond_float(self.exact):
            return self.exact
        if abs(value) >= LONG:
            self.rows.long.setdefault(self.number, []).append(self.at)
        return number_text(value)


def _span(attributes: dict[str, str], name: str, most: int) -> int:
    value = attributes.get(name, "").strip()
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 10 else 1


_Page = tuple[str, Encoding]


def open_page(path: Path, file: str, encoding: str | None = None) -> list[Sheet]:
    """The tables of an HTML file that hold anything. Raises Problem for one that is too large or nested too deep."""
    return _sheets([_decoded(_bytes(path, file), encoding)], file)


def open_archive(path: Path, file: str, encoding: str | None = None) -> list[Sheet]:
    """The tables of the HTML pages in a web archive (MHTML). Errors as of ``open_page``."""
    try:
        message = email.message_from_bytes(_bytes(path, file), policy=email.policy.compat32)
        pages = []
        for part in message.walk():
            if part.get_content_type() == "text/html":
                data = part.get_payload(decode=True)
                if isinstance(data, bytes):
                    pages.append(_decoded(data, encoding or part.get_content_charset()))
    except (RecursionError, ValueError, LookupError):
        raise damaged(file) from None
    return _sheets(pages, file)


def _bytes(path: Path, file: str) -> bytes:
    if path.stat().st_size > LARGEST:
        size = f"{LARGEST >> 20} MiB"
        raise Problem(
            f"the page is larger than {size}; ask the agency for xlsx or CSV.",
            f"网页表格超过 {size}；请对方改报 xlsx 或 CSV。",
            file=file,
        )
    return path.read_bytes()


def _decoded(data: bytes, stated: str | None) -> _Page:
    mark = by_mark(data) or by_zero_bytes(data[: 1 << 16])
    if mark is not None:
        return data[mark.mark :].decode(mark.codec, "replace"), mark
    meta = _CHARSET.search(data[:8192])
    if data.isascii() and meta is not None:
        with suppress(Problem):
            return data.decode("ascii"), Encoding(
                named(meta[1].decode()), 0, "stated by the page, which is ASCII"
            )
    try:
        # Text in another encoding is never UTF-8 by chance, whatever the page says.
        return data.decode("utf-8"), Encoding("utf-8", 0, "the whole page is UTF-8")
    except UnicodeDecodeError:
        pass
    for told in (stated, meta[1].decode() if meta else None):
        try:
            if told and named(told) != "utf-8":
                text = data.decode(named(told))
                return without_private_use(text), Encoding(
                    named(told), 0, "stated by the source" if told is stated else "stated by the page"
                )
        except (Problem, UnicodeDecodeError):
            continue
    likely = by_likelihood(data[: 1 << 20])
    return without_private_use(data.decode(likely.codec, "replace")), likely


def _sheets(pages: list[_Page], file: str) -> list[Sheet]:
    tables: list[_Table] = []
    names: list[str] = []
    for page, _ in pages:
        names += [html.unescape(name) for name in _NAME.findall(page)]
        tables += _tables(page, file)
    told = names if len(names) == len(tables) else [f"表{n}" for n in range(1, len(tables) + 1)]
    if len(tables) == 1 and len(names) != 1:
        return [_sheet(tables[0], None, file, pages[0][1])]
    return [_sheet(table, name, file, pages[0][1]) for table, name in zip(tables, told, strict=True)]


def _sheet(table: _Table, name: str | None, file: str, encoding: Encoding) -> Sheet:
    content = Content(table.rows.done(), table.merges)
    return Sheet(name, False, lambda: content, file, encoding)


def _tables(page: str, file: str) -> list[_Table]:
    done: list[_Table] = []
    open_tables: list[_Table] = []
    end = 0
    for token in _TOKEN.finditer(page):
        if open_tables:
            open_tables[-1].add(page, end, token.start())
        end = token.end()
        if token[3] is None:
            continue
        closing, tag = bool(token[2]), token[3].lower()
        current = open_tables[-1] if open_tables else None
        if tag in _BREAKS:
            if current is not None and current.text:
                current.text.append("\v")
        elif tag == "table":
            if not closing:
                _open(open_tables, done, file)
            elif current is not None:
                current.end_row()
                open_tables.pop()
        elif tag in ("tr", "td", "th"):
            if current is None:
                if closing:
                    continue
                current = _open(open_tables, done, file)
            if tag == "tr":
                if closing:
                    current.end_row()
                else:
                    current.start_row(_undisplayed(token[4]))
            elif closing:
                current.end_cell()
            else:
                current.start_cell(_attributes(token[4]))
    for table in open_tables[-1:]:
        table.add(page, end, len(page))
    for table in reversed(open_tables):
        table.end_row()
    return [table for table in done if table.filled]


def _open(open_tables: list[_Table], done: list[_Table], file: str) -> _Table:
    if len(open_tables) >= DEEPEST:
        raise refused(file, "tables are nested too deep", "表格嵌套过深")
    if len(done) >= TABLES:
        raise refused(file, f"it has more than {TABLES} tables", f"其中有 {TABLES} 个以上的表格")
    table = _Table(Collector(file, None))
    open_tables.append(table)
    done.append(table)
    return table


def _too_long(file: str, page: str, place: int) -> Problem:
    line, size = page.count("\n", 0, place) + 1, LONGEST_CELL >> 20
    en = f"a cell of this page (its text in line {line}) holds more than {size} million characters, as no cell of a table does: an end tag is missing, or it is no table; correct that line, or ask the agency for xlsx or CSV."
    zh = f"网页中有一个单元格（第 {line} 行的文字）超过 {size * 100} 万个字符，不是正常的表格：缺少结束标记，或网页不是表格；请更正该行，或请对方改报 xlsx 或 CSV。"
    return Problem(en, zh, file=file, line=line)


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text) if "=" in text else ()
    return {name.lower(): html.unescape(a or b or c) for name, a, b, c in found if a or b or c}


def _undisplayed(text: str) -> bool:
    lower = text.lower()
    return "display" in lower and "display:none" in _attributes(lower).get("style", "").replace(" ", "")
