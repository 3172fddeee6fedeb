"""Which doubts reach the queue, which do not, that items keep their names, and that decided ones are gone."""

from __future__ import annotations

import random

import pytest
from review.linked_night import LinkedNight

from warehouse.review.judgements import Judgement, Record


def decision(left: str, right: str | None, verdict: str = "different", item: str | None = None) -> Judgement:
    sides = tuple((Record(*key.split(":")),) if key else () for key in (left, right))
    return Judgement("J00000001", verdict, *sides, "张核", "看过原件", "2026-11-01T00:00:00", item)  # type: ignore[arg-type]


def test_borrowed_id_waits_where_nothing_else_links_it_and_is_listed_apart_where_the_rest_does(
    night: LinkedNight,
) -> None:
    night.node("iA", "ga:1", anchor="A")
    night.node("kx", "gl:7", rule="id_conflict", owner="iA")
    night.node("iB", "ga:2", anchor="B")
    night.node("ky", "gl:8", rule="id_conflict", owner="iA", cluster="iB", via="iB", weight=20.0)
    stage = night.review()
    assert night.items(stage) == [
        ("id_conflict", "waiting", "gl:7", "ga:1"),
        ("id_conflict", "aside", "gl:8", "ga:1"),
    ]
    assert (stage.facts["waiting"], stage.facts["aside"]) == (1, 1)


def test_twins_wait_only_where_the_one_without_id_found_no_person(night: LinkedNight) -> None:
    night.node("iA", "ga:1", anchor="A")
    night.node("iB", "ga:2", anchor="B")
    night.edge("iA", "iB", 12.0, 0.99, "twins")  # two ids: two persons
    night.node("kx", "gl:1", cluster="iB", via="iB", weight=15.0)
    night.edge("kx", "iA", 11.0, 0.99, "twins")  # found its own person
    night.node("ky", "gl:2")
    night.edge("ky", "iA", 9.0, 0.99, "twins")
    night.edge("ky", "iB", 8.0, 0.98, "twins")
    night.node("kz", "gl:3")
    night.edge("kz", "iA", -5.0, 0.01, "twins")  # nothing speaks for one person
    assert night.items(night.review()) == [("twins", "waiting", "gl:2", "ga:1")]


def test_two_ids_wait_where_all_else_says_one_person(night: LinkedNight) -> None:
    for name in "ABC":
        night.node(f"i{name}", f"ga:{name}", anchor=name)
    night.edge("iA", "iB", 14.0, 0.999, "two_ids")
    night.edge("iA", "iC", 2.0, 0.4, "two_ids")
    assert night.items(night.review()) == [("two_ids", "waiting", "ga:A", "ga:B")]


def test_two_numbers_of_one_day_and_place_are_twins_only_where_the_names_differ(night: LinkedNight) -> None:
    numbers = [f"2102021990010100{n}X" for n in range(1, 4)]
    for n, (number, name) in enumerate(zip(numbers, ("张伟", "张强", "张伟"), strict=True)):
        night.node(f"i{n}", f"ga:{n}", anchor=number, name=name)
    night.edge("i0", "i1", 9.0, 0.99, "two_ids")
    night.edge("i0", "i2", 9.0, 0.99, "two_ids")
    stage = night.review()
    rows = night.store.rows(
        f"select reason, right_record_key, suggestion from {stage.scan('review_item')} order by 2"
    )
    assert rows == [("twins", "1", "different"), ("two_ids", "2", "same")]


def test_what_assignment_could_not_do_is_asked(night: LinkedNight) -> None:
    for name in "abcdef":
        night.node(f"k{name}", f"ga:{name}")
    night.store.con.execute(
        "insert into link_doubt values ('same_source', 'kb', 'ka', 9, ''), ('oversize', 'kc', 'ka', 8, ''), "
        "('apart', 'kd', 'ka', 8, ''), ('judgement', 'ke', 'ka', null, '')"
    )
    night.edge("kf", "ka", 9.0, 0.99, "other_birth")
    assert sorted(night.items(night.review())) == [
        ("contradiction", "waiting", "ga:e", "ga:a"),
        ("oversize", "waiting", "ga:c", "ga:a"),
        ("same_source", "waiting", "ga:b", "ga:a"),
        ("vetoed", "waiting", "ga:a", "ga:f"),
    ]
    # Decisions that contradict each other are told until one of them is taken back.
    assert ("contradiction", "waiting", "ga:e", "ga:a") in night.items(night.review(decision("ga:a", "ga:e")))


def test_thin_margin_and_grey_zone(night: LinkedNight) -> None:
    night.node("iA", "ga:1", anchor="A")
    night.node("iB", "ga:2", anchor="B")
    night.node("kthin", "gl:1", margin=1.0)
    night.edge("kthin", "iA", 10.0, 0.99)
    night.edge("kthin", "iB", 9.0, 0.98)
    night.node("kwide", "gl:2", cluster="iA", via="iA", weight=12.0, margin=9.0)
    night.edge("kwide", "iA", 12.0, 0.99)
    night.node("kgrey", "gl:3")
    night.edge("kgrey", "iB", 3.0, 0.9)
    night.edge("kgrey", "iA", 1.0, 0.6)
    night.node("kfar", "gl:4")
    night.edge("kfar", "iB", -4.0, 0.05)
    assert sorted(night.items(night.review())) == [
        ("grey_zone", "waiting", "gl:3", "ga:2"),
        ("low_margin", "waiting", "gl:1", "ga:1"),
    ]


def test_grey_pair_is_one_item_whichever_end_found_it(night: LinkedNight) -> None:
    night.node("kx", "gl:1")
    night.node("ky", "gl:2")
    night.edge("kx", "ky", 3.0, 0.8)
    assert night.items(night.review()) == [("grey_zone", "waiting", "gl:1", "gl:2")]


def test_a_source_key_or_person_that_forbids_a_pair_leaves_no_question(night: LinkedNight) -> None:
    night.node("kx", "gl:1")
    night.node("ky", "gl:2")
    night.edge("kx", "ky", 3.0, 0.8)
    night.store.con.execute("insert into link_apart values ('ky', 'kx', 'person_key')")
    assert night.items(night.review()) == []


@pytest.mark.parametrize("sources", [1, 9])
def test_oversize_asks_about_the_weakest_link(night: LinkedNight, sources: int) -> None:
    count = 9 if sources == 1 else 26
    night.node("iA", "ga:1", anchor="A")
    for n in range(count):
        night.node(
            f"k{n:02d}", f"s{n % sources}:{n:02d}", cluster="iA", via="iA", weight=10.0 + (n + 5) % count
        )
    stage = night.review()
    assert [item[:2] for item in night.items(stage)] == [("oversize", "waiting")]
    weakest = count - 5
    found = night.store.rows(
        f"select left_record_key, left_records, right_records from {stage.scan('review_item')}"
    )
    assert found == [(f"{weakest:02d}", 1, count)]


def test_merge_of_published_persons_stays_until_decided_and_needs_weighed_evidence(
    night: LinkedNight,
) -> None:
    night.ledger("ga:1", "r1", 1)
    night.ledger("gl:1", "r2", 1)
    night.ledger("ga:5", "r5", 1)
    night.ledger("gl:5", "r6", 1)
    night.node("iA", "ga:1", anchor="A")
    night.node("kx", "gl:1", cluster="iA", via="iA", weight=8.0)
    night.edge("iA", "kx", 8.0, 0.97)
    night.node("iE", "ga:5", "gl:5", anchor="E", rule="id_number")  # the id number arrived: no question
    night.store.con.execute(
        "insert into link_event values ('r2', 'merged', 'r1', ''), ('r6', 'merged', 'r5', '')"
    )
    tonight = night.review()
    assert night.items(tonight) == [("merge_of_published", "waiting", "gl:1", "ga:1")]
    # The night after, the event is history and the ledger has the records under the older id.
    night.store.con.execute("delete from link_event")
    night.store.con.execute(
        "insert into identity_change values ('r2', 'merged', 'r1', 'v2', '', 2), ('r6', 'merged', 'r5', 'v2', '', 2)"
    )
    night.ledger("gl:1", "r1", 2)
    later = night.review()
    ids = [night.store.rows(f"select item_id from {s.scan('review_item')}") for s in (tonight, later)]
    assert night.items(later) == night.items(tonight) and ids[0] == ids[1]
    assert night.items(night.review(decision("ga:1", "gl:1", "same"))) == []
    # Taken apart again by linkage itself: nothing to ask.
    night.store.con.execute("update link_cluster set cluster = 'kx' where node_id = 'kx'")
    night.store.con.execute("update link_member set cluster = 'kx' where record_key = '1' and source = 'gl'")
    night.store.con.execute("insert into link_identity values ('kx', 'r2')")
    night.store.con.execute("delete from link_edge")
    assert night.items(night.review()) == []


def test_reused_key_is_told_tonight_and_later(night: LinkedNight) -> None:
    night.ledger("gl:1", "r1", 1, name="张三", birth="1950-01-01")
    night.node("iA", "ga:1", anchor="A")
    night.store.con.execute("update link_identity set resident_id = 'r1' where cluster = 'iA'")
    night.node("kx", "gl:1")
    night.store.con.execute("insert into link_before values ('r1', 'gl', '1', 0, null, 'reused')")
    first = night.review()
    assert night.items(first) == [("key_reused", "waiting", "gl:1", "ga:1")]
    night.store.con.execute("delete from link_before")
    night.ledger("gl:1", "r-kx", 2, name="李四", birth="1980-02-02")
    assert night.items(night.review()) == night.items(first)
    # The person has no other record: the item has one side, and is decided by its number.
    night.store.con.execute("update link_identity set resident_id = 'r9' where cluster = 'iA'")
    alone = night.review()
    assert night.items(alone) == [("key_reused", "waiting", "gl:1", None)]
    item = night.store.rows(f"select item_id from {alone.scan('review_item')}")[0][0]
    assert night.items(night.review(decision("gl:1", None, "unsure", item))) == []


def test_decided_items_are_gone_whatever_the_verdict_and_whichever_way_round(night: LinkedNight) -> None:
    night.node("iA", "ga:1", "gb:1", anchor="A")
    night.node("kx", "gl:1")
    night.edge("kx", "iA", 3.0, 0.8)
    for verdict in ("same", "different", "unsure"):
        assert night.items(night.review(decision("gl:1", "gb:1", verdict))) == []
        assert night.items(night.review(decision("gb:1", "gl:1", verdict))) == []
    assert len(night.items(night.review(decision("gl:1", "gl:2")))) == 1


def test_items_keep_their_number_when_a_side_grows_and_never_show_the_key(night: LinkedNight) -> None:
    night.node("iA", "ga:1", anchor="A")
    night.node("kx", "gl:1")
    night.edge("kx", "iA", 3.0, 0.8)
    before = night.store.rows(f"select item_id from {night.review().scan('review_item')}")
    night.store.con.execute("insert into link_node_record values ('gz', '9', 0, 'iA', 'id_number', null, '')")
    night.store.con.execute("insert into link_member values ('gz', '9', 0, 'iA')")
    assert night.store.rows(f"select item_id from {night.review().scan('review_item')}") == before
    assert len(before[0][0]) == 17 and before[0][0].startswith("q")


def test_order_of_rows_changes_nothing(night: LinkedNight) -> None:
    rng = random.Random(5)
    for n in range(40):
        night.node(f"k{n:02d}", f"gl:{n}", margin=rng.choice([None, 1.0]))
    pairs = {tuple(sorted(rng.sample(range(40), 2))) for _ in range(80)}
    for a, b in sorted(pairs):
        night.edge(
            f"k{a:02d}",
            f"k{b:02d}",
            rng.choice([-5.0, 1.0, 4.0, 7.0]),
            rng.random(),
            rng.choice([None, "twins"]),
        )
    con = night.store.con
    tables = []
    for seed in range(3):
        for table in ("link_edge", "link_cluster", "link_node_record", "link_member"):
            con.execute(
                f"create or replace temp table {table} as select * from {table} order by hash(rowid + {seed})"
            )
        stage = night.review()
        tables.append(
            [
                night.store.rows(f"select * from {stage.scan(t)} order by all")
                for t in ("review_item", "review_record")
            ]
        )
    assert tables[0] == tables[1] == tables[2] and len(tables[0][0]) > 10


def test_priority_counts_records_and_doubt(night: LinkedNight) -> None:
    night.node("kbig", *[f"gl:{n}" for n in range(5)])
    night.node("kother", "ga:1")
    night.edge("kbig", "kother", 3.0, 0.5)
    night.node("ksure", "gl:8")
    night.node("ksure2", "gl:9")
    night.edge("ksure", "ksure2", 3.0, 0.95)
    stage = night.review()
    rows = night.store.rows(
        f"select left_records + right_records, uncertainty, priority, suggestion from {stage.scan('review_item')} order by rank"
    )
    assert rows == [(6, 1.0, 6.0, "same"), (2, 0.1, 0.2, "same")]  # 5 + 1 records, even odds
