"""The labelled cases: how many pairs of each category come out right, and the floors they may not fall below."""

from __future__ import annotations

from collections import defaultdict

import pytest
from link.labelled import Pair, link_cases, read_cases

MISSED_AT_MOST = 2
"""Pairs of one person that may stay apart; none does today."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    return link_cases(tmp_path_factory.mktemp("cases") / "city")


def test_there_are_enough_cases() -> None:
    rows = read_cases()
    assert len(rows) >= 200 and len({row["category"] for row in rows}) >= 20
    assert all(row["person"].rstrip("?") and row["category"] and row["note"] for row in rows)


@pytest.mark.timeout(900)
def test_results_by_category(pairs: list[Pair]) -> None:
    shown = defaultdict(list)
    for pair in pairs:
        shown[pair.category].append(pair)
    for category, of in shown.items():
        same, apart, open_ = ([p for p in of if p.same is x] for x in (True, False, None))
        print(
            f"{category:　<8} same {sum(p.linked for p in same)}/{len(same)}, apart {sum(not p.linked for p in apart)}/{len(apart)}, "
            f"undecided {len(open_)} of which linked {sum(p.linked for p in open_)}"
        )
        for p in (p for p in of if not p.right_answer):
            print(
                f"    {p.case}: rows {p.left + 2} and {p.right + 2} {'linked' if p.linked else 'not linked'}"
            )
    wrong = [p for p in pairs if p.same is False and p.linked]
    missed = [p for p in pairs if p.same and not p.linked]
    print(f"in all: {len(wrong)} wrongly linked, {len(missed)} missed, of {len(pairs)}")
    # A namesake born on the same day, without a number, phone and home of another: linked today, and it should not be.
    assert {p.case for p in wrong} <= {"c007"}
    assert len(missed) <= MISSED_AT_MOST
