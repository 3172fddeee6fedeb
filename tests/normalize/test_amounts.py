"""Numbers: amounts, integers, decimals, yes and no."""

from __future__ import annotations

from decimal import Decimal

import pytest
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOLDEN: dict[str, list[tuple[str | None, object, str | None]]] = {
    "integer": [
        ("4", 4, None), ("4.0", 4, None), ("4人", 4, None), ("四", 4, None), ("十二口", 12, None), ("-1", -1, None), ("1,000", 1000, None),
        (None, None, None), ("4.5", None, "number_invalid"), ("很多", None, "number_invalid"),
    ],
    "decimal": [("85.5", 85.5, None), ("85.5平方米", 85.5, None), ("85.5㎡", 85.5, None), ("x", None, "number_invalid")],
}  # fmt: skip


@pytest.mark.parametrize("kind", list(GOLDEN))
def test_golden(cells: Cells, kind: str) -> None:
    rows = GOLDEN[kind]
    read = cells(kind, [raw for raw, *_ in rows])
    assert [(raw, one["value"], one["issue"]) for (raw, *_), one in zip(rows, read, strict=True)] == rows


@pytest.mark.parametrize("kind", ["amount", "integer", "decimal", "boolean"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raws=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.text("0123456789.,-+eE()万元¥ ", max_size=20),
        min_size=1,
    )
)
def test_any_text_is_read(cells: Cells, kind: str, raws: list[str]) -> None:
    assert all(one["value"] is None or one["issue"] is None for one in cells(kind, raws))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=50))
def test_numbers_are_themselves(cells: Cells, numbers: list[int]) -> None:
    assert [one["value"] for one in cells("integer", [f"{n:,}" for n in numbers])] == numbers
    assert [one["value"] for one in cells("amount", [f"{n / 100:.2f}元" for n in numbers])] == [
        Decimal(n) / 100 for n in numbers
    ]
    amounts = [f"{Decimal(n) / 100:.2f}" for n in numbers]
    again = cells("amount", amounts)
    assert [(f"{one['value']:.2f}", one["issue"]) for one in again] == [(one, None) for one in amounts]
