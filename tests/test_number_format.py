"""connectors.workbooks.number_format: what number formats make of numbers."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.workbooks.number_format import (
    Shape,
    beyond_float,
    built_in,
    duration_text,
    moment_text,
    number_text,
    serial_text,
    shape_of,
    shaped_text,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", ""), ("G/通用格式", ""), ("@", ""), ("0.00_ ", ""), ("#,##0", ""), ("0.00E+00", ""), ('"Y"0', ""), ("0", ""),
        ("¥#,##0.00;[Red]¥-#,##0.00", ""), ("# ?/?", ""), ("yyyy-mm-dd", "date"), ('yyyy"年"m"月"d"日";@', "date"), ("m/d/yy h:mm", "date"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "date"), ('[DBNum1][$-804]yyyy"年"m"月"', "date"), ("[$-804]aaaa;@", "date"), ("mmm", "date"),
        ("h:mm", "time"), ("mm:ss.0", "time"), ('上午/下午h"时"mm"分"', "time"), ("h:mm AM/PM", "time"), ("[h]:mm:ss", "duration"), ("[mm]:ss", "duration"),
        ("000000", "zeros"), ("0000000_ ", "zeros"), ("00;[Red]-00", "zeros"),
    ],
)  # fmt: skip
def test_codes(code: str, kind: str) -> None:
    assert shape_of(code).kind == kind


def test_built_in_formats() -> None:
    dates, times = (14, 17, 22, 27, 31, 36, 50, 58), (18, 20, 32, 45, 47)
    assert {built_in(n).kind for n in dates} == {"date"} and {built_in(n).kind for n in times} == {"time"}
    assert built_in(46).kind == "duration" and {built_in(n).kind for n in (0, 1, 9, 11, 37, 49)} == {""}


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(12345, 6, "012345"), (0, 3, "000"), (1234567, 6, "1234567"), (12.5, 6, "12.5"), (-5, 3, "-5"), (1e16, 6, "10000000000000000")],
)  # fmt: skip
def test_padded_numbers(value: float, digits: int, text: str) -> None:
    assert shaped_text(value, Shape("zeros", digits)) == text


def test_durations_and_times() -> None:
    assert [duration_text(v) for v in (1.5, -0.5, 0, 100)] == [
        "36:00:00",
        "-12:00:00",
        "0:00:00",
        "2400:00:00",
    ]
    assert serial_text(0.75, time_only=True) == "18:00:00" and serial_text(0, time_only=True) == "00:00:00"
    assert serial_text(0.75, True, True) == "18:00:00"
    assert shaped_text(0.5, Shape("time")) == "12:00:00"


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)), st.booleans())
def test_every_second_of_both_calendars_comes_back(moment: dt.datetime, from_1904: bool) -> None:
    moment = moment.replace(microsecond=0)
    epoch = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30)
    value = (moment - epoch) / dt.timedelta(days=1)
    if value >= 1:
        assert serial_text(value, from_1904) == moment_text(moment)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (110101199003071013, "110101199003071000"), (1.10101199003071e17, "110101199003071000"), (370602199003120113, "370602199003120128"),
        (370602199003120000, "370602199003120000"), (10**15, "1000000000000000"), (1e20, "100000000000000000000"),
    ],
)  # fmt: skip
def test_long_numbers_show_the_damage_as_it_happened(value: float, text: str) -> None:
    assert number_text(float(value)) == text and number_text(-float(value)) == "-" + text


def test_whole_numbers_that_no_float_holds() -> None:
    assert beyond_float("370602199003120113") and not beyond_float("370602199003120128")
    assert not beyond_float("123456789012345") and not beyond_float("3.7E+17") and not beyond_float("")
