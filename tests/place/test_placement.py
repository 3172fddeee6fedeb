"""By which rules places were decided: the table that tells it, and the rules that need several records."""

from __future__ import annotations

from typing import Any

from small_town import FUSHOU, GRIDS, HAIYUN, VILLAGE, SmallTown, home

G1, G2 = f"{FUSHOU}001", f"{FUSHOU}002"
FLAT = home(county="甲区", community="福寿社区", estate="锦绣花园", building="3", unit="2", room="501")


def told(town: SmallTown, columns: str, number: int, kind: str = "resident") -> Any:
    [row] = town.rows("placement", columns, f"record_kind = '{kind}' and record_key = '{number:05d}'")
    return row


def test_each_record_has_its_rules_and_one_address_for_one_home(town: SmallTown) -> None:
    bare = {k.removeprefix("live_"): v for k, v in FLAT.items()}
    short = home(estate="锦绣花园", building="3", unit="2", room="501")
    stage = town.place(
        resident=[FLAT, short, {"community_code": FUSHOU}, {"grid_code": G1}, {**FLAT, "live_room": None}, home(county="甲区")],
        household=[{**FLAT, "live_room": "502"}], event=[{"grid_code": G1, **bare}], dwelling=[bare],
    )  # fmt: skip
    columns = "address_standard, address_level, address_certainty, area_rule, grid_rule"
    whole = "甲区人民路街道福寿社区居委会锦绣花园3幢2单元501室"
    assert told(town, columns, 1) == (whole, "room", "registered", "name", None)
    assert told(town, columns, 2) == (whole, "room", "registered", "known_homes", None)
    assert told(town, columns, 3) == ("甲区人民路街道福寿社区居委会", "community", None, "code", None)
    assert told(town, columns, 4) == ("甲区人民路街道福寿社区居委会", "community", None, "grid", "stated")
    assert told(town, columns, 5) == (
        "甲区人民路街道福寿社区居委会锦绣花园3幢2单元",
        "unit",
        None,
        "name",
        None,
    )
    assert told(town, columns, 6) == ("甲区", "county", None, "name", None)
    assert told(town, columns, 1, "household")[:3] == (whole.replace("501", "502"), "room", "single")
    assert told(town, "grid_rule", 1, "event") == ("stated",)
    assert stage.facts["rules"]["area_rule"] == {"code": 1, "grid": 1, "known_homes": 1, "name": 6}
    assert stage.counts["placement"] == sum(
        stage.counts[f"{k}_placed"] for k in ("resident", "household", "event", "dwelling")
    )


def test_house_number_between_two_of_one_cell(town: SmallTown) -> None:
    def house(number: int, **more: Any) -> dict[str, Any]:
        return home(community="东村", road_no=str(number)) | more

    cells = [{"grid_code": f"{VILLAGE}00{n}", "community_code": VILLAGE} for n in (1, 2)]
    town.place(grids=[*GRIDS, *cells], resident=[
        house(10, grid_code=f"{VILLAGE}001"), house(20, grid_code=f"{VILLAGE}001"), house(30, grid_code=f"{VILLAGE}002"),
        house(15), house(25), house(5),
    ])  # fmt: skip
    assert [town.placed("resident", "grid_code, grid_rule", n) for n in (4, 5, 6)] == [
        (f"{VILLAGE}001", "neighbours"), (None, None), (None, None),
    ]  # fmt: skip


def test_sides_of_a_road_are_apart(town: SmallTown) -> None:
    def house(number: int, **more: Any) -> dict[str, Any]:
        return (
            home(
                county="甲区", community="福寿社区", road="松江街", road_no=str(number), unit="1", room="301"
            )
            | more
        )

    town.place(resident=[
        house(2, grid_code=G1), house(6, grid_code=G1), house(3, grid_code=G2), house(7, grid_code=G2), house(4), house(5), house(8),
    ])  # fmt: skip
    assert [town.placed("resident", "grid_code", n) for n in (5, 6, 7)] == [G1, G2, None]


def test_two_estates_of_one_name_are_told_apart_by_unit_and_room(town: SmallTown) -> None:
    def flat(community: str | None, unit: str, room: str) -> dict[str, Any]:
        return home(community=community, estate="锦绣花园", building="3", unit=unit, room=room)

    known = [flat("福寿社区", u, "101") for u in ("1", "1", "2", "2", "3", "3")] + [
        flat("海韵社区", "1", r) for r in ("101", "901", "901")
    ]
    town.place(
        resident=[
            *known,
            flat(None, "3", "501"),
            flat(None, "1", "901"),
            flat(None, "1", "101"),
            flat(None, "4", "101"),
        ]
    )
    assert [town.placed("resident", "community_code", n) for n in range(10, 14)] == [
        FUSHOU,
        HAIYUN,
        None,
        None,
    ]


def test_a_slip_in_a_building_of_a_known_road(town: SmallTown) -> None:
    def flat(community: str | None, number: int) -> dict[str, Any]:
        return home(community=community, road="松江街", road_no=str(number), unit="1", room="301")

    good = [flat("福寿社区", n) for n in range(20, 60)]
    town.place(resident=[*good, *[flat("福寿社区", 5)] * 4, flat("海韵社区", 5), flat(None, 5)])
    assert town.placed("resident", "community_code", 46) == FUSHOU


def test_what_is_learned_is_one_of_those_that_the_name_may_mean(town: SmallTown) -> None:
    flats = {"estate": "锦绣花园", "building": "3", "unit": "1", "room": "101"}
    town.place(resident=[
        *[home(county="甲区", community="福寿社区", **flats)] * 3,
        home(community="阳光社区", **flats),
        home(**flats),
    ])  # fmt: skip
    assert town.placed("resident", "community_code", 4) is None
    assert town.placed("resident", "community_code", 5) == FUSHOU
