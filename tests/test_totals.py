"""connectors.tables.totals, column_sums: stated totals against the rows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.report import TableReport
from connectors.tables.row_kinds import is_section, is_total, shown, text_of
from connectors.tables.totals import TotalsCheck


def checked(text: str, titles: Sequence[str] = (), chunk: int = 2) -> TableReport:
    """A table written one row a line: its names, then rows; totals and headings as their words tell."""
    lines = [[c.strip() for c in line.split("|")] for line in text.strip("\n").split("\n")]
    report = TableReport(columns=lines[0])
    for n, title in enumerate(titles, 100):
        report.skip(n, "title", title)
    totals, data = [], []
    for number, cells in enumerate(lines[1:], 2):
        if is_total(cells):
            totals.append((number, cells))
            report.skip(number, "total", text_of(cells))
        elif is_section(cells):
            report.skip(number, "section", text_of(cells))
        elif any(shown(c) for c in cells):
            data.append((number, cells))
    report.n_rows = len(data)

    check = TotalsCheck(report, range(len(lines[0])), totals)
    if check.needed:
        check.begin(report)
        for start in range(0, len(data), chunk):
            part = data[start : start + chunk]
            check.chunk([n for n, _ in part], list(zip(*(c for _, c in part), strict=True)), None)
        check.end(report)
    check.finish()
    assert all(f.code == "total_mismatch" for f in report.findings)
    return report


def told(report: TableReport) -> list[tuple[int | None, str | None, str]]:
    return [(f.row, f.column, f.text) for f in report.findings]


def test_a_total_that_agrees_is_counted() -> None:
    report = checked("姓名|金额|备注\n张伟|1,100|\n王秀英|￥200.50|x\n合计|1300.5|")
    assert not report.findings and report.totals_checked == 1


def test_a_total_that_differs_is_told_with_its_figures() -> None:
    report = checked("姓名|金额|人数\n张伟|100|1\n王秀英|200|2\n合计|310|3")
    assert told(report) == [(4, "金额", "310 stated, 2 rows add up to 300")] and report.totals_checked == 1


def test_sub_totals_and_the_grand_total() -> None:
    text = "区|户|款\n甲|1|10\n甲|2|20\n小计|3|30\n乙|4|40\n小计|4|{}\n合计|7|70"
    assert told(checked(text.format(40))) == []
    assert told(checked(text.format(45))) == [(6, "款", "45 stated, 1 rows add up to 40")]


def test_totals_of_sections_and_above_their_rows() -> None:
    assert not told(checked("名|数\n甲（2个）|\na|1\nb|2\n合计|3\n乙（1个）|\nc|5\n合计|5\n总计|8"))
    assert not told(checked("名|数\n合计|8\na|1\nb|2\nc|5"))
    assert not told(checked("名|数\n小计|3\na|1\nb|2\n小计|5\nc|5"))
    assert told(checked("名|数\n合计|9\na|1\nb|2\nc|5")) == [(2, "数", "9 stated, 3 rows add up to 8")]


def test_pages() -> None:
    assert not told(checked("名|数\na|1\nb|2\n本页小计|3\nc|5\n本页小计|5\n累计|8"))
    # What a running total has from earlier months is not in this file.
    assert not told(checked("名|数\na|1\nb|2\n本月合计|3\n累计|30"))


@pytest.mark.parametrize(
    "text",
    [
        "名|人数|平均年龄|比率\na|1|30|5%\nb|2|40|7%\nc|3|50|9%\n合计|6|43.3|8%",
        "名|人数|得房率\na|1|30.5\nb|2|40.5\nc|1|50.5\n合计|4|40.5",
        "名|人数|指标\na|1|30.5\nb|2|40.2\nc|1|50.5\n合计|4|40.6",
        "名|人数\na|1\n其中：女|1\nb|2\n合计|3",
        "名|人数|数\n甲区|3|30\n甲街|1|10\n乙街|2|20\n合计|3|30",
        "名|占比\na|33.3\nb|33.3\nc|33.4\n合计|100",
        "序号|名|数\n1|a|1\n2|b|2\n3|合计|3",
        "名|数|号\na|1|12\nb|2|13\n合计|3|2",
        "名|数\na|1\nb|暂无\n合计|5",
        "名|数\na|-\nb|2\nc|…\n合计|2",
    ],
)
def test_what_is_no_sum_is_no_fault(text: str) -> None:
    assert told(checked(text)) == []


def test_rounded_figures() -> None:
    rows = "\n".join("a|0.33" for _ in range(3))
    assert (
        told(checked(f"名|万元\n{rows}\n合计|1")) == [] and told(checked(f"名|万元\n{rows}\n合计|1.00")) == []
    )
    assert told(checked(f"名|万元\n{rows}\n合计|1.20")) == [(5, "万元", "1.20 stated, 3 rows add up to 0.99")]


def test_counts_in_labels_and_titles() -> None:
    assert not told(checked("名|址\na|x\nb|y\n合计：2人|"))
    assert [f[0] for f in told(checked("名|址\na|x\nb|y\n合计：3人|"))] == [4]
    assert checked("名|址|数\na|x|5\nb|y|6\n合计|2人|11").totals_checked == 1
    assert [f[2] for f in told(checked("名|址|数\na|x|5\nb|y|6\n合计|3个网格|11"))] == [
        "3 stated, 2 rows read"
    ]
    assert not told(checked("名|址|数\na|x|5\nb|y|6\n合计|1户|11"))
    good = checked("名|校\na|x\nb|y\nc|y", ["（共3人）", "某市学生名单", "（共2所）"])
    assert not good.findings and good.totals_checked == 2
    assert told(checked("名|校\na|x\nb|y\nc|y", ["（共2101所）"])) == [
        (100, None, "2101 stated, 3 rows read")
    ]


def test_without_totals_the_rows_are_not_needed_again() -> None:
    report = TableReport(columns=["a"], n_rows=3)
    report.skip(1, "title", "（共3所）")
    check = TotalsCheck(report, [0], [])
    assert not check.needed and report.totals_checked == 1
    assert TotalsCheck(report, [0], [(5, ["合计", "3"])]).needed
    assert not TotalsCheck(report, [0], [(5, ["合计", ""])]).needed


figures = st.integers(-(10**9), 10**9)


@given(
    st.lists(
        st.lists(st.tuples(figures, st.integers(0, 10**6)), min_size=1, max_size=6), min_size=1, max_size=6
    ),
    st.integers(1, 5),
    st.data(),
)
def test_sums_of_random_groups(groups: list[list[tuple[int, int]]], chunk: int, data: st.DataObject) -> None:
    lines = ["名|甲|乙"]
    for group in groups:
        lines += [f"x|{a:,}|{b / 100:.2f}" for a, b in group]
        lines.append(f"小计|{sum(a for a, _ in group)}|{sum(b for _, b in group) / 100:.2f}")
    everything = [pair for group in groups for pair in group]
    lines.append(f"合计|{sum(a for a, _ in everything)}|{sum(b for _, b in everything) / 100:.2f}")
    report = checked("\n".join(lines), chunk=chunk)
    assert not report.findings and report.totals_checked == len(groups) + 1
    # The second column stays right, so that the wrong figure of the first is told.
    wrong = 10**12 + data.draw(st.integers(1, 9))
    lines[-1] = lines[-1].replace(lines[-1].split("|")[1], str(wrong), 1)
    assert [(f.row, f.column) for f in checked("\n".join(lines), chunk=chunk).findings] == [
        (len(lines), "甲")
    ]
