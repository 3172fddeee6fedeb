"""connectors.tables.sections, divisions: headings between rows, their levels, their counts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.layout import Layout
from connectors.report import TableReport
from connectors.tables.divisions import level_of
from connectors.tables.header import Header, find_header
from connectors.tables.header_names import Merge, Row
from connectors.tables.row_judge import Judge
from connectors.tables.row_kinds import is_section, is_total, only_count, section_count, section_label
from connectors.tables.sections import Sections


def fed(*steps: str | int) -> tuple[list[str], Sections]:
    """The value after each heading (a text) or rows (a number)."""
    sections = Sections()
    values = []
    for row, step in enumerate(steps, 1):
        if isinstance(step, int):
            sections.rows(step)
        else:
            sections.feed(row, step)
        values.append(sections.value)
    return values, sections


@pytest.mark.parametrize(
    ("text", "words", "count"),
    [
        ("北京市（82所）", "北京市", 82),
        ("北京市(82所）", "北京市", 82),
        ("北 京 市（共1,200人）", "北京市", 1200),
        ("甲组 共12人", "甲组", 12),
        ("高中学历（含）（3人）", "高中学历（含）", 3),
        ("北京市", "北京市", None),
        ("北京市（东城）", "北京市（东城）", None),
        ("（共3人）", "（共3人）", None),
    ],
)
def test_words_and_counts(text: str, words: str, count: int | None) -> None:
    assert (section_label(text), section_count(text)) == (words, count)
    assert is_section([text, "", ""]) == (count is not None)


def test_a_count_alone_is_a_total() -> None:
    assert only_count("（共2,101所）") == 2101 and is_total(["（共2101所）", ""])
    assert only_count("（截至2011年5月23日）") is None and only_count("共3页") is None
    assert not is_total(["（共2101所）", "x"])


def test_a_flat_list() -> None:
    values, sections = fed("北京市（2所）", 2, "某兵团（1所）", 1, "天津市（3所）", 3)
    assert values[::2] == ["北京市", "某兵团", "天津市"]
    report = TableReport()
    sections.check(report)
    assert not report.findings and report.totals_checked == 3


def test_levels() -> None:
    values, _ = fed("江苏省", "南京市", 2, "苏州市", 1, "广东省", "深圳市", 2, "韶关市", 1)
    assert values == [
        "江苏省", "江苏省/南京市", "江苏省/南京市", "江苏省/苏州市", "江苏省/苏州市",
        "广东省", "广东省/深圳市", "广东省/深圳市", "广东省/韶关市", "广东省/韶关市",
    ]  # fmt: skip
    assert (
        fed("一、甲", "（一）乙", 1, "（二）丙", 1, "二、丁", 1, "（一）戊", 1)[0][-2:]
        == ["二、丁/（一）戊"] * 2
    )
    # Words that tell no level: as many in a run as there are levels replace them all.
    assert fed("甲", "乙", 1, "丙", 1, "丁", "戊", 1)[0][4:] == ["甲/丙", "甲/丁", "丁/戊", "丁/戊"]


def test_an_empty_heading_is_no_level() -> None:
    assert fed("甲", 1, "西藏自治区（0所）", "陕西省（3所）", 3)[0][-1] == "陕西省"
    assert fed("西藏自治区", "陕西省", 3)[0][-1] == "陕西省"
    assert fed("甲（0人）", "乙（2人）", 2)[0][-1] == "乙"


def test_counts_of_every_level_are_held_against_the_rows() -> None:
    _, sections = fed("江苏省（5所）", "南京市（3所）", 3, "苏州市（2所）", 1, "广东省（1所）", 1)
    report = TableReport()
    sections.check(report)
    assert [(f.code, f.row) for f in report.findings] == [("total_mismatch", 1), ("total_mismatch", 4)]
    assert report.totals_checked == 4 and "states 5 rows, 4 follow" in report.findings[0].text


def test_counts_of_something_else_are_no_fault() -> None:
    _, sections = fed("甲户（5人）", 1, "乙户（3人）", 1, "丙户（2人）", 1)
    report = TableReport()
    sections.check(report)
    assert not report.findings and not report.totals_checked


def test_levels_of_names() -> None:
    said = {"安徽": "省", "安徽省": "省", "潜山市": "县", "合肥市": "市", "寿县": "县", "延边朝鲜族自治州": "市",
            "人民路街道": "街道", "青泥社区": "村", "张伟": None, "12号楼": None, "合计": None}  # fmt: skip
    assert {name: level_of(name) for name in said} == said


def judged(rows: list[list[str]], merges: Sequence[Merge] = ()) -> list[tuple[str | None, bool, bool]]:
    """What each row below the header in the first row is."""
    head: list[Row] = list(enumerate(rows, 1))
    header = find_header(head, merges, (1,))
    judge = Judge(header, head, merges, sorted(header.names), Layout())
    return [judge.kind(n, cells) for n, cells in head[1:]]


def test_which_lone_cells_are_headings() -> None:
    rows = [["姓名", "电话"], ["北京市（2人）", ""], ["张伟", ""], ["甲街道", ""], ["李四", "1"]]
    assert judged(rows, [(4, 0, 4, 1)]) == [
        (None, True, True),
        (None, False, False),
        (None, True, True),
        (None, False, False),
    ]
    rows = [["序号", "姓名", "电话"], ["第2页", "", ""], ["（共2人）", "", ""], ["甲", "", ""]]
    assert [k[0] for k in judged(rows)] == ["note", "total", None]


def test_rows_known_to_be_none_are_no_data() -> None:
    head: list[Row] = [(1, ["a", "b"]), (2, ["x", "y"])]
    judge = Judge(Header((), 1, {0: "甲", 1: "乙"}, skips={2: "section"}), head, (), [0, 1], Layout())
    assert judge.kind(2, ["x", "y"]) == ("section", False, False)
    assert judge.kind(1, ["a", "b"]) == (None, False, False)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=8),
            st.integers(0, 5),
            st.sampled_from(["北京市（2所）", "合肥市", "一、甲", "（一）乙（0人）"]),
        )
    )
)
def test_any_headings(steps: list[str | int]) -> None:
    _, sections = fed(*steps)
    sections.check(TableReport())
    heading = [section_label(s) for s in steps if isinstance(s, str)]
    assert sections.value.endswith(heading[-1] if heading else "")
