"""Telephone numbers in any text. (What becomes of which text: the golden table.)"""

from __future__ import annotations

from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_a_local_number_without_an_area_code_stays_local(cells: Cells) -> None:
    assert cells("phone", ["88881234"], area="")[0]["value"] == "88881234"
    assert cells("phone", ["6688123"], area="0535")[0]["value"] == "0535-6688123"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=24) | st.text("0123456789-/,、 ()转*+", max_size=30),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    found = [one["all"] for one in cells("phone", raws) if one["all"] is not None]
    assert [(one["all"], one["issue"]) for one in cells("phone", found)] == [(one, None) for one in found]
