"""Telephone numbers: (raw, first, all, issue)."""

from __future__ import annotations

from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

M, L = "13912345678", "0411-88881234"
GOLDEN: list[tuple[str | None, str | None, str | None, str | None]] = [
    (M, M, M, None),
    ("139 1234 5678", M, M, None),
    ("139-1234-5678", M, M, None),
    ("+8613912345678", M, M, None),
    ("86-13912345678", M, M, None),
    ("008613912345678", M, M, None),
    ("013912345678", M, M, None),
    ("１３９１２３４５６７８", M, M, None),
    ("13912345678.0", M, M, None),
    (" 13912345678　", M, M, None),
    ("13912345678张三", M, M, None),
    ("张三13912345678", M, M, None),
    ("13912345678（女儿）", M, M, None),
    ("19212345678", "19212345678", "19212345678", None),
    (L, L, L, None),
    ("(0411)88881234", L, L, None),
    ("（0411）88881234", L, L, None),
    ("041188881234", L, L, None),
    ("0411 8888 1234", L, L, None),
    ("0411—88881234", L, L, None),
    ("88881234", L, L, None),
    ("8888-1234", L, L, None),
    ("0535-6688123", "0535-6688123", "0535-6688123", None),
    ("010-88881234", "010-88881234", "010-88881234", None),
    ("0411-88881234转801", L, L, None),
    ("4008001234", "4008001234", "4008001234", None),
    ("400-800-1234", "4008001234", "4008001234", None),
    ("13912345678/0411-88881234", M, f"{M},{L}", None),
    ("13912345678、13812345679", M, f"{M},13812345679", None),
    ("88881234 13912345678", L, f"{L},{M}", None),
    ("1391234567813812345679", M, f"{M},13812345679", None),
    ("13912345678,139", M, M, None),
    ("13912345678/1381234567", M, M, "phone_invalid"),
    (None, None, None, None),
    ("无", None, None, None),
    ("138****8001", None, None, "phone_masked"),
    ("1391234567", None, None, "phone_invalid"),
    ("12345", None, None, "phone_invalid"),
    ("13800000000", None, None, "phone_invalid"),
    ("00000000000", None, None, "phone_invalid"),
    ("没有电话", None, None, "phone_invalid"),
    ("#N/A", None, None, "cell_error"),
]


def test_golden(cells: Cells) -> None:
    read = cells("phone", [raw for raw, *_ in GOLDEN])
    found = [
        (raw, one["value"], one["all"], one["issue"]) for (raw, *_), one in zip(GOLDEN, read, strict=True)
    ]
    assert found == GOLDEN


def test_a_local_number_without_an_area_code_stays_local(cells: Cells) -> None:
    assert cells("phone", ["88881234"], area="")[0]["value"] == "88881234"
    assert cells("phone", ["6688123"], area="0535")[0]["value"] == "0535-6688123"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=24) | st.text("0123456789-/,、 ()转*+", max_size=30),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    found = [one["all"] for one in cells("phone", raws) if one["all"] is not None]
    assert [one["all"] for one in cells("phone", found)] == found
