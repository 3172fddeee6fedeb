"""connectors.tables.outline: lists of one column with headings of a higher level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.layout import Layout
from connectors.report import TableReport
from connectors.tables.body import read_table
from connectors.tables.header_names import Merge, Row
from connectors.tables.outline import outline


@dataclass
class Column:
    data: Sequence[str]
    merges: Sequence[Merge] = ()
    sheet: str | None = None
    hidden: bool = False
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        return ((n, [c]) for n, c in enumerate(self.data, 1))


def listed(text: str) -> tuple[list[str], list[list[str]], list[tuple[int, str]]]:
    """Columns, rows, and what was skipped with its reason."""
    source = outline(Column(text.split()))
    assert source is not None
    header = source.header
    assert header.rows == ()
    data = [c for n, c in source.rows() if n >= header.first_data_row and n not in header.skips]
    skipped = sorted([*header.above, *header.skips.items()])
    assert len(data) + len(skipped) == len(text.split())
    return list(header.names.values()), data, skipped


def test_provinces_and_counties_with_a_flag_that_a_note_explains() -> None:
    columns, rows, skipped = listed("*代表脱贫县 安徽 砀山县* 寿县 山东省 历城区 莱西市*")
    assert columns == ["省", "县", "脱贫"]
    assert rows == [
        ["安徽", "砀山县", "*"],
        ["安徽", "寿县", ""],
        ["山东省", "历城区", ""],
        ["山东省", "莱西市", "*"],
    ]
    assert skipped == [(1, "note"), (2, "section"), (5, "section")]


@pytest.mark.parametrize(
    ("note", "sign", "column"),
    [
        ("★为革命老区县", "★", "革命老区"),
        ("注：▲表示边境县", "▲", "边境"),
        ("带※的是2019年摘帽县", "※", "2019年摘帽"),
        ("说明：标“☆”号的为国家级贫困县。", "☆", "国家级贫困"),
        ("", "★", "标记"),
    ],
)
def test_flags(note: str, sign: str, column: str) -> None:
    for text in (
        f"辽宁 新宾县{sign} 彰武县 云南 {sign}泸水市 澜沧县 {note}",
        f"{note} 辽宁 新宾县{sign} 彰武县 云南 泸水市{sign} 澜沧县",
    ):
        columns, rows, _ = listed(text)
        assert columns == ["省", "县", column]
        assert [r[2] for r in rows] == [sign, "", sign, ""] and rows[2][:2] == ["云南", "泸水市"]


def test_several_flags() -> None:
    columns, rows, _ = listed("*代表脱贫县 辽宁 新宾县*★ 彰武县★ 云南 泸水市 澜沧县*")
    assert columns == ["省", "县", "脱贫", "标记"]
    assert [r[2:] for r in rows] == [["*", "★"], ["", "★"], ["", ""], ["*", ""]]


def test_other_levels() -> None:
    columns, rows, _ = listed("江苏省 南京市 玄武区 秦淮区 无锡市 梁溪区 浙江省 杭州市 上城区 西湖区")
    assert columns == ["省", "市", "县"]
    assert rows[2:4] == [["江苏省", "无锡市", "梁溪区"], ["浙江省", "杭州市", "上城区"]]
    columns, rows, _ = listed("中山区 人民路街道 青泥洼桥街道 西岗区 香炉礁街道 白云街道")
    assert columns == ["县", "街道"] and rows[-1] == ["西岗区", "白云街道"]
    # A city among counties is one of them.
    assert ["贵州", "毕节市"] in listed("贵州 赤水市 毕节市 安龙县 海南 白沙县 保亭县")[1]


@pytest.mark.parametrize(
    "text",
    ["张伟 王秀英 李四 赵六", "安徽 山东 河南 湖北", "安徽 砀山县 寿县 萧县", "县 砀山县 寿县 萧县 泗县",
     "砀山县 安徽 寿县 安徽 泗县 安徽", "安徽 张伟 王秀英 山东 李四 赵六", "", "安徽", "2024 安徽 5 山东 6"],
)  # fmt: skip
def test_other_lists_are_none(text: str) -> None:
    assert outline(Column(text.split())) is None


def test_rows_of_several_cells_are_none() -> None:
    @dataclass
    class Wide(Column):
        def rows(self) -> Iterator[Row]:
            return ((n, [c, "1"]) for n, c in enumerate(self.data, 1))

    assert outline(Wide(["安徽", "砀山县", "寿县", "山东省", "历城区"])) is None


class Sink:
    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def begin(self, table: TableReport) -> None:
        self.rows = []

    def chunk(
        self, numbers: Sequence[int], columns: list[Sequence[str]], long: list[str | None] | None
    ) -> None:
        self.rows += zip(*(list(map(str, c)) for c in columns), strict=True)

    def end(self, table: TableReport) -> None:
        assert table.n_rows == len(self.rows)


def test_the_walk_reads_it_as_a_table() -> None:
    source = outline(Column(["*代表脱贫县", "安徽", "砀山县*", "", "寿县", "山东", "历城区", "注：无"]))
    assert source is not None
    sink = Sink()
    report = read_table(source, Layout(), sink)
    assert sink.rows == [("安徽", "砀山县", "*"), ("安徽", "寿县", ""), ("山东", "历城区", "")]
    assert report.columns == ["省", "县", "脱贫"] and report.section_column is None and report.rows_read == 8
    assert [(s.row, s.why) for s in report.skipped] == [
        (1, "note"),
        (2, "section"),
        (4, "blank"),
        (6, "section"),
        (8, "note"),
    ]
    assert report.header_rows == [] and report.first_data_row == 2


@given(
    st.lists(
        st.sampled_from(
            [
                "安徽",
                "砀山县",
                "寿县*",
                "合肥市",
                "山东省",
                "历城区★",
                "张伟",
                "",
                "*代表脱贫县",
                "合计",
                "注：无",
            ]
        ),
        max_size=30,
    )
)
def test_every_row_is_told(cells: list[str]) -> None:
    source = outline(Column(cells))
    if source is not None:
        report = read_table(source, Layout(), Sink())
        assert report.rows_read == len(cells)
