"""Addresses to parts."""

from __future__ import annotations

import pytest
from conftest import Cells
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.normalize.addresses import PARTS

# raw: county street community | road no | estate | building unit room ('-' for none), issue
GOLDEN = """
辽宁省大连市中山区人民路街道青泥社区居委会人民路12号阳光花园3号楼2单元501室: 中山区 人民路街道 青泥社区居委会 人民路 12 阳光花园 3 2 501
大连市中山区人民路12号阳光花园3号楼2单元501室: 中山区 - - 人民路 12 阳光花园 3 2 501
辽宁省大连市甘井子区中华路街道阳光社区春和路1号金地里12栋3单元1201室: 甘井子区 中华路街道 阳光社区 春和路 1 金地里 12 3 1201
山东省烟台市芝罘区向阳街道市府街居委会青年路5号海港花园7号楼: 芝罘区 向阳街道 市府街居委会 青年路 5 海港花园 7 - -
阳光花园3号楼2单元501室: - - - - - 阳光花园 3 2 501
阳光花园 3 号楼 2 单元 501 室: - - - - - 阳光花园 3 2 501
阳光花园３号楼２单元５０１室: - - - - - 阳光花园 3 2 501
阳光花园03号楼02单元0501室: - - - - - 阳光花园 3 2 501
阳光花园3栋2单元501: - - - - - 阳光花园 3 2 501
阳光花园3幢2门501: - - - - - 阳光花园 3 2 501
阳光花园3号楼2单元5层501室: - - - - - 阳光花园 3 2 501
阳光花园3号楼二单元501西: - - - - - 阳光花园 3 2 501
阳光花园三号楼二单元五〇一室: - - - - - 阳光花园 3 2 501
阳光花园十二号楼二单元一千室: - - - - - 阳光花园 12 2 -
阳光花园二十一号楼一单元六〇二室: - - - - - 阳光花园 21 1 602
中山区阳光花园3-2-501: 中山区 - - - - 阳光花园 3 2 501
中山区阳光花园3－2－501: 中山区 - - - - 阳光花园 3 2 501
中山区阳光花园3#2-501: 中山区 - - - - 阳光花园 3 2 501
阳光花园3-501: - - - - - 阳光花园 3 - 501
3-2-501: - - - - - - 3 2 501
12#2-301: - - - - - - 12 2 301
3号楼2单元501: - - - - - - 3 2 501
A座1201: - - - - - - A - 1201
阳光花园B座12层1201室: - - - - - 阳光花园 B - 1201
阳光花园A区3号楼2-501: - - - - - 阳光花园A区 3 2 501
万科城3期5号楼1单元201: - - - - - 万科城3期 5 1 201
三八广场世纪国际2号楼1802: - - - - - 三八广场世纪国际 2 - 1802
锦绣国际12楼2单元501: - - - - - 锦绣国际 12 2 501
阳光都市3号楼2单元501: - - - - - 阳光都市 3 2 501
南街小区3号楼2单元501: - - - - - 南街小区 3 2 501
工人村3号楼2单元501: - - - - - 工人村 3 2 501
甘井子区锦绣新村3栋1单元101: 甘井子区 - - - - 锦绣新村 3 1 101
阳光里3号楼2单元501室: - - - - - 阳光里 3 2 501
阳光花园12号: - - - - - 阳光花园 12 - -
中山区人民路街道阳光花园3号楼: 中山区 人民路街道 - - - 阳光花园 3 - -
# behind a road the first number is the house's: 大连 5号2-3-4 is the third floor of unit 2
中山区松江街5号2单元304: 中山区 - - 松江街 5 - - 2 304
中山区松江街5号2-3-4: 中山区 - - 松江街 5 - - 2 304 address_ambiguous
中山区松江街5#2-3-4: 中山区 - - 松江街 5 - - 2 304 address_ambiguous
中山区松江街5号2-304: 中山区 - - 松江街 5 - - 2 304
中山区松江街五号二单元三〇四: 中山区 - - 松江街 5 - - 2 304
5号2-3-4: - - - - 5 - - 2 304 address_ambiguous
人民路12号301室: - - - 人民路 12 - - - 301
人民路12号院3号楼2单元501: - - - 人民路 12 - 3 2 501
# 烟台 12号内3号
芝罘区毓璜顶东街12号内3号: 芝罘区 - - 毓璜顶东街 12 - - - 3
芝罘区毓璜顶东街12-3: 芝罘区 - - 毓璜顶东街 12 - - - 3
芝罘区毓璜顶东街12#3: 芝罘区 - - 毓璜顶东街 12 - - - 3
芝罘区毓璜顶东街十二号: 芝罘区 - - 毓璜顶东街 12 - - - -
高新园区七贤岭街道火炬路1号: 高新园区 七贤岭街道 - 火炬路 1 - - - -
# villages
金州区石河街道石河村123号: 金州区 石河街道 石河村 - 123 - - - -
瓦房店市老虎屯镇石河村123#: 瓦房店市 老虎屯镇 石河村 - 123 - - - -
大连市瓦房店市岗店街道后石屯12号: 瓦房店市 岗店街道 后石屯 - 12 - - - -
水师营街道小南村五组12号: - 水师营街道 小南村 - 12 五组 - - -
内蒙古自治区赤峰市宁城县天义镇西城村12号: 宁城县 天义镇 西城村 - 12 - - - -
沈阳市和平区文化路: 和平区 - - 文化路 - - - - -
中山区青泥洼街道: 中山区 青泥洼街道 - - - - - - -
中山区　人民路１２号（租住）: 中山区 - - 人民路 12 - - - -
中山区松江街13号1单元303，白天无人: 中山区 - - 松江街 13 - - 1 303
东方家园1号楼1单元1103室楼下平房: - - - - - 东方家园 1 1 1103
中山区,人民路街道,阳光花园3号楼501: 中山区 人民路街道 - - - 阳光花园 3 - 501
大连市: - - - - - - - - - address_unparsed
无: - - - - - - - - -
"""


def test_golden(cells: Cells) -> None:
    lines = [line.split(": ") for line in GOLDEN.strip().splitlines() if not line.startswith("#")]
    assert len(lines) >= 50
    for (raw, expected), one in zip(lines, cells("address", [raw for raw, _ in lines]), strict=True):
        words = expected.split(" ")
        found = [one[part] or "-" for part in PARTS] + ([one["issue"]] if one["issue"] else [])
        assert found == words, raw


def test_the_text_is_tidied_and_not_rewritten(cells: Cells) -> None:
    raws = [
        " 中山区　人民路１２号（租住）",
        "阳光花园 3 号楼",
        "阳光花园3—2—501",
        "张三里十二号，",
        "#REF!",
        None,
        "阳光\ufffd花园3号楼",
    ]
    read = cells("address", raws)
    assert [one["value"] for one in read] == [
        "中山区人民路12号(租住)", "阳光花园3号楼", "阳光花园3-2-501", "张三里十二号", None, None, "阳光\ufffd花园3号楼",
    ]  # fmt: skip
    assert [one["issue"] for one in read] == [None, None, None, None, "cell_error", None, "text_undecodable"]


@pytest.mark.parametrize(
    ("field", "raws", "values"),
    [
        ("building", ["3号楼", "三幢", "03#", "12栋", "A座", "a座", "第5栋", "3", "十二号楼", "无", None], ["3", "3", "3", "12", "A", "A", "5", "3", "12", None, None]),
        ("unit", ["2单元", "二单元", "2", "02", "1门", "2.0"], ["2", "2", "2", "2", "1", "2.0"]),
        ("room", ["501室", "0501", "501", "五〇一室", "3号", "内3号", "1-2"], ["501", "501", "501", "501", "3", "3", "1-2"]),
        ("road_no", ["12号", "12号院", "十二号"], ["12", "12", "12"]),
    ],
)  # fmt: skip
def test_parts_of_their_own(
    cells: Cells, field: str, raws: list[str | None], values: list[str | None]
) -> None:
    assert [one["value"] for one in cells("text", raws, field=field)] == values


numbers = st.integers(1, 40)
homes = st.tuples(
    st.sampled_from(["阳光花园", "锦绣新村", "金地里", "万科城", "海昌国际"]),
    numbers,
    st.integers(1, 9),
    st.integers(101, 3304),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(homes, min_size=1, max_size=30))
def test_one_home_in_many_forms(cells: Cells, found: list[tuple[str, int, int, int]]) -> None:
    forms = (
        "{}{}号楼{}单元{}室",
        "{}{}栋{}单元{}",
        "{}{}幢{}单元{}户",
        "{}{}-{}-{}",
        "{}{}#{}-{}",
        "中山区{}{}号楼{}单元{}号",
        "{}{:02d}#楼{}单元{}",
    )
    expected = [(estate, str(building), str(unit), str(room)) for estate, building, unit, room in found]
    read = cells("address", [form.format(*home) for form in forms for home in found])
    parts = [(one["estate"], one["building"], one["unit"], one["room"]) for one in read]
    assert parts == expected * len(forms)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
                | st.text("市区街道镇村路号楼栋单元室0123-#阳光花园一二十内（） ", max_size=30), min_size=1, max_size=30))  # fmt: skip
def test_any_text_is_read_and_a_value_reads_as_itself(cells: Cells, raws: list[str]) -> None:
    read = cells("address", raws)
    assert all(one[part] != "" for one in read for part in PARTS)
    values = [one for one in read if one["value"] is not None]
    again = cells("address", [one["value"] for one in values])
    assert [[one[part] for part in PARTS] for one in again] == [
        [one[part] for part in PARTS] for one in values
    ]
