"""Decisions: kept for ever, taken back by a new row, refused where they contradict, handed to linkage as pairs."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
from itertools import combinations
from pathlib import Path

import pytest

from schemas.problem import Problem
from warehouse.review.contradictions import Contradiction
from warehouse.review.judgements import Judgements, Record
from warehouse.workspace import Workspace

A, B, C, D = (Record("ga", name) for name in "abcd")
WHO = {"user": "张核", "reason": "看过原件"}


@pytest.fixture
def kept(workspace: Workspace) -> Judgements:
    return Judgements(workspace)


def test_nothing_is_made_by_asking(kept: Judgements) -> None:
    assert kept.history() == [] and kept.in_force().num_rows == 0 and not kept.path.exists()
    assert kept.in_force().column_names[:3] == ["left_source", "left_record_key", "left_record_no"]


def test_a_decision_is_kept_with_who_why_and_when(kept: Judgements) -> None:
    made, new = kept.decide("same", [B, A], [C], **WHO, item_id="q1")
    assert new and made == kept.history()[0] and made.left == (A, B)
    assert (made.judgement_id, made.user, made.reason, made.item_id) == (
        "J00000001",
        "张核",
        "看过原件",
        "q1",
    )
    rows = kept.in_force().to_pylist()
    assert [(r["left_record_key"], r["right_record_key"], r["verdict"], r["judgement_id"]) for r in rows] == [
        ("a", "c", "same", "J00000001"), ("b", "c", "same", "J00000001"),
    ]  # fmt: skip


def test_saying_it_twice_adds_nothing(kept: Judgements) -> None:
    kept.decide("different", [A], [B], **WHO)
    again, new = kept.decide("different", [B], [A], user="李核", reason="同样")
    assert not new and again.judgement_id == "J00000001" and len(kept.history()) == 1


def test_undo_is_a_new_row_and_brings_the_signature_back(kept: Judgements) -> None:
    empty = kept.signature()
    first, _ = kept.decide("same", [A], [B], **WHO)
    told = kept.signature()
    ending = kept.undo(first.judgement_id, user="李核", reason="看错")
    assert told != empty and kept.signature() == empty and kept.standing() == []
    assert [(r.judgement_id, r.ended_by, r.ends) for r in kept.history()] == [
        ("J00000001", "J00000002", None), ("J00000002", None, "J00000001"),
    ]  # fmt: skip
    for name in (first.judgement_id, ending.judgement_id, "J99999999", "x' or 1=1"):
        with pytest.raises(Problem):
            kept.undo(name, user="李核", reason="再撤")
    again, new = kept.decide("same", [A], [B], **WHO)
    assert new and again.judgement_id == "J00000003"


def test_a_contradiction_names_the_whole_chain(kept: Judgements) -> None:
    kept.decide("same", [A], [B], **WHO)
    kept.decide("same", [B], [C], **WHO)
    kept.decide("same", [D], [Record("gz", "9")], **WHO)
    with pytest.raises(Contradiction) as caught:
        kept.decide("different", [A], [C], **WHO)
    assert [one.judgement_id for one in caught.value.against] == ["J00000001", "J00000002"]
    assert "J00000001" in caught.value.zh and "undo" in caught.value.en
    kept.decide("different", [C], [D], **WHO)
    with pytest.raises(Contradiction) as caught:
        kept.decide("same", [A], [Record("gz", "9")], **WHO)
    assert [one.judgement_id for one in caught.value.against] == [
        "J00000001",
        "J00000002",
        "J00000003",
        "J00000004",
    ]
    for verdict, pair in (("unsure", ([A], [C])), ("unsure", ([D], [C]))):
        with pytest.raises(Contradiction):
            kept.decide(verdict, *pair, **WHO)  # type: ignore[arg-type]
    assert len(kept.history()) == 4
    kept.undo("J00000004", **WHO)
    kept.decide("same", [A], [Record("gz", "9")], **WHO)


def test_unsure_may_be_followed_by_either_word(kept: Judgements) -> None:
    kept.decide("unsure", [A], [B], **WHO)
    kept.decide("same", [A], [B], **WHO)
    kept.decide("unsure", [C], [D], **WHO)
    kept.decide("different", [C], [D], **WHO)


@pytest.mark.parametrize("seed", range(20))
def test_contradictions_are_those_of_a_plain_check(kept: Judgements, seed: int) -> None:
    """Against the definition: no 'different' within what 'same' ties together."""
    rng = random.Random(seed)
    people = [Record("s", str(n)) for n in range(7)]
    same: list[tuple[Record, Record]] = []
    apart: list[tuple[Record, Record]] = []

    def holds() -> bool:
        group = {p: {p} for p in people}
        for a, b in same:
            merged = group[a] | group[b]
            for p in merged:
                group[p] = merged
        return all(b not in group[a] for a, b in apart)

    with kept.writing() as entry:
        for _ in range(25):
            sides = rng.sample(people, 3)
            verdict = rng.choice(["same", "same", "different"])
            left, right = (sides[:1], sides[1:]) if rng.random() < 0.3 else (sides[:1], sides[1:2])
            into = same if verdict == "same" else apart
            pairs = [(a, b) for a in left for b in right]
            into.extend(pairs)
            try:
                entry.decide(verdict, left, right, **WHO)  # type: ignore[arg-type]
                assert holds()
            except Contradiction as problem:
                assert not holds() and problem.against
                del into[-len(pairs) :]
    assert len(kept.standing()) <= 25


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [([A], [A], "same"), ([A], [], "same"), ([], [B], "different"), ([A, B], [B], "different")],
)
def test_sides_must_be_two(kept: Judgements, left: list[Record], right: list[Record], verdict: str) -> None:
    with pytest.raises(Problem):
        kept.decide(verdict, left, right, **WHO)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "who", [{"user": " ", "reason": "x"}, {"user": "x", "reason": ""}, {"user": "x", "reason": "长" * 1001}]
)
def test_who_and_why_are_required(kept: Judgements, who: dict[str, str]) -> None:
    with pytest.raises(Problem):
        kept.decide("same", [A], [B], **who)
    assert kept.history() == []


def test_rows_cannot_be_changed_even_by_hand(kept: Judgements) -> None:
    kept.decide("same", [A], [B], **WHO)
    con = sqlite3.connect(kept.path)
    for statement in (
        "update judgement set reason = 'x'",
        "delete from judgement",
        "delete from judgement_record",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            con.execute(statement)
    con.close()


def test_all_or_nothing(kept: Judgements) -> None:
    with pytest.raises(Contradiction), kept.writing() as entry:
        entry.decide("same", [A], [B], **WHO)
        entry.decide("different", [A], [B], **WHO)
    assert kept.history() == []


def _decide(root: Path, n: int) -> None:
    kept = Judgements(Workspace(root))
    for i in range(5):
        kept.decide("different", [Record("s", f"{n}-{i}")], [Record("t", f"{n}-{i}")], **WHO)


def test_several_people_decide_at_once(kept: Judgements, workspace: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    crowd = [context.Process(target=_decide, args=(workspace.root, n)) for n in range(3)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    ids = [one.judgement_id for one in kept.history()]
    assert ids == [f"J{n:08d}" for n in range(1, 16)]
    assert all(a.left != b.left for a, b in combinations(kept.standing(), 2))
