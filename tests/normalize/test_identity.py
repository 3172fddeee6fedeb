"""Document numbers: (raw, value, status, issue)."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.model import schema
from warehouse.normalize.identity import STATUSES, VALID

GOLDEN: list[tuple[str | None, str | None, str, str | None]] = [
    # the anchors
    ("11010519491231002X", "11010519491231002X", "ok", None),
    ("440524188001010014", "440524188001010014", "ok", None),
    ("370602195503120111", "370602195503120111", "ok", None),  # born before the district was made
    ("370634197001010131", "370634197001010131", "ok", None),  # a code that ended in 2020
    ("830000199201300022", "830000199201300022", "ok", None),
    ("810000199408230021", "810000199408230021", "ok", None),
    ("911124198108030024", "911124198108030024", "ok", None),
    ("CAN110081080310", "CAN110081080310", "ok", None),
    ("370602550312011", "370602195503120111", "ok_upgraded15", None),
    ("370602200002300134", None, "bad_date", "id_bad_date"),
    ("370602199003120000", None, "excel000", "id_excel000"),
    ("370602199003120128", None, "float_rounded", "id_float_rounded"),
    ("210202195501010016", None, "float_rounded", "id_float_rounded"),
    # as people write them
    ("11010519491231002x", "11010519491231002X", "ok", None),
    ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", "ok", None),
    ("11010519491231002×", "11010519491231002X", "ok", None),
    ("'370602199003120113", "370602199003120113", "ok", None),
    ("370602 19900312 0113", "370602199003120113", "ok", None),
    ("370602-19900312-0113", "370602199003120113", "ok", None),
    ("　370602199003120113\t", "370602199003120113", "ok", None),
    ("\ufeff370602199003120113\u200b", "370602199003120113", "ok", None),
    ("身份证:370602199003120113", "370602199003120113", "ok", None),
    ("身份证号码：370602199003120113", "370602199003120113", "ok", None),
    ("370602199003120113.0", "370602199003120113", "ok", None),
    ("37O602199003120113", "370602199003120113", "ok", "id_retyped"),
    ("37060219900312O113", "370602199003120113", "ok", "id_retyped"),
    ("370602l99003120113", "370602199003120113", "ok", "id_retyped"),
    # wrong
    ("370602199003120114", None, "bad_checksum", "id_bad_checksum"),
    ("37060219900312011X", None, "bad_checksum", "id_bad_checksum"),
    ("37O602199003120114", None, "bad_checksum", "id_bad_checksum"),
    ("CAN110081080311", None, "bad_checksum", "id_bad_checksum"),
    ("370602900230011", None, "bad_date", "id_bad_date"),
    ("37060219900312011", None, "length_error", "id_length_error"),
    ("3706021990031201130", None, "length_error", "id_length_error"),
    ("20220101", None, "length_error", "id_length_error"),
    ("37060219900312011343", None, "length_error", "id_length_error"),
    ("370602199003120113,370602195503120111", None, "length_error", "id_several"),
    ("370602199003120113/370602195503120111", None, "length_error", "id_several"),
    ("3706**********0113", None, "masked", "id_masked"),
    ("370602********0113", None, "masked", "id_masked"),
    ("370602XXXXXXXX0113", None, "masked", "id_masked"),
    ("3.70602E+17", None, "sci_notation", "id_sci_notation"),
    ("3.70602199003120e17", None, "sci_notation", "id_sci_notation"),
    # nothing said
    (None, None, "missing", None),
    ("", None, "missing", None),
    ("　", None, "missing", None),
    ("无", None, "placeholder", "id_placeholder"),
    ("/", None, "placeholder", "id_placeholder"),
    ("0", None, "placeholder", "id_placeholder"),
    ("000000000000000000", None, "placeholder", "id_placeholder"),
    ("111111111111111111", None, "placeholder", "id_placeholder"),
    ("123456789012345678", None, "placeholder", "id_placeholder"),
    ("370602000000000000", None, "placeholder", "id_placeholder"),
    ("无身份证", None, "placeholder", "id_placeholder"),
    ("#N/A", None, "placeholder", "cell_error"),
    # other documents
    ("E12345678", "E12345678", "other_document", None),
    ("G12345678", "G12345678", "other_document", None),
    ("EA1234567", "EA1234567", "other_document", None),
    ("H12345678", "H12345678", "other_document", None),
    ("M1234567801", "M1234567801", "other_document", None),
    ("C123456(9)", "C123456(9)", "other_document", None),
    ("C123456（9）", "C123456(9)", "other_document", None),
    ("军字第1234567号", "军字第1234567号", "other_document", None),
    ("Q370012345", "Q370012345", "other_document", None),
]


def test_golden(cells: Cells) -> None:
    read = cells("id_number", [raw for raw, *_ in GOLDEN])
    found = [
        (raw, one["value"], one["status"], one["issue"]) for (raw, *_), one in zip(GOLDEN, read, strict=True)
    ]
    assert found == GOLDEN


def test_a_cell_typed_as_a_number_is_damaged_whatever_its_check(cells: Cells) -> None:
    raws = ["370602199003120000", "370602199003120128", "370602199003120113", "3706021990031201"]
    statuses = [one["status"] for one in cells("id_number", raws, long=True)]
    assert statuses == ["excel000", "float_rounded", "float_rounded", "length_error"]


def test_the_area_only_warns(cells: Cells) -> None:
    read = cells("id_number", [with_check("99990119900312011"), with_check("37062020000312011"), with_check("37062019800312011"),
                               with_check("37060119900312011")])  # fmt: skip
    assert [one["status"] for one in read] == ["ok", "area_date_conflict", "ok", "ok"]
    read = cells("id_number", [with_check("12345619900312011"), with_check("37069919900312011")])
    assert [one["status"] for one in read] == ["area_unknown"] * 2
    assert all(one["value"] is not None and one["issue"] == "id_area_unknown" for one in read)


def test_what_the_number_says(cells: Cells) -> None:
    read = cells("id_number", ["370602199003120113", "11010519491231002X", "370602550312011", "CAN110081080310", "E12345678",
                               "911124198108030024", "830000199201300022", "370602199003120114", "370602550312998"])  # fmt: skip
    assert [(one["birth"], one["sex"], one["type"]) for one in read[:4]] == [
        (date(1990, 3, 12), "1", "111"), (date(1949, 12, 31), "2", "111"), (date(1955, 3, 12), "1", "111"), (None, None, "553"),
    ]  # fmt: skip
    assert [one["type"] for one in read[4:]] == ["414", "553", "804", None, "111"]
    assert read[7]["birth"] is None and read[7]["sex"] is None
    assert read[8]["birth"] == date(1855, 3, 12)  # 996 to 999 were kept for people of over a hundred


def test_nobody_is_born_after_the_edition(cells: Cells) -> None:
    raw = with_check("37060220260312011")
    assert cells("id_number", [raw], as_of=date(2026, 3, 11))[0]["status"] == "bad_date"
    assert cells("id_number", [raw], as_of=date(2026, 3, 12))[0]["status"] == "ok"


def test_all_statuses_and_issues_are_declared() -> None:
    assert {code.code for code in schema().code_lists["id_status"].codes} == set(STATUSES)


def with_check(base: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return base + "10X98765432"[sum(int(a) * b for a, b in zip(base, weights, strict=True)) % 11]


areas = st.sampled_from(["370602", "210202", "110105", "370634", "650102"])
days = st.dates(date(1920, 1, 1), date(2026, 5, 31)).map(lambda day: day.strftime("%Y%m%d"))
sequences = st.integers(1, 995).map(lambda n: f"{n:03d}")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(areas, days, sequences), min_size=1, max_size=40),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_each_good_number_is_good_and_one_wrong_digit_is_not(
    cells: Cells, parts: list[tuple[str, str, str]], place: int, by: int
) -> None:
    good = [with_check("".join(part)) for part in parts]
    assert all(one["value"] == raw for raw, one in zip(good, cells("id_number", good), strict=True))
    wrong = [raw[:place] + str((int(raw[place]) + by) % 10) + raw[place + 1 :] for raw in good]
    assert all(one["value"] is None for one in cells("id_number", wrong))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=24) | st.text("0123456789Xx*E.+-OIl ", max_size=22),
                min_size=1, max_size=40))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    read = cells("id_number", raws)
    assert all(one["status"] in STATUSES for one in read)
    assert all((one["value"] is None) == (one["status"] not in (*VALID, "other_document")) for one in read)
    values = [one["value"] for one in read if one["value"] is not None]
    assert [one["value"] for one in cells("id_number", values)] == values


@pytest.mark.parametrize("raw", ["370602199003120113", "370602550312011"])
def test_the_stated_number_is_kept(cells: Cells, raw: str) -> None:
    assert cells("id_number", [f" {raw}"])[0]["stated"] == raw
