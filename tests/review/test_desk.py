"""The desk: what waits, the evidence side by side, masked and not, and what decisions take off it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from review.reviewed_city import HOSTILE, ITEMS, NUMBER, VERSION

from schemas.problem import Problem
from warehouse.review.desk import Desk, NoSuchItem, Wanted, decide
from warehouse.review.judgements import Record
from warehouse.workspace import Workspace

WHO = {"user": "张核", "reason": "看过原件"}


@pytest.fixture
def desk(city: Workspace) -> Iterator[Desk]:
    with Desk(city) as opened:
        yield opened


def test_what_waits_the_most_pressing_first(desk: Desk) -> None:
    assert [i.item_id for i in desk.items(Wanted())] == list(ITEMS[:2])
    assert [i.item_id for i in desk.items(Wanted(statuses=("aside",)))] == [ITEMS[2]]
    assert [i.item_id for i in desk.items(Wanted(reasons=("grey_zone",)))] == [ITEMS[0]]
    assert [i.item_id for i in desk.items(Wanted(limit=1))] == [ITEMS[0]]
    assert desk.items(Wanted(sources=("jiaoyu",))) == []
    first = desk.items(Wanted())[0]
    assert (first.left, first.right) == ((Record("gaoling", "G1"),), (Record("gongan", NUMBER),))
    with pytest.raises(Problem):
        desk.items(Wanted(reasons=("nothing",)))


def test_area_narrows_by_where_either_side_lives(desk: Desk) -> None:
    assert len(desk.items(Wanted(area="210203"))) == 2
    assert desk.items(Wanted(area="999999")) == []


def test_evidence_is_compared_whole_and_shown_masked(desk: Desk) -> None:
    items = desk.items(Wanted())
    told = {line["field"]: line for line in desk.evidence(items)[ITEMS[0]]}
    assert (told["name"]["left"], told["name"]["right"], told["name"]["agreement"]) == (
        "张**",
        "张**",
        "differs",
    )
    assert told["phone"]["agreement"] == "same" and told["sex"]["agreement"] == "same"
    assert told["birth_date"]["left"] == "1943-**-**" and told["birth_date"]["agreement"] == "one_sided"
    assert told["id_number"]["right"] == NUMBER[:4] + "*" * 10 + NUMBER[-4:]
    assert told["record"]["agreement"] is None
    everything = repr(desk.evidence(items))
    for value in (NUMBER, "张秀英", "13812345678", "041188889999", "501", "1943-04-04", HOSTILE):
        assert value not in everything
    whole = repr(desk.evidence(items, unmasked=True))
    assert NUMBER in whole and "张秀英" in whole and "1943-04-04" in whole


def test_links_between_the_sides_are_found_whichever_way_round(desk: Desk) -> None:
    links = desk.links(desk.item(ITEMS[0]))
    assert [(link["rule"], link["match_weight"]) for link in links] == [("name_birth", 4.0)]
    assert desk.links(desk.item(ITEMS[1])) == []


def test_an_item_is_found_by_the_beginning_of_its_number(desk: Desk) -> None:
    assert desk.item(ITEMS[0]).item_id == ITEMS[0]
    with pytest.raises(Problem, match="several"):
        desk.item("q00000")
    for wrong in ("q1", "x", "q' or '1'='1", "s202411-0001"):
        with pytest.raises(NoSuchItem):
            desk.item(wrong)


def test_a_decision_takes_the_item_off_before_the_next_night_and_undo_brings_it_back(desk: Desk) -> None:
    item = desk.item(ITEMS[0])
    with desk.judgements.writing() as entry:
        made, new = decide(entry, item, "same", **WHO)
    assert new and made.item_id == ITEMS[0]
    assert [i.item_id for i in desk.items(Wanted())] == [ITEMS[1]]
    assert [j.judgement_id for j in desk.decisions(item)] == ["J00000001"]
    desk.judgements.undo("J00000001", **WHO)
    assert [i.item_id for i in desk.items(Wanted())] == list(ITEMS[:2])
    # A word on the pair itself counts, whoever said it where.
    desk.judgements.decide("unsure", [Record("gongan", NUMBER)], [Record("gaoling", "G1")], **WHO)
    assert [i.item_id for i in desk.items(Wanted())] == [ITEMS[1]]


def test_without_a_queue_in_the_snapshot_it_says_what_to_do(city: Workspace) -> None:
    (file,) = city.published.glob("core-*.duckdb")
    with duckdb.connect(str(file)) as con:
        con.execute("drop table if exists review_item")
    (city.published / VERSION / "core" / "review_item.parquet").unlink()
    with pytest.raises(Problem, match="oncegrid sync"):
        Desk(city)
