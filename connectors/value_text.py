"""Values of typed columns (databases, Parquet) as exact text, a column at a time.

Belongs here: what a number, a date, bytes … look like as text. ``connectors.excel`` has its own dates (a date cell
without a time is a date there); numbers are written alike.
Does not belong here: where the values come from (``database.py``, ``parquet_records.py``).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.excel import LONG, number_text

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
