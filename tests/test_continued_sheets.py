"""connectors.tables.continued_sheets, table_sources: one table over many sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from connectors.layout import Layout
from connectors.tables.header_names import Merge, Row
from connectors.tables.table_sources import TableSources


@dataclass
class Sheet:
    data: list[list[str]]
    sheet: str | None = "一"
    merges: Sequence[Merge] = ()
    hidden: bool = False
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        return iter([(n, list(c)) for n, c in enumerate(self.data, 1)])


def grid(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")] for line in text.strip("\n").split("\n")]


FIRST = "编号|姓名|性别|金额\n110101|张伟|男|100\n110102|王秀英|女|200\n110105|李四|男|300"


def second(text: str, first: str = FIRST, **layout: object) -> tuple[dict[int, str] | None, str | None]:
    """What the second sheet is read with: names from the first, and the sheet it continues."""
    sources = TableSources(Layout.of(layout))
    list(sources.of(Sheet(grid(first))))
    [(source, continues)] = sources.of(Sheet(grid(text), "二"))
    header = getattr(source, "header", None)
    assert source.sheet == "二" and [n for n, _ in source.rows()]
    if header is not None:
        assert header.rows == () and header.first_data_row == 1 + len(header.above)
    return (header.names if header else None), continues


NAMES = {0: "编号", 1: "姓名", 2: "性别", 3: "金额"}


def test_a_sheet_with_the_same_header_continues() -> None:
    assert second("编号|姓名|性别|金额\n110106|钱七|男|1") == (None, "一")


@pytest.mark.parametrize(
    "text",
    [
        "110106|钱七|男|1\n110107|孙八|女|2",
        "续表|||\n110106|钱七|男|1\n110107|孙八|女|2",
        "110106|钱七||1",
    ],
)
def test_a_sheet_without_a_header_takes_that_of_the_first(text: str) -> None:
    assert second(text) == (NAMES, "一")


def test_words_that_recur_show_that_a_row_is_data() -> None:
    first = "村名|姓名|性别\n甲村|张伟|男\n甲村|王秀英|女\n乙村|李四|男"
    assert second("乙村|钱七|男\n丙村|孙八|女", first)[1] == "一"
    assert second("丙村|钱七|丁\n戊村|孙八|己", first) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "楼号|面积|层数|年份\n1|2|3|2001",
        "110106|钱七|男|1|多\n110107|孙八|女|2|多",
        "钱七|110106|1|男\n孙八|110107|2|女",
        "2001|钱七|男|甲\n2002|孙八|女|乙",
        "排名|国家|洲|人口\n1|甲|亚洲|5",
    ],
)
def test_other_tables_are_their_own(text: str) -> None:
    assert second(text) == (None, None)


def test_a_stated_layout_is_kept_to() -> None:
    assert second("110106|钱七|男|1", header="none") == (None, None)
