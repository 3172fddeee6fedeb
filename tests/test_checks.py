"""The checks before publishing: what holds passes, and each rule that is broken is found, masked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "unify"))
from small_city import City, core_part, id_number

from schemas.model import schema
from schemas.problem import speak
from warehouse.checks import CheckResult, run_checks, written_checks
from warehouse.checks.declared import declared_checks
from warehouse.store import Store
from warehouse.workspace import Workspace

WANG = id_number("19850102", 2)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, str]]:
    """Two nights of a city, as native tables that a test may break within a transaction."""
    root = tmp_path_factory.mktemp("city")
    (root / "oncegrid.yaml").write_text("city: 测试市\n", "utf-8")
    workspace = Workspace.open(root)
    workspace.make()
    store = Store(workspace, memory="1GB", threads=2)
    city = City(store)
    place = {
        "p_address_basis": "live",
        "p_grid_code": "210202001001001",
        "p_estate": "甲园",
        "live_address": "甲园1号楼",
    }
    rows = [
        {"source": "police", "key": "1", "name": "王芳", "id_number": WANG, "household_no": "H1", "relation_to_head": "02", **place},
        {"source": "health", "key": "1", "name": "王芳", "id_number": WANG, "phone": "13800000001"},
        {"source": "police", "key": "2", "name": "李四", "household_no": "H1", "relation_to_head": "20"},
        {"source": "police", "key": "3", "name": "赵六"},
    ]  # fmt: skip
    grids = city.table(
        "t_grid",
        "grid",
        [{"grid_code": "210202001001001", "grid_type": "comprehensive", "grid_type_label": "综合网格"}],
    )
    city.night([*rows, {"source": "police", "key": "4", "name": "不见了"}], "2026-01-01", grids=grids)
    city.night([*rows[:3], {**rows[3], "id_number": id_number("19900304", 3)}], "2026-01-02", grids=grids)
    scans = {name: city.stage.scan(name) for name in city.stage.counts} | {
        "resident_change": city.linked.scan("resident_change")
    }
    scans["resident_core"] = city.table("t_core", "resident_core", [core_part(r) for r in city.current])
    scans["edition"] = city.table("t_edition", "edition", [
        {"source": s, "edition_id": f"{s}-2026-01-02", "status": "kept", "rows_read": 4, "rows_kept": 3, "rows_skipped": 1, "rows_rejected": 0}
        for s in ("police", "health")
    ])  # fmt: skip
    for name, scan in scans.items():
        store.con.execute(f"create table p_{name} as select * from {scan}")
    return store, {name: f"p_{name}" for name in scans}


def failed(found: list[CheckResult]) -> list[str]:
    return [result.name for result in found if not result.passed]


def test_a_sound_version_passes_every_check(published: tuple[Store, dict[str, str]]) -> None:
    store, scans = published
    found = run_checks(store, scans)
    assert failed(found) == [], [r for r in found if not r.passed]
    assert {c.name for c in written_checks()} <= {r.name for r in found}
    assert [r.name for r in found] == sorted(r.name for r in found)


BREAKS = {
    "edition_rows_add_up": "update p_edition set rows_kept = 2 where source = 'police'",
    "record_exactly_once": "delete from p_resident_record where source = 'health'",
    "record_of_a_kept_edition": "update p_edition set status = 'held' where source = 'health'",
    "resident_id_opaque": "update p_resident set resident_id = 'r210202198501020022' where name = '赵六'",
    "resident_without_record": "update p_resident set status = 'active' where status = 'unseen'",
    "id_number_of_one_resident": f"update p_resident set id_number = '{WANG}' where name = '赵六'",
    "seen_and_confidence_in_bounds": "update p_resident set confidence = 1.5 where name = '赵六'",
    "sources_are_those_of_the_records": "update p_resident set sources = 'police' where name = '王芳'",
    "residence_from_one_record": "update p_resident_value set record_key = 'x' where field = 'estate' and chosen",
    "merged_id_is_gone": "insert into p_resident_change select resident_id, 'merged', 'r0', 'v9', '测试' from p_resident where name = '赵六'",
    "history_has_one_present": "delete from p_resident_history where valid_to is null and name = '赵六'",
    "history_periods_apart": "update p_resident_history set valid_to = date '2027-01-01' where valid_to is not null",
    "household_head_is_a_member": "update p_resident set household_id = 'h0' where name = '王芳'; update p_resident set relation_to_head = '01' where name = '李四'",
    "grid_counts_its_residents": "update p_grid set residents = 7",
    "golden_value_has_one_chosen_word": "update p_resident_value set chosen = false where field = 'phone'",
    "resident_codes": "update p_resident set sex = '7' where name = '赵六'",
    "resident_record_references": "update p_resident_record set resident_id = 'rabc' where source = 'health'",
    "resident_required": "update p_resident set first_seen = null where name = '赵六'",
}


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_each_broken_rule_is_found(published: tuple[Store, dict[str, str]], name: str) -> None:
    store, scans = published
    store.con.execute("begin")
    try:
        for statement in BREAKS[name].split("; "):
            store.con.execute(statement)
        found = {r.name: r for r in run_checks(store, scans)}
    finally:
        store.con.execute("rollback")
    assert found[name].offending > 0
    assert 0 < len(found[name].sample) <= 5
    told = repr(found[name].sample)
    assert WANG not in told and "王芳" not in told and "13800000001" not in told


def test_every_written_check_is_broken_by_some_test() -> None:
    assert {c.name for c in written_checks()} <= set(BREAKS)


def test_a_wrong_label_is_found(published: tuple[Store, dict[str, str]]) -> None:
    store, scans = published
    store.con.execute("begin")
    try:
        store.con.execute("update p_resident set status_label = '在' where status = 'active'")
        assert "resident_codes" in failed(run_checks(store, {"resident": scans["resident"]}))
    finally:
        store.con.execute("rollback")


def test_checks_speak_both_languages_and_need_only_declared_tables(
    published: tuple[Store, dict[str, str]],
) -> None:
    store, scans = published
    for check in (*written_checks(), *declared_checks(scans)):
        assert check.en and check.zh
        assert check.needs <= set(schema().tables)
    speak("zh")
    try:
        assert all(
            any("一" <= c <= "鿿" for c in r.says) for r in run_checks(store, {"edition": scans["edition"]})
        )
    finally:
        speak("en")


def test_a_check_without_its_tables_is_not_run(published: tuple[Store, dict[str, str]]) -> None:
    store, scans = published
    names = {r.name for r in run_checks(store, {"edition": scans["edition"]})}
    assert names == {"edition_codes", "edition_required", "edition_rows_add_up"}
