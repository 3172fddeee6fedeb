"""Values of typed columns (databases, Parquet) as exact text, a column at a time.

Belongs here: what a number, a date, bytes … look like as text. ``connectors.workbooks.excel`` has its own dates (a date cell
without a time is a date there); numbers are written alike.
Does not belong here: where the values come from (``database.py``, ``parquet_records.py``).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from connectors.workbooks.excel import LONG, number_text

_SURROGATES = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """``text`` with U+FFFD for each half of a pair that stands alone: UTF-8 has no place for it."""
    return _SURROGATES.sub("\ufffd", text)


def texts(values: Sequence[Any]) -> tuple[list[str | None], list[int]]:
    """The values of a column as text, and the places of binary numbers of more than 15 digits.

    Such a number may have lost its last digits before it came here; whole and decimal numbers are exact at any length.
    """
    kinds = set(map(type, values))
    long: list[int] = []
    if float in kinds:
        long = [i for i, v in enumerate(values) if isinstance(v, float) and LONG <= abs(v) < float("inf")]
    if kinds <= {str, type(None)}:
        return list(values), long
    if kinds <= {int, type(None)}:
        return [None if v is None else str(v) for v in values], long
    return [value_text(v) for v in values], long


_ISO: dict[type, Callable[[Any], str]] = {dt.date: dt.date.isoformat, dt.time: dt.time.isoformat}


def text_array(values: Sequence[Any]) -> tuple[Any, list[int]]:
    """As ``texts``, as an Arrow array: the ways that databases' columns of one kind allow are taken, per kind."""
    import pyarrow as pa

    kinds = set(map(type, values))
    kinds.discard(type(None))
    if len(kinds) == 1:
        [kind] = kinds
        try:
            if kind is str:
                return pa.array(values, pa.string()), []
            if kind is int:
                return pa.array(values, pa.int64()).cast(pa.string()), []
        except UnicodeEncodeError:
            return pa.array([None if v is None else without_surrogates(v) for v in values], pa.string()), []
        except (OverflowError, pa.ArrowInvalid):
            pass  # beyond 64 bits
        if kind in _ISO:
            plain = _ISO[kind]
            return pa.array([None if v is None else plain(v) for v in values], pa.string()), []
        if kind is dt.datetime:
            moment = dt.datetime.isoformat
            return pa.array([None if v is None else moment(v, " ") for v in values], pa.string()), []
        if kind is Decimal:
            # Their own text is the plain one but for exponents and what is no number.
            plainly = [None if v is None else str(v) for v in values]
            if not any("E" in t for t in plainly if t is not None):
                return pa.array(plainly, pa.string()), []
    elif not kinds:
        return pa.nulls(len(values), pa.string()), []
    found, long = texts(values)
    try:
        return pa.array(found, pa.string()), long
    except UnicodeEncodeError:
        return pa.array([None if t is None else without_surrogates(t) for t in found], pa.string()), long


def order_text(value: Any) -> str | None:
    """A text that sorts (by code point) as its value does: numbers as numbers, whatever their length and scale, before
    texts; moments by the time that they are; everything else as its text. None is none."""
    if value is None:
        return None
    if isinstance(value, bool | int | float | Decimal):
        number = Decimal(value) if isinstance(value, int | Decimal) else Decimal(repr(float(value)))
        if not number.is_finite():
            return "n1~" if number > 0 or number.is_nan() else "n0-"
        if not number:
            return "n1"
        digits = "".join(map(str, number.as_tuple().digits)).lstrip("0").rstrip("0")
        size = f"{number.adjusted() + 500_000:06d}"
        if number > 0:
            return f"n1{size}{digits}"
        # Of negative numbers the larger is the lesser: digits turned round, and a sign behind the last.
        return "n0" + (size + digits).translate(_TURNED) + "~"
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return "t" + without_surrogates(value_text(value) or "")


_TURNED = str.maketrans("0123456789", "9876543210")


def value_text(value: Any) -> str | None:
    """One value as text; None is none.

    Whole numbers without artefacts, decimals plain (``1.50``, never ``1E+3``), true and false as workbooks show
    them (TRUE, FALSE), dates and times ISO with a blank between the two, bytes in hexadecimal digits, lists and
    objects as JSON text.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Decimal):
        # Beyond any database's own range only an exponent keeps the text short.
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 100_000 else str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return _length_of_time(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=value_text)
    if hasattr(value, "read"):  # a large object that the driver hands out as a stream
        return value_text(value.read())
    return str(value)


def _length_of_time(value: dt.timedelta) -> str:
    """hh:mm:ss with more than 24 hours where there are; a time of day comes so from some drivers."""
    sign = "-" if value < dt.timedelta() else ""
    whole = abs(value)
    minutes, seconds = divmod(whole.days * 86_400 + whole.seconds, 60)
    part = f".{whole.microseconds:06d}" if whole.microseconds else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{part}"
