"""Golden tables of days, moments, telephone numbers, amounts, yes and no, and codes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from conftest import Cells
from golden_tables import golden


def shown(value: Any) -> str | None:
    """A value as the golden tables write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize(
    ("kind", "further", "least"),
    [
        ("date", "precision", 60),
        ("timestamp", None, 60),
        ("phone", "all", 60),
        ("amount", None, 60),
        ("boolean", None, 40),
    ],
)
def test_golden(cells: Cells, kind: str, further: str | None, least: int) -> None:
    rows = golden(kind)
    assert len(rows) >= least
    read = cells(kind, [row["raw"] for row in rows], born=kind == "date")
    columns = ["value", "issue", *([further] if further else [])]
    found = [
        (row["raw"], *(shown(one[column]) for column in columns)) for row, one in zip(rows, read, strict=True)
    ]
    assert found == [(row["raw"], *(row[column] for column in columns)) for row in rows]


def test_golden_codes(cells: Cells) -> None:
    rows = golden("code")
    assert len(rows) >= 60
    for codes, group in groupby(rows, lambda row: row["options"]):
        some = list(group)
        read = cells("code", [row["raw"] for row in some], codes=codes)
        found = [(row["raw"], one["value"], one["issue"]) for row, one in zip(some, read, strict=True)]
        assert found == [(row["raw"], row["value"], row["issue"]) for row in some], codes


@pytest.mark.parametrize(
    ("raw", "day", "precision"),
    [
        ("一九九〇年三月十二日", date(1990, 3, 12), "day"),
        ("32944", date(1990, 3, 12), "day"),
        ("1990.3", date(1990, 3, 1), "month"),
        ("农历1990年正月初一", date(1990, 1, 27), "day"),
    ],
)
def test_the_frozen_anchors(cells: Cells, raw: str, day: date, precision: str) -> None:
    one = cells("date", [raw], born=True)[0]
    assert (one["value"], one["precision"]) == (day, precision)


def test_what_is_empty_is_nothing_and_no_issue(cells: Cells) -> None:
    for kind in ("date", "timestamp", "phone", "amount", "boolean"):
        assert [(one["value"], one["issue"]) for one in cells(kind, [None, "", " ", "　", "/", "不详"])] == [
            (None, None)
        ] * 6, kind


def test_a_canonical_value_reads_as_itself(cells: Cells) -> None:
    for kind in ("date", "timestamp", "phone", "amount", "boolean"):
        values = [row["value"] for row in golden(kind) if row["value"] is not None]
        again = cells(kind, values, born=kind == "date")
        assert [(shown(one["value"]), one["issue"]) for one in again] == [
            (value, None) for value in values
        ], kind


def test_a_moment_with_its_offset_is_put_on_the_citys_clock(cells: Cells) -> None:
    # 1990-05-01 was summer time: midnight there was 15:00 in UTC
    assert cells("date", ["1990-04-30T15:00:00Z"])[0]["value"] == date(1990, 5, 1)
    assert cells("timestamp", ["2024-03-01T00:00:00Z"])[0]["value"] == datetime(2024, 3, 1, 8)
