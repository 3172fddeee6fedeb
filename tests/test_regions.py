"""connectors.tables.regions, new_header: several tables on one sheet, and one table that looks like several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tables.block import Block, blocks_of
from connectors.tables.header_names import Merge, Row
from connectors.tables.regions import split


@dataclass
class Sheet:
    data: list[list[str]]
    merges: Sequence[Merge] = ()
    sheet: str | None = "表"
    hidden: bool = False
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        return iter([(n, list(c)) for n, c in enumerate(self.data, 1) if n not in self.rejected])


class Blocks(Sheet):
    def blocks(self, width: int) -> Iterator[Block]:
        return blocks_of(self.rows(), width, 3)


def grid(text: str) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")] for line in text.strip("\n").split("\n")]


def bounds(rows: list[list[str]], merges: Sequence[Merge] = ()) -> list[tuple[int, int]]:
    """First and last row of each part."""
    parts = split(Sheet(rows, merges))
    told = [[n for n, _ in p.rows()] for p in parts]
    assert [[n for n, _ in p.rows()] for p in split(Blocks(rows, merges))] == told
    return [(t[0], t[-1]) for t in told]


STACKED = grid("""
表一 人员|||
姓名|性别|电话|住址
张伟|男|13800000001|人民路1号
王秀英|女|13800000002|人民路2号
合计|||
填表人：李四|||
|||
表二 房屋|||
单位：平方米|||
楼号|面积|层数|
1号楼|3000|6|
2号楼|4000|7|
""")


def test_one_under_the_other_with_titles_and_notes() -> None:
    assert bounds(STACKED) == [(1, 7), (8, 12)]
    first, second = split(Sheet(STACKED, [(1, 0, 1, 3), (8, 0, 8, 3)], rejected={}))
    assert list(first.merges) == [(1, 0, 1, 3)] and list(second.merges) == [(8, 0, 8, 3)]


def test_rows_that_cannot_be_read_count_once() -> None:
    rows = [*STACKED[:4], ["?"], *STACKED[4:], ["?"]]
    parts = split(Sheet(rows, rejected={5: "quote", 14: "width"}))
    assert [p.rejected for p in parts] == [{5: "quote"}, {14: "width"}]


def test_known_words_without_a_blank_row() -> None:
    rows = grid("姓名|性别|电话\n张伟|男|1\n王秀英|女|2\n户主|地址|人口数\n张伟|人民路1号|3")
    assert bounds(rows) == [(1, 3), (4, 5)]


PEOPLE = "姓甚|出生|电话|金额|住处\n" + "\n".join(
    f"张{n}|1990-01-{n:02}|138000000{n:02}|{n}.50|人民路{n}号" for n in range(1, 11)
)
HOUSES = "房屋名|建成日期|面积|层数\n" + "\n".join(f"{n}号楼|2001-02-{n:02}|{n}00.5|{n}" for n in range(1, 9))


def test_words_over_figures_right_below_a_table_of_figures() -> None:
    """Neither a blank row nor a title nor a word that is known: the row breaks with every column of values."""
    houses = "\n".join(f"{line}|" for line in HOUSES.split("\n"))
    assert bounds(grid(f"{PEOPLE}\n{houses}")) == [(1, 11), (12, 20)]
    # Rows of their own length, as delimited text has them.
    assert bounds(grid(f"{PEOPLE}\n{HOUSES}")) == [(1, 11), (12, 20)]


def test_the_same_header_with_one_column_more() -> None:
    head, *rows = PEOPLE.split("\n")
    many = [head, *rows * 5]
    more = [f"{row}|备用{n}" for n, row in enumerate(rows)]
    assert bounds(grid("\n".join([*many, f"{head}|新增列", *more]))) == [(1, 51), (52, 62)]
    empty = [f"{row}|" for row in rows]
    assert bounds(grid("\n".join([*many, f"{head}|新增列", *empty]))) == [(1, 51), (52, 62)]
    # The number of a page beside the header is no column, and the header alone is a page's.
    for again in (f"{head}|第2页", head):
        assert len(bounds(grid("\n".join([*many, again, *rows])))) == 1


@pytest.mark.parametrize(
    "row",
    [
        "张十一|不详|不详|不详|人民路",  # words again
        "李四|待查|未知|1|长江路",
        "姓甚|出生||金额|住处",  # half of a header
        "丙|1990年生|另报|缓发|黄河路",
        "共十户|全部|已核|无误|属实",
    ],
)
@pytest.mark.parametrize("end", ["", *PEOPLE.split("\n")[1:2]])
def test_a_row_of_words_among_figures_is_no_header(row: str, end: str) -> None:
    below = [end] * 4 if end else PEOPLE.split("\n")[1:5]
    assert len(bounds(grid("\n".join([PEOPLE, row, *below])))) == 1


def test_the_same_columns_under_a_second_title() -> None:
    one = "甲街道名单|\n姓名|电话\n张伟|1\n"
    assert bounds(grid(one + "|\n乙街道名单|\n姓名|电话\n李四|2")) == [(1, 4), (5, 7)]
    # Pages of one list: the same title, a page number, or no title at all.
    for again in ("甲街道名单|\n", "甲街道名单 第2页|\n", ""):
        assert len(bounds(grid(one + "|\n" + again + "姓名|电话\n李四|2"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        # Blank rows, headings, totals and notes within one table.
        "姓名|性别|电话\n张伟|男|1\n||\n王秀英|女|2\n||\n||\n李四|男|3\n||\n合计|2人|3\n||\n注：无||",
        "序号|名|数\n北京市（2所）||\n1|甲|3\n2|乙|4\n天津市||\n1|丙|5\n小计|丁|5\n||\n合计||12",
        "地区|2020年|2021年\n甲|1|2\n||\n乙|…|…\n丙|3|4\n丁|5|6",
        "姓名|住址|备注\n张伟|人民路|\n||\n王秀英|长江路|迁出\n李四|黄河路|死亡",
        "姓名|金额|面积\n张伟|1|2\n||\n王秀英|未发|未测\n李四|3|4\n赵六|5|6",
        "姓名|金额|面积|人数\n张伟|1|2|3\n天津市|||\n王秀英|缓发|待测|待定\n李四|3|4|5\n赵六|5|6|7",
        "单位|某街道\n||\n序号|姓名|金额\n1|张伟|5\n2|李四|6",
        "姓名|金额\n张伟|1\n|\n男|5人\n女|6人",
        "姓名|金额|数量\n张伟|1|1\n||\n填表人：李四|审核人：王五|\n||\n2024年3月1日||",
        # A header in levels, again as its lowest labels, once with a label written otherwise.
        "姓名|居住信息||金额|电话\n|居住地址|居住区划||\n张伟|人民路1号|中山区|1|13\n||||\n姓名|居住地址|居住区划|金额|电话\n"
        "王秀英|人民路2号|中山区|2|14\n||||\n姓名|居住地址|居住区划|金额（元）|联系电话\n李四|人民路3号|中山区|3|15",
        # A dictionary of columns: every row is of known words.
        "字段|中文名|类型\nXM|姓名|C\n||\nXB|性别|C\n||\nSFZH|身份证号|C",
    ],
)
def test_one_table(text: str) -> None:
    assert len(bounds(grid(text))) == 1


def test_side_by_side() -> None:
    rows = grid("""
名单|||||
姓名|电话||姓名|电话|
张伟|1||李四|3|
王秀英|2||||
""")
    left, right = split(Sheet(rows, [(1, 0, 1, 4)]))
    assert [c for _, c in left.rows()] == [r[:2] for r in rows]
    assert list(right.rows()) == [(2, ["", "", "", "姓名", "电话", ""]), (3, ["", "", "", "李四", "3", ""])]
    legend = [
        ["编号", "姓名", "性别", "", "代码", "含义"],
        *[[str(n), "张伟", "1", "", "", ""] for n in range(9)],
    ]
    legend[1][4:], legend[2][4:] = ["1", "男"], ["2", "女"]
    assert [[n for n, _ in p.rows()][-1] for p in split(Sheet(legend))] == [10, 3]


@pytest.mark.parametrize(
    "text",
    [
        "姓名|电话||备注\n张伟|1||x\n王秀英|2||",
        "姓名|电话||住址|面积\n张伟|1||人民路|5\n王秀英|2||长江路|6",
        "姓名|电话||住址|面积\n张伟|1||人民路|5\n王秀英|2||长江路|6\n李四|3|||",
        "姓名|电话||\n张伟|1||本表由街道填写\n王秀英|2||每月一次",
        "序号|姓名||金额|余额\n1|张伟||5|6\n2|王秀英|||\n3|李四||7|8\n4|赵六|||\n5|钱七|||",
    ],
)
def test_a_gap_between_columns_is_no_second_table(text: str) -> None:
    assert len(split(Sheet(grid(text)))) == 1


LABELS = [["姓名", "性别", "住址", "联系电话"], ["网格编号", "街道", "社区", "户数", "人口数"],
          ["楼号", "建筑面积", "层数"], ["年份", "出生人数", "死亡人数", "迁入人数", "迁出人数", "备注说明"]]  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, kind: int) -> list[list[str]]:
    header = LABELS[kind]
    rows = []
    for n in range(draw(st.integers(2, 8))):
        row = [draw(st.sampled_from(["甲", "乙", "丙丁", "人民路"]))] + [
            str(draw(st.integers(0, 99))) for _ in header[1:]
        ]
        if draw(st.booleans()):
            row[draw(st.integers(1, len(header) - 1))] = ""
        rows.append(row)
        assert n >= 0
    return [header, *rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(range(4)), min_size=1, max_size=4, unique=True), st.data())
def test_stacked_tables_come_apart_as_they_were_put_together(kinds: list[int], data: st.DataObject) -> None:
    rows: list[list[str]] = []
    starts = []
    for n, kind in enumerate(kinds):
        if n:
            rows += [[] for _ in range(data.draw(st.integers(1, 3)))]
        starts.append(len(rows) + 1)
        if data.draw(st.booleans()):
            rows.append([f"表{n}"])
        rows += data.draw(tables(kind))
        if data.draw(st.booleans()):
            rows.append(["合计", "", str(n)])
        if data.draw(st.booleans()):
            rows.append(["注：无"])
    width = max(map(len, rows))
    padded = data.draw(st.booleans())
    found = bounds([r + [""] * (width - len(r)) for r in rows] if padded else rows)
    assert [a for a, _ in found] == starts
    assert found[-1][1] == len(rows) and all(b + 1 == c for (_, b), (c, _) in pairwise(found))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(range(4)), st.data())
def test_one_table_with_anything_between_its_rows_stays_one(kind: int, data: st.DataObject) -> None:
    header, *rows = data.draw(tables(kind))
    between = st.sampled_from(
        [
            [],
            [],
            ["注：修订数"],
            ["北京市（2所）"],
            ["天津市"],
            header,
            ["小计", "", "5"],
            ["第2页"],
            ["合计", "3"],
        ]
    )
    mixed = [["名单"], header]
    for row in rows:
        mixed += [row, *data.draw(st.lists(between, max_size=2))]
    mixed += data.draw(
        st.lists(st.sampled_from([[], ["填表人：李四", "审核人：王五"], ["单位：元"], ["右"]]), max_size=4)
    )
    width = max(map(len, mixed))
    assert len(bounds([r + [""] * (width - len(r)) for r in mixed])) == 1


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["姓名", "电话", "住址", "1", "20", "张伟", "", "", "合计", "注：无", "单位：元"]
            ),
            max_size=6,
        ),
        max_size=30,
    )
)
def test_every_row_is_in_one_of_stacked_parts(rows: list[list[str]]) -> None:
    parts = split(Sheet(rows))
    numbers = [n for p in parts for n, _ in p.rows()]
    assert set(numbers) == set(range(1, len(rows) + 1))
    seen: dict[int, str] = {}
    for p in parts:
        for n, cells in p.rows():
            seen[n] = seen.get(n, "") + "".join(cells)
    assert [sorted(seen[n]) for n in sorted(seen)] == [sorted("".join(r)) for r in rows]
