"""The header of a dBASE table: its fields and where the records lie.

Belongs here: dBASE III, dBASE IV, FoxPro 2 and Visual FoxPro headers; how a file is told to be one of them; the
language byte. Does not belong here: records (``dbase.py``), memo files (``dbase_memo.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# First byte of the file. 0x04 and 0x8C are dBASE 7, whose header is another.
_VERSIONS = b"\x02\x03\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5\xfb"
VISUAL_FOXPRO = b"\x30\x31\x32"
_TYPES = "CNFDLMIBOYTGPVQW0@+"
# Language bytes that tell an East Asian encoding. The others say a Western code page, which is what programs that
# know nothing of languages write too, whatever the text is in: there the text itself decides.
LANGUAGES = {
    0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "cp950", 0x78: "cp950",
    0x13: "cp932", 0x7B: "cp932", 0x4E: "cp949", 0x79: "cp949",
}  # fmt: skip
_NULLABLE = 0x02


@dataclass(frozen=True)
class DbaseField:
    """A field as the header tells it: name in bytes, type letter, place in the record in bytes (after the deletion
    flag, which is byte 0). ``varying`` and ``null`` are its bits in Visual FoxPro's _NullFlags."""

    name: bytes
    type: str
    start: int
    end: int
    varying: int | None = None
    null: int | None = None

    @property
    def width(self) -> int:
        """Bytes in a record."""
        return self.end - self.start


@dataclass(frozen=True)
class DbaseHeader:
    """``records`` is the number the header states; ``offset`` where the first begins; ``width`` the bytes of one."""

    version: int
    records: int
    offset: int
    width: int
    language: int
    fields: tuple[DbaseField, ...]

    @property
    def null_flags(self) -> DbaseField | None:
        """Visual FoxPro's hidden field of null bits."""
        return next((f for f in self.fields if f.type == "0"), None)


def dbase_header(head: bytes) -> DbaseHeader | None:
    """The header in the first bytes of a file; None when the file is no dBASE table.

    A table shows itself by a structure that adds up: descriptors with known types, ended by 0x0D or the first record,
    whose widths make the stated record width. So a truncated file is still seen to be one.
    """
    if len(head) < 65 or head[0] not in _VERSIONS:
        return None
    offset, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    if offset < 65 or width < 2:
        return None
    found = list(_descriptors(head, offset))
    ended = 32 + 32 * len(found)
    if (
        not found
        or ended > len(head)
        or (ended != offset and head[ended : ended + 1] not in (b"\r", b"\n", b"\x00"))
    ):
        return None
    fields, start, bit = [], 1, 0
    for raw in found:
        letter, size = chr(raw[11]), raw[16]
        # Clipper and FoxPro give text fields of more than 255 bytes the byte for decimals as a high byte.
        if letter == "C":
            size += 256 * raw[17]
        varying = null = None
        if head[0] in VISUAL_FOXPRO:
            if letter in "VQ":
                varying, bit = bit, bit + 1
            if raw[18] & _NULLABLE:
                null, bit = bit, bit + 1
        fields.append(DbaseField(raw[:11].partition(b"\x00")[0], letter, start, start + size, varying, null))
        start += size
    if start != width:
        return None
    return DbaseHeader(head[0], int.from_bytes(head[4:8], "little"), offset, width, head[29], tuple(fields))


def _descriptors(head: bytes, offset: int) -> Iterator[bytes]:
    for at in range(32, min(offset, len(head)) - 31, 32):
        raw = head[at : at + 32]
        if raw[0] in b"\r\n\x00" or chr(raw[11]) not in _TYPES:
            return
        yield raw
