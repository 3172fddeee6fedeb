"""The monthly sample and the interval: drawn once and the same everywhere; Wilson's formula against its definition."""

from __future__ import annotations

import math

import pytest
from review.reviewed_city import NUMBER, VERSION, publish_reviewed, record, tables

from schemas.problem import Problem
from warehouse.review.desk import Desk, NotKnown, decide
from warehouse.review.judgements import Judgements
from warehouse.review.sample import Z95, draw, precision, sample_items, sampled, wilson
from warehouse.workspace import Workspace

WHO = {"user": "张核", "reason": "抽查"}


@pytest.mark.parametrize(
    ("x", "n"), [(0, 1), (1, 1), (199, 200), (200, 200), (5, 10), (0, 200), (9_999, 10_000)]
)
def test_wilson_bounds_solve_the_score_equation(x: int, n: int) -> None:
    low, high = wilson(x, n)
    assert low is not None and high is not None and 0 <= low <= x / n <= high <= 1
    for bound in (low, high):
        if 0 < bound < 1:
            assert abs(x / n - bound) == pytest.approx(Z95 * math.sqrt(bound * (1 - bound) / n), rel=1e-9)


def test_known_values_and_no_trials() -> None:
    # By hand for 5 of 10: centre 1/2, half-width z·sqrt(1/40 + z²/400)/(1 + z²/10).
    assert wilson(5, 10) == (pytest.approx(0.236593, abs=1e-6), pytest.approx(0.763407, abs=1e-6))
    assert wilson(200, 200) == (pytest.approx(1 / (1 + Z95**2 / 200)), 1.0)
    assert wilson(0, 0) == (None, None)


def test_drawn_once_a_month_and_the_same_by_whoever_draws(city: Workspace) -> None:
    judgements = Judgements(city)
    with Desk(city) as desk:
        assert draw(judgements, desk.con, "2024-11", VERSION) == 1
        assert draw(judgements, desk.con, "2024-11", "another", 5) == 1
        with pytest.raises(NotKnown):
            draw(judgements, desk.con, "2024-13", VERSION)
    (one,) = sample_items(judgements, "2024-11")
    assert (one.item_id, one.reason, str(one.left[0]), str(one.right[0])) == (
        "s202411-0001",
        "sample",
        "gaoling:G2",
        "jiaoyu:J1",
    )
    assert sampled(judgements, "s202411-0001") == one
    assert sampled(judgements, "s202411-0002") is None and sampled(judgements, "s202412-0001") is None


def test_links_by_id_number_are_drawn_too_each_once(workspace: Workspace) -> None:
    rows = tables()
    for n, key in enumerate(("N1", "N2", "N3")):
        rows["resident_record"].append(
            record("shebao", key, "r000003", "李四", match_rule="id_number", id_number=NUMBER)
        )
        rows["resident_record"][-1]["row_number"] = n
    publish_reviewed(workspace, rows=rows)
    judgements = Judgements(workspace)
    with Desk(workspace) as desk:
        assert draw(judgements, desk.con, "2024-11", VERSION) == 3
    pairs = {(str(i.left[0]), str(i.right[0])) for i in sample_items(judgements, "2024-11")}
    assert pairs == {("gaoling:G2", "jiaoyu:J1"), ("shebao:N1", "shebao:N2"), ("shebao:N1", "shebao:N3")}
    assert precision(judgements, "2024-11").population == 3


def test_precision_from_verdicts_in_force(city: Workspace) -> None:
    judgements = Judgements(city)
    with pytest.raises(Problem, match="no sample"):
        precision(judgements, "2024-11")
    with Desk(city) as desk:
        draw(judgements, desk.con, "2024-11", VERSION)
        item = desk.item("s202411-0001")
        assert desk.evidence([item])["s202411-0001"][0]["field"] == "name"
    found = precision(judgements, "2024-11")
    assert (found.drawn, found.right, found.precision, found.low, found.worst) == (1, 0, None, None, None)
    with judgements.writing() as entry:
        decide(entry, item, "unsure", **WHO)
    assert (precision(judgements, "2024-11").unsure, precision(judgements, "2024-11").worst) == (1, 0.0)
    with judgements.writing() as entry:
        made, _ = decide(entry, item, "same", **WHO)
    found = precision(judgements, "2024-11")
    assert (found.right, found.unsure, found.precision, found.high) == (1, 0, 1.0, 1.0)
    judgements.undo(made.judgement_id, **WHO)
    assert precision(judgements, "2024-11").unsure == 1


def test_what_was_said_of_the_pair_before_counts(city: Workspace) -> None:
    judgements = Judgements(city)
    with Desk(city) as desk:
        draw(judgements, desk.con, "2024-11", VERSION)
    (item,) = sample_items(judgements, "2024-11")
    judgements.decide("different", item.right, item.left, **WHO)
    assert precision(judgements, "2024-11").wrong == 1
