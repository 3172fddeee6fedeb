"""connectors.databases.value_text: typed values as exact text, and as a text that sorts as they do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.databases.value_text import order_text, text_array, texts, value_text


def test_values_as_text() -> None:
    told = {
        "-7": -7, "TRUE": True, "FALSE": False, "1.50": Decimal("1.50"), "1000": Decimal("1E+3"), "0.00001": 1e-05,
        "1132.87": 1132.8700000000001, "5": 5.0, "2024-01-02": dt.date(2024, 1, 2), "03:04:05": dt.time(3, 4, 5),
        "2024-01-02 03:04:05": dt.datetime(2024, 1, 2, 3, 4, 5), "30:00:01.000005": dt.timedelta(hours=30, seconds=1, microseconds=5),
        "-01:30:00": dt.timedelta(hours=-1, minutes=-30), "00ff": b"\x00\xff", "0a": bytearray(b"\n"), "01": memoryview(b"\x01"),
        '["张", 1, "1.5", null]': ["张", 1, Decimal("1.5"), None], '{"a": "2024-01-02"}': {"a": dt.date(2024, 1, 2)}, "nan": float("nan"),
    }  # fmt: skip
    for text, value in told.items():
        assert value_text(value) == text
    assert value_text(None) is None


NUMBER = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
MOMENT = st.datetimes(timezones=st.one_of(st.none(), st.just(dt.timezone(dt.timedelta(hours=8)))))
COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), kind), max_size=8)
    for kind in (
        st.text(max_size=5), st.integers(), st.decimals(), st.floats(), st.dates(), MOMENT, st.times(), st.timedeltas(),
        st.booleans(), st.binary(max_size=4), st.one_of(st.integers(), st.text(max_size=3), st.booleans(), st.dates()),
    )
)  # fmt: skip


@given(COLUMN)
def test_a_column_is_as_its_values(values: list[Any]) -> None:
    array, long = text_array(values)
    expected = [None if v is None else (value_text(v) or "") for v in values]
    # Halves of a pair that stand alone have no place in UTF-8.
    assert array.to_pylist() == [
        None if t is None else "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in t)
        for t in expected
    ]
    assert long == texts(values)[1]


@given(NUMBER, NUMBER)
def test_numbers_sort_as_numbers(one: Any, other: Any) -> None:
    def exact(value: Any) -> Decimal:
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)

    first, second = order_text(one), order_text(other)
    assert first is not None and second is not None
    assert (first < second, first == second) == (exact(one) < exact(other), exact(one) == exact(other))


@given(MOMENT, MOMENT)
def test_moments_sort_as_moments(one: dt.datetime, other: dt.datetime) -> None:
    if (one.tzinfo is None) != (other.tzinfo is None):
        return
    first, second = order_text(one) or "", order_text(other) or ""
    assert (first < second, first == second) == (one < other, one == other)


def test_what_else_sorts() -> None:
    assert order_text(None) is None
    infinite = [
        order_text(v) or "" for v in (float("-inf"), -1e300, -1, 0, True, Decimal("1E+99"), float("inf"))
    ]
    assert infinite == sorted(infinite)
    assert order_text(False) == order_text(0) == order_text(Decimal("0.00")) == order_text(-0.0)
    mixed = [order_text(v) or "" for v in (10**30, "", "1", "a", "\U00020000")]
    assert mixed == sorted(mixed, key=lambda t: t.encode())
    assert order_text("\ud800") == "t\ufffd"
