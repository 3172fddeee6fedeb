"""connectors.tables.form_lines: what the lines around a table state, without the names of persons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.report import Skip
from connectors.tables.form_lines import stated
from connectors.tables.row_kinds import text_of


def of(*cells: str, why: str = "note") -> dict[str, str]:
    return stated([Skip(1, why, text_of(cells))])


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["填报单位：某街道", "", "日期：2024年3月"], {"填报单位": "某街道", "日期": "2024年3月"}),
        (["填报单位:", "某街道办事处", ""], {"填报单位": "某街道办事处"}),
        (["填报单位：某街道   日期：2024年3月1日 10:30"], {"填报单位": "某街道", "日期": "2024年3月1日 10:30"}),
        (["填 报 单 位：某街道"], {"填报单位": "某街道"}),
        (["填报单位（盖章）：某街道"], {"填报单位": "某街道"}),
        (["（单位：万元）"], {"单位": "万元"}),
        (["（截至2011年5月23日）"], {"截至": "2011年5月23日"}),
        (["数据来源：国家统计局"], {"数据来源": "国家统计局"}),
        (["文号：国统字〔2020〕12号", "工作单位：某厂"], {"文号": "国统字〔2020〕12号"}),
        (["注：1.本表按当年价格计算。单位：元"], {"单位": "元"}),
        (["某街道2024年花名册"], {}),
    ],
)  # fmt: skip
def test_entries(cells: list[str], told: dict[str, str]) -> None:
    assert of(*cells) == told


@pytest.mark.parametrize(
    "cells",
    [
        ["制表人：李四", "审核：李四", "联系电话：13800138000"],
        ["制表人：", "李四", "", "审核人：", "李四"],
        ["填报单位：某街道   制 表 人：李四 2024.3.1   联系电话13800138000"],
        ["填报单位：某街道  科员：李四"],
        ["填报单位：某街道（联系电话13800138000）"],
    ],
)
def test_persons_are_left_out(cells: list[str]) -> None:
    told = of(*cells)
    assert told and not any("李四" in v or "1380" in v for v in told.values())


def test_labels_of_persons_are_told_and_the_first_value_holds() -> None:
    assert of("制表人：李四", "审核：") == {"制表人": "", "审核": ""}
    lines = [Skip(1, "note", "单位："), Skip(2, "note", "单位：元"), Skip(9, "note", "单位：户")]
    assert stated(lines) == {"单位": "元"}
    assert of("单位：元", why="total") == {}


@given(st.lists(st.text(alphabet="填报单位：:人日期 李四，(（)1380 |", max_size=12), max_size=4))
def test_any_line(cells: list[str]) -> None:
    assert all(isinstance(v, str) for v in of(*cells).values())
