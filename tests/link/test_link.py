"""Who is one person tonight, and how ids live from night to night."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from linked_nights import KEY, Rec, changes, id_number, night, residents, rules, table

from warehouse.link import commit_ledger
from warehouse.store import Store

pytestmark = pytest.mark.usefixtures("unscored")
MOTHER, CHILD = id_number("19850102", 2), id_number("20150304", 1)


def test_valid_ids_link_and_the_rest_stand_alone(store: Store) -> None:
    records = [
        Rec("police", "1", "王芳", "1985-01-02", MOTHER),
        Rec("health", "a", "王芳", None, MOTHER),
        Rec("school", "x", "王芳", "1985-01-02"),
    ]
    stage = night(store, records, "v1")
    ids = residents(store, stage)
    assert ids["police/1"] == ids["health/a"] != ids["school/x"]
    assert rules(store, stage) == {"police/1": "id_number", "health/a": "id_number", "school/x": "single"}
    assert [c for _, c, _ in changes(store, stage, "v1")] == ["minted", "minted"]


def test_a_damaged_number_is_found_again_by_its_only_namesake(store: Store) -> None:
    cut, other = MOTHER[:15] + "000", id_number("19850102", 7)
    records = [
        Rec("police", "1", "王芳", "1985-01-02", MOTHER),
        Rec("school", "x", "王芳", "1985-01-02", cut=cut),
        Rec("school", "y", "李小明", "1985-01-02", cut=cut),
    ]
    stage = night(store, records, "v1")
    ids = residents(store, stage)
    assert ids["police/1"] == ids["school/x"] != ids["school/y"]
    assert rules(store, stage) == {"police/1": "id_number", "school/x": "recovered_id", "school/y": "single"}
    told = store.rows(f"select source, code, value_masked from {stage.scan('issue')}")
    assert [(s, c) for s, c, _ in told] == [("school", "id_restored")] and MOTHER not in str(told)
    # A second number that it could be, under the same name: nobody knows which.
    assert MOTHER[:15] == other[:15]
    stage = night(store, [*records, Rec("health", "z", "王芳", None, other)], "v2")
    assert rules(store, stage)["school/x"] == "single"


def test_the_id_is_a_keyed_hash_of_the_first_records_key_and_holds_no_id_number(store: Store) -> None:
    stage = night(
        store, [Rec("police", "17", "王芳", None, MOTHER), Rec("health", "9", "王芳", None, MOTHER)], "v1"
    )
    expected = hmac.new(KEY, b"health\x1f9\x1f0\x1f", hashlib.sha256).hexdigest()[:24]
    assert set(residents(store, stage).values()) == {"r" + expected}


def test_a_borrowed_id_is_set_aside(store: Store) -> None:
    records = [
        Rec("police", "1", "王芳", "1985-01-02", MOTHER),
        Rec("school", "x", "李小明", "2015-03-04", MOTHER),
        Rec("health", "y", "李小明", "2015-03-04", MOTHER),
    ]
    stage = night(store, records, "v1")
    ids = residents(store, stage)
    # Two of three records carry the child's name, but the number's own birth date says whose it is.
    assert rules(store, stage) == {"police/1": "single", "school/x": "id_conflict", "health/y": "id_conflict"}
    assert len(set(ids.values())) == 3
    reason = store.rows(f"select reason from {stage.scan('assignment')} where source = 'school'")[0][0]
    assert MOTHER not in reason and "借用" in reason


@pytest.mark.parametrize(
    ("other", "stays"),
    [
        (Rec("b", "2", "王方", "1985-01-02", MOTHER), True),  # a misspelt name, the birth date agrees
        (Rec("b", "2", "王芳", "1986-12-30", MOTHER), True),  # the name agrees (a misread date)
        (Rec("b", "2", None, "1985-01-02", MOTHER), True),
        (Rec("b", "2", "王*", None, MOTHER), True),  # a masked name contradicts nothing
        (Rec("b", "2", "王*", "1966-12-30", MOTHER), False),  # but the birth date of another does
        (Rec("b", "2", "李丽", None, MOTHER), False),  # and so does a name of which no sign agrees
    ],
)
def test_a_number_holds_a_record_for_which_something_else_speaks(
    store: Store, other: Rec, stays: bool
) -> None:
    stage = night(store, [Rec("a", "1", "王芳", "1985-01-02", MOTHER), other], "v1")
    assert (len(set(residents(store, stage).values())) == 1) is stays


def test_unchanged_input_is_zero_differences_and_no_event(store: Store) -> None:
    records = [Rec("a", str(i), f"名{i}", "1985-01-02", MOTHER if i < 3 else None) for i in range(6)]
    first = night(store, records, "v1")
    second = night(store, records, "v2")
    assert table(store, first, "assignment") == table(store, second, "assignment")
    assert changes(store, second, "v2") == []
    assert second.counts["identity_step"] == 0
    third = night(store, records, "v3")
    assert third.key == second.key  # nothing to do: the very same stage


def test_replay_without_commit_gives_the_same_ids(store: Store) -> None:
    records = [
        Rec("a", "1", "王芳", "1985-01-02", MOTHER),
        Rec("b", "1", "王芳", None, MOTHER),
        Rec("b", "2", "李四"),
    ]
    lost = night(store, records, "v1", commit=False)
    again = night(store, records, "v2")
    assert residents(store, lost) == residents(store, again)
    assert {row[3] for row in table(store, again, "resident_change")} == {"v2"}


def test_row_order_and_threads_change_nothing(tmp_path: Path, store: Store) -> None:
    records = [
        Rec(
            f"s{i % 4}",
            str(i),
            f"名{i % 7}",
            f"19{50 + i % 40}-01-02",
            id_number(f"19{50 + i % 40}0102", i % 5) if i % 3 else None,
        )
        for i in range(120)
    ]
    results = []
    for shuffle, threads in ((1, 1), (2, 2), (3, 2)):
        store.con.execute(f"set threads = {threads}")
        stage = night(store, records, "v1", commit=False, shuffle=shuffle)
        results.append(
            [table(store, stage, name) for name in ("assignment", "resident_change", "identity_step")]
        )
    assert results[0] == results[1] == results[2]


def test_a_newborn_keeps_the_resident_id_when_the_id_number_comes(store: Store) -> None:
    before = residents(store, night(store, [Rec("health", "b1", "李小明", "2015-03-04")], "v1"))
    stage = night(
        store,
        [
            Rec("health", "b1", "李小明", "2015-03-04", CHILD),
            Rec("police", "9", "李小明", "2015-03-04", CHILD),
        ],
        "v2",
    )
    assert set(residents(store, stage).values()) == set(before.values())
    assert changes(store, stage, "v2") == []


def test_merge_keeps_the_oldest_and_logs_the_alias(store: Store) -> None:
    old = residents(store, night(store, [Rec("z", "1", "王芳")], "v1"))["z/1"]
    second = [Rec("z", "1", "王芳"), Rec("a", "1", "王芳"), Rec("b", "1", "王芳", None, MOTHER)]
    ids = residents(store, night(store, second, "v2"))
    assert len(set(ids.values())) == 3  # a common name alone links nobody
    third = [Rec("z", "1", "王芳", None, MOTHER), Rec("a", "1", "王芳", None, MOTHER), second[2]]
    stage = night(store, third, "v3")
    assert set(residents(store, stage).values()) == {old}
    assert changes(store, stage, "v3") == sorted([(ids["a/1"], "merged", old), (ids["b/1"], "merged", old)])


def test_split_keeps_the_larger_part_and_an_undone_merge_restores_the_old_id(store: Store) -> None:
    apart = [Rec("a", "1", "王芳"), Rec("a", "2", "王芳"), Rec("b", "1", "王方")]
    night(store, apart[:2], "v0")  # the identities of 王芳 are the older ones
    first = residents(store, night(store, apart, "v1"))
    joined = [Rec(r.source, r.key, r.name, None, MOTHER) for r in apart]
    stage = night(store, joined, "v2")
    kept = min(first["a/1"], first["a/2"])
    assert set(residents(store, stage).values()) == {kept}
    split = [joined[0], joined[1], apart[2]]
    stage = night(store, split, "v3")
    ids = residents(store, stage)
    assert ids["a/1"] == ids["a/2"] == kept
    assert ids["b/1"] == first["b/1"]
    assert changes(store, stage, "v3") == [(first["b/1"], "split", kept)]


def test_a_split_part_that_never_stood_alone_gets_a_new_id(store: Store) -> None:
    joined = [
        Rec("a", "1", "甲", None, MOTHER),
        Rec("b", "1", "甲", None, MOTHER),
        Rec("b", "2", "甲", None, MOTHER),
    ]
    whole = residents(store, night(store, joined, "v1"))["a/1"]
    stage = night(store, [Rec("a", "1", "甲"), *joined[1:]], "v2")
    ids = residents(store, stage)
    # The id was founded on a/1, which leaves: the larger part keeps it, and a/1 founds another generation.
    assert ids["b/1"] == ids["b/2"] == whole != ids["a/1"]
    assert changes(store, stage, "v2") == [(ids["a/1"], "split", whole)]
    assert residents(store, night(store, [Rec("a", "1", "甲"), *joined[1:]], "v3")) == ids


def test_whoever_comes_back_under_another_key_is_known_by_the_id_number(store: Store) -> None:
    before = residents(store, night(store, [Rec("a", "1", "王芳", "1985-01-02", MOTHER)], "v1"))["a/1"]
    night(store, [Rec("c", "3", "张三")], "v2")
    stage = night(store, [Rec("b", "7", "王芳", "1985-01-02", MOTHER)], "v3")
    assert residents(store, stage)["b/7"] == before


def test_a_key_given_to_another_person_is_another_resident(store: Store) -> None:
    before = residents(store, night(store, [Rec("a", "1", "王芳", "1985-01-02", MOTHER)], "v1"))["a/1"]
    stage = night(store, [Rec("a", "1", "李小明", "2015-03-04", CHILD)], "v2")
    after = residents(store, stage)["a/1"]
    assert after != before
    assert changes(store, stage, "v2") == [(after, "minted", None)]
    assert any("原记录键" in str(row[-1]) for row in table(store, stage, "resident_change"))
    again = night(store, [Rec("a", "1", "李小明", "2015-03-04", CHILD)], "v3")
    assert residents(store, again)["a/1"] == after


def test_a_record_that_missed_the_merge_follows_it(store: Store) -> None:
    first = residents(
        store,
        night(store, [Rec("a", "1", "甲"), Rec("b", "1", "甲"), Rec("b", "2", "甲", None, CHILD)], "v1"),
    )
    night(store, [Rec("a", "1", "甲", None, CHILD), Rec("b", "1", "甲", None, CHILD)], "v2")
    stage = night(
        store,
        [
            Rec("a", "1", "甲", None, CHILD),
            Rec("b", "1", "甲", None, CHILD),
            Rec("b", "2", "甲", None, CHILD),
        ],
        "v3",
    )
    assert set(residents(store, stage).values()) == {min(first.values())}
    assert changes(store, stage, "v3") == []


def test_one_person_in_two_current_editions_of_a_source_is_one_resident(store: Store) -> None:
    records = [
        Rec("a", "1", "甲", edition="a-street1"),
        Rec("a", "1", "甲", edition="a-street2", as_of="2026-02-01"),
    ]
    stage = night(store, records, "v1")
    assert stage.counts["assignment"] == 2
    assert len(set(residents(store, stage).values())) == 1


def test_every_id_that_a_record_changes_has_an_event(store: Store) -> None:
    import random

    chance = random.Random(11)
    numbers = [id_number(f"19{60 + i}0102", i) for i in range(6)]
    before: dict[str, str] = {}
    for n in range(6):
        records = [
            Rec(f"s{i % 3}", str(i), f"名{i % 4}", None, chance.choice([None, *numbers]))
            for i in range(18)
            if chance.random() < 0.85
        ]
        version = f"v{n}"
        stage = night(store, records, version)
        ids = residents(store, stage)
        told: set[tuple[str | None, str | None]] = {
            (new, old) for new, change, old in changes(store, stage, version) if change == "split"
        }
        told |= {(new, old) for old, change, new in changes(store, stage, version) if change == "merged"}
        for record, resident in ids.items():
            if record in before and before[record] != resident:
                assert (resident, before[record]) in told
        before |= ids
        open_rows = dict(
            store.rows(
                "select source || '/' || record_key, resident_id from identity_record where until_version is null"
            )
        )
        assert {k: open_rows[k] for k in ids} == ids
        before = open_rows
        assert store.rows("select count(*) - count(distinct resident_id) from identity_minted") == [(0,)]
        # A merged identity has no record.
        assert not {old for old, c, _ in changes(store, stage, version) if c == "merged"} & set(
            open_rows.values()
        )
        assert changes(store, night(store, records, version + "x"), version + "x") == []


def test_committing_twice_adds_nothing_and_a_stale_stage_is_refused(store: Store) -> None:
    stage = night(store, [Rec("a", "1", "甲")], "v1")
    assert commit_ledger(store, stage, "v1") == 0
    stale = night(store, [], "v2", commit=False)
    night(store, [Rec("a", "1", "甲"), Rec("a", "2", "乙")], "v3")
    with pytest.raises(ValueError, match="ledger"):
        stale.counts["identity_step"] = 1
        commit_ledger(store, stale, "v2")
