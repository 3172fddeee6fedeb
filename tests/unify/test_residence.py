"""Where people live, and whether they are alive and here, when agencies disagree."""

from __future__ import annotations

from typing import Any

import pytest
from small_city import City, every_golden_value_has_one_chosen_word, id_number

WANG = id_number("19850102", 2)
PERSON: dict[str, Any] = {"name": "王芳", "id_number": WANG}
AREA = {"p_county_code": "210202", "p_street_code": "210202001", "p_community_code": "210202001001"}


def home(source: str, address: str, room: str | None = None, **more: Any) -> dict[str, Any]:
    """A record that says where the person lives: 甲园3号楼, or with a room a home of it."""
    placed = {"p_address_basis": "live", "p_estate": "甲园", "p_building": "3", "p_room": room, **AREA}
    if room is not None:
        placed["p_dwelling_id"] = f"d{room}"
    return {**PERSON, "source": source, "key": "1", "live_address": address, **placed, **more}


def reasons(city: City, field: str = "live_address") -> dict[str, tuple[bool, str]]:
    return {
        s: (c, r) for s, c, r in city.rows("resident_value", "source, chosen, reason", f"field = '{field}'")
    }


def test_who_names_the_home_completes_who_knows_best(city: City) -> None:
    city.night([home("grid", "甲园3号楼"), home("health", "甲园3号楼501", "501")])
    assert city.one("resident", "live_address, room, dwelling_id") == ("甲园3号楼501", "501", "d501")
    assert reasons(city) == {"grid": (False, "no_home"), "health": (True, "home")}
    assert reasons(city, "dwelling_id") == {"health": (True, "with_live_address")}
    every_golden_value_has_one_chosen_word(city)


def test_a_home_elsewhere_does_not_win_by_being_written_in_full(city: City) -> None:
    city.night([home("grid", "甲园3号楼"), home("health", "甲园9号楼501", "901", p_building="9")])
    assert city.one("resident", "live_address, building, dwelling_id") == ("甲园3号楼", "3", None)
    assert reasons(city) == {"grid": (True, "residence"), "health": (False, "elsewhere")}
    every_golden_value_has_one_chosen_word(city)


def test_a_stated_cell_is_part_of_where_somebody_is(city: City) -> None:
    cell = {"p_grid_code": "G1", "p_grid_rule": "stated"}
    there = home("health", "甲园3号楼501", "501", p_grid_code="G2", p_grid_rule="dwelling")
    city.night([home("grid", "甲园", p_building=None, **cell), there])
    assert city.one("resident", "grid_code, room") == ("G1", None)
    city.night([home("grid", "甲园", p_building=None, **cell), {**there, "p_grid_code": "G1"}], "2026-01-02")
    assert city.one("resident", "grid_code, room") == ("G1", "501")


def test_parts_without_an_address_count_as_well(city: City) -> None:
    city.night(
        [home("grid", "x", "501", live_address=None), home("health", "甲园9号楼901", "901", p_building="9")]
    )
    assert city.one("resident", "dwelling_id, live_address") == ("d501", "甲园9号楼901")
    assert set(city.rows("resident_value", "reason", "field = 'dwelling_id' and chosen")) == {("placed",)}
    every_golden_value_has_one_chosen_word(city)


def test_of_agencies_that_know_alike_the_home_more_sources_tell_wins(city: City) -> None:
    rows = [
        home("police", "甲园3号楼101", "101"),
        home("police", "甲园3号楼201", "201", key="2"),
        home("health", "甲园3号楼201", "201"),
    ]
    city.night(rows)
    assert city.one("resident", "dwelling_id") == "d201"
    chosen = "source, record_key, reason"
    assert city.rows("resident_value", chosen, "field = 'live_address' and chosen") == [
        ("police", "2", "residence")
    ]


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        # A register that still lists somebody is no proof of life, however new it is and whoever keeps it.
        ([("civil", "deceased", "2025-01-01"), ("police", "active", "2026-01-01")], "deceased", "ended"),
        ([("police", "deceased", "2025-06-01"), ("grid", "active", "2026-01-01")], "deceased", "ended"),
        ([("police", "moved_out", "2025-06-01"), ("health", "active", "2026-01-01")], "moved_out", "ended"),
        # Stale, though it knows best who lives where.
        ([("police", "moved_out", "2025-06-01"), ("grid", "active", "2025-01-01")], "moved_out", "ended"),
        # Came back, or lives here although registered elsewhere.
        ([("police", "moved_out", "2025-06-01"), ("grid", "active", "2025-07-01")], "active", "returned"),
        ([("grid", "moved_out", "2026-01-01"), ("grid", "active", "2026-01-01")], "active", "returned"),
        ([("grid", "moved_out", "2025-06-01"), ("police", "deceased", "2025-01-01")], "deceased", "ended"),
        ([("police", "active", "2025-06-01"), ("health", "active", "2026-01-01")], "active", "agreed"),
        ([("police", "deceased", "2026-01-01")], "deceased", "only"),
    ],
)
def test_status(city: City, words: list[tuple[str, str, str]], status: str, reason: str) -> None:
    rows = [
        {**PERSON, "source": s, "key": str(i), "status": v, "as_of": d} for i, (s, v, d) in enumerate(words)
    ]
    city.night(rows)
    assert city.one("resident", "status") == status
    assert city.rows("resident_value", "reason", "field = 'status' and chosen") == [(reason,)]
    clash = {v for _, v, _ in words} >= {"active"} and status in ("deceased", "moved_out")
    code = "deceased_active" if status == "deceased" else "status_conflict"
    told = city.rows("issue", "source, code, value_masked", "field = 'status'")
    assert told == (
        sorted((s, code, v) for s, v, _ in words) if clash and len({v for _, v, _ in words}) == 2 else []
    )
    every_golden_value_has_one_chosen_word(city)
