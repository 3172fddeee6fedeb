"""Decisions over nights of real linkage: what is decided holds, what is undone gives the old ids and the item back."""

from __future__ import annotations

from link.linked_nights import Rec, id_number, night, residents

from warehouse.review.judgements import Judgements, Record
from warehouse.store import Stage, Store

WHO = {"user": "张核", "reason": "看过原件"}
MOTHER = Rec(
    "ga",
    "1",
    "张秀英",
    "1970-03-04",
    id_number("19700304", 2),
    sex="2",
    phone="13800000001",
    home="和园/3/1/501",
)
# Nothing says that she is the same: only a person can.
LIKE_HER = Rec("gl", "7", "孙丽")
OTHERS = [
    Rec(
        "ga",
        f"x{n}",
        name,
        f"19{50 + n}-05-0{1 + n}",
        id_number(f"19{50 + n}050{1 + n}"),
        home=f"和园/9/1/{n}01",
    )
    for n, name in enumerate(("王伟", "李娜", "刘洋", "陈静", "杨磊"))
]
CITY = [MOTHER, LIKE_HER, *OTHERS]


def waiting(store: Store, stage: Stage) -> set[frozenset[str]]:
    rows = store.rows(
        f"select item_id, string_agg(source || ':' || record_key, ' ') from {stage.scan('review_record')} group by item_id"
    )
    return {frozenset(records.split()) for _, records in rows}


def test_same_joins_and_undo_gives_the_old_ids_and_the_item_back(store: Store) -> None:
    kept = Judgements(store.workspace)
    first = night(store, CITY, "v1", decisions=kept.standing())
    before, asked = residents(store, first), waiting(store, first)
    assert before["ga/1"] != before["gl/7"]
    made, _ = kept.decide("same", [Record("ga", "1")], [Record("gl", "7")], **WHO)
    second = night(store, CITY, "v2", decisions=kept.standing())
    joined = residents(store, second)
    assert joined["ga/1"] == joined["gl/7"] == before["ga/1"]
    assert frozenset({"ga:1", "gl:7"}) not in waiting(store, second)
    kept.undo(made.judgement_id, **WHO)
    third = night(store, CITY, "v3", decisions=kept.standing())
    assert residents(store, third) == before
    assert waiting(store, third) == asked


def test_different_holds_whatever_the_score_and_undo_joins_again_under_the_old_id(store: Store) -> None:
    kept = Judgements(store.workspace)
    twin = Rec("gl", "7", "张秀英", "1970-03-04", sex="2", phone="13800000001", home="和园/3/1/501")
    city = [MOTHER, twin, *OTHERS]
    before = residents(store, night(store, city, "v1", decisions=kept.standing()))
    assert before["ga/1"] == before["gl/7"]
    made, _ = kept.decide("different", [Record("gl", "7")], [Record("ga", "1")], **WHO)
    second = night(store, city, "v2", decisions=kept.standing())
    apart = residents(store, second)
    assert apart["ga/1"] == before["ga/1"] != apart["gl/7"]
    links = store.rows(
        f"select veto, used, reason from {second.scan('resident_link')} where left_source <> right_source"
    )
    assert links == [("judgement", False, "人工判定为不同人")]
    kept.undo(made.judgement_id, **WHO)
    assert residents(store, night(store, city, "v3", decisions=kept.standing())) == before
    # … and the merge back is of two published persons whom somebody took apart: nothing else is asked about them.
