"""Days and times: (raw, value, precision, issue)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

D = date(1990, 3, 12)
GOLDEN: list[tuple[str | None, date | None, str | None, str | None]] = [
    # the anchors
    ("一九九〇年三月十二日", D, "day", None),
    ("32944", D, "day", "date_serial"),
    ("1990.3", date(1990, 3, 1), "month", None),
    ("农历1990年正月初一", None, None, "date_lunar"),
    # days
    ("19900312", D, "day", None),
    ("1990-03-12", D, "day", None),
    ("1990/3/12", D, "day", None),
    ("1990.3.12", D, "day", None),
    ("1990. 3. 12", D, "day", None),
    ("1990 03 12", D, "day", None),
    ("1990年3月12日", D, "day", None),
    ("1990年03月12日生", D, "day", None),
    ("１９９０－０３－１２", D, "day", None),
    ("一九九零年三月十二日", D, "day", None),
    ("一九九○年三月廿一日", date(1990, 3, 21), "day", None),
    ("二○○○年十月三十日", date(2000, 10, 30), "day", None),
    ("1990-03-12 00:00:00.0", D, "day", None),
    ("1990/3/12 0:00:00", D, "day", None),
    ("1990-03-12T00:00:00", D, "day", None),
    ("19900312000000", D, "day", None),
    ("19900312.0", D, "day", None),
    ("32944.0", D, "day", "date_serial"),
    ("32944.5", D, "day", "date_serial"),
    ("12-MAR-1990", D, "day", None),
    ("13/12/1990", date(1990, 12, 13), "day", None),
    ("12/25/1990", date(1990, 12, 25), "day", None),
    ("636508800000", date(1990, 3, 4), "day", "date_serial"),
    ("民国三十年五月六日", date(1941, 5, 6), "day", None),
    ("1880-01-01", date(1880, 1, 1), "day", None),
    # months and years
    ("199003", date(1990, 3, 1), "month", None),
    ("1990-03", date(1990, 3, 1), "month", None),
    ("1990年3月", date(1990, 3, 1), "month", None),
    ("1990年 3月", date(1990, 3, 1), "month", None),
    ("一九九〇年十二月", date(1990, 12, 1), "month", None),
    ("19900300", date(1990, 3, 1), "month", None),
    ("1990-03-00", date(1990, 3, 1), "month", None),
    ("1990", date(1990, 1, 1), "year", None),
    ("1990年", date(1990, 1, 1), "year", None),
    ("19900000", date(1990, 1, 1), "year", None),
    ("民国三十年", date(1941, 1, 1), "year", None),
    ("民国元年", date(1912, 1, 1), "year", None),
    # the century is read from the edition's year
    ("90.03", date(1990, 3, 1), "month", "date_two_digit_year"),
    ("900312", D, "day", "date_two_digit_year"),
    ("90-03-12", D, "day", "date_two_digit_year"),
    ("12-Mar-90", D, "day", "date_two_digit_year"),
    ("12-3月-90", D, "day", "date_two_digit_year"),
    ("12-3月 -90", D, "day", "date_two_digit_year"),
    ("05-03-12", date(2005, 3, 12), "day", "date_two_digit_year"),
    # no days
    (None, None, None, None),
    (" ", None, None, None),
    ("无", None, None, None),
    ("不详", None, None, None),
    ("0000-00-00", None, None, "date_placeholder"),
    ("00000000", None, None, "date_placeholder"),
    ("1900-01-01", None, None, "date_placeholder"),
    ("1900/1/0", None, None, "date_placeholder"),
    ("1900-01-01 00:00:00", None, None, "date_placeholder"),
    ("99991231", None, None, "date_open_ended"),
    ("9999-12-31 00:00:00", None, None, "date_open_ended"),
    ("长期", None, None, "date_open_ended"),
    ("1990-02-30", None, None, "date_invalid"),
    ("19900230", None, None, "date_invalid"),
    ("1990-13-01", None, None, "date_invalid"),
    ("1700-01-01", None, None, "date_invalid"),
    ("3/12/1990", None, None, "date_ambiguous"),
    ("3/3/1990", date(1990, 3, 3), "day", None),
    ("腊月廿三", None, None, "date_lunar"),
    ("20300101", None, None, "date_out_of_range"),
    ("abc", None, None, "date_invalid"),
    ("#VALUE!", None, None, "cell_error"),
]  # fmt: skip


def test_golden(cells: Cells) -> None:
    read = cells("date", [raw for raw, *_ in GOLDEN], born=True)
    found = [
        (raw, one["value"], one["precision"], one["issue"])
        for (raw, *_), one in zip(GOLDEN, read, strict=True)
    ]
    assert found == GOLDEN


def test_only_births_are_never_in_the_future(cells: Cells) -> None:
    assert cells("date", ["20300101"])[0]["value"] == date(2030, 1, 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dates(date(1850, 1, 2), date(2099, 12, 31)).filter(lambda d: d != date(1900, 1, 1)),
        min_size=1,
        max_size=60,
    )
)
def test_one_day_in_many_forms(cells: Cells, days: list[date]) -> None:
    forms = (
        "%Y%m%d",
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y年%m月%d日",
        "%Y-%m-%d 00:00:00",
        "%Y%m%d000000",
        "%d-%b-%Y",
    )
    read = cells("date", [day.strftime(form) for form in forms for day in days])
    assert [one["value"] for one in read] == days * len(forms)
    serials = [day for day in days if day > date(1928, 1, 1)]
    read = cells("date", [str((day - date(1899, 12, 30)) // timedelta(days=1)) for day in serials])
    assert [one["value"] for one in read] == serials


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("0123456789-/.年月日一二十〇 :民国", max_size=20),
                min_size=1, max_size=40), st.booleans())  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str], born: bool) -> None:
    read = cells("date", raws, born=born)
    assert all((one["value"] is None) == (one["precision"] is None) for one in read)
    values = [one["value"] for one in read if one["value"] is not None and one["value"] != date(1900, 1, 1)]
    assert [one["value"] for one in cells("date", [str(value) for value in values], born=born)] == values


TIMES: list[tuple[str | None, datetime | None, str | None]] = [
    ("2024-03-01 08:09:10", datetime(2024, 3, 1, 8, 9, 10), None),
    ("2024/3/1 8:09", datetime(2024, 3, 1, 8, 9), None),
    ("2024-03-01T08:09:10.123", datetime(2024, 3, 1, 8, 9, 10, 123000), None),
    ("2024-03-01T08:09:10+08:00", datetime(2024, 3, 1, 8, 9, 10), None),
    ("20240301080910", datetime(2024, 3, 1, 8, 9, 10), None),
    ("202403010809", datetime(2024, 3, 1, 8, 9), None),
    ("20240301", datetime(2024, 3, 1), None),
    ("2024-03-01", datetime(2024, 3, 1), None),
    ("2024年3月1日 8时9分", datetime(2024, 3, 1, 8, 9), None),
    ("2024年3月1日8时9分10秒", datetime(2024, 3, 1, 8, 9, 10), None),
    ("2024/3/1 下午 3:20:00", datetime(2024, 3, 1, 15, 20), None),
    ("2024/3/1 下午3:20", datetime(2024, 3, 1, 15, 20), None),
    ("2024-03-01 12:00:00 AM", datetime(2024, 3, 1), None),
    ("45352.5", datetime(2024, 3, 1, 12), None),
    ("1709251200000", datetime(2024, 3, 1), None),
    (None, None, None),
    ("无", None, None),
    ("0000-00-00 00:00:00", None, "date_placeholder"),
    ("2024-13-01 00:00:00", None, "timestamp_invalid"),
    ("2024-03-01 25:00:00", None, "timestamp_invalid"),
    ("昨天", None, "timestamp_invalid"),
]


def test_times(cells: Cells) -> None:
    read = cells("timestamp", [raw for raw, *_ in TIMES])
    assert [(raw, one["value"], one["issue"]) for (raw, *_), one in zip(TIMES, read, strict=True)] == TIMES


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.datetimes(datetime(1901, 1, 1), datetime(2149, 1, 1)).map(lambda t: t.replace(microsecond=0)),
        min_size=1,
        max_size=40,
    )
)
def test_one_moment_in_many_forms(cells: Cells, moments: list[datetime]) -> None:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y-%m-%dT%H:%M:%S"):
        assert [one["value"] for one in cells("timestamp", [m.strftime(form) for m in moments])] == moments, (
            form
        )


@pytest.mark.parametrize("kind", ["timestamp"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=24) | st.text("0123456789-/.: 年月日时分T", max_size=24),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read(cells: Cells, kind: str, raws: list[str]) -> None:
    assert all(one["value"] is None or one["issue"] is None for one in cells(kind, raws))
