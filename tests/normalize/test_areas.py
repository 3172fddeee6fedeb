"""Codes of areas and grids, of organisations; text and keys."""

from __future__ import annotations

import pytest
from conftest import Cells
from golden_tables import golden
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOLDEN: dict[str, list[tuple[str | None, str | None, str | None]]] = {
    "uscc": [
        ("91110000600037341L", "91110000600037341L", None), ("54370602MEA000001P", "54370602MEA000001P", None),
        ("N2370602MF12345675", "N2370602MF12345675", None), ("91110000600037341l", "91110000600037341L", None),
        ("91110000 6000 37341L", "91110000600037341L", None), ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L", None),
        ("91110000600037341M", None, "uscc_invalid"), ("91110000600O37341L", "91110000600037341L", "uscc_retyped"), ("123", None, "uscc_invalid"),
        (None, None, None), ("无", None, None),
    ],
    "text": [
        ("a　b\u200b", "a b", None), (" x ", "x", None), ("x\ny", "x y", None), ("无", None, None), ("NULL", None, None), (None, None, None),
        ("\u3000", None, None), ("张乾\u3000先生", "张乾 先生", None), ("#REF!", None, "cell_error"), ("\ufffdx", "\ufffdx", "text_undecodable"),
    ],
    "key": [
        ("00123", "00123", None), (" A01　", "A01", None), ("1234.0", "1234", None), ("12.0", "12.0", None), ("1.2E+17", None, "long_number_damaged"),
        (None, None, None), ("#N/A", None, "cell_error"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", list(GOLDEN))
def test_golden(cells: Cells, kind: str) -> None:
    rows = GOLDEN[kind]
    read = cells(kind, [raw for raw, *_ in rows])
    assert [(raw, one["value"], one["issue"]) for (raw, *_), one in zip(rows, read, strict=True)] == rows


@pytest.mark.parametrize(("kind", "lines"), [("area_code", 30), ("grid_code", 20)])
def test_golden_tables(cells: Cells, kind: str, lines: int) -> None:
    rows = golden(kind)
    assert len(rows) >= lines
    read = cells(kind, [row["raw"] for row in rows])
    assert [{"raw": row["raw"], **one} for row, one in zip(rows, read, strict=True)] == rows


@pytest.mark.parametrize("kind", ["key", "grid_code", "uscc", "text"])
def test_a_long_number_is_damaged(cells: Cells, kind: str) -> None:
    assert cells(kind, ["210202001001001000"], long=True) == [{"value": None, "issue": "long_number_damaged"}]


@pytest.mark.parametrize("kind", [*GOLDEN, "area_code", "grid_code"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raws=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.text("0123456789.E+ABCXY ", max_size=20),
        min_size=1,
    )
)
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, kind: str, raws: list[str]) -> None:
    values = [one["value"] for one in cells(kind, raws) if one["value"] is not None]
    assert [one["value"] for one in cells(kind, values)] == values
