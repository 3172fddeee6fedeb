"""Houses that stand elsewhere than the codes beside them say."""

from __future__ import annotations

from typing import Any

from small_town import FUSHOU, HAIYUN, SmallTown, home

CELL = f"{FUSHOU}001"
THERE: dict[str, Any] = home(
    county="乙区", community="海韵社区", estate="锦绣花园", building="3", unit="2", room="501"
)
ROSTER: dict[str, Any] = {
    "source": "grid", "grid_code": CELL, "live_address": "锦绣花园3号楼2单元501", **home(estate="锦绣花园", building="3", unit="2", room="501"),
}  # fmt: skip


def estate(rooms: int) -> list[dict[str, Any]]:
    """An estate in 海韵社区 of which many records tell."""
    return [{**THERE, "live_room": str(100 + n)} for n in range(rooms)]


def test_the_cell_is_believed_and_the_house_is_not(town: SmallTown) -> None:
    town.place(resident=[ROSTER, THERE, *estate(20)])
    found = "grid_code, grid_rule, community_code, estate, room, dwelling_id, address_basis"
    assert town.placed("resident", found) == (CELL, "stated", FUSHOU, None, None, None, "live")
    assert town.placed("resident", "community_code, room", 2) == (HAIYUN, "501")
    assert town.rows("dwelling", "distinct community_code") == [(HAIYUN,)]
    assert town.rows("issue", "row_number, field, code, value_masked", "code = 'address_conflict'") == [
        (1, "live_address", "address_conflict", "锦*(4)"),
    ]


def test_an_estate_of_the_same_name_that_two_sources_tell_stays(town: SmallTown) -> None:
    clinic = {**ROSTER, "source": "health", "grid_code": None, "community_code": FUSHOU}
    town.place(resident=[ROSTER, clinic, THERE, *estate(60)])
    assert town.placed("resident", "community_code, room") == (FUSHOU, "501")
    assert town.rows("issue", "*", "code = 'address_conflict'") == []


def test_an_estate_that_the_register_of_dwellings_has_stays(town: SmallTown) -> None:
    bare = {
        k.removeprefix("live_"): v for k, v in ROSTER.items() if k.startswith("live_") and k != "live_address"
    }
    known = {**bare, "room": "601", "county": "甲区", "community": "福寿社区"}
    town.place(resident=[ROSTER, THERE, *estate(60)], dwelling=[known])
    assert town.placed("resident", "community_code, room") == (FUSHOU, "501")


def test_a_home_that_is_nowhere_else_stays(town: SmallTown) -> None:
    town.place(resident=[{**ROSTER, "live_room": "999"}, *estate(60)])
    assert town.placed("resident", "community_code, room") == (FUSHOU, "999")


def test_an_estate_shared_by_two_communities_stays(town: SmallTown) -> None:
    here = [{**ROSTER, "live_room": str(300 + n)} for n in range(8)]
    town.place(resident=[*here, *({**THERE, "live_room": str(300 + n)} for n in range(8)), *estate(30)])
    assert town.placed("resident", "community_code, room") == (FUSHOU, "300")
