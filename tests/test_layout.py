"""connectors.layout, header, header_names, row_kinds, body: which rows are what, and the names of columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.layout import Layout
from connectors.report import TableReport
from connectors.tables.body import read_table
from connectors.tables.header import Header, find_header, header_words
from connectors.tables.header_names import Merge, Row, label, unique
from connectors.tables.row_kinds import is_note, is_numbering, is_section, is_total, is_unit, is_value
from schemas.problem import Problem


def grid(text: str) -> list[list[str]]:
    """Rows written one a line, cells separated by ``|``."""
    return [[c.strip() for c in line.split("|")] for line in text.strip("\n").split("\n")]


def found(rows: Sequence[Sequence[str]], merges: Sequence[Merge] = (), setting: object = "auto") -> Header:
    head: list[Row] = [(n, list(c)) for n, c in enumerate(rows, 1)]
    return find_header(head, merges, Layout.of({"header": setting}).header, header_words())


@dataclass
class Sheet:
    """Rows in memory as a source of ``read_table``."""

    data: list[list[str]]
    merges: Sequence[Merge] = ()
    sheet: str | None = "表"
    hidden: bool = False
    long: dict[int, list[int]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        return iter([(n, list(c)) for n, c in enumerate(self.data, 1)])


class Sink:
    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.rows: list[tuple[str, ...]] = []
        self.begun = 0

    def begin(self, table: TableReport) -> None:
        self.begun += 1
        self.numbers, self.rows = [], []

    def chunk(self, numbers: Any, columns: list[Any], long: list[str | None] | None) -> None:
        self.numbers += numbers.tolist()
        self.rows += list(zip(*(c.to_pylist() for c in columns), strict=True))

    def end(self, table: TableReport) -> None:
        assert table.n_rows == len(self.rows) == len(self.numbers)


def walked(rows: list[list[str]], merges: Sequence[Merge] = (), **layout: object) -> tuple[TableReport, Sink]:
    sink = Sink()
    report = read_table(Sheet(rows, merges), Layout.of(layout), sink)
    assert report.rows_read == len(rows)
    return report, sink


def why(report: TableReport) -> dict[int, str]:
    return {s.row: s.why for s in report.skipped}


PENSION = grid("""
附件1||||
某街道2024年高龄津贴发放表||||
填报单位：某街道||||日期：2024年3月
||||
序号|姓名|身份证号|住址|金额
1|张伟|210203194001011230|人民路1号|100
2|王秀英|210203193501011243|人民路2号|200
合计||||300
填表人：李四||审核人：王五||
""")


def test_a_clerks_sheet() -> None:
    report, sink = walked(PENSION)
    assert report.header_rows == [5] and report.first_data_row == 6 and sink.numbers == [6, 7]
    assert why(report) == {1: "title", 2: "title", 3: "note", 4: "blank", 5: "header", 8: "total", 9: "note"}
    assert report.skipped[2].text == "填报单位：某街道 | 日期：2024年3月"


def test_header_known_words_beat_shape() -> None:
    rows = grid("说明|本表|由街道|填写\n张|王|李|赵\n姓名|性别|民族|住址\n张伟|男|汉|人民路")
    assert found(rows, setting="auto").rows in ((1,), (3,))
    rows = grid("2024年3月|||\n姓名|性别|民族|住址\n张伟|男|汉|人民路")
    assert found(rows).rows == (2,)


def test_no_header() -> None:
    rows = grid("1|张伟|210203194001011230|男\n2|王秀英|210203193501011243|女\n3|李四|210203193501011251|男")
    assert found(rows).rows == ()
    report, sink = walked(rows)
    assert report.columns == ["列1", "列2", "列3", "列4"] and sink.numbers == [1, 2, 3]


def test_years_may_head_columns() -> None:
    rows = grid("地区|2023|2022|2021\n大连市|608|600|598\n烟台市|703|705|710")
    assert found(rows).rows == (1,)


def test_database_names_with_digits_are_a_header() -> None:
    assert found(grid("ID|MZ2010|MZ2009\n1|500|300\n2|1000|800")).rows == (1,)


def test_merged_levels() -> None:
    rows = grid("序号|姓名|居住信息||户籍信息||家庭人口\n|||区划|地址|\n1|张伟|人民路|中山区|西岗区|x|3")
    rows = grid("""
序号|姓名|居住信息||户籍信息||家庭人口
||居住地址|居住区划|户籍地址|户籍区划|
1|张伟|人民路1号|中山区|长江路2号|西岗区|3
2|王秀英|人民路2号|中山区|长江路3号|西岗区|4
""")
    merges = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 5), (1, 6, 2, 6)]
    names = [
        "序号",
        "姓名",
        "居住信息/居住地址",
        "居住信息/居住区划",
        "户籍信息/户籍地址",
        "户籍信息/户籍区划",
        "家庭人口",
    ]
    for given in (merges, []):
        header = found(rows, given)
        assert header.rows == (1, 2) and list(header.names.values()) == names


def test_filled_levels_are_collapsed() -> None:
    rows = grid("姓名|居住信息|居住信息\n姓名|地址|区划\n张伟|人民路1号|中山区\n王秀英|人民路2号|中山区")
    assert list(found(rows).names.values()) == ["姓名", "居住信息/地址", "居住信息/区划"]


def test_a_group_of_one_is_no_wrapped_label() -> None:
    rows = grid("姓名|居住信息|联系方式||人均\n|居住地址|电话|手机|收入\n张伟|人民路1号|1|2|3")
    merges = [(1, 0, 2, 0), (1, 2, 1, 3)]
    assert list(found(rows, merges).names.values()) == [
        "姓名", "居住信息/居住地址", "联系方式/电话", "联系方式/手机", "人均收入",
    ]  # fmt: skip


def test_unit_rows_and_numbered_columns() -> None:
    rows = grid("姓名|金额|面积|人数\n|（元）|（平方米）|\n甲|1|2|3\n张伟|100|80|3\n王秀英|200|90|4")
    header = found(rows)
    assert header.rows == (1, 2, 3) and list(header.names.values()) == ["姓名", "金额", "面积", "人数"]


def test_labels_above_database_names() -> None:
    rows = grid("縣市代碼|縣市名稱|戶數|\nCOUNTY_ID|COUNTY|H_CNT|\n67000|臺南市|28669|\n67000|臺南市|10092|")
    header = found(rows)
    assert header.rows == (1, 2) and list(header.names.values()) == ["COUNTY_ID", "COUNTY", "H_CNT"]
    assert list(header.alternatives.values()) == ["縣市代碼", "縣市名稱", "戶數"]


def test_stated_header_rows() -> None:
    header = found(PENSION, setting=5)
    assert header.rows == (5,) and [w for _, w in header.above] == ["title", "title", "note", "blank"]
    assert found(PENSION, setting=[5]).names == header.names
    report, _ = walked(PENSION, header="none")
    assert report.n_rows == 5 and report.columns[0] == "列1"


@pytest.mark.parametrize(
    "wrong", [{"header": 0}, {"header": "third"}, {"header": []}, {"footer": "x"}, {"delimiter": "||"}]
)
def test_wrong_layouts_are_said(wrong: dict[str, object]) -> None:
    with pytest.raises(Problem, match="layout"):
        Layout.of(wrong)


def test_layout_survives_the_border() -> None:
    layout = Layout.of(
        {"sheets": ["一", "表*"], "header": [3, 4], "footer": 9, "forward_fill": "户主", "delimiter": ";"}
    )
    assert Layout.of(layout.plain()) == layout
    assert layout.wants("表2") and not layout.wants("二")


def test_names() -> None:
    assert (
        label("地    区") == "地区" and label("联系\n电话 ") == "联系电话" and label("Town  ID") == "Town ID"
    )
    assert unique({0: "姓名", 1: "姓名", 2: "name", 3: "NAME", 4: "_row"}) == {
        0: "姓名", 1: "姓名#2", 2: "name", 3: "NAME#2", 4: "_row#2",
    }  # fmt: skip
    assert unique({0: "a", 1: "a", 2: "a#2"})[2] not in ("a", "a#2")


def test_columns_without_a_header_are_kept_even_if_they_turn_up_late() -> None:
    rows = [["编号", "姓名", ""], *[[str(n), "张伟", ""] for n in range(900)]]
    rows[800] = ["799", "王秀英", "备注"]
    rows[850] = ["849", "王秀英", "", "", "更远"]
    report, sink = walked(rows)
    assert report.columns == ["编号", "姓名", "列3", "列5"] and sink.begun == 2
    assert sink.rows[799][2] == "备注" and sink.rows[849][3] == "更远" and report.n_rows == 900
    assert report.ragged_long == 1


def test_short_rows_are_padded_and_counted() -> None:
    report, sink = walked(grid("编号|姓名|住址\n1|张伟|x\n2|王秀英\n3|李四|y"))
    assert sink.rows[1] == ("2", "王秀英", "") and report.ragged_short == 1


def test_trailing_delimiters_are_no_columns() -> None:
    report, _ = walked(grid("编号|姓名||\n1|张伟||\n2|王秀英||\n|||"))
    assert report.columns == ["编号", "姓名"] and report.n_rows == 2 and why(report)[4] == "blank"


def test_repeated_headers_titles_and_sections() -> None:
    rows = grid("""
某街道花名册|||
序号|姓名|住址|电话
北京市（2所）|||
1|张伟|a|1
2|王秀英|b|2
某街道花名册|||
序号|姓名|住址|电话
天津市|||
3|李四|c|3
4|赵六||
5|钱七|e|5
""")
    report, sink = walked(rows)
    assert [why(report).get(n) for n in (3, 6, 7, 8)] == ["section", "title", "repeated_header", "section"]
    assert sink.numbers == [4, 5, 9, 10, 11]


def test_a_header_in_levels_repeated_as_one_row() -> None:
    rows = grid("""
姓名|居住信息||金额（元/月）
|居住地址|居住区划|
张伟|人民路1号|中山区|1
姓名|居住地址|居住区划|金额（元/月）
王秀英|人民路2号|中山区|2
姓名|居住信息||金额（元/月）
|居住地址|居住区划|
李四|人民路3号|中山区|3
""")
    report, sink = walked(rows)
    assert sink.numbers == [3, 5, 8] and report.skip_counts["repeated_header"] == 3


def test_a_row_with_one_cell_is_data_without_evidence() -> None:
    report, sink = walked(grid("姓名|住址|电话\n张伟|a|1\n王秀英||\n李四|c|3\n赵六||"))
    assert sink.numbers == [2, 3, 4, 5] and report.n_rows == 4


def test_totals_only_where_the_word_leads() -> None:
    assert is_total(["合 计", "", "3"]) and is_total(["总计：12人", ""]) and is_total(["", "小计", "", "5"])
    assert is_total(["13", "合计", "", "", "500"])
    assert not is_total(["张伟", "合计", "", "5"]) and not is_total(["1", "张伟", "小计", "5"])
    assert not is_total(["合计王", "1"]) and not is_total(["1", "合计", "人民路", "x", "5"])


def test_words() -> None:
    assert is_note(["注：1.本表", "", ""]) and is_note(["填表人：", "张", "审核人：", "李", "", ""])
    assert not is_note(["姓名", "性别"]) and not is_note(["单位", "金额"])
    assert is_section(["北京市(82所）", "", ""]) and not is_section(["北京市（东城）", ""])
    assert is_unit("（元/月）") and not is_unit("金额（元）")
    assert (
        is_numbering(["甲", "乙", "1", "2", "3"])
        and not is_numbering(["1", "2", "3"])
        and not is_numbering(["1", "3", "4", "5"])
    )
    assert (
        is_value("210203194001011230")
        and is_value("2024-01-01")
        and is_value("1,200.5")
        and not is_value("MZ2010")
    )


def test_continued_notes_at_the_end() -> None:
    report, sink = walked(
        grid(
            "地区|2020年|2019年\n大连市|1|2\n烟台市|3|4\n注：1.按当年价。||\n　　2.为修订数。||\n数据来源：统计局||"
        )
    )
    assert sink.numbers == [2, 3] and [why(report)[n] for n in (4, 5, 6)] == ["note"] * 3


def test_footer_settings() -> None:
    rows = grid("姓名|金额\n张伟|1\n合计|1\n备注：无|")
    assert walked(rows, footer="none")[0].n_rows == 3
    assert walked(rows, footer=3)[0].n_rows == 1
    assert walked(rows)[0].n_rows == 1


def test_forward_fill_of_declared_columns_only() -> None:
    rows = grid("户主|姓名|住址\n张伟|张伟|a\n|李四|\n王五|王五|b\n|赵六|")
    _, sink = walked(rows, forward_fill=["户主"])
    assert [r[0] for r in sink.rows] == ["张伟", "张伟", "王五", "王五"] and sink.rows[1][2] == ""
    with pytest.raises(Problem, match="forward_fill"):
        walked(rows, forward_fill=["户号"])


def test_leading_empty_column_and_empty_table() -> None:
    report, sink = walked(grid("某区代码||\n||\n|代码|名称\n|110000|北京市\n|120000|天津市"))
    assert report.columns == ["代码", "名称"] and sink.rows[0] == ("110000", "北京市")
    report, _ = walked([[""], [" ", "\u3000"], []])
    assert report.columns == [] and why(report) == {1: "blank", 2: "blank", 3: "blank"}


def test_what_members_of_an_archive_are_wanted_for() -> None:
    plain = {"sheets": ["名册", "b*.xlsx"], "record": "/data/list", "table": "T_CZRK", "member": "区/b1.xlsx"}
    layout = Layout.of(plain)
    assert (layout.record, layout.table, layout.member) == ("/data/list", "T_CZRK", "区/b1.xlsx")
    assert Layout.of(layout.plain()) == layout and Layout.of({}).record is None
    assert layout.wants("名册") and layout.wants("别的") and not Layout.of({"sheets": "名册"}).wants("别的")
    joined = Layout.of({"sheets": "区/b1.xlsx/名*", "member": "区/b1.xlsx"})
    assert joined.wants("名册") and not joined.wants("别的")
