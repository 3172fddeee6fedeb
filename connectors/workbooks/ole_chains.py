"""Whether the chains of sectors in an OLE file end: parsers below Python follow one that loops until memory is full.

Belongs here: the allocation tables of the container. Does not belong here: its streams, what is in them
(``old_excel.py``).
"""

from __future__ import annotations

import struct
import sys
from array import array

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IN_HEADER = 109  # sectors of the table that the header itself lists


def loops(data: bytes) -> bool:
    """Whether a chain that a reader of the OLE file ``data`` follows (table, directory, streams) never ends.

    Chains that lead out of the file end there; what is not an OLE file has none.
    """
    if len(data) < 512 or data[:8] != MAGIC:
        return False
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if not 7 <= shift <= 16 or not 2 <= small_shift <= shift:
        return False  # refused by every parser
    size = 1 << shift
    directory, _, cutoff, small_table, _, more = struct.unpack_from("<IIIIII", data, 48)
    sectors, following = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76)), more
    seen: set[int] = set()
    while (listed := _sector(data, following, size)) is not None:
        if following in seen:
            return True
        seen.add(following)
        *ids, following = listed
        sectors += ids
    table = array("I")
    for at in sectors:
        table.extend(_sector(data, at, size) or ())
    entries = b"".join(_bytes(data, at, size) for at in _chain(table, directory))
    small = array("I")
    for at in _chain(table, small_table):
        small.extend(_sector(data, at, size) or ())
    if _endless(table, directory) or _endless(table, small_table):
        return True
    # A chain that runs into one that ended ends there too: each sector is looked at once.
    known, small_known = bytearray(len(table)), bytearray(len(small))
    for at in range(0, len(entries) - 127, 128):
        kind, (start, length) = entries[at + 66], struct.unpack_from("<II", entries, at + 116)
        if kind not in (2, 5):
            continue
        small_stream = kind == 2 and length < cutoff
        if _endless(small, start, small_known) if small_stream else _endless(table, start, known):
            return True
    return False


def _bytes(data: bytes, at: int, size: int) -> bytes:
    start = (at + 1) * size
    return data[start : start + size]


def _sector(data: bytes, at: int, size: int) -> array[int] | None:
    """The numbers of a sector, None for one that is not whole in the file."""
    found = _bytes(data, at, size)
    if len(found) < size:
        return None
    numbers = array("I", found)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _chain(table: array[int], start: int) -> list[int]:
    """The sectors of a chain up to its end, or to where it would begin again."""
    found: list[int] = []
    while start < len(table) and len(found) <= len(table):
        found.append(start)
        start = table[start]
    return found


def _endless(table: array[int], start: int, known: bytearray | None = None) -> bool:
    """Whether a chain runs in a circle. ``known`` marks the sectors of chains that end, and is added to."""
    known = bytearray(len(table)) if known is None else known
    mine: set[int] = set()
    while start < len(table) and not known[start]:
        if start in mine:
            return True
        mine.add(start)
        start = table[start]
    for at in mine:
        known[at] = 1
    return False
