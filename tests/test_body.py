"""The walk gives the same table whatever the size of its blocks, and accounts for every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.layout import Layout
from connectors.report import TableReport
from connectors.tables import body
from connectors.tables.block import Block, blocks_of
from connectors.tables.doubt import doubtful
from connectors.tables.header_names import Row
from schemas.problem import Problem


@dataclass
class Given:
    """Rows as they are given, in blocks of a size."""

    given: list[list[str]]
    size: int = 1000
    sheet: str | None = None
    hidden: bool = False
    merges: tuple[Any, ...] = ()
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        return enumerate(self.given, 1)

    def blocks(self, width: int) -> Iterator[Block]:
        return blocks_of(self.rows(), width, self.size)


class Kept:
    def begin(self, table: TableReport) -> None:
        self.numbers: list[int] = []
        self.rows: list[tuple[str, ...]] = []

    def chunk(self, numbers: Any, columns: list[Any], long: list[str | None] | None) -> None:
        self.numbers += numbers.tolist()
        self.rows += list(zip(*(c.to_pylist() for c in columns), strict=True))

    def end(self, table: TableReport) -> None:
        assert table.n_rows == len(self.rows)


def walked(rows: list[list[str]], size: int = 1000, **layout: object) -> tuple[TableReport, Kept]:
    kept = Kept()
    return body.read_table(Given(rows, size), Layout.of(layout), kept), kept


HEADER = ["序号", "姓名", "住址", "金额"]
DATA = st.lists(st.sampled_from(["张三", "李四", "", "12", " ", "单元", "7"]), min_size=4, max_size=4)
ODD = st.one_of(
    st.sampled_from(
        [[], [""] * 4, HEADER, ["合计", "", "", "9"], ["3", "合计", "", "9"], ["注：无", "", "", ""], ["甲社区（2户）", "", "", ""],
         ["填表人：", "王五", "", ""], ["", "　", "", ""], ["一", "二", "三", "四", "五"], ["短"], ["", "合计", "", "1"]]
    ),
    DATA,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.one_of(DATA, ODD), max_size=60), size=st.sampled_from([1, 2, 7]), filled=st.booleans()
)
def test_the_size_of_blocks_changes_nothing(rows: list[list[str]], size: int, filled: bool) -> None:
    layout = {"forward_fill": ["姓名"]} if filled else {}
    table = [["名册"], HEADER, ["1", "张三", "中山区", "100"], *rows]
    try:
        whole, all_rows = walked(table, **layout)
    except Problem:  # by chance another row is the header, and has no such column
        with pytest.raises(Problem):
            walked(table, size, **layout)
        return
    parts, some_rows = walked(table, size, **layout)
    assert whole == parts
    assert (all_rows.numbers, all_rows.rows) == (some_rows.numbers, some_rows.rows)
    assert all_rows.numbers == sorted(set(all_rows.numbers))
    skipped = [s.row for s in whole.skipped]
    assert sorted(all_rows.numbers + skipped) == list(range(1, len(table) + 1))


def test_headings_come_down_to_their_rows_over_blocks() -> None:
    rows = [["序号", "学校", "城市"]]
    for province, n in (("北京市（3所）", 3), ("天津市（2所）", 2)):
        rows += [[province, "", ""], *([str(i), f"学校{i}", "市"] for i in range(1, n + 1))]
    for size in (1, 3, 100):
        report, kept = walked(rows, size)
        assert report.columns == ["序号", "学校", "城市", "分组"] and report.section_column == "分组"
        assert [r[-1] for r in kept.rows] == ["北京市"] * 3 + ["天津市"] * 2
        assert report.skip_counts["section"] == 2 and not report.findings


def test_cells_under_no_header_are_kept_in_a_column_of_their_place() -> None:
    rows = [["甲", "乙"], *([str(i), "x"] for i in range(400)), ["9", "y", "", "备注"]]
    report, kept = walked(rows)
    assert report.columns == ["甲", "乙", "列4"] and report.ragged_long == 1
    assert kept.rows[-1] == ("9", "y", "备注") and kept.rows[0] == ("0", "x", "")


@pytest.mark.parametrize(
    ("row", "doubt"),
    [
        (["张三", "1", "x"], False), (["合计", "1", "x"], True), (["", "1", "合"], True), (["", "合", "x"], True),
        (["5", "合计", ""], True), (["5", "合计", "x"], False), (["　合计", "1", "2"], True), (["a", " ", "　"], True),
        (["", "", ""], True), (["\ufeff", "", "\x00"], True),
    ],
)  # fmt: skip
def test_the_sieve(row: list[str], doubt: bool) -> None:
    block = next(iter(blocks_of(enumerate([["甲", "乙", "丙"], row], 1), 3)))
    assert doubtful(block.columns, {"合"}).tolist() == [False, doubt]
