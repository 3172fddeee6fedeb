"""Households, events, benefits, organisations and what people tell about places."""

from __future__ import annotations

from small_city import City, id_number

FATHER, CHILD, OWNER = id_number("19800102", 1), id_number("20100304", 1), id_number("19700506", 2)
PLACE = {
    "p_address_basis": "live", "p_county_code": "210202", "p_street_code": "210202001",
    "p_community_code": "210202001001", "p_grid_code": "210202001001001", "p_dwelling_id": "d1",
}  # fmt: skip


def family() -> list[dict[str, object]]:
    base = {"source": "police", "household_no": "H1", "live_address": "甲园1号楼", **PLACE}
    return [
        {**base, "key": "1", "name": "张三", "id_number": FATHER, "relation_to_head": "02", "phones": "13800000001,041182345678", "phone": "13800000001"},
        {**base, "key": "2", "name": "张小宝", "id_number": CHILD, "relation_to_head": "20"},
        {"source": "civil", "key": "9", "name": "张小宝", "id_number": CHILD},
        {"source": "civil", "key": "8", "name": "别家人", "household_no": "H1"},
        {"source": "grid", "key": "5", "name": "独居", "id_number": OWNER, "live_address": "甲园2号楼", **PLACE, "p_dwelling_id": "d2"},
    ]  # fmt: skip


def test_a_household_number_counts_within_its_source(city: City) -> None:
    city.night(family())
    father = city.resident("police", "1")
    rows = city.rows(
        "household", "household_no, head_resident_id, members, dwelling_id, grid_code", "members > 1"
    )
    assert rows == [("H1", father, 2, "d1", "210202001001001")]
    # The civil affairs' H1 is another household, and who lives alone without a number is one too.
    assert city.rows("household", "household_no, household_type, members", "members = 1") == [
        ("H1", "family", 1), (None, "living", 1),
    ]  # fmt: skip
    ids = city.rows("resident", "distinct household_id", "name in ('张三', '张小宝')")
    assert len(ids) == 1 and ids[0][0].startswith("h") and "H1" not in ids[0][0]


def test_a_household_of_the_roster_alone_and_its_stated_head(city: City) -> None:
    records = city.table("t_house", "household_core", [
        {"source": "police", "edition_id": "e", "as_of": "2026-01-01", "row_number": 1, "record_key": "h", "record_no": 0,
         "household_no": "H1", "head_name": "张小宝", "head_id_number": CHILD, "members": 4},
        {"source": "police", "edition_id": "e", "as_of": "2026-01-01", "row_number": 2, "record_key": "i", "record_no": 0,
         "household_no": "H7", "head_name": "无名", "members": 3},
    ])  # fmt: skip
    rows = [{**r, "relation_to_head": None} for r in family()]
    city.night(rows, households=records)
    assert city.one("household", "head_resident_id, members", "dwelling_id = 'd1'") == (
        city.resident("police", "2"),
        2,
    )
    assert city.one("household", "head_resident_id, members", "household_no = 'H7'") == (None, 3)


def test_grid_counts_and_dwelling_owner(city: City) -> None:
    city.night(
        family(),
        grids=city.table("t_grid", "grid", [
            {"grid_code": "210202001001001", "grid_type": "comprehensive", "households": 300},
            {"grid_code": "210202001001002", "grid_type": "comprehensive", "households": 280},
        ]),
        dwellings=city.table("t_dwelling", "dwelling", [{"dwelling_id": "d1"}, {"dwelling_id": "d2"}, {"dwelling_id": "d3"}]),
        dwelling_records=city.table("t_dw", "dwelling_core", [
            {"source": "house", "edition_id": "e", "as_of": "2026-01-01", "row_number": 1, "record_key": "1", "record_no": 0, "owner_name": "房东", "owner_id_number": OWNER},
            {"source": "house", "edition_id": "e", "as_of": "2026-01-01", "row_number": 2, "record_key": "2", "record_no": 0, "owner_name": "独居"},
            {"source": "house", "edition_id": "e", "as_of": "2026-01-01", "row_number": 3, "record_key": "3", "record_no": 0, "owner_name": "无此人"},
        ]),
        dwelling_placed=city.table("t_dwp", "event_placed", [
            {"source": "house", "edition_id": "e", "record_key": str(i), "record_no": 0, "dwelling_id": f"d{i}"} for i in (1, 2, 3)
        ]),
    )  # fmt: skip
    owner = city.resident("grid", "5")
    assert city.rows("dwelling", "dwelling_id, owner_resident_id") == [
        ("d1", owner),
        ("d2", owner),
        ("d3", None),
    ]
    assert city.rows("grid", "grid_code, households, residents") == [
        ("210202001001001", 2, 3),
        ("210202001001002", 280, 0),
    ]


def test_an_event_is_linked_only_to_the_one_it_can_be(city: City) -> None:
    def event(key: str, name: str | None, phone: str) -> dict[str, object]:
        return {"source": "hotline", "edition_id": "e", "as_of": "2026-01-01", "row_number": 1, "record_key": key, "record_no": 0,
                "event_no": key, "name": name, "phone": phone}  # fmt: skip

    people = [
        *family(),
        {"source": "grid", "key": "6", "name": "同名", "phone": "13800000009"},
        {"source": "health", "key": "6", "name": "同名", "phone": "13800000009"},
    ]
    city.night(
        people,
        events=city.table("t_event", "event_core", [
            event("1", "张三", "041182345678"), event("2", "张三", "13800000002"), event("3", "同名", "13800000009"), event("4", None, "13800000001"),
        ]),
        event_placed=city.table("t_evp", "event_placed", [
            {"source": "hotline", "edition_id": "e", "record_key": "2", "record_no": 0, "grid_code": "210202001001001", "dwelling_id": "d1"},
        ]),
    )  # fmt: skip
    assert city.rows("event", "event_no, resident_id, grid_code, dwelling_id") == [
        ("1", city.resident("police", "1"), None, None), ("2", None, "210202001001001", "d1"), ("3", None, None, None), ("4", None, None, None),
    ]  # fmt: skip


def test_a_benefit_goes_to_the_resident_of_its_row(city: City) -> None:
    def benefit(key: str, no: int = 0, **more: object) -> dict[str, object]:
        return {"source": "civil", "edition_id": "civil-2026-01-01", "as_of": "2026-01-01", "row_number": 1, "record_key": key, "record_no": no,
                "program": "低保", "benefit_status": "active", "id_status": "missing", **more}  # fmt: skip

    city.night(
        family(),
        benefits=city.table("t_benefit", "benefit_core", [
            benefit("9"), benefit("8", 3), benefit("77", id_number=OWNER, id_status="ok"), benefit("78"),
        ]),
    )  # fmt: skip
    assert city.rows("benefit", "record_key, resident_id, agency, status_label") == [
        ("77", city.resident("grid", "5"), "测试市民政局", "享受中"), ("78", None, "测试市民政局", "享受中"),
        ("8", city.resident("civil", "8"), "测试市民政局", "享受中"), ("9", city.resident("police", "2"), "测试市民政局", "享受中"),
    ]  # fmt: skip


def test_organisations_are_one_by_code_and_know_their_parent(city: City) -> None:
    def body(source: str, key: str, **more: object) -> dict[str, object]:
        return {
            "source": source,
            "edition_id": "e",
            "as_of": "2026-01-01",
            "row_number": 1,
            "record_key": key,
            "record_no": 0,
            **more,
        }

    city.night(
        family(),
        organisations=city.table("t_org", "organisation_core", [
            body("a", "1", name="甲公司", uscc="91210200MA0000000X", kind="企业"),
            body("b", "1", name="甲有限公司", uscc="91210200MA0000000X", address="丙路1号", as_of="2026-02-01"),
            body("a", "2", name="甲公司分店", parent_name="甲有限公司"),
            body("a", "3", name="乙店", parent_name="丙集团"),
        ]),
    )  # fmt: skip
    head = city.one("organisation", "organisation_id", "uscc is not null")
    assert city.one("organisation", "name, kind, address, sources", "uscc is not null") == (
        "甲有限公司",
        "企业",
        "丙路1号",
        "a,b",
    )
    assert city.rows("organisation", "name, parent_id", "uscc is null") == [
        ("乙店", None),
        ("甲公司分店", head),
    ]
    assert head.startswith("o") and "91210200" not in head


def test_staff_are_the_records(city: City) -> None:
    staff = city.table("t_staff", "staff_core", [
        {"source": "civil", "edition_id": "e", "as_of": "2026-01-01", "row_number": 1, "record_key": "1", "record_no": 0, "name": "社工", "role": "主任"},
    ])  # fmt: skip
    city.night(family(), staff=staff)
    assert city.one("staff", "name, role") == ("社工", "主任")
