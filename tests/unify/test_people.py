"""Golden values and the evidence for them."""

from __future__ import annotations

from typing import Any

import pytest
from small_city import City, every_golden_value_has_one_chosen_word, id_number

from schemas.model import schema
from warehouse.store import Store

WANG = id_number("19850102", 2)  # a woman's
HOME = {"p_county_code": "210202", "p_street_code": "210202001", "p_community_code": "210202001001"}


def test_the_better_agency_wins_then_the_later_then_the_more(city: City) -> None:
    rows = [
        {"source": "police", "key": "1", "name": "王芳", "id_number": WANG, "as_of": "2025-01-01"},
        {"source": "health", "key": "1", "name": "王方", "id_number": WANG, "as_of": "2026-01-01"},
        {
            "source": "school",
            "key": "1",
            "name": "王方",
            "id_number": WANG,
            "phone": "13800000001",
            "as_of": "2026-01-01",
        },
        {"source": "grid", "key": "1", "id_number": WANG, "phone": "13800000002", "as_of": "2026-01-01"},
        {"source": "civil", "key": "1", "id_number": WANG, "phone": "13800000002", "as_of": "2026-01-01"},
        {"source": "hotline", "key": "1", "id_number": WANG, "phone": "13800000003", "as_of": "2025-12-31"},
    ]
    city.night(rows)
    assert city.one("resident", "name, phone") == ("王芳", "13800000002")
    words = city.rows("resident_value", "source, chosen, reason", "field = 'name'")
    assert words == [
        ("health", False, "less_authority"),
        ("police", True, "authority"),
        ("school", False, "less_authority"),
    ]
    words = city.rows("resident_value", "source, chosen, reason", "field = 'phone'")
    assert words == [
        ("civil", True, "agreement"), ("grid", False, "same"), ("hotline", False, "older"), ("school", False, "outvoted"),
    ]  # fmt: skip
    assert city.one("resident", "sources") == "civil,grid,health,hotline,police,school"
    every_golden_value_has_one_chosen_word(city)


def test_birth_date_and_sex_come_from_the_id_number(city: City) -> None:
    city.night([
        {"source": "police", "key": "1", "name": "王芳", "id_number": WANG, "sex": "1", "birth_date": "1985-01-01", "birth_date_precision": "month"},
        {"source": "health", "key": "1", "name": "王芳", "id_number": WANG, "sex": "2"},
    ])  # fmt: skip
    assert city.one("resident", "cast(birth_date as varchar), birth_date_precision, sex, sex_label") == (
        "1985-01-02",
        "day",
        "2",
        "女性",
    )
    words = city.rows("resident_value", "value, chosen, reason", "field = 'sex'")
    assert words == [("1", False, "id_outranks"), ("2", False, "same"), ("2", True, "from_id")]
    # Of seven words on name, sex, birth date and id number two contradict the chosen ones.
    assert city.one("resident", "confidence") == round(7 / 9, 4)
    every_golden_value_has_one_chosen_word(city)


def test_a_borrowed_id_gives_neither_number_nor_birth_date(city: City) -> None:
    city.night([
        {"source": "police", "key": "1", "name": "王芳", "id_number": WANG, "birth_date": "1985-01-02"},
        {"source": "school", "key": "x", "name": "李小明", "id_number": WANG, "id_type": "111", "birth_date": "2015-03-04", "sex": "1"},
    ])  # fmt: skip
    child = city.resident("school", "x")
    assert city.one(
        "resident", "id_number, id_type, cast(birth_date as varchar), sex", f"resident_id = '{child}'"
    ) == (None, None, "2015-03-04", "1")
    assert city.one(
        "resident_value", "value, chosen, reason", f"resident_id = '{child}' and field = 'id_number'"
    ) == (WANG, False, "id_conflict")
    assert (
        city.one("resident_record", "id_number, match_rule, match_rule_label", "source = 'school'")[1]
        == "id_conflict"
    )
    every_golden_value_has_one_chosen_word(city)


def test_a_number_that_a_spreadsheet_rounded_to_another_s_is_not_chosen(city: City) -> None:
    meant, rounded = id_number("19850102", 29), id_number("19850102", 28)
    assert rounded == str(int(float(meant)))  # and its check digit holds, as for one number in eleven
    city.night([
        {"source": "police", "key": "1", "name": "王芳", "id_number": meant, "birth_date": "1985-01-02"},
        {"source": "health", "key": "1", "name": "王芳", "id_number": rounded, "birth_date": "1985-01-02"},
        {"source": "police", "key": "2", "name": "李秀兰", "id_number": rounded, "birth_date": "1985-01-02"},
        {"source": "grid", "key": "2", "name": "李秀兰", "id_number": rounded, "birth_date": "1985-01-02"},
    ])  # fmt: skip
    assert city.resident("police", "1") == city.resident("health", "1") != city.resident("police", "2")
    assert city.rows("resident", "name, id_number") == [("李秀兰", rounded), ("王芳", meant)]
    every_golden_value_has_one_chosen_word(city)


def test_the_residence_comes_whole_from_the_record_of_the_live_address(city: City) -> None:
    city.night([
        {"source": "police", "key": "1", "id_number": WANG, "hukou_address": "乙路1号", "live_address": "丙路2号",
         "p_address_basis": "live", "p_estate": "丙园", "p_building": "9", "p_grid_rule": "stated", "p_grid_code": "210202001001009", **HOME},
        {"source": "grid", "key": "1", "id_number": WANG, "live_address": "甲园3号楼",
         "p_address_basis": "live", "p_estate": "甲园", "p_building": "3", **HOME},
    ])  # fmt: skip
    # The grid centre knows best where people live; it states no grid, and none is borrowed from another address.
    assert city.one("resident", "live_address, estate, building, grid_code, address_basis") == (
        "甲园3号楼",
        "甲园",
        "3",
        None,
        "live",
    )
    assert city.one("resident_value", "source, reason", "field = 'building' and chosen") == (
        "grid",
        "with_live_address",
    )
    assert city.one("resident_value", "source, chosen, reason", "field = 'grid_code'") == (
        "police",
        False,
        "other_record",
    )
    every_golden_value_has_one_chosen_word(city)


def test_without_a_live_address_the_registered_one_is_presumed(city: City) -> None:
    city.night([
        {"source": "police", "key": "1", "id_number": WANG, "hukou_address": "乙路1号",
         "p_address_basis": "presumed_hukou", "p_estate": "乙园", **HOME},
        {"source": "health", "key": "1", "id_number": WANG, "name": "王芳"},
    ])  # fmt: skip
    assert city.one("resident", "estate, address_basis, address_basis_label, live_address") == (
        "乙园",
        "presumed_hukou",
        "推定为户籍地址",
        None,
    )
    assert set(city.rows("resident_value", "reason", "chosen and field in ('estate', 'street_code')")) == {
        ("presumed_hukou",)
    }
    every_golden_value_has_one_chosen_word(city)


def test_status_is_stated_or_presumed_active(city: City) -> None:
    city.night([
        {"source": "police", "key": "1", "name": "甲", "status": "active", "as_of": "2025-01-01", "id_number": WANG},
        {"source": "civil", "key": "1", "name": "甲", "status": "deceased", "as_of": "2025-06-01", "id_number": WANG},
        {"source": "grid", "key": "1", "name": "甲", "as_of": "2026-01-01", "id_number": WANG},
        {"source": "grid", "key": "2", "name": "乙"},
    ])  # fmt: skip
    assert city.rows("resident", "name, status, status_label") == [
        ("乙", "active", "在册"),
        ("甲", "deceased", "死亡"),
    ]
    assert city.one("resident_value", "value, reason", "field = 'status' and reason = 'presumed'") == (
        "active",
        "presumed",
    )
    every_golden_value_has_one_chosen_word(city)


def test_every_word_of_every_record_is_evidence(city: City) -> None:
    rows = [
        {"source": source, "key": str(i), "name": f"名{i % 3}", "phone": f"1380000000{i}", "id_number": WANG if i % 2 else None, "sex": str(1 + i % 2), "education": "20"}
        for i in range(6) for source in ("police", "health")
    ]  # fmt: skip
    city.night(rows)
    words = city.rows(
        "resident_value", "source, record_key, field, value", "reason <> 'from_id' and reason <> 'presumed'"
    )
    told = sorted(
        (r["source"], r["key"], f, r[f])
        for r in rows
        for f in ("name", "phone", "id_number", "sex", "education")
        if r[f]
    )
    assert words == told
    assert city.one("resident_record", "count(*)") == len(rows)
    every_golden_value_has_one_chosen_word(city)


@pytest.mark.parametrize("threads", [1, 2])
def test_row_order_and_threads_change_nothing(city: City, store: Store, threads: int) -> None:
    rows = [
        {"source": ["police", "health", "grid"][i % 3], "key": str(i), "name": f"名{i % 5}", "phone": f"1380000000{i % 7}",
         "live_address": f"甲园{i % 4}号楼", "p_address_basis": "live", "p_building": str(i % 4), "household_no": f"H{i % 6}",
         "relation_to_head": "02" if i % 6 == i else "20", "id_number": id_number(f"19{60 + i % 9}0102", i % 9) if i % 4 else None}
        for i in range(80)
    ]  # fmt: skip
    city.night(rows, publish=False)
    expected = {t: city.rows(t) for t in city.stage.counts}
    store.con.execute(f"set threads = {threads}")
    city.night(rows, publish=False, shuffle=threads)
    for table, wanted in expected.items():
        got = city.rows(table)
        if table == "resident_record":  # the row number is where the test wrote it
            continue
        assert got == wanted, table


def test_the_same_input_again_gives_the_same_tables(city: City) -> None:
    rows: list[dict[str, Any]] = [
        {
            "source": "police",
            "key": "1",
            "name": "王芳",
            "id_number": WANG,
            "household_no": "H1",
            "relation_to_head": "02",
        },
        {
            "source": "grid",
            "key": "7",
            "name": "李四",
            "live_address": "甲园",
            "p_address_basis": "live",
            **HOME,
        },
    ]
    city.night(rows)
    first = {t: city.rows(t) for t in city.stage.counts}
    city.night(rows)
    assert {t: city.rows(t) for t in city.stage.counts} == first


def test_every_declared_table_of_the_stage_is_written(city: City) -> None:
    stage = city.night([{"source": "police", "key": "1", "name": "王芳"}])
    assert set(stage.counts) == {
        "resident", "resident_record", "resident_record_history", "resident_value", "resident_history", "household",
        "dwelling", "grid", "benefit", "event", "staff", "organisation", "issue",
        "household_history", "dwelling_history", "grid_history",
    }  # fmt: skip
    assert set(stage.counts) <= set(schema().tables)
