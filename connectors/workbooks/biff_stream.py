"""The stream of records of an old Excel workbook, looked at before a parser reads it.

Belongs here: where the stream is, its version, what it states that no parser should believe, and whether it has what
only the slower parser tells. Does not belong here: cells (``old_excel.py``), the sectors (``ole_chains.py``).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from itertools import islice

from connectors.workbooks.number_format import shape_of
from connectors.workbooks.ole_chains import MAGIC
from connectors.workbooks.sheet import CELLS

_END, _CODEPAGE, _SHEET, _TEXTS, _RANGE, _FORMAT = 0x0A, 0x42, 0x85, 0xFC, 0x200, 0x41E
_ROWS = 1 << 16  # of a sheet
_PREAMBLE = 4_000  # records of a sheet before it states its range
# What calamine leaves out, as records of BIFF 8: hidden rows and columns, errors as values and as results.
_WANTS = re.compile(
    rb"\x08\x02\x10\x00.{12}[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]"
    rb"|\x7d\x00\x0c\x00.{8}[\x01\x03\x05\x07\x09\x0b\x0d\x0f]"
    rb"|\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01"
    rb"|\x06\x00[\x16-\xff].{7}\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff",
    re.S,
)


def stream_of(data: bytes) -> bytes | None:
    """The stream of records: that of the OLE file, by its usual names or else by how it starts, or the file itself."""
    if data[:8] != MAGIC:
        return data
    from xlrd import compdoc

    try:
        document = compdoc.CompDoc(data, logfile=io.StringIO())
        for name in ("Workbook", "Book", "WORKBOOK", "BOOK", "workbook"):
            found = document.get_named_stream(name)
            if found:
                return bytes(found)
        for entry in document.dirlist:
            if entry.etype == 2 and entry.tot_size > 512:
                found = document.get_named_stream(entry.name)
                if found and version(bytes(found[:16])):
                    return bytes(found)
    except (
        compdoc.CompDocError,
        AssertionError,
        ArithmeticError,
        struct.error,
        LookupError,
        ValueError,
        RecursionError,
        TypeError,
    ):
        return None
    return None


def version(stream: bytes) -> int:
    """The version of BIFF that a stream starts as: 2, 3, 4, 5 (Excel 5 and 95) or 8; 0 for none."""
    if len(stream) < 8 or stream[0] != 9:
        return 0
    if stream[1] == 8:
        return {5: 5, 6: 8}.get(stream[5], 5 if stream[5] == 0 else 0)
    return {0: 2, 2: 3, 4: 4}.get(stream[1], 0)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """Kind, body and place of the records from ``at`` to the end of the part of the stream that they belong to."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size], at
        if kind == _END:
            return
        at += 4 + size


def misleads(stream: bytes) -> bool:
    """Whether a BIFF 8 stream states more texts than it can hold, or a sheet that ends before it begins: calamine makes
    room for what is stated, and ends the process where there is none."""
    sheets = []
    for kind, body, _ in _records(stream, 0):
        if kind == _TEXTS and (len(body) < 8 or struct.unpack_from("<I", body, 4)[0] > len(stream)):
            return True
        if kind == _SHEET and len(body) >= 4:
            sheets.append(int.from_bytes(body[:4], "little"))
    for place in sheets:
        for kind, body, _ in islice(_records(stream, place), _PREAMBLE):
            if kind == _RANGE:
                if _boundless(body):
                    return True
                break
    return False


def _boundless(body: bytes) -> bool:
    """Whether the range that a sheet states of itself ends before it begins, or is larger than any sheet."""
    if len(body) < 12:
        return True
    first, behind, left, right = struct.unpack_from("<IIHH", body)
    # "One behind the last" may stand for the last.
    wide, tall = max(right - left, 1), max(behind - first, 1)
    return bool(first > behind or left > right or tall * wide > CELLS or behind > _ROWS)


def needs_formats(stream: bytes) -> bool:
    """Whether a BIFF 8 stream has what only the slower parser tells."""
    at = 0
    for kind, body, at in _records(stream, 0):  # noqa: B007
        if kind == _CODEPAGE and len(body) >= 2 and body[:2] != b"\xb0\x04":
            return True  # text in a codepage where there should be none
        if kind == _FORMAT and len(body) > 5:
            code = body[5:].decode("utf-16-le", "replace") if body[4] & 1 else body[5:].decode("latin-1")
            if shape_of(code).kind == "zeros":
                return True
    # The pattern may fit by chance inside of other records; what follows it tells.
    return any(_among_records(stream, found.start()) for found in _WANTS.finditer(stream, at))


def _among_records(stream: bytes, at: int) -> bool:
    """Whether records follow each other from ``at`` on as they do in a sheet."""
    for _ in range(6):
        if at + 4 > len(stream):
            return False
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _END or at + 4 + size == len(stream):
            return True
        if not 0 < kind < 0x1000 or size > 8_228:
            return False
        at += 4 + size
    return True
