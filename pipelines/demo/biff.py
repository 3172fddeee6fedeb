"""The old Excel format, xls: BIFF8 records in an OLE compound file.

Belongs here: the bytes of a workbook of one sheet with text, numbers and merged cells, as Excel 97 to 2003 wrote
them ([MS-XLS], [MS-CFB]). Does not belong here: what is in the cells. No library that writes this format is maintained.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

SECTOR = 512
LIMIT = 8224
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
MOST_ROWS = 65_536

Merge = tuple[int, int, int, int]


def record(number: int, data: bytes = b"") -> bytes:
    """One BIFF record."""
    return struct.pack("<HH", number, len(data)) + data


def unicode_text(text: str, length: str = "<H") -> bytes:
    """A BIFF8 string: its length, a flag for two-byte characters, the characters."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return struct.pack(length, len(raw) // 2) + b"\x01" + raw


class _Strings:
    """The shared string table."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.uses = 0

    def number(self, text: str) -> int:
        self.uses += 1
        return self.index.setdefault(text, len(self.index))

    def records(self) -> bytes:
        """SST and its CONTINUE records; a record ends only between two strings."""
        out, number = bytearray(), 0x00FC
        data = bytearray(struct.pack("<II", self.uses, len(self.index)))
        for text in self.index:
            piece = unicode_text(text)
            if len(data) + len(piece) > LIMIT:
                out += record(number, bytes(data))
                number, data = 0x003C, bytearray()
            data += piece
        return bytes(out + record(number, bytes(data)))


def write_xls(path: Path, sheet: str, rows: Iterable[Sequence[object]], merges: Sequence[Merge] = ()) -> int:
    """Write one sheet: text, int and float cells, None empty; merges are (first row, last row, first column, last column)
    from 0. Returns the number of rows. Raises ValueError beyond 65,536 rows."""
    strings = _Strings()
    cells = bytearray()
    n = width = 0
    for n, row in enumerate(rows, 1):
        width = max(width, len(row))
        for column, value in enumerate(row):
            if value is None:
                continue
            where = struct.pack("<HHH", n - 1, column, 15)
            if isinstance(value, str):
                cells += record(0x00FD, where + struct.pack("<I", strings.number(value)))
            elif isinstance(value, int | float):
                cells += record(0x0203, where + struct.pack("<d", float(value)))
    if n > MOST_ROWS:
        raise ValueError(f"an xls sheet holds {MOST_ROWS} rows, not {n}")
    dimensions = record(0x0200, struct.pack("<IIHHH", 0, n, 0, width, 0))
    window = record(0x023E, struct.pack("<HHHHHHI", 0x06B6, 0, 0, 0x40, 0, 0, 0))
    merged = b"".join(
        record(0x00E5, struct.pack("<H", len(part)) + b"".join(struct.pack("<HHHH", *m) for m in part))
        for part in (merges[i : i + 1000] for i in range(0, len(merges), 1000))
    )
    body = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
        + dimensions
        + bytes(cells)
        + window
        + merged
        + record(0x000A)
    )
    _write_compound(path, _globals(sheet, strings) + body)
    return n


def _globals(sheet: str, strings: _Strings) -> bytes:
    """The workbook part: codepage, fonts, cell formats, the sheet's place, shared strings."""
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)) + record(
        0x0042, struct.pack("<H", 0x04B0)
    )
    font = record(
        0x0031, struct.pack("<HHHHHBBBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 134, 0) + unicode_text("宋体", "<B")
    )
    style_xf = record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    cell_xf = record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0x0001, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    looks = font * 4 + style_xf * 15 + cell_xf + record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF))
    name = unicode_text(sheet, "<B")
    rest = strings.records() + record(0x000A)
    offset = len(start) + len(looks) + 4 + 6 + len(name) + len(rest)
    return start + looks + record(0x0085, struct.pack("<IBB", offset, 0, 0) + name) + rest


def _write_compound(path: Path, stream: bytes) -> None:
    """An OLE compound file with the one stream ``Workbook``."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    n_stream = len(stream) // SECTOR
    n_fat = 1
    # The allocation table has an entry for each sector: stream, directory, and the table itself (and its index).
    while True:
        n_difat = max(0, -(-(n_fat - 109) // 127))
        if n_fat * 128 >= n_stream + 1 + n_fat + n_difat:
            break
        n_fat += 1
    first_fat, first_difat = n_stream + 1, n_stream + 1 + n_fat
    fat = [*range(1, n_stream), END, END, *([FAT] * n_fat), *([0xFFFFFFFC] * n_difat)]
    fat += [FREE] * (n_fat * 128 - len(fat))
    where = [first_fat + i for i in range(n_fat)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x003E, 3, 0xFFFE, 9, 6)
    head += struct.pack(
        "<IIIIIIIII", 0, n_fat, n_stream, 0, 4096, END, 0, first_difat if n_difat else END, n_difat
    )
    head += struct.pack("<109I", *(where[:109] + [FREE] * (109 - min(109, n_fat))))
    root = _entry("Root Entry", 5, 1, END, 0)
    workbook = _entry("Workbook", 2, FREE, 0, len(stream))
    with path.open("wb") as file:
        file.write(head + stream + root + workbook + _entry("", 0, FREE, 0, 0) * 2)
        file.write(struct.pack(f"<{len(fat)}I", *fat))
        for i in range(n_difat):
            part = where[109 + i * 127 : 109 + (i + 1) * 127]
            after = first_difat + i + 1 if i + 1 < n_difat else END
            file.write(struct.pack("<128I", *(part + [FREE] * (127 - len(part))), after))


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """A directory entry of the compound file."""
    raw = (name + "\0").encode("utf-16-le") if name else b""
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBIII16x4x16xIII", len(raw), kind, 1, FREE, FREE, child, start, size, 0
    )
