"""Addresses to parts, their standard form, and how sure the reading is."""

from __future__ import annotations

import pytest
from conftest import Cells
from golden_tables import golden
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.normalize.addresses import PARTS

TOLD = (*PARTS, "standard", "level", "certainty", "issue")
QUIET = [HealthCheck.function_scoped_fixture]


def test_golden(cells: Cells) -> None:
    rows = golden("address")
    assert len(rows) >= 180
    for expected, one in zip(rows, cells("address", [row["raw"] for row in rows]), strict=True):
        assert {name: one[name] for name in TOLD} == {name: expected[name] for name in TOLD}, expected["raw"]


def test_the_standard_form_reads_as_itself_without_an_issue(cells: Cells) -> None:
    first = [one for one in cells("address", [row["raw"] for row in golden("address")]) if one["standard"]]
    again = cells("address", [one["standard"] for one in first])
    for one, other in zip(first, again, strict=True):
        assert {name: other[name] for name in (*PARTS, "standard", "level")} == {
            name: one[name] for name in (*PARTS, "standard", "level")
        }
        assert other["issue"] is None
        assert other["value"] == one["standard"]


def test_the_text_is_tidied_and_not_rewritten(cells: Cells) -> None:
    raws = [
        " 中山区　人民路１２号（租住）",
        "阳光花园 3 号楼",
        "阳光花园3—2—501",
        "阳光花园3 2 501",
        "张三里十二号，",
        "#REF!",
        None,
        "阳光\ufffd花园3号楼",
    ]
    read = cells("address", raws)
    assert [one["value"] for one in read] == [
        "中山区人民路12号(租住)", "阳光花园3号楼", "阳光花园3-2-501", "阳光花园3 2 501", "张三里十二号", None, None,
        "阳光\ufffd花园3号楼",
    ]  # fmt: skip
    assert [one["issue"] for one in read] == [None] * 5 + ["cell_error", None, "text_undecodable"]


@pytest.mark.parametrize(
    ("field", "raws", "values"),
    [
        ("building", ["3号楼", "三幢", "03#", "12栋", "A座", "a座", "第5栋", "3", "十二号楼", "无", None, "3栋楼", "12号"], ["3", "3", "3", "12", "A", "A", "5", "3", "12", None, None, "3", "12"]),
        ("unit", ["2单元", "二单元", "2", "02", "1门", "2.0", "东单元"], ["2", "2", "2", "2", "1", "2.0", "东"]),
        ("room", ["501室", "0501", "501", "五〇一室", "3号", "内3号", "1-2"], ["501", "501", "501", "501", "3", "3", "1-2"]),
        ("road_no", ["12号", "12号院", "十二号"], ["12", "12", "12"]),
    ],
)  # fmt: skip
def test_parts_of_their_own(
    cells: Cells, field: str, raws: list[str | None], values: list[str | None]
) -> None:
    assert [one["value"] for one in cells("text", raws, field=field)] == values


def han(number: int) -> str:
    """A number as it is written in words: 十二, 二十, 五〇一."""
    digits = "〇一二三四五六七八九"
    if number < 10:
        return digits[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"
    return "".join(digits[int(d)] for d in str(number))


FULL = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
AREAS = st.sampled_from(
    [
        ("", None, None, None), ("中山区", "中山区", None, None), ("大连市沙河口区", "沙河口区", None, None),
        ("辽宁省大连市甘井子区中华路街道", "甘井子区", "中华路街道", None), ("芝罘区毓璜顶街道四眼桥社区", "芝罘区", "毓璜顶街道", "四眼桥社区"),
        ("瓦房店市复州城镇", "瓦房店市", "复州城镇", None), ("烟台开发区古现街道", "烟台开发区", "古现街道", None),
        ("高新园区凌水街道大有社区居委会", "高新园区", "凌水街道", "大有社区居委会"),
    ]
)  # fmt: skip
ESTATES = st.sampled_from(
    ["阳光花园", "锦绣新村", "金地檀溪", "万科城", "海昌国际", "第一中学家属楼", "泉水B5区", "三门里小区"]
)
ROADS = st.sampled_from(["松江街", "人民路", "五四路一巷", "毓璜顶东街", "芝罘屯街", "金马大道", "二七胡同"])
SMALL, FLOOR, DOOR = st.integers(1, 40), st.integers(1, 33), st.integers(1, 9)


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(st.lists(st.tuples(AREAS, ESTATES, SMALL, st.integers(1, 9), FLOOR, DOOR), min_size=1, max_size=25))
def test_one_home_of_an_estate_in_every_habit(cells: Cells, homes: list[tuple]) -> None:  # type: ignore[type-arg]
    raws, expected = [], []
    for (area, *names), estate, building, unit, floor, door in homes:
        room = f"{floor}{door:02d}"
        e = area + estate
        forms = [
            f"{e}{building}号楼{unit}单元{room}室", f"{e}{building}栋{unit}单元{room}", f"{e}{building}幢{unit}门{room}户",
            f"{e}{building}-{unit}-{room}", f"{e}{building}#{unit}-{room}", f"{e}{building:02d}#楼{unit}单元{room}",
            f"{e}{building}号{unit}单元{room}号", f"{e} {building} {unit} {room}", f"{e}，{building}号楼，{unit}单元，{room}",
            f"{e}{building}/{unit}/{room}", f"{e}{building}号楼-{unit}-{room}", f"{e}第{building}号楼第{unit}单元{room}房间",
            f"{e}{building}号楼{unit}单元{floor}楼{door}号", f"{e}{building}号楼{unit}单元{floor}-{door}",
            f"{e}{building}-{unit}-{floor}-{door}", f"{e}{building}号楼{unit}单元{floor}层{room}室（租住）",
            f"{e}{building}号楼{unit}单元{room}".translate(FULL), f"{e}{han(building)}号楼{han(unit)}单元{han(int(room))}室",
        ]  # fmt: skip
        raws += forms
        expected += [(*names, None, None, estate, str(building), str(unit), room)] * len(forms)
    read = cells("address", raws)
    assert [(raw, *(one[part] for part in PARTS)) for raw, one in zip(raws, read, strict=True)] == [
        (raw, *parts) for raw, parts in zip(raws, expected, strict=True)
    ]
    assert {one["issue"] for one in read} == {None}
    assert len({one["standard"] for one in read}) == len(set(expected))


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(st.lists(st.tuples(AREAS, ROADS, SMALL, st.integers(1, 9), FLOOR, DOOR), min_size=1, max_size=25))
def test_one_home_behind_a_road_in_every_habit(cells: Cells, homes: list[tuple]) -> None:  # type: ignore[type-arg]
    raws, expected, doubtful = [], [], set()
    for (area, *names), road, number, unit, floor, door in homes:
        room = f"{floor}{door:02d}"
        r = area + road
        sure = [
            f"{r}{number}号{unit}单元{room}", f"{r}{number}号{unit}单元{room}室", f"{r}{number}号{unit}-{room}",
            f"{r}{number}#{unit}-{room}", f"{r}{number}号{unit}门{room}户", f"{r}{number}号-{unit}-{room}",
            f"{r}{number}号{unit}单元{floor}-{door}", f"{r}{number}号{unit}单元{floor}楼{door}号",
            f"{r}{han(number)}号{han(unit)}单元{han(int(room))}", f"{r}{number}号{unit}单元{room}".translate(FULL),
        ]  # fmt: skip
        # unit, floor, door; or building, unit, room: said to be doubtful
        doubt = [
            f"{r}{number}号{unit}-{floor}-{door}",
            f"{r}{number}#{unit}-{floor}-{door}",
            f"{r}{number}-{unit}-{floor}-{door}",
        ]
        doubtful.update(doubt)
        raws += sure + doubt
        expected += [(*names, road, str(number), None, None, str(unit), room)] * (len(sure) + len(doubt))
    read = cells("address", raws)
    for raw, parts, one in zip(raws, expected, read, strict=True):
        assert tuple(one[part] for part in PARTS) == parts, raw
        assert one["issue"] == ("address_ambiguous" if raw in doubtful else None), raw
    assert len({one["standard"] for one in read}) == len(set(expected))


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(st.lists(st.tuples(ROADS, SMALL, st.integers(1, 30)), min_size=1, max_size=25))
def test_a_house_within_a_house_number(cells: Cells, homes: list[tuple]) -> None:  # type: ignore[type-arg]
    forms = ("{}{}号内{}号", "{}{}-{}", "{}{}#{}", "{}{}号{}室", "{}{}号院内{}号")
    read = cells("address", [form.format(*home) for form in forms for home in homes])
    found = [tuple(one[part] for part in ("road", "road_no", "building", "unit", "room")) for one in read]
    assert found == [(road, str(n), None, None, str(door)) for road, n, door in homes] * len(forms)


@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
                | st.text("市区街道镇村路号楼栋单元室0123-#阳光花园一二十内（） ,/.", max_size=30), min_size=1, max_size=30))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    read = cells("address", raws)
    assert all(one[part] != "" for one in read for part in PARTS)
    values = [one for one in read if one["value"] is not None]
    again = cells("address", [one["value"] for one in values])
    assert [one["value"] for one in again] == [one["value"] for one in values]
    assert [[one[part] for part in PARTS] for one in again] == [
        [one[part] for part in PARTS] for one in values
    ]


@pytest.mark.parametrize("city", ["", "大连市", "大'连市"])
def test_the_city_is_any_text(cells: Cells, city: str) -> None:
    [one] = cells("address", ["大连市中山区人民路12号"], city=city)
    assert (one["county"], one["road"], one["road_no"]) == ("中山区", "人民路", "12")
