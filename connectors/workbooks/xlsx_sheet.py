"""Sheets of an xlsx: the XML around the cells, and the cells piece by piece.

Belongs here: cutting a sheet's XML at the ends of rows, merged ranges, hidden columns.
Does not belong here: the cells of a piece (``xlsx_cells.py``), other parts of the archive (``xlsx_parts.py``).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from connectors.ahead import ahead
from connectors.records.text_spans import Odd
from connectors.tables.header_names import Merge
from connectors.workbooks.sheet import CELLS, Content, Piece, Sheet, refused, too_far
from connectors.workbooks.xlsx_cells import Beyond, Book, read_piece
from connectors.workbooks.xlsx_layout import WIDTH
from connectors.workbooks.xlsx_parts import as_utf8, read_book, shared_strings, without_prefix

CHUNK = 1 << 22
LONGEST = 1 << 26  # bytes of one row, or of what stands before or after the rows
UNUSUAL = 1 << 28  # bytes of a sheet that has to be turned into what is usual
MERGES = 1_000_000
_MERGE = re.compile(rb"<mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_COLUMN = re.compile(rb"<col\s[^>]*>")
_ROW_END = b"</row>"


def open_sheets(path: Path, file: str) -> list[Sheet]:
    """The sheets of an xlsx, in order. Raises Odd (from their ``load`` too) for one of an unusual make.

    The strings that sheets share are read once, with the first sheet that is looked into.
    """
    with zipfile.ZipFile(path) as archive:
        told = read_book(archive)
    held: list[Book] = []

    def load(member: str, title: str) -> Content:
        try:
            with zipfile.ZipFile(path) as archive:
                if not held:
                    held.append(Book(shared_strings(archive, told.strings), told.shapes, told.from_1904))
                return _content(archive, member, held[0], file, title)
        except Odd:
            raise
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            KeyError,
            ValueError,
            RuntimeError,
            OSError,
        ) as error:
            raise Odd(str(error)) from None

    return [Sheet(title, hidden, partial(load, member, title), file) for title, hidden, member in told.sheets]


def _content(archive: zipfile.ZipFile, member: str, book: Book, file: str, title: str) -> Content:
    pieces: list[Piece] = []
    around: list[bytes] = []
    after, width = 0, 0
    with archive.open(member) as stream:
        for inside, data in ahead(_parts(stream, file, title)):
            if not inside:
                around.append(data)
                continue
            try:
                piece = read_piece(data, after, book)
            except Beyond as beyond:
                raise too_far(file, title, beyond.args[0], 1) from None
            if len(piece.numbers):
                after = int(piece.numbers[-1])
            width = max(width, len(piece.columns))
            if piece.columns and width * after > CELLS:
                raise too_far(file, title, after, width)
            pieces.append(piece)
    head, tail = [*around, b"", b""][:2]
    merges = _merges(tail)
    if len(merges) > MERGES:
        raise refused(
            file, f"it has {len(merges)} merged ranges", f"其中有 {len(merges)} 处合并单元格", title
        )
    return Content(pieces, merges, _hidden_columns(head))


def _parts(stream: IO[bytes], file: str, title: str) -> Iterator[tuple[bool, bytes]]:
    """The XML before the rows (False), pieces of rows that end where a row does (True), the XML after them (False)."""
    data = stream.read(CHUNK)
    usual = data[:1] == b"<" and re.search(rb"<\w+:worksheet\b", data[:4096]) is None
    declared = re.match(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)", data[:200])
    if not usual or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii")):
        # Prefixes, a byte order mark, UTF-16: the whole is turned into what is usual.
        rest = stream.read(UNUSUAL)
        if len(rest) == UNUSUAL:
            raise Odd("long and unusual")
        data = without_prefix(as_utf8(data + rest), b"worksheet")
    start = data.find(b"<sheetData")
    while start < 0:
        more = _more(stream, data, file, title)
        data += more
        start = data.find(b"<sheetData", max(0, len(data) - len(more) - 10))
    yield False, data[:start]
    opening = data.find(b">", start)
    if data[opening - 1 : opening] == b"/":
        yield False, data[opening + 1 :] + stream.read(LONGEST)
        return
    data, seen = data[opening + 1 :], 0
    while True:
        last = data.rfind(_ROW_END, max(0, seen - len(_ROW_END)))
        end = data.find(b"</sheetData", max(last, seen - 12, 0))
        # Rows without a cell have no end of their own: a piece may end where one starts.
        cut = (
            end if end >= 0 else last + len(_ROW_END) if last >= 0 else data.rfind(b"<row", max(0, seen - 4))
        )
        if cut > 0 or end >= 0:
            # What was not read by pieces is still taken apart by pieces.
            yield from ((True, part) for part in _rows_of(data[:cut]))
            data = data[cut:]
        if end >= 0:
            yield False, data + stream.read(LONGEST)
            return
        seen = len(data)
        data += _more(stream, data, file, title)


def _more(stream: IO[bytes], data: bytes, file: str, title: str) -> bytes:
    more = stream.read(CHUNK)
    if not more:
        raise Odd("no end")
    if len(data) > LONGEST:
        size = f"{LONGEST >> 20} MiB"
        raise refused(
            file, f"sheet '{title}' has a row of more than {size}", f"工作表“{title}”有一行超过 {size}", title
        )
    return more


def _rows_of(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        cut = data.find(_ROW_END, at + CHUNK) if len(data) - at > 2 * CHUNK else -1
        cut = len(data) if cut < 0 else cut + len(_ROW_END)
        yield data[at:cut]
        at = cut


def _position(name: bytes) -> int:
    at = 0
    for letter in name:
        at = at * 26 + letter - 64
    return at - 1


def _merges(tail: bytes) -> list[Merge]:
    found = []
    for match in _MERGE.finditer(tail):
        top, bottom = sorted((int(match[2]), int(match[4])))
        left, right = sorted((_position(match[1]), _position(match[3])))
        found.append((top, left, bottom, min(right, WIDTH - 1)))
    return found


def _hidden_columns(head: bytes) -> frozenset[int]:
    hidden: set[int] = set()
    for tag in _COLUMN.findall(head):
        if re.search(rb"\bhidden=[\"'](?:1|true)[\"']", tag):
            first, last = re.search(rb"\bmin=[\"'](\d+)", tag), re.search(rb"\bmax=[\"'](\d+)", tag)
            if first and last:
                hidden |= set(range(int(first[1]) - 1, min(int(last[1]), WIDTH)))
    return frozenset(hidden)
