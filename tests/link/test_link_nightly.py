"""From night to night with scores: only what changed is scored, and no kill or order of rows shows in the result."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import signal
import sys
from pathlib import Path

import pytest
from linked_nights import Rec, changes, id_number, night, residents, rules, said, table

from warehouse.link.graph import STAGE
from warehouse.store import Stage, Store
from warehouse.workspace import Workspace

TOLD = (
    "assignment", "link_cluster", "link_doubt", "identity_step", "resident_change", "review_item", "review_record", "resident_link",
)  # fmt: skip
SURNAMES, GIVEN = "王李张刘陈杨赵黄", "芳伟敏静丽强磊军洋勇艳杰娟涛明超"


def town(people: int, seed: int = 1) -> list[Rec]:
    """Two or three records of each person: the police's, the health centre's and, of some, a list without numbers."""
    chance = random.Random(seed)
    found = []
    for n in range(people):
        name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        birth = f"{chance.randint(1940, 2015)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        number = id_number(birth.replace("-", ""), n % 999 + 1)
        home = f"幸福里/{n % 9 + 1}/{n % 3 + 1}/{n % 6 + 1}01"
        phone = f"138{chance.randint(0, 99999999):08}"
        found += [
            Rec("police", f"p{n}", name, birth, number, home=home),
            Rec(
                "health",
                f"h{n}",
                name if n % 7 else name[0] + name[2],
                birth,
                number if n % 3 else None,
                phone=phone,
                home=home,
            ),
        ]
        if n % 2:
            found.append(Rec("elderly", f"e{n}", name, birth if n % 5 else None, phone=phone))
    return found


def next_night(records: list[Rec]) -> list[Rec]:
    """Some gone, some changed, some new."""
    kept = [r for i, r in enumerate(records) if i % 11]
    moved = [
        dataclasses.replace(r, home="海景园/1/1/101", phone=None) if i % 9 == 0 else r
        for i, r in enumerate(kept)
    ]
    return moved + [dataclasses.replace(r, source="police2", key=f"n{r.key}") for r in town(6, seed=2)]


def results(store: Store, stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    return {name: table(store, stage, name) for name in TOLD}


def without_last_night(store: Store) -> None:
    """As if no night had been: all pairs are scored again, and the stage made again."""
    for name in (STAGE, "link"):
        shutil.rmtree(store.workspace.stages / name)


def test_scores_link_records_without_a_number_and_say_why(store: Store) -> None:
    records = town(12)
    stage = night(store, records, "v1")
    ids, by = residents(store, stage), rules(store, stage)
    assert ids["health/h3"] == ids["police/p3"] and by["health/h3"] == "probable"
    reason = store.rows(f"select reason from {stage.scan('assignment')} where record_key = 'h3'")[0][0]
    assert "姓名相同" in reason and "匹配权重" in reason and records[7].name not in reason
    assert stage.counts["resident_link"] > 0


def test_incremental_equals_full_exactly(store: Store) -> None:
    records = town(40)
    night(store, records, "v1")
    later = next_night(records)
    stage = night(store, later, "v2", commit=False)
    assert stage.facts["from_last_night"]
    found, scored = results(store, stage), stage.facts["pairs"]
    without_last_night(store)
    stage = night(store, later, "v2", commit=False)
    assert not stage.facts["from_last_night"] and scored < stage.facts["pairs"]
    assert results(store, stage) == found


def test_row_order_and_threads_change_nothing(store: Store) -> None:
    records = town(25)
    found = []
    for shuffle, threads in ((1, 1), (2, 2)):
        store.con.execute(f"set threads = {threads}")
        found.append(results(store, night(store, records, "v1", commit=False, shuffle=shuffle)))
        without_last_night(store)
    assert found[0] == found[1]


def test_a_new_record_changes_no_unrelated_id_and_a_decision_outlives_scores(store: Store) -> None:
    records = town(12)
    before = residents(store, night(store, records, "v1"))
    one, other = next(r for r in records if r.key == "h3"), next(r for r in records if r.key == "p3")
    assert before["health/h3"] == before["police/p3"]
    more = [*records, Rec("school", "s1", "欧阳明", "2012-05-06")]
    parted = night(store, more, "v2", decisions=[said("different", one, other)])
    ids = residents(store, parted)
    assert {k: v for k, v in ids.items() if k in before and before[k] != v} == {"health/h3": ids["health/h3"]}
    assert changes(store, parted, "v2") == sorted(
        [(ids["health/h3"], "split", before["police/p3"]), (ids["school/s1"], "minted", None)]
    )
    # A far pair that a person joins, and both decisions taken back: the old ids are there again.
    far = night(store, more, "v3", decisions=[said("same", other, more[-1])])
    assert residents(store, far)["school/s1"] == residents(store, far)["police/p3"]
    undone = night(store, more, "v4")
    assert residents(store, undone) == before | {"school/s1": ids["school/s1"]}


def test_only_the_last_two_nights_pairs_are_kept(store: Store) -> None:
    for n in range(4):
        night(store, town(4 + n), f"v{n}")
    assert len(list((store.workspace.stages / STAGE).iterdir())) == 2


@pytest.mark.parametrize(
    "cut",
    [("link_node", 0), ("link_capped", 0), ("assignment", 0), ("resident_link", 0), ("done", 0), ("done", 1)],
)
def test_a_killed_run_leaves_no_trace(store: Store, tmp_path: Path, cut: tuple[str, int]) -> None:
    records = town(8)
    whole = results(store, night(store, records, "v1", commit=False))
    root = tmp_path / "killed"
    root.mkdir()
    (root / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    workspace = Workspace.open(root)
    workspace.make()
    child = os.fork()
    if child == 0:
        try:
            _die_at(*cut)
            with Store(workspace, memory="1GB", threads=1) as one:
                night(one, records, "v1", commit=False)
        finally:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with Store(workspace, memory="1GB", threads=2) as again:
        again.sweep()
        assert results(again, night(again, records, "v1", commit=False)) == whole


def _die_at(table: str, nth: int) -> None:
    """Have this process killed as it begins to write ``table``, or to put its ``nth`` finished stage in place."""
    write, leave = Stage.write, Stage.__exit__
    left = 0

    def writing(stage: Stage, name: object, *rest: object) -> int:
        if name == table:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(stage, name, *rest)  # type: ignore[arg-type]

    def leaving(stage: Stage, *exc: object) -> None:
        nonlocal left
        if table == "done" and not stage.done:
            if left == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            left += 1
        leave(stage, *exc)  # type: ignore[arg-type]

    Stage.write, Stage.__exit__ = writing, leaving  # type: ignore[method-assign,assignment]
    sys.stdout.flush()
