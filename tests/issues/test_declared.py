"""Every code of an issue says what it is about and who settles it."""

from __future__ import annotations

from schemas.model import schema


def test_every_code_has_a_dimension_a_remedy_and_someone_to_settle_it() -> None:
    lists = schema().code_lists
    dimensions = {code.code for code in lists["quality_dimension"].codes}
    for code in lists["issue_code"].codes:
        assert code.extra["dimension"] in dimensions, code.code
        assert code.extra["settled_by"] in ("agency", "operator"), code.code
        assert code.extra["remedy"], code.code


def test_every_measure_has_a_dimension_and_a_formula_and_every_dimension_a_measure() -> None:
    lists = schema().code_lists
    measures = lists["quality_measure"].codes
    assert {code.extra["dimension"] for code in measures} == {
        code.code for code in lists["quality_dimension"].codes
    }
    assert all(code.extra["formula"].startswith("100 ×（1 − ") for code in measures)


def test_the_six_dimensions_are_those_of_the_standard() -> None:
    labels = [code.label for code in schema().code_lists["quality_dimension"].codes]
    assert labels == ["规范性", "完整性", "准确性", "一致性", "时效性", "可访问性"]
