"""Days and times in any text: what is read reads as itself. (What becomes of which text: the golden tables.)"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from borax.calendars.lunardate import InvalidLunarDateError, LunarDate
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_only_births_are_never_in_the_future(cells: Cells) -> None:
    assert cells("date", ["20300101"])[0]["value"] == date(2030, 1, 1)


def han(day: date) -> str:
    """A day in Chinese numerals: 一九九〇年三月十二日."""
    digits = "〇一二三四五六七八九"

    def count(n: int) -> str:
        tens = "" if n < 10 else "十" if n < 20 else f"{digits[n // 10]}十"
        return tens + (digits[n % 10] if n % 10 else "")

    return f"{''.join(digits[int(c)] for c in str(day.year))}年{count(day.month)}月{count(day.day)}日"


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
        "%Y/%m/%d %H:%M:%S",
        "%B %d, %Y",
        "公元%Y年%m月%d日",
    )
    read = cells("date", [day.strftime(form) for form in forms for day in days])
    assert [one["value"] for one in read] == days * len(forms)
    serials = [day for day in days if day > date(1928, 1, 1)]
    assert {one["issue"] for one in read} == {None}
    read = cells("date", [han(day) for day in days])
    assert [(one["value"], one["issue"]) for one in read] == [(day, None) for day in days]
    republic = [day for day in days if day.year > 1911]
    read = cells("date", [f"民国{day.year - 1911}年{day.month}月{day.day}日" for day in republic])
    assert [(one["value"], one["issue"]) for one in read] == [(day, None) for day in republic]
    read = cells("date", [str((day - date(1899, 12, 30)) // timedelta(days=1)) for day in serials])
    assert [one["value"] for one in read] == serials


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("0123456789-/.年月日一二十〇 :民国", max_size=20),
                min_size=1, max_size=40), st.booleans())  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str], born: bool) -> None:
    read = cells("date", raws, born=born)
    assert all((one["value"] is None) == (one["precision"] is None) for one in read)
    values = [one["value"] for one in read if one["value"] is not None]
    again = cells("date", [str(value) for value in values], born=born)
    assert [(one["value"], one["issue"]) for one in again] == [(value, None) for value in values]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1900, 2099), st.integers(1, 12), st.integers(1, 30), st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_lunar_days_are_those_of_the_calendar(cells: Cells, days: list[tuple[int, int, int, bool]]) -> None:
    def solar(year: int, month: int, day: int, leap: bool) -> date | None:
        try:
            found: date = LunarDate(year, month, day, leap).to_solar_date()
        except InvalidLunarDateError:
            return None
        return found

    read = cells("date", [f"农历{y}年{'闰' if leap else ''}{m}月{d}日" for y, m, d, leap in days])
    assert [one["value"] for one in read] == [solar(*day) for day in days]
    assert {one["issue"] for one in read} <= {"date_lunar", "date_invalid"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.datetimes(datetime(1971, 1, 1), datetime(2149, 1, 1)).map(lambda t: t.replace(microsecond=0)),
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
    read = cells(kind, raws)
    assert all(
        one["value"] is None or one["issue"] in (None, "date_two_digit_year", "date_serial") for one in read
    )
    values = [one["value"] for one in read if one["value"] is not None and one["value"].year > 1970]
    again = cells(kind, [str(value) for value in values])
    assert [(one["value"], one["issue"]) for one in again] == [(value, None) for value in values]
