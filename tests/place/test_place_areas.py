"""The tree of areas, and which of its places codes and names mean."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import FUSHOU, GRIDS, HAIYUN, TREE, VILLAGE, YANGGUANG, SmallTown, home

from warehouse.normalize.functions import name_functions
from warehouse.place.names import LEVELS, name_keys, plain_name

CON = duckdb.connect()
name_functions(CON)
AREAS = "county_code, street_code, community_code"


def test_tree_has_levels_parents_and_every_code(town: SmallTown) -> None:
    town.place()
    assert len(town.rows("area")) == len(TREE) + 1  # 37, above 3706, is on no list
    assert town.rows(
        "area", "area_code, level, parent_code, code_system, name", "area_code like '210202002%'"
    ) == [
        ("210202002", "township", "210202", "NBS", "解放镇"),
        ("210202002001", "village", "210202002", "NBS", "阳光居委会"),
        (VILLAGE, "village", "210202002", "NBS", "东村村委会"),
    ]
    assert town.rows("area", "level, parent_code, level_label", "area_code = '2102'") == [
        ("prefecture", "21", "地级")
    ]


def test_newest_edition_speaks_then_the_source_name(town: SmallTown) -> None:
    code = "210202001009"
    town.place(tree=[
        *TREE,
        {"area_code": code, "name": "旧社区", "source": "a", "as_of": "2025-01-01"},
        {"area_code": code, "name": "新社区", "source": "b", "as_of": "2026-01-01"},
        {"area_code": code, "name": "又社区", "source": "c", "as_of": "2026-01-01"},
        {"area_code": code, "name": "民政社区", "source": "d", "code_system": "MCA"},
    ])  # fmt: skip
    assert town.rows("area", "code_system, name", f"area_code = '{code}'") == [
        ("MCA", "民政社区"),
        ("NBS", "新社区"),
    ]


def test_missing_levels_above_are_made(town: SmallTown) -> None:
    town.place(tree=[{"area_code": "210202001001", "name": "福寿社区"}], grids=None)
    assert town.rows("area", "area_code, name, parent_code") == [
        ("21", "21", None), ("2102", "测试市", "21"), ("210202", "中山区", "2102"),
        ("210202001", "210202001", "210202"), ("210202001001", "福寿社区", "210202001"),
    ]  # fmt: skip


def test_stated_code_gives_all_levels(town: SmallTown) -> None:
    town.place(resident=[{"community_code": FUSHOU}, {"street_code": "210202002000"}])
    assert town.placed("resident", AREAS) == ("210202", "210202001", FUSHOU)
    assert town.placed("resident", AREAS, 2) == ("210202", "210202002", None)


def test_stated_code_wins_over_names_and_says_so(town: SmallTown) -> None:
    town.place(resident=[{"community_code": FUSHOU, **home(county="乙区", community="海韵社区")}])
    assert town.placed("resident", AREAS) == ("210202", "210202001", FUSHOU)
    assert town.issues() == [(1, "community", "address_conflict"), (1, "county", "address_conflict")]


def test_unknown_code_is_an_issue_and_names_or_its_street_help(town: SmallTown) -> None:
    town.place(resident=[
        {"community_code": "210202001999", **home(community="福寿居委会")},
        {"community_code": "210202001999"},
        {"community_code": "990202001999"},
    ])  # fmt: skip
    assert town.placed("resident", AREAS) == ("210202", "210202001", FUSHOU)
    assert town.placed("resident", AREAS, 2) == ("210202", "210202001", None)
    assert town.placed("resident", AREAS, 3) == (None, None, None)
    assert town.issues() == [(n, "community_code", "area_unknown") for n in (1, 2, 3)]
    assert town.rows("issue", "distinct severity, value_masked") == [
        ("warning", "210202001999"),
        ("warning", "990202001999"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "福寿",
        "福寿社区",
        "福寿居委会",
        "福寿社区居民委员会",
        "福寿社区（原一委）",
        "福 寿 社 区",
        "人民路街道福寿社区",
    ],
)
def test_spellings_of_a_community(town: SmallTown, name: str) -> None:
    town.place(resident=[home(county="甲区", community=name)])
    assert town.placed("resident", AREAS) == ("210202", "210202001", FUSHOU)


@pytest.mark.parametrize("name", ["解放", "解放镇", "解放街道", "解放镇 ", "解放街道办事处"])
def test_spellings_of_a_street(town: SmallTown, name: str) -> None:
    town.place(resident=[home(street=name, community="阳光社区")])
    assert town.placed("resident", AREAS) == ("210202", "210202002", "210202002001")


def test_village_with_and_without_the_word(town: SmallTown) -> None:
    town.place(resident=[home(community="东村"), home(community="东村村"), home(community="东社区")])
    assert [town.placed("resident", "community_code", n) for n in (1, 2, 3)] == [VILLAGE] * 3


def test_exact_spelling_comes_first(town: SmallTown) -> None:
    tree = [
        *TREE,
        {"area_code": "210202001011", "name": "新社区"},
        {"area_code": "210202001012", "name": "新村社区"},
    ]
    town.place(
        tree=tree, resident=[home(community="新社区"), home(community="新村社区"), home(community="新村")]
    )
    assert town.placed("resident", "community_code", 1) == "210202001011"
    assert town.placed("resident", "community_code", 2) == "210202001012"


def test_community_name_within_its_street_else_county(town: SmallTown) -> None:
    town.place(resident=[
        home(community="阳光社区"),
        home(county="甲区", community="阳光社区"),
        home(county="甲区", street="人民路", community="阳光社区"),
        home(county="乙区", community="阳光"),
        home(street="人民路街道"),
        home(county="乙区", street="不存在街道", community="海韵"),
    ])  # fmt: skip
    assert town.placed("resident", AREAS, 1) == (None, None, None)
    assert town.placed("resident", AREAS, 2) == ("210202", None, None)
    assert town.placed("resident", AREAS, 3) == ("210202", "210202001", YANGGUANG)
    assert town.placed("resident", AREAS, 4) == ("210203", "210203001", "210203001001")
    assert town.placed("resident", AREAS, 5) == (None, None, None)
    assert town.placed("resident", AREAS, 6) == ("210203", "210203001", HAIYUN)
    assert town.issues() == [
        (1, "community", "area_ambiguous"), (2, "community", "area_ambiguous"), (5, "street", "area_ambiguous"),
    ]  # fmt: skip


def test_names_are_the_citys_own(town: SmallTown) -> None:
    """A neighbour's community is not found by its name alone; by its county it is."""
    town.place(resident=[home(community="西炮台"), home(county="丙区", community="西炮台")])
    assert town.placed("resident", AREAS, 1) == (None, None, None)
    assert town.placed("resident", AREAS, 2) == ("370602", "370602001", "370602001001")
    town.place(division=None, resident=[home(community="西炮台")])
    assert town.placed("resident", "community_code") == "370602001001"


def test_other_city_is_elsewhere(town: SmallTown) -> None:
    town.place(resident=[
        {"hukou_address": "外地省远方市甲区人民路街道福寿社区", "hukou_county": "甲区", "hukou_street": "人民路街道", "hukou_community": "福寿社区"},
        {"live_address": "测试省测试市甲区福寿社区", **home(county="甲区", community="福寿社区")},
        {"live_address": "近邻市甲区福寿社区", **home(county="甲区", community="福寿社区")},
    ])  # fmt: skip
    assert town.placed("resident", f"{AREAS}, address_basis", 1) == (None, None, None, "presumed_hukou")
    assert town.placed("resident", "community_code", 2) == FUSHOU
    assert town.placed("resident", AREAS, 3) == (None, None, None)
    assert [row for row, _, _ in town.issues()] == [3, 3]


def test_unknown_county_closes_the_search_but_a_zone_does_not(town: SmallTown) -> None:
    town.place(
        resident=[home(county="远区", community="福寿社区"), home(county="高新园区", community="福寿社区")]
    )
    assert town.placed("resident", AREAS, 1) == (None, None, None)
    assert town.placed("resident", AREAS, 2) == ("210202", "210202001", FUSHOU)
    assert town.issues() == [(1, "community", "area_unknown"), (1, "county", "area_unknown")]


def test_alias_and_ended_area_lead_to_what_is_now(town: SmallTown) -> None:
    old, split = "210202001008", "210202001007"
    tree = [
        *({**r, "aliases": "老福寿，福寿里"} if r["area_code"] == FUSHOU else r for r in TREE),
        {"area_code": old, "name": "寿山社区", "valid_to": "2025-06-01", "successor_codes": FUSHOU},
        {
            "area_code": split,
            "name": "大山社区",
            "valid_to": "2025-06-01",
            "successor_codes": f"{FUSHOU},{YANGGUANG}",
        },
        {"area_code": "210202001006", "name": "明天社区", "valid_from": "2027-01-01"},
    ]
    town.place(tree=tree, resident=[
        home(community="福寿里社区"), home(community="寿山社区"), {"community_code": old}, {"community_code": split}, home(community="明天社区"),
    ])  # fmt: skip
    assert [town.placed("resident", "community_code", n) for n in range(1, 6)] == [
        FUSHOU,
        FUSHOU,
        FUSHOU,
        None,
        None,
    ]
    assert town.placed("resident", "street_code", 4) == "210202001"
    assert town.issues() == [
        (3, "community_code", "area_changed"),
        (4, "community_code", "area_ambiguous"),
        (5, "community", "area_unknown"),
    ]


def test_township_of_another_code_system_is_the_statistical_one(town: SmallTown) -> None:
    tree = [*TREE, {"area_code": "210202019", "name": "人民路街道", "code_system": "MCA"}]
    town.place(
        tree=tree,
        resident=[
            {"street_code": "210202019", **home(community="福寿")},
            home(county="甲区", street="人民路街道"),
        ],
    )
    assert town.placed("resident", AREAS, 1) == ("210202", "210202001", FUSHOU)
    assert town.placed("resident", "street_code", 2) == "210202001"


def test_city_without_a_tree(town: SmallTown) -> None:
    """The tree grows from the codes that records state; their names then place other records."""
    stage = town.place(tree=None, grids=None, resident=[
        {"community_code": FUSHOU, **home(county="甲区", community="福寿社区")},
        {"grid_code": f"{HAIYUN}001"},
        home(community="福寿居委会"),
        {"community_code": "370602001001"},
    ])  # fmt: skip
    assert stage.facts["listed"] is False
    assert town.placed("resident", AREAS, 1) == ("210202", "210202001", FUSHOU)
    assert town.placed("resident", AREAS, 2) == ("210203", "210203001", HAIYUN)
    assert town.placed("resident", "community_code", 3) == FUSHOU
    assert town.placed("resident", AREAS, 4) == (None, None, None)
    assert town.rows("area", "area_code, name", "level in ('village', 'prefecture')") == [
        ("2102", "测试市"), (FUSHOU, "福寿社区"), (HAIYUN, HAIYUN),
    ]  # fmt: skip


def test_circle_of_parents_ends(town: SmallTown) -> None:
    tree = [{"area_code": "210202001", "name": "一街道", "parent_code": "210202001001"},
            {"area_code": "210202001001", "name": "福寿社区", "parent_code": "210202001"}]  # fmt: skip
    town.place(tree=tree, grids=None, resident=[{"community_code": FUSHOU}])
    assert town.placed("resident", "street_code, community_code") == ("210202001", FUSHOU)


def test_area_and_grid_records_without_code_are_told(town: SmallTown) -> None:
    town.place(tree=[*TREE, {"name": "无码社区"}], grids=[*GRIDS, {"grid_name": "无码格"}])
    assert town.issues("area") == [(len(TREE) + 1, "area_code", "area_unknown")]
    assert town.issues("grid") == [(len(GRIDS) + 1, "grid_code", "grid_unknown")]


@settings(deadline=None, max_examples=40)
@given(st.text(alphabet="人民路街道甲乙区镇乡村社居委会福寿阳光（）() ·'\"\\[]*1１aＡ　\n", max_size=14))
def test_any_name_can_be_asked(name: str) -> None:
    """No text of a source breaks the keys; a key is stable when the name is spelled with spaces and full width."""
    CON.execute("create or replace table w as select ? as x", [name])
    for level in LEVELS:
        rows = CON.execute(
            name_keys(f"select {plain_name('x')} as plain, 1 as c from w", level, "c")
        ).fetchall()
        assert len(rows) == 3
        assert all(key != "" for _, key, _ in rows)
