"""What a number in a spreadsheet stands for by its number format, and its text: dates, times, durations, padded ids.

Belongs here: number format codes (``yyyy-mm-dd``, ``[h]:mm``, ``000000``) as far as they change what is read, and
the text of serial dates in both systems (1900, 1904).
Does not belong here: where a cell's format stands (``xlsx_parts.py``, ``old_excel.py``).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

# Excel keeps 15 significant digits; a whole number from here on has lost digits or may have.
LONG = 10**15
# A decimal of up to 15 digits as it is shown: no zeros that say nothing, no exponent.
PLAIN_NUMBER = r"^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,7})\.[0-9]{0,6}[1-9])$"
LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_MICROSECONDS = 86_400_000_000

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKET = re.compile(r"\[[^\]]*\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.I)
_ZEROS = re.compile(r"0{2,}")
_LONG_WHOLE = re.compile(r"-?[1-9][0-9]{15,19}")
_AM_PM = re.compile(r"AM/PM|A/P|上午/下午", re.I)


@dataclass(frozen=True)
class Shape:
    """``kind``: "" (a plain number), "date", "time", "duration" or "zeros" (padded to ``digits``)."""

    kind: str = ""
    digits: int = 0


PLAIN = Shape()


@cache
def shape_of(code: str) -> Shape:
    """What a number format code makes of a number."""
    bare = _LITERAL.sub("", code)
    first = bare.split(";", 1)[0]
    elapsed = _ELAPSED.search(first) is not None
    letters = _AM_PM.sub("h", _BRACKET.sub("", first)).strip()
    if elapsed:
        return Shape("duration")
    if letters.lower() in ("", "general", "@", "standard") or letters.startswith("G/"):
        return PLAIN
    if _ZEROS.fullmatch(letters):
        return Shape("zeros", len(letters))
    lower = letters.lower()
    if any(c in lower for c in ("y", "d", "aaa")):
        return Shape("date")
    if any(c in lower for c in "hs"):
        return Shape("time")
    if "m" in lower or ("e" in lower and not any(c in lower for c in "0#?")):
        return Shape("date")
    return PLAIN


@cache
def built_in(number: int) -> Shape:
    """What a built-in number format makes of a number; 27–36 and 50–58 are the dates of East Asian versions."""
    if number == 46:
        return Shape("duration")
    if number in (18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56):
        return Shape("time")
    if 14 <= number <= 22 or 27 <= number <= 36 or 50 <= number <= 58:
        return Shape("date")
    return PLAIN


def number_text(value: float) -> str:
    """A number without float artefacts: 5.0 → 5, 1132.8700000000001 → 1132.87, 1e-05 → 0.00001."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value):
        return (
            _whole_text(value)
            if LONG <= abs(value) < 1e21
            else str(int(value))
            if abs(value) < 1e21
            else repr(value)
        )
    text = repr(value)
    # Excel shows 15 digits. Where these end in a run of zeros, the 16th and 17th are noise of binary arithmetic.
    rounded = f"{value:.15g}"
    digits = sum(c.isdigit() for c in rounded.partition("e")[0].lstrip("-0."))
    if len(rounded) < len(text) and digits <= 12:
        text = rounded
    return format(Decimal(text), "f") if "e" in text.lower() else text


def _whole_text(value: float) -> str:
    # An id of 18 digits typed into a cell keeps 15 and shows 000 after them, though the nearest float may end in 008:
    # shown as typed where 15 digits tell it, else (an id that passed through a float elsewhere) as the float it is.
    mantissa, _, exponent = repr(value).partition("e")
    digits = len(mantissa.lstrip("-").replace(".", "").removesuffix("0").rstrip("0"))
    return (
        format(Decimal(repr(value)), "f").removesuffix(".0") if exponent and digits <= 15 else str(int(value))
    )


def beyond_float(text: str) -> bool:
    """Whether the text of a number is a whole one that no float holds: who wrote it kept all digits, so that an id in
    it is not damaged, though spreadsheet programs would show it rounded."""
    return _LONG_WHOLE.fullmatch(text) is not None and int(text) != int(float(text))


def time_text(value: dt.time) -> str:
    """``HH:MM:SS``, with the fraction of a second where there is one."""
    return value.strftime("%H:%M:%S") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")


def moment_text(value: dt.datetime) -> str:
    """``YYYY-MM-DD``, and the time where there is one; a moment next to a whole second is that second."""
    if value.microsecond:
        # A day is a float: 10:18:00 may come as 10:17:59.999997.
        near = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        value = near if abs(near - value) < dt.timedelta(milliseconds=2) else value
    time = value.time()
    return value.date().isoformat() + ("" if time == dt.time.min else " " + time_text(time))


def duration_text(days: float) -> str:
    """Hours beyond a day as Excel's ``[h]:mm:ss`` shows them."""
    seconds = round(days * 86_400)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def serial_text(value: float, from_1904: bool = False, time_only: bool = False) -> str:
    """The date, moment or time of a serial number. Outside the calendar it stays a number.

    Serial 60 of the 1900 system is 1900-02-29, a day that never was; it is shown as Excel shows it. Below 1 a serial
    of the 1900 system is a time; so is, under a format of hours (``time_only``), one of the 1904 system.
    """
    if not 0 <= value < LAST_SERIAL - (1462 if from_1904 else 0):
        return number_text(value)
    if value < 1 and (time_only or not from_1904) and (value or time_only):
        at = dt.datetime(2000, 1, 1) + dt.timedelta(microseconds=round(value * _MICROSECONDS))
        text = moment_text(at)
        return (text[11:] or "00:00:00") if at.day == 1 and text[9] == "1" else "24:00:00"
    if from_1904:
        return moment_text(dt.datetime(1904, 1, 1) + dt.timedelta(microseconds=round(value * _MICROSECONDS)))
    day, part = int(value), value - int(value)
    if day == 60 and part < 0.99999:
        text = moment_text(dt.datetime(1900, 2, 28) + dt.timedelta(microseconds=round(part * _MICROSECONDS)))
        return "1900-02-29" + text[10:]
    epoch = dt.datetime(1899, 12, 30 if value >= 60 else 31)
    return moment_text(epoch + dt.timedelta(microseconds=round(value * _MICROSECONDS)))


def shaped_text(value: float, shape: Shape, from_1904: bool = False) -> str:
    """The text of a number under a shape."""
    if shape.kind == "zeros":
        return (
            f"{int(value):0{shape.digits}d}"
            if 0 <= value < LONG and value == int(value)
            else number_text(value)
        )
    if shape.kind == "duration":
        return duration_text(value) if abs(value) < LAST_SERIAL else number_text(value)
    return serial_text(value, from_1904, shape.kind == "time") if shape.kind else number_text(value)
