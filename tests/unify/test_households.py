"""Who belongs to which household, and what is wrong with one."""

from __future__ import annotations

from typing import Any

from small_city import City, id_number

HOME = {"p_address_basis": "live", "p_community_code": "210202001001", "p_dwelling_id": "d1"}


def one(source: str, key: str, born: str, sequence: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "source": source,
        "key": key,
        "name": f"人{born}{sequence}",
        "id_number": id_number(born, sequence),
        **more,
    }


HEAD = one("police", "1", "19700101", household_no="H1", relation_to_head="02", live_address="甲园1", **HOME)
WIFE = one(
    "police", "2", "19710101", 2, household_no="H1", relation_to_head="12", live_address="甲园1", **HOME
)


def of(city: City, source: str, key: str) -> tuple[str | None, str | None]:
    resident = city.resident(source, key)
    return city.one("resident", "household_id, household_rule", f"resident_id = '{resident}'")  # type: ignore[no-any-return]


def test_who_shares_a_benefits_number_is_of_the_same_household(city: City) -> None:
    benefit = {
        **{k: HEAD[k] for k in ("name", "id_number")},
        "source": "civil",
        "key": "b1",
        "household_no": "DB1",
    }
    child = one("civil", "b2", "20100101", household_no="DB1")
    city.night([HEAD, WIFE, benefit, child])
    assert of(city, "civil", "b2") == (of(city, "police", "1")[0], "shared_number")
    assert city.one("household", "household_no, members, household_type") == ("H1", 3, "family")


def test_relatives_of_one_home_join_and_others_are_their_own(city: City) -> None:
    roster = {"source": "grid", "live_address": "甲园1", **HOME}
    rows = [
        HEAD, WIFE,
        {**one("grid", "3", "20100101"), **roster, "relation_to_head": "30"},
        {**one("grid", "4", "19900101"), **roster, "relation_to_head": "99"},
        {**one("grid", "5", "19910101"), **roster, "resident_kind": "migrant"},
        {**one("grid", "6", "19920101"), **roster, "p_dwelling_id": "d2"},
        one("grid", "7", "19930101"),
    ]  # fmt: skip
    city.night(rows)
    family = of(city, "police", "1")[0]
    assert [of(city, "grid", k) for k in ("3", "7")] == [(family, "dwelling"), (None, None)]
    tenants, rules = zip(*(of(city, "grid", k) for k in ("4", "5")), strict=True)
    assert rules == ("living", "living") and tenants[0] == tenants[1] != family
    assert of(city, "grid", "6")[1] == "living"
    kinds = "household_no, household_type, members, dwelling_id"
    assert city.rows("household", kinds) == [
        ("H1", "family", 3, "d1"),
        (None, "living", 1, "d2"),
        (None, "living", 2, "d1"),
    ]
    # Who lives alone is the head; among strangers nobody is.
    heads = city.rows("household", "head_resident_id is null, members", "household_type = 'living'")
    assert heads == [(False, 1), (True, 2)]


def test_two_numbered_households_of_one_home_draw_nobody_in(city: City) -> None:
    other = one("police", "9", "19600101", household_no="H2", live_address="甲园1", **HOME)
    city.night(
        [HEAD, other, one("grid", "3", "20100101", live_address="甲园1", relation_to_head="30", **HOME)]
    )
    assert of(city, "grid", "3")[1] == "living"


def test_many_strangers_of_one_number_are_a_collective_household(city: City) -> None:
    city.night([one("police", str(i), f"19{60 + i}0101", household_no="J1") for i in range(12)])
    assert city.one("household", "household_type, members") == ("collective", 12)


def test_what_contradicts_itself_is_told(city: City) -> None:
    second = one("police", "3", "19690101", household_no="H1", relation_to_head="02")
    son = one("police", "4", "20100101", 2, household_no="H1", relation_to_head="20")  # a woman's number
    old = one(
        "police", "5", "19500101", household_no="H1", relation_to_head="22"
    )  # a son older than the head
    alone = one("police", "6", "19500202", household_no="H9", relation_to_head="12", sex="2")
    record = city.table("t_house", "household_core", [
        {"source": "police", "edition_id": "e", "as_of": "2026-01-01", "row_number": 7, "record_key": "h", "record_no": 0, "household_no": "H1", "members": 9},
    ])  # fmt: skip
    city.night([HEAD, WIFE, second, son, old, alone], households=record)
    told = city.rows("issue", "code, row_number", "field in ('relation_to_head', 'members')")
    assert ("household_size_conflict", 7) in told
    assert {c for c, _ in told} == {
        "household_two_heads",
        "household_size_conflict",
        "relation_conflict",
        "household_no_head",
    }
    rows = {c: sorted(r for k, r in told if k == c) for c, _ in told}
    assert rows["household_two_heads"] == [0, 2] and rows["household_no_head"] == [5]
    # The wife of nobody is a man by the number; the daughter is called a son; the oldest a son.
    assert rows["relation_conflict"] == [3, 4, 5]


def test_a_benefit_of_nobody_and_one_of_the_dead(city: City) -> None:
    def benefit(key: str, row: int) -> dict[str, Any]:
        return {"source": "civil", "edition_id": "civil-2026-01-01", "as_of": "2026-01-01", "row_number": row, "record_key": key, "record_no": 0,
                "program": "高龄津贴", "benefit_status": "active", "id_status": "missing"}  # fmt: skip

    dead = one("civil", "1", "19300101", status="deceased")
    city.night(
        [dead, HEAD], benefits=city.table("t_benefit", "benefit_core", [benefit("1", 4), benefit("2", 5)])
    )
    assert city.rows("issue", "row_number, code", "field = 'program'") == [
        (4, "deceased_active"),
        (5, "benefit_without_resident"),
    ]
