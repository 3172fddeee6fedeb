"""Document numbers: damage, areas, what a number says, checksums; the golden tables are in ``test_documents.py``."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.model import schema
from warehouse.normalize.identity import STATUSES, VALID, id_number
from warehouse.normalize.steps import Cell, Options, compose


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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(areas, st.dates(date(1900, 1, 1), date(1999, 12, 31)), sequences), min_size=1, max_size=40
    )
)
def test_fifteen_digits_become_eighteen_and_back(cells: Cells, parts: list[tuple[str, date, str]]) -> None:
    old = [f"{area}{day:%y%m%d}{sequence}" for area, day, sequence in parts]
    new = [one["value"] for one in cells("id_number", old)]
    assert new == [with_check(f"{area}{day:%Y%m%d}{sequence}") for area, day, sequence in parts]
    assert [one[:6] + one[8:17] for one in new] == old
    assert [one["value"] for one in cells("id_number", new)] == new


def test_a_million_numbers_against_another_way_to_count(connection: duckdb.DuckDBPyConnection) -> None:
    """ISO 7064 MOD 11-2 as a chain (double and add, a character after the other), over numbers made at random of which
    half have another check character."""
    random = np.random.default_rng(11643)
    count = 1_000_000
    days = (np.datetime64("1930-01-01") + random.integers(0, 33_000, count).astype("timedelta64[D]")).astype(
        "U10"
    )
    digits = np.concatenate(
        [
            random.choice(
                np.array([[int(c) for c in a] for a in ("370602", "210202", "110105", "650102")]), count
            ),
            np.array([days.view("U1").reshape(count, 10)[:, i] for i in (0, 1, 2, 3, 5, 6, 8, 9)]).T.astype(
                int
            ),
            random.integers(0, 10, (count, 3)),
        ],
        axis=1,
    )
    chain = np.full(count, 0)
    for place in range(17):
        chain = (chain + digits[:, place]) * 2 % 11
    right = (12 - chain) % 11  # ten is X
    stated = (right + np.where(random.random(count) < 0.5, 0, random.integers(1, 11, count))) % 11
    characters = np.concatenate([digits, stated[:, None]], axis=1)
    raws = np.array(list("0123456789X"))[characters].view("U18").reshape(count)
    told = pa.table({"raw": pa.array(raws), "good": pa.array(right == stated)})
    connection.register("told_in", told)
    connection.execute("create or replace temp table told as select * from told_in")
    connection.unregister("told_in")
    made = id_number(Cell("f", "raw"), Options())
    statement = compose("select * from told", [made], {"raw": "raw", "good": "good", "value": made.value})
    connection.execute(f"create or replace temp table found as {statement}")
    answer = "select count(*), count(*) filter (good), count(*) filter (good <> (value is not null)), count(*) filter (value <> raw) from found"
    rows, good, wrong, changed = connection.execute(answer).fetchall()[0]
    connection.execute("drop table told; drop table found")
    assert (rows, wrong, changed) == (count, 0, 0) and 450_000 < good < 550_000
