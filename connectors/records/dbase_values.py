"""Stored values of dBASE fields as text, a column at a time.

Belongs here: padding, dates, and the binary numbers of Visual FoxPro. Numbers written in digits, and logical
values, stay as they are written. Does not belong here: decoding (``byte_cells.py``), memos (``dbase_memo.py``).
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from connectors.records.dbase_header import VISUAL_FOXPRO, DbaseField
from connectors.workbooks.excel import number_text

_PADDING = b" \x00"
# Julian day number of the day before 0001-01-01, day 1 of Python's calendar.
_JULIAN = 1721425
_DAY = 86_400_000
LONG = 15  # digits of a number that spreadsheets and FoxPro surely keep


def memo_field(field: DbaseField, version: int) -> bool:
    """Whether a field holds a pointer into the memo file."""
    return field.type in "MGPW" or (field.type == "B" and version not in VISUAL_FOXPRO)


def text_field(field: DbaseField) -> bool:
    """Whether the bytes of a field are text in the table's encoding."""
    return field.type in "CV"


def stored_text(field: DbaseField, cells: Sequence[bytes], version: int) -> list[bytes]:
    """The cells of a column as bytes of text (ASCII but for text fields), without the padding.

    Text loses the blanks and zeros at its end only. A date is ISO where it is one; a logical ``?`` and a date of
    zeros are empty: so dBASE writes what was never entered. Currency has its four decimals.
    """
    binary = _BINARY.get(field.type)
    if field.type in "CV":
        return [c.rstrip(_PADDING) for c in cells]
    if field.type == "D":
        return [_date(c) for c in cells]
    if field.type == "L":
        return [c.strip(b" \x00?") for c in cells]
    if field.type == "Q":
        return [c.hex().encode() for c in cells]
    if binary is not None and field.width == binary[0] and (field.type != "B" or version in VISUAL_FOXPRO):
        return [binary[1](c) for c in cells]
    return [c.strip(_PADDING) for c in cells]


def long_places(field: DbaseField, cells: Sequence[bytes]) -> list[int]:
    """Places in the column of numbers with more than 15 digits."""
    if field.type not in "NF" or field.width <= LONG:
        return []
    return [
        i
        for i, c in enumerate(cells)
        if len(c) > LONG and sum(48 <= b < 58 for b in c.lstrip(b" +-0.")) > LONG
    ]


def pointer(cell: bytes) -> int:
    """The block a memo field points to; 0 for none. Four bytes in Visual FoxPro, ten digits elsewhere."""
    if len(cell) == 4:
        return int.from_bytes(cell, "little") if cell.strip() else 0
    digits = cell.strip(_PADDING)
    return int(digits) if digits.isdigit() else 0


@lru_cache(maxsize=1 << 16)
def _date(cell: bytes) -> bytes:
    text = cell.strip(_PADDING)
    if not text.strip(b"0"):
        return b""
    if len(text) == 8 and text.isdigit():
        try:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat().encode()
        except ValueError:
            pass  # no day of the calendar: shown as it stands
    return text


def _integer(cell: bytes) -> bytes:
    return str(struct.unpack("<i", cell)[0]).encode()


def _double(cell: bytes) -> bytes:
    return number_text(struct.unpack("<d", cell)[0]).encode()


def _currency(cell: bytes) -> bytes:
    return str(Decimal(struct.unpack("<q", cell)[0]).scaleb(-4)).encode()


@lru_cache(maxsize=1 << 12)
def _moment(cell: bytes) -> bytes:
    day, milliseconds = struct.unpack("<ii", cell)
    # Never entered: blanks or zeros.
    if not cell.strip(_PADDING) or day == 0:
        return b""
    try:
        date = dt.date.fromordinal(day - _JULIAN)
    except (ValueError, OverflowError):
        return f"{day} {milliseconds}".encode()
    # A time is kept as a fraction of seconds that may miss the second by one millisecond.
    rest = milliseconds % 1000
    milliseconds += 1 if rest == 999 else -1 if rest == 1 else 0
    if not 0 < milliseconds < _DAY:
        return date.isoformat().encode() if milliseconds == 0 else f"{day} {milliseconds}".encode()
    seconds, rest = divmod(milliseconds, 1000)
    time = (dt.datetime.min + dt.timedelta(seconds=seconds)).strftime("%H:%M:%S")
    return f"{date.isoformat()} {time}{f'.{rest:03d}'.rstrip('0') if rest else ''}".encode()


# Type → (width in bytes, value).
_BINARY: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "I": (4, _integer), "+": (4, _integer), "B": (8, _double), "O": (8, _double),
    "Y": (8, _currency), "T": (8, _moment), "@": (8, _moment),
}  # fmt: skip
