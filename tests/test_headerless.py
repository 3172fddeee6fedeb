"""connectors.tables.header: tables whose first row is data, and all-text tables with a header of words nobody knows."""

from __future__ import annotations

from typing import Literal

import pytest

from connectors.tables.header import find_header, header_words
from connectors.tables.header_names import Row


def header_rows(text: str) -> tuple[int, ...]:
    rows: list[Row] = [
        (n, [c.strip() for c in line.split("|")]) for n, line in enumerate(text.strip("\n").split("\n"), 1)
    ]
    return find_header(rows, (), "auto", header_words()).rows


@pytest.mark.parametrize(
    "text",
    [
        "张伟|男|汉族\n王秀英|女|汉族\n李四|男|满族\n赵六|男|汉族\n钱七|女|汉族",
        "张伟|人民路1号\n王秀英|长江路22号\n李四|黄河路3号\n赵六|五一路104号",
        "甲村|张伟|在册\n甲村|王秀英|注销\n甲村|李四|在册\n乙村|赵六|在册\n乙村|钱七|在册\n甲村|孙八|在册",
        "名单||\n张伟|男|汉族\n王秀英|女|汉族\n李四|男|满族\n赵六|男|汉族\n钱七|女|汉族",
    ],
)
def test_the_first_row_is_data(text: str) -> None:
    assert header_rows(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "甲类|乙类|丙类\n张伟|男|汉族\n王秀英|女|汉族\n李四|男|满族\n赵六|男|汉族",
        "姓甚|名谁\n张伟|人民路1号\n王秀英|长江路22号\n李四|黄河路3号\n赵六|五一路104号",
        "第1项|第2项\n张伟|甲\n王秀英|乙\n李四|丙\n赵六|丁",
        # The header again on every page, once with a label written otherwise.
        "甲类|乙类|丙类\n"
        + "张伟|男|x\n王秀英|女|y\n李四|男|z\n" * 3
        + "甲类|乙类|丙类\n甲类|乙类|丙种\n赵六|女|x",
        "甲类|乙类|丙类\n甲类|名一|名二\n张伟|男|x\n王秀英|女|y\n李四|男|z",
        # A label in Chinese with a digit is not made like a code in Latin letters.
        "编号2|姓甚|名谁\nQX1024|张|伟\nQX2231|王|秀英\nRB7|李|四\nHK90|赵|六",
        "姓名|男\n张伟|男\n王秀英|女\n李四|男\n赵六|男\n孙八|男",
    ],
)
def test_the_first_row_is_a_header(text: str) -> None:
    assert header_rows(text)[:1] == (1,)


def columns(text: str, setting: Literal["auto", "none"] = "auto") -> list[int]:
    rows: list[Row] = [(n, line.split("|")) for n, line in enumerate(text.split("\n"), 1)]
    header = find_header(rows, (), setting, header_words())
    assert header.rows == () and all(name == f"列{i + 1}" for i, name in header.names.items())
    return list(header.names)


def test_columns_that_rows_write_count_though_they_are_empty() -> None:
    """Without a header nothing else tells of them, and they are filled in another month."""
    row = "{0}|张{0}||2024-01-0{0}|"
    for setting in ("auto", "none"):
        assert columns("\n".join(row.format(n) for n in range(1, 6)), setting) == [0, 1, 2, 3, 4]
    # A margin is no column; nor are delimiters without number.
    assert columns("\n".join("||" + row.format(n) for n in range(1, 6))) == [2, 3, 4, 5, 6]
    assert columns("\n".join(row.format(n) + "|" * 20 for n in range(1, 6))) == [0, 1, 2, 3]
    assert columns("\n".join(["标题|", *(row.format(n) for n in range(1, 6)), "合计"])) == [0, 1, 2, 3, 4]
    assert columns("甲\n乙\n\n丙", "none") == []
