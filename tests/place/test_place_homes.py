"""Homes, grid cells, and what is decided of each record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import FUSHOU, GRIDS, HAIYUN, VILLAGE, SmallTown, home, opened

G1, G2, G3 = f"{FUSHOU}001", f"{FUSHOU}002", f"{HAIYUN}001"
FLAT = home(county="甲区", community="福寿社区", estate="锦绣花园", building="3", unit="2", room="501")


def test_same_home_by_every_kind(town: SmallTown) -> None:
    bare = {k.removeprefix("live_"): v for k, v in FLAT.items()}
    town.place(
        resident=[FLAT, {**FLAT, "live_estate": "锦绣 花园", "live_room": "５０１"}, {"hukou_" + k[5:]: v for k, v in FLAT.items()}],
        household=[FLAT], event=[bare], organisation=[bare],
        dwelling=[{**bare, "floor_area": 80.5, "use": "住宅", "as_of": "2025-01-01"}, {**bare, "floor_area": 82, "as_of": "2026-01-01"}],
    )  # fmt: skip
    rows = town.rows(
        "dwelling",
        "dwelling_id, county_code, street_code, community_code, estate, building, unit, room, floor_area, use",
    )
    assert len(rows) == 1
    assert rows[0][1:] == ("210202", "210202001", FUSHOU, "锦绣花园", "3", "2", "501", 82.0, "住宅")
    assert rows[0][0].startswith("d")
    for kind, n in (("resident", 3), ("household", 1), ("event", 1), ("organisation", 1), ("dwelling", 2)):
        assert town.rows(f"{kind}_placed", "dwelling_id") == [(rows[0][0],)] * n
    assert [town.placed("resident", "address_basis", n) for n in (1, 3)] == ["live", "presumed_hukou"]


def test_id_of_a_home_is_secret_and_of_its_parts(town: SmallTown) -> None:
    town.place(
        resident=[
            FLAT,
            {**FLAT, "live_unit": "1"},
            {**FLAT, "live_building": "32", "live_unit": None},
            {**FLAT, "live_building": "3", "live_unit": "2"},
        ]
    )
    ids = [town.placed("resident", "dwelling_id", n) for n in range(1, 5)]
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3
    assert all(len(i) == 25 and FUSHOU not in i for i in ids)


def test_no_room_no_home_but_a_village_house(town: SmallTown) -> None:
    town.place(resident=[
        {**FLAT, "live_room": None},
        home(county="甲区", community="福寿社区", road="松江街", road_no="5"),
        home(county="甲区", community="福寿社区", building="3", room="501"),
        home(community="东村", road_no="12"),
        home(community="东村", road_no="12"),
        home(community="东村", road_no="13"),
        home(county="甲区", community="福寿社区", road="松江街", road_no="5", unit="2", room="304"),
    ])  # fmt: skip
    ids = [town.placed("resident", "dwelling_id", n) for n in range(1, 8)]
    assert ids[:3] == [None, None, None]
    assert ids[3] == ids[4] != ids[5]
    assert town.rows("dwelling", "community_code, road, road_no, unit, room") == [
        (FUSHOU, "松江街", "5", "2", "304"), (VILLAGE, None, "12", None, None), (VILLAGE, None, "13", None, None),
    ]  # fmt: skip


def test_place_needs_an_area(town: SmallTown) -> None:
    town.place(
        resident=[
            home(estate="孤岛花园", building="1", room="101"),
            home(county="乙区", estate="孤岛花园", building="1", room="101"),
        ]
    )
    assert town.rows("dwelling", "county_code, community_code") == [("210203", None)]


@pytest.mark.parametrize(
    ("known", "community"),
    [
        ([], None),
        ([("福寿社区", "3", 1)], FUSHOU),
        ([("福寿社区", "4", 1)], FUSHOU),  # the whole estate is in one community
        ([("福寿社区", "3", 1), ("海韵社区", "4", 1)], FUSHOU),
        ([("福寿社区", "3", 1), ("海韵社区", "3", 1)], None),
        ([("福寿社区", "3", 30), ("海韵社区", "3", 1)], FUSHOU),  # a slip among many
        ([("福寿社区", "5", 1), ("海韵社区", "4", 1)], None),
    ],
)
def test_community_learned_from_known_homes(
    town: SmallTown, known: list[tuple[str, str, int]], community: str | None
) -> None:
    rows: list[dict[str, Any]] = [home(estate="锦绣花园", building="3", unit="2", room="501")]
    for name, building, times in known:
        rows += [home(community=name, estate="锦绣花园", building=building, unit="1", room="101")] * times
    town.place(resident=rows)
    assert town.placed("resident", "community_code") == community
    assert (town.placed("resident", "dwelling_id") is None) == (community is None)


def test_learning_keeps_to_the_stated_county(town: SmallTown) -> None:
    known = home(county="甲区", community="福寿社区", estate="锦绣花园", building="3", room="101")
    town.place(resident=[home(county="乙区", estate="锦绣花园", building="3", room="501"), known])
    assert town.placed("resident", "county_code, community_code") == ("210203", None)


def test_which_address_counts(town: SmallTown) -> None:
    hukou = {
        "hukou_county": "乙区",
        "hukou_community": "海韵社区",
        "hukou_estate": "望海园",
        "hukou_room": "101",
    }
    town.place(resident=[
        {**FLAT, **hukou},
        hukou,
        {"live_address": "同户籍地址", "live_estate": "同户籍地址", **hukou},
        {"grid_code": G1, **hukou},
        {"community_code": FUSHOU, **hukou},
        {"community_code": HAIYUN, **hukou},
        {},
    ])  # fmt: skip
    told = [town.placed("resident", "address_basis, community_code, estate", n) for n in range(1, 8)]
    assert told == [
        ("live", FUSHOU, "锦绣花园"), ("presumed_hukou", HAIYUN, "望海园"), ("live", HAIYUN, "望海园"), ("live", FUSHOU, None),
        ("live", FUSHOU, None), ("presumed_hukou", HAIYUN, "望海园"), (None, None, None),
    ]  # fmt: skip


def flat(building: str = "3", room: str = "501", **more: Any) -> dict[str, Any]:
    return {**FLAT, "live_building": building, "live_room": room, **more}


def test_grid_rules_in_their_order(town: SmallTown) -> None:
    town.place(resident=[
        flat(grid_code=G1), flat(), flat(room="502"), flat(building="4"),
        home(county="甲区", community="福寿社区"), home(community="海韵社区"),
    ])  # fmt: skip
    assert [town.placed("resident", "grid_code, grid_rule", n) for n in range(1, 7)] == [
        (G1, "stated"), (G1, "dwelling"), (G1, "building"), (G1, "estate"), (None, None), (G3, "community_only"),
    ]  # fmt: skip
    assert town.rows("dwelling", "building, room, grid_code") == [
        ("3", "501", G1),
        ("3", "502", G1),
        ("4", "501", G1),
    ]


def test_majority_the_registers_own_word_and_ties(town: SmallTown) -> None:
    town.place(resident=[
        flat(grid_code=G2), flat(grid_code=G2), flat(grid_code=G1), flat(),
        flat(building="4", grid_code=G1), flat(building="4", grid_code=G2), flat(building="4"),
        flat(building="5", grid_code=G1), flat(building="5", grid_code=G1), flat(building="5"),
    ], dwelling=[{k.removeprefix("live_"): v for k, v in flat(building="5").items()} | {"grid_code": G2}])  # fmt: skip
    assert town.placed("resident", "grid_code", 4) == G2
    assert town.placed("resident", "grid_code", 7) == G1
    assert town.placed("resident", "grid_code", 10) == G2


def test_building_in_two_halves_is_no_rule(town: SmallTown) -> None:
    town.place(resident=[flat(room="101", grid_code=G1), flat(room="102", grid_code=G2), flat(room="103")])
    assert town.placed("resident", "grid_code, grid_rule", 3) == (None, None)


def test_comprehensive_cells_come_before_other_lines(town: SmallTown) -> None:
    grids = [*GRIDS, {"grid_code": "JW001234", "grid_type": "jingwu", "community_code": FUSHOU}]
    town.place(
        grids=grids,
        resident=[flat(grid_code="JW001234"), flat(grid_code="JW001234"), flat(grid_code=G1), flat()],
    )
    assert town.placed("resident", "grid_code", 1) == "JW001234"
    assert town.placed("resident", "grid_code", 4) == G1


def test_grid_gives_the_areas_that_the_address_lacks(town: SmallTown) -> None:
    """A grid roster's flats have no community: the cell has, and so has then whoever states the same flat."""
    bare = home(estate="锦绣花园", building="3", unit="2", room="501")
    town.place(resident=[{"grid_code": G1, **bare}, bare], event=[{"grid_code": G3}])
    columns = "county_code, street_code, community_code, grid_code, grid_rule"
    assert town.placed("resident", columns, 1) == ("210202", "210202001", FUSHOU, G1, "stated")
    assert town.placed("resident", columns, 2) == ("210202", "210202001", FUSHOU, G1, "dwelling")
    assert town.placed("event", columns) == ("210203", "210203001", HAIYUN, G3, "stated")


def test_grid_in_another_community_is_told(town: SmallTown) -> None:
    town.place(resident=[{"grid_code": G1, **home(community="海韵社区")}])
    assert town.placed("resident", "community_code, grid_code") == (HAIYUN, G1)
    assert town.issues() == [(1, "grid_code", "grid_conflict")]


def test_grid_list(town: SmallTown) -> None:
    grids = [
        *GRIDS,
        {"grid_code": G1, "grid_name": "旧名", "as_of": "2025-01-01", "grid_worker": "钱二"},
        {
            "grid_code": G3,
            "grid_name": "海韵格",
            "grid_worker": "兼职",
            "grid_worker_kind": "兼职网格员",
            "community_code": HAIYUN,
        },
        {
            "grid_code": G3,
            "grid_name": "海韵格",
            "grid_worker": "专职",
            "grid_worker_kind": "专职网格员",
            "community_code": HAIYUN,
        },
        {"grid_code": "210203001001007"},
    ]
    town.place(grids=grids)
    columns = (
        "grid_code, grid_type, grid_type_label, name, county_code, street_code, community_code, grid_worker"
    )
    assert town.rows("grid", columns) == [
        (G1, "comprehensive", "综合网格", "福寿一格", "210202", "210202001", FUSHOU, "赵一"),
        (G2, "comprehensive", "综合网格", "福寿二格", "210202", "210202001", FUSHOU, None),
        ("210203001001007", "comprehensive", "综合网格", None, "210203", "210203001", "210203001001", None),
        (G3, "comprehensive", "综合网格", "海韵格", "210203", "210203001", HAIYUN, "专职"),
    ]  # fmt: skip


def test_cells_that_only_rosters_state(town: SmallTown) -> None:
    town.place(
        resident=[
            {"grid_code": f"{FUSHOU}009", "grid_worker": "孙三", "grid_name": "福寿九格"},
            {"grid_code": "WG-00017", **home(community="海韵社区")},
            {"grid_code": "WG-00017", **home(community="海韵社区")},
            {"grid_code": "WG-00017", **home(community="福寿社区")},
            {"grid_code": "3", **home(community="福寿社区")},
            {"grid_code": "福寿二格", **home(community="福寿社区")},
            {"grid_code": "福寿二格"},
            {"grid_code": "福寿二格", **home(community="海韵社区")},
        ],
        event=[{"grid_code": "EV-00001"}],
    )
    assert town.rows("grid", "grid_code, grid_type, name, community_code, grid_worker", "grid_code not in (select grid_code from t_grid)") == [
        (f"{FUSHOU}009", "comprehensive", "福寿九格", FUSHOU, "孙三"), ("WG-00017", "other", None, HAIYUN, None),
    ]  # fmt: skip
    assert [town.placed("resident", "grid_code", n) for n in range(5, 9)] == [None, G2, G2, G3]
    assert town.placed("resident", "grid_rule", 8) == "community_only"
    assert town.placed("event", "grid_code") is None
    assert town.issues() == [
        (1, "grid_code", "grid_unknown"), (2, "grid_code", "grid_unknown"), (4, "grid_code", "grid_conflict"),
        (5, "grid_code", "grid_unknown"), (8, "grid_code", "grid_unknown"),
    ]  # fmt: skip
    assert town.issues("event") == [(1, "grid_code", "grid_unknown")]


def test_only_grid_in_force_counts(town: SmallTown) -> None:
    town.place(
        grids=[
            {"grid_code": "HY-0001", "community_code": HAIYUN, "valid_to": "2025-12-31"},
            {"grid_code": "HY-0002", "community_code": HAIYUN},
        ],
        resident=[home(community="海韵社区")],
    )
    assert town.placed("resident", "grid_code, grid_rule") == ("HY-0002", "community_only")


def test_nothing_at_all_still_writes_every_table(town: SmallTown) -> None:
    stage = town.place(tree=None, grids=None)
    assert stage.counts == dict.fromkeys(stage.counts, 0)
    assert set(stage.counts) == {
        "area", "area_alias", "area_crosswalk", "grid", "dwelling", "placement", "issue", *(f"{k}_placed" for k in ("resident", "household", "event", "organisation", "dwelling")),
    }  # fmt: skip


def test_same_inputs_are_not_placed_again(town: SmallTown) -> None:
    first = town.place(resident=[FLAT])
    made = first.path("dwelling").stat().st_mtime_ns
    assert town.place(resident=[FLAT]).path("dwelling").stat().st_mtime_ns == made


def test_everything_referred_to_exists(town: SmallTown) -> None:
    _mixed(town)
    for kind in ("resident", "event", "dwelling"):
        for column, table, key in (
            ("county_code", "area", "area_code"), ("street_code", "area", "area_code"), ("community_code", "area", "area_code"),
            ("grid_code", "grid", "grid_code"), ("dwelling_id", "dwelling", "dwelling_id"),
        ):  # fmt: skip
            assert (
                town.rows(
                    f"{kind}_placed", column, f"{column} not in (select {key} from {town.stage.scan(table)})"
                )
                == []
            )


NAMES = st.sampled_from([None, "福寿社区", "阳光", "海韵社区", "东村", "不存在社区"])
ROWS = st.lists(
    st.fixed_dictionaries({
        "live_county": st.sampled_from([None, "甲区", "乙区", "远区"]), "live_community": NAMES, "hukou_community": NAMES,
        "live_estate": st.sampled_from([None, "锦绣花园"]), "live_road_no": st.sampled_from([None, "12"]),
        "live_building": st.sampled_from([None, "3", "4"]), "live_room": st.sampled_from([None, "501", "502"]),
        "grid_code": st.sampled_from([None, None, G1, G2, G3, "WG-00017", "3"]), "source": st.sampled_from(["p", "q"]),
        "as_of": st.sampled_from(["2025-01-01", "2026-01-01"]), "community_code": st.sampled_from([None, None, FUSHOU, "999999999999"]),
    }), max_size=14,
)  # fmt: skip


def _mixed(town: SmallTown) -> None:
    rows = [
        {"live_community": c, "live_estate": e, "live_building": b, "live_room": r, "grid_code": g}
        for c in ("福寿社区", None, "海韵社区", "东村") for e in ("锦绣花园", None) for b in ("3", None)
        for r in ("501", None) for g in (G1, None, "WG-00017", "x")
    ]  # fmt: skip
    bare = [{k.removeprefix("live_"): v for k, v in row.items()} for row in rows]
    town.place(resident=rows, event=bare, dwelling=bare)


@settings(max_examples=5, deadline=None)
@given(ROWS, st.integers(0, 5), st.booleans())
def test_order_of_rows_and_threads_change_nothing(rows: list[dict[str, Any]], seed: int, tree: bool) -> None:
    told = []
    for threads, shuffle in ((1, None), (2, seed)):
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder), threads) as store:
            town = SmallTown(store)
            more: dict[str, Any] = {} if tree else {"tree": None, "grids": None}
            stage = town.place(resident=rows, shuffle=shuffle, **more)
            told.append({table: town.rows(table) for table in stage.counts})
    assert told[0] == told[1]
    placed = told[0]["resident_placed"]
    assert len(placed) == len(rows)
