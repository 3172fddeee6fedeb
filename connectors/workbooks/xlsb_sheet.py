"""Sheets of a binary Excel workbook (.xlsb).

Belongs here: the records of its parts, as far as they concern cells. Does not belong here: the archive's safety
(``workbook_check.py``), other binary workbooks (``old_excel.py``).
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from connectors.tables.header_names import Merge
from connectors.workbooks.number_format import (
    LONG,
    PLAIN,
    Shape,
    built_in,
    number_text,
    shape_of,
    shaped_text,
)
from connectors.workbooks.sheet import Collector, Content, Sheet
from connectors.workbooks.workbook_check import damaged
from connectors.workbooks.xlsx_layout import ROWS, WIDTH
from connectors.workbooks.xlsx_parts import elements
from schemas.problem import Problem

_ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}
_ROW, _BLANK, _RK, _ERROR, _BOOLEAN, _REAL, _TEXT, _SHARED = range(8)
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOLEAN, _FORMULA_ERROR = range(8, 12)
_STRING, _FORMAT, _STYLE, _COLUMN, _BOOK, _BUNDLE, _MERGE = 19, 44, 47, 60, 153, 156, 176
_STYLES_BEGIN, _STYLES_END = 617, 618
_PIECE = 1 << 22
LARGEST = 1 << 26  # bytes of one record


def open_xlsb(path: Path, file: str) -> list[Sheet]:
    """The worksheets in order. Raises Problem (from their ``load`` too) for records that make no sense."""
    try:
        with zipfile.ZipFile(path) as archive:
            found, styles, strings, from_1904 = _book(archive)
            shapes = _shapes(archive, styles) if styles else []
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        ValueError,
        struct.error,
        OSError,
        RuntimeError,
    ):
        raise damaged(file) from None
    held: list[list[str]] = []

    def load(title: str, member: str) -> Content:
        try:
            with zipfile.ZipFile(path) as archive:
                if not held:
                    held.append(
                        [_wide(body, 1) for kind, body in _records(archive, strings) if kind == _STRING]
                        if strings
                        else []
                    )
                return _content(archive, member, Collector(file, title), held[0], shapes, from_1904)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            LookupError,
            ValueError,
            struct.error,
            OSError,
            RuntimeError,
        ):
            raise _damaged(file, title) from None

    return [Sheet(title, hidden, partial(load, title, member), file) for title, hidden, member in found]


def _damaged(file: str, title: str) -> Problem:
    problem = damaged(file)
    problem.sheet = title
    return problem


def _records(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[int, bytes]]:
    """Kind and body of the records of a part."""
    with archive.open(member) as stream:
        data, at = stream.read(_PIECE), 0
        more = bool(data)
        while True:
            if more and len(data) - at < 16:
                piece = stream.read(_PIECE)
                more = bool(piece)
                data, at = data[at:] + piece, 0
            if at >= len(data):
                return
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
                at += 1
            size, shift = 0, 0
            while True:
                byte = data[at]
                at += 1
                size |= (byte & 0x7F) << shift
                shift += 7
                if not byte & 0x80 or shift > 21:
                    break
            while more and len(data) - at < size:
                if size > LARGEST:
                    raise ValueError("a record that is too long")
                piece = stream.read(max(_PIECE, size))
                more = bool(piece)
                data, at = data[at:] + piece, 0
            if len(data) - at < size:
                raise ValueError("a part breaks off")
            yield kind, data[at : at + size]
            at += size


def _wide(body: bytes, at: int) -> str:
    size = int.from_bytes(body[at : at + 4], "little")
    if size * 2 > len(body) - at - 4:
        raise ValueError("a string breaks off")
    return body[at + 4 : at + 4 + 2 * size].decode("utf-16-le", "replace")


def _book(archive: zipfile.ZipFile) -> tuple[list[tuple[str, bool, str]], str, str, bool]:
    names = {n.replace("\\", "/").lower(): n for n in archive.namelist()}
    targets: dict[str, tuple[str, str]] = {}
    for _, name, told in elements(archive, names["xl/_rels/workbook.bin.rels"]):
        if name == "Relationship":
            target = told.get("Target", "").replace("\\", "/")
            target = (
                target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            )
            targets[told.get("Id", "")] = (
                told.get("Type", "").rpartition("/")[2],
                names.get(target.lower(), ""),
            )
    found: list[tuple[str, bool, str]] = []
    from_1904 = False
    for kind, body in _records(archive, names["xl/workbook.bin"]):
        if kind == _BOOK:
            from_1904 = bool(body[0] & 1)
        elif kind == _BUNDLE:
            relation = _wide(body, 8)
            title = _wide(body, 12 + 2 * int.from_bytes(body[8:12], "little"))
            sort, member = targets.get(relation, ("", ""))
            if sort == "worksheet":
                found.append((title, body[:4] != b"\0\0\0\0", member or "-"))
    parts = dict(targets.values())
    return found, parts.get("styles", ""), parts.get("sharedStrings", ""), from_1904


def _shapes(archive: zipfile.ZipFile, member: str) -> list[Shape]:
    codes: dict[int, str] = {}
    shapes: list[Shape] = []
    inside = False
    for kind, body in _records(archive, member):
        if kind == _FORMAT:
            codes[int.from_bytes(body[:2], "little")] = _wide(body, 2)
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            inside = kind == _STYLES_BEGIN
        elif kind == _STYLE and inside:
            number = int.from_bytes(body[2:4], "little")
            shapes.append(shape_of(codes[number]) if number in codes else built_in(number))
    return shapes


def _packed(word: int) -> float:
    """A number in four bytes: an integer of 30 bits or the upper half of a float, either perhaps in hundredths."""
    if word & 2:
        value = float((word >> 2) - (1 << 30) if word >> 31 else word >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (word & ~3) << 32))[0]
    return value / 100 if word & 1 else value


def _content(
    archive: zipfile.ZipFile,
    member: str,
    rows: Collector,
    strings: list[str],
    shapes: list[Shape],
    from_1904: bool,
) -> Content:
    merges: list[Merge] = []
    columns: set[int] = set()
    texts: dict[tuple[float, Shape], str] = {}
    number, cells = 0, list[str]()
    for kind, body in _records(archive, member):
        if _ROW < kind <= _FORMULA_ERROR:
            if kind == _BLANK:
                continue
            at = int.from_bytes(body[:4], "little")
            if at >= WIDTH or not number:
                raise ValueError("place")
            if kind == _SHARED:
                text = strings[int.from_bytes(body[8:12], "little")]
            elif kind in (_RK, _REAL, _FORMULA_NUMBER):
                whole = int.from_bytes(body[8:12], "little")
                value = _packed(whole) if kind == _RK else struct.unpack_from("<d", body, 8)[0]
                style = int.from_bytes(body[4:7], "little")
                shape = shapes[style] if style < len(shapes) else PLAIN
                if abs(value) >= LONG:
                    rows.long.setdefault(number, []).append(at)
                known = texts.get((value, shape))
                text = known or (shaped_text(value, shape, from_1904) if shape.kind else number_text(value))
                if known is None and len(texts) < 500_000:
                    texts[value, shape] = text
            elif kind in (_TEXT, _FORMULA_TEXT):
                text = _wide(body, 8)
            elif kind in (_BOOLEAN, _FORMULA_BOOLEAN):
                text = "TRUE" if body[8] else "FALSE"
            else:
                text = _ERRORS.get(body[8], "#N/A")
                rows.errors[number, at] = text
            if text:
                if at < len(cells):
                    cells[at] = text
                else:
                    cells += [""] * (at - len(cells))
                    cells.append(text)
        elif kind == _ROW:
            rows.add(number, cells)
            last, number = number, int.from_bytes(body[:4], "little") + 1
            if number <= last or number > ROWS:
                raise ValueError("rows out of order")
            cells = []
            if body[11] & 0x10:
                rows.hidden.add(number)
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            if top <= bottom < ROWS and left <= right < WIDTH:
                merges.append((top + 1, left, bottom + 1, right))
        elif kind == _COLUMN and body[16] & 1:
            first, last_column = struct.unpack_from("<2I", body)
            columns |= set(range(first, min(last_column, WIDTH) + 1))
    rows.add(number, cells)
    return Content(rows.done(), merges, frozenset(at for at in columns if at < WIDTH))
