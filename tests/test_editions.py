"""What becomes of an edition: bounds, parts, replacements, and a person's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problem import Problem
from schemas.sources import Source
from warehouse.editions import accept, current, judge, reject
from warehouse.ledger import Edition


def source(**values: Any) -> Source:
    base: dict[str, Any] = {
        "source": "s", "title": "t", "agency": "a", "feeds": ["resident"], "files": "*.csv", "columns": {"name": "姓名"},
    }  # fmt: skip
    return Source.model_validate(base | values)


def edition(day: int, rows: int = 100, **values: Any) -> Edition:
    name = values.pop("file", f"f{day}.csv")
    base = Edition(
        edition_id=f"s-202411{day:02d}-{abs(hash((name, values.get('sha', 0)))):x}", source="s", file=name,
        sha256="0", size=1, as_of=date(2024, 11, day), as_of_from="name", part=None,
        landed_at=f"2024-11-{day:02d}T00:00:00+00:00", status="read", rows_read=rows, rows_kept=rows, rows_skipped=0, rows_rejected=0,
    )  # fmt: skip
    values.pop("sha", None)
    return replace(base, **values)


def statuses(editions: list[Edition]) -> list[str]:
    return [e.status for e in editions]


PARTS = {"part": {"pattern": r"^(\d+)_"}}


def test_a_good_edition_is_kept_and_the_newest_is_current() -> None:
    judged = judge(source(), [edition(1), edition(2)], {})
    assert statuses(judged) == ["kept", "kept"]
    assert [e.as_of.day for e in current(source(), judged)] == [2]


def test_delta_editions_are_current_together() -> None:
    judged = judge(source(mode="delta"), [edition(2), edition(1)], {})
    assert [e.as_of.day for e in current(source(mode="delta"), judged)] == [1, 2]


@pytest.mark.parametrize(("bounds", "rows", "held"), [
    ({"drop": 0.2}, 79, True), ({"drop": 0.2}, 80, False), ({"rows": [90, 200]}, 89, True), ({"rows": [90, 200]}, 500, False),
])  # fmt: skip
def test_bounds(bounds: dict[str, Any], rows: int, held: bool) -> None:
    declared = source(bounds=bounds)
    judged = judge(declared, [edition(1), edition(2, rows)], {})
    assert statuses(judged) == ["kept", "held" if held else "kept"]
    assert [e.as_of.day for e in current(declared, judged)] == [1 if held else 2]
    if held:
        assert "edition accept" in (judged[1].reason_en or "") and "暂扣" in (judged[1].reason_zh or "")


def test_an_empty_field_holds_the_edition_back() -> None:
    declared = source(bounds={"fill": {"name": 0.99}})
    [judged] = judge(declared, [edition(1, fills={"name": 0.5})], {})
    assert judged.status == "held" and "name" in (judged.reason_en or "")


def test_a_persons_word_releases_what_was_held() -> None:
    declared = source(bounds={"drop": 0.2})
    first = judge(declared, [edition(1), edition(2, 10)], {})
    told = [first[0], accept(first[1], "the street was merged", "li", "2024-11-03T00:00:00+00:00")]
    assert statuses(judge(declared, told, {})) == ["kept", "kept"]


def test_accepting_or_rejecting_needs_something_to_decide() -> None:
    kept = edition(1).because("kept")
    with pytest.raises(Problem):
        accept(kept, "r", "u", "now")
    assert reject(kept, "wrong export", "li").status == "rejected"
    with pytest.raises(Problem):
        reject(edition(1).because("replaced"), "r", "u")


def test_rejecting_what_is_current_falls_back() -> None:
    judged = judge(source(), [edition(1), edition(2)], {})
    after = [judged[0], reject(judged[1], "wrong export", "li")]
    assert [e.as_of.day for e in current(source(), judge(source(), after, {}))] == [1]


def test_two_files_for_one_date_and_part_conflict_and_a_rejection_settles_it() -> None:
    declared = source(**PARTS)
    pair = [
        edition(1, part="1", file="1_a.csv"),
        edition(1, part="1", file="1_b.csv"),
        edition(1, part="2", file="2_a.csv"),
    ]
    judged = judge(declared, pair, {})
    assert statuses(judged) == ["conflict", "conflict", "kept"]
    assert "1_b.csv" in (judged[0].reason_en or "") and "1_a.csv" in (judged[1].reason_en or "")
    settled = judge(declared, [judged[0], reject(judged[1], "older", "li"), judged[2]], {})
    assert statuses(settled) == ["kept", "rejected", "kept"]


def test_a_second_file_does_not_unseat_the_first() -> None:
    declared = source(**PARTS)
    first = judge(declared, [edition(1, part="1", file="1_a.csv")], {})
    judged = judge(declared, [*first, edition(1, part="1", file="1_b.csv")], {})
    assert statuses(judged) == ["kept", "conflict"]
    assert [e.file for e in current(declared, judged)] == ["1_a.csv"]


def test_a_missing_part_keeps_its_last_edition() -> None:
    declared = source(**PARTS)
    judged = judge(declared, [
        edition(1, part="1", file="1_x.csv"), edition(1, part="2", file="2_x.csv"), edition(2, part="1", file="1_y.csv"),
    ], {})  # fmt: skip
    assert [(e.part, e.as_of.day) for e in current(declared, judged)] == [("2", 1), ("1", 2)]


def test_files_of_one_date_are_one_truth() -> None:
    broken = edition(2, file="b.csv").because("failed", Problem("broken", "坏"))
    judged = judge(source(), [edition(1), edition(2, file="a.csv"), broken], {})
    assert statuses(judged) == ["kept", "held", "failed"]
    assert [e.as_of.day for e in current(source(), judged)] == [1]
    mended = edition(2, file="b.csv", sha=1, replaces=broken.edition_id)
    again = judge(source(), [*judged, mended], {})
    assert statuses(again) == ["kept", "kept", "replaced", "kept"]


def test_a_reissued_file_replaces_once_it_is_kept() -> None:
    declared = source(bounds={"drop": 0.2})
    old = edition(1, file="a.csv").because("kept")
    short = edition(1, 10, file="a.csv", sha=1, replaces=old.edition_id)
    held = judge(declared, [old, short], {})
    assert statuses(held) == ["kept", "held"]
    good = judge(declared, [old, replace(short, rows_kept=95)], {})
    assert statuses(good) == ["replaced", "kept"]


def test_objections_hold_back() -> None:
    new = edition(2)
    judged = judge(source(strict=True), [edition(1), new], {new.edition_id: Problem("a new column", "新列")})
    assert statuses(judged) == ["kept", "held"]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 200)), max_size=8, unique_by=lambda t: t[0]),
    st.randoms(),
)
def test_order_of_arrival_in_the_list_does_not_matter(days: list[tuple[int, int]], random: Any) -> None:
    declared = source(bounds={"drop": 0.2, "rows": [5, 100]})
    editions = [edition(day, rows) for day, rows in days]
    shuffled = list(editions)
    random.shuffle(shuffled)
    one = {e.edition_id: e.status for e in judge(declared, editions, {})}
    other = {e.edition_id: e.status for e in judge(declared, shuffled, {})}
    assert one == other


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 200)), max_size=8, unique_by=lambda t: t[0]))
def test_judging_twice_changes_nothing_more(days: list[tuple[int, int]]) -> None:
    declared = source(bounds={"drop": 0.2})
    once = judge(declared, [edition(day, rows) for day, rows in days], {})
    assert judge(declared, once, {}) == once
