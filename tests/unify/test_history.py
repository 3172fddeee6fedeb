"""Night after night: who is not seen any more, and what was."""

from __future__ import annotations

from small_city import City, every_golden_value_has_one_chosen_word, id_number

from warehouse.unify import Previous

WANG, LI = id_number("19850102", 2), id_number("19900304", 1)
A = {"source": "police", "key": "1", "name": "王芳", "id_number": WANG, "phone": "13800000001"}
B = {"source": "police", "key": "2", "name": "李四", "id_number": LI, "phone": "13800000002"}


def test_unseen_residents_stay_with_their_last_values_and_come_back(city: City) -> None:
    city.night([A, B], "2026-01-01")
    li = city.resident("police", "2")
    values = city.rows(
        "resident_value", "field, value, source, record_key", f"resident_id = '{li}' and field <> 'status'"
    )
    for day in ("2026-01-02", "2026-01-03"):
        city.night([A], day)
        row = city.one("resident", "name, phone, status, cast(last_seen as varchar)", f"resident_id = '{li}'")
        assert row == ("李四", "13800000002", "unseen", "2026-01-01")
        assert (
            city.rows(
                "resident_value",
                "field, value, source, record_key",
                f"resident_id = '{li}' and field <> 'status'",
            )
            == values
        )
        assert city.one(
            "resident_value", "value, reason", f"resident_id = '{li}' and field = 'status' and chosen"
        ) == ("unseen", "unseen")
        every_golden_value_has_one_chosen_word(city)
    assert city.stage.facts["unseen"] == 1
    city.night([A, B], "2026-01-04")
    assert city.resident("police", "2") == li
    assert city.one("resident", "status, cast(first_seen as varchar)", f"resident_id = '{li}'") == (
        "active",
        "2026-01-01",
    )
    every_golden_value_has_one_chosen_word(city)


def test_the_dead_stay_dead_when_the_lists_drop_them(city: City) -> None:
    city.night([A, {**B, "status": "deceased"}], "2026-01-01")
    city.night([A], "2026-01-02")
    assert city.one("resident", "status", "name = '李四'") == "deceased"
    every_golden_value_has_one_chosen_word(city)


def test_a_merged_id_is_no_unseen_person(city: City) -> None:
    city.night([{**A, "id_number": None}, {**A, "key": "9", "id_number": None}], "2026-01-01")
    city.night([A, {**A, "key": "9"}], "2026-01-02")
    assert city.one("resident", "status, cast(first_seen as varchar)") == ("active", "2026-01-01")
    ended = city.rows("resident_history", "resident_id", "valid_to = date '2026-01-02'")
    assert (
        len(ended) == 2
    )  # the one that ended, and the earlier row (without the id number) of the one that stays


def test_a_place_that_is_no_more_is_cleared_from_the_unseen(city: City) -> None:
    placed = {"live_address": "甲园", "p_address_basis": "live", "p_dwelling_id": "d1", "p_estate": "甲园"}
    home = city.table("t_dwelling", "dwelling", [{"dwelling_id": "d1"}])
    city.night([A, {**B, **placed}], "2026-01-01", dwellings=home)
    assert city.one("resident", "dwelling_id", "name = '李四'") == "d1"
    city.night([A], "2026-01-02", dwellings=city.table("t_dwelling2", "dwelling", []))
    assert city.one("resident", "dwelling_id, estate", "name = '李四'") == (None, "甲园")
    every_golden_value_has_one_chosen_word(city)


def test_history_is_one_row_a_state(city: City) -> None:
    city.night([A], "2026-01-01")
    city.night([A], "2026-01-02")
    city.night([{**A, "phone": "13800000009"}], "2026-01-03")
    city.night([{**A, "phone": "13800000009"}], "2026-01-03")  # the same day again
    periods = "phone, cast(valid_from as varchar), cast(valid_to as varchar)"
    assert city.rows("resident_history", periods) == [
        ("13800000001", "2026-01-01", "2026-01-03"),
        ("13800000009", "2026-01-03", None),
    ]
    city.night([{**A, "phone": "13800000008"}], "2026-01-03")  # corrected within the day
    assert city.rows("resident_history", periods)[1] == ("13800000008", "2026-01-03", None)
    assert city.one("resident_history", "count(*)", "status_label = '在册'") == 2


def test_older_versions_of_records_are_kept_once(city: City) -> None:
    city.night([A, B], "2026-01-01")
    city.night([A, B], "2026-01-02")
    city.night([{**A, "phone": "13800000009"}], "2026-01-03")
    versions = "name, phone, edition_id, cast(valid_from as varchar), cast(valid_to as varchar)"
    assert city.rows("resident_record_history", versions) == [
        ("李四", "13800000002", "police-2026-01-01", "2026-01-01", "2026-01-03"),
        ("王芳", "13800000001", "police-2026-01-01", "2026-01-01", "2026-01-03"),
    ]
    assert city.rows("resident_record_history", "count(*)", "resident_id is null") == [(0,)]


def test_a_record_unchanged_has_no_older_version(city: City) -> None:
    city.night([A], "2026-01-01")
    city.night([A], "2026-01-02")
    assert city.rows("resident_record_history") == []


def test_the_older_version_of_a_reused_key_belongs_to_the_earlier_person(city: City) -> None:
    city.night([A], "2026-01-01")
    wang = city.resident("police", "1")
    other = {**B, "key": "1", "birth_date": "1990-03-04"}
    city.night([{**A, "birth_date": "1985-01-02"}], "2026-01-02")
    city.night([other], "2026-01-03")
    assert city.resident("police", "1") != wang
    assert {r for (r,) in city.rows("resident_record_history", "resident_id")} == {wang}
    assert city.one("resident", "status", f"resident_id = '{wang}'") == "unseen"


def test_households_dwellings_and_cells_have_periods(city: City) -> None:
    family = {**A, "household_no": "H1", "relation_to_head": "02"}
    child = {**B, "household_no": "H1", "relation_to_head": "20"}
    cells = [{"grid_code": "G1", "grid_type": "comprehensive", "name": "一格", "valid_from": "2020-01-01"}]
    more = {
        "grids": city.table("t_grid", "grid", cells),
        "dwellings": city.table("t_dwelling", "dwelling", [{"dwelling_id": "d1", "floor_area": 80}]),
    }
    city.night([family], "2026-01-01", **more)
    city.night([family], "2026-01-02", **more)
    changed = {
        "grids": city.table("t_grid2", "grid", [{**cells[0], "name": "二格"}]),
        "dwellings": city.table("t_dwelling2", "dwelling", []),
    }
    city.night([family, child], "2026-01-03", **changed)
    period = "cast(valid_from as varchar), cast(valid_to as varchar)"
    assert city.rows("household_history", f"household_no, members, {period}") == [
        ("H1", 1, "2026-01-01", "2026-01-03"), ("H1", 2, "2026-01-03", None),
    ]  # fmt: skip
    assert city.rows("dwelling_history", f"dwelling_id, {period}") == [("d1", "2026-01-01", "2026-01-03")]
    assert city.rows("grid_history", f"name, cast(stated_from as varchar), {period}") == [
        ("一格", "2020-01-01", "2026-01-01", "2026-01-03"), ("二格", "2020-01-01", "2026-01-03", None),
    ]  # fmt: skip


def test_a_column_that_is_new_ends_no_period(city: City) -> None:
    city.night([A], "2026-01-01")
    assert city.previous is not None
    city.store.con.execute(
        f"create table was as select * exclude (household_rule, health) from {city.previous.resident_history}"
    )
    city.previous = Previous(city.previous.resident, city.previous.resident_value, "was", {})
    city.night([{**A, "health": "1"}], "2026-01-02")
    assert city.rows("resident_history", "health, cast(valid_from as varchar), valid_to") == [
        ("1", "2026-01-01", None)
    ]
