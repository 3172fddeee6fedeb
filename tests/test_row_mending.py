"""connectors.text.row_mending: rows that are split anew, and those that must not be."""

from __future__ import annotations

import time

import pytest

from connectors.text.delimited import Facts, records
from connectors.text.dialect import decide_dialect

HEADER = "编号,姓名,性别,日期,街道,金额,备注"
ROWS = [
    f"QX{n:04},{'张伟王芳李娜赵磊'[n % 4 * 2 :][:2]},{'男女'[n % 2]},2024-0{n % 9 + 1}-1{n % 10},{'东风街道' if n % 3 else '城关街道'},"
    f"{n * 7 % 900}.{n % 100:02},{'' if n % 5 else '加急'}"
    for n in range(60)
]  # fmt: skip


def read(
    changed: dict[int, str], header: str = HEADER, rows: list[str] | None = None
) -> tuple[list[list[str]], Facts]:
    """The table with some of its rows (from 0) written otherwise."""
    lines = [header, *(changed.get(n, row) for n, row in enumerate(ROWS if rows is None else rows))]
    text = "\n".join(lines) + "\n"
    facts = Facts()
    return [c for _, c in records([text], decide_dialect(text), facts)], facts


def cells(n: int) -> list[str]:
    return ROWS[n].split(",")


def test_a_delimiter_too_many() -> None:
    for at in range(6):
        doubled = [*cells(7)[:at], "", *cells(7)[at:]]
        rows, facts = read({7: ",".join(doubled)})
        assert rows[8] == cells(7) and facts.resplit == 1


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_delimiter_too_few(at: int) -> None:
    parts = cells(10)
    glued = [*parts[: at - 1], parts[at - 1] + parts[at], *parts[at + 1 :]]
    rows, facts = read({10: ",".join(glued)})
    assert rows[11] == parts and facts.resplit == 1


def test_a_delimiter_in_the_words_of_a_cell() -> None:
    table = [",".join([*row.split(",")[:4], f"某路{n}号", *row.split(",")[5:]]) for n, row in enumerate(ROWS)]
    parts = table[10].split(",")
    for words in ("某路10号,2栋", "某路,10号,2栋"):
        rows, facts = read({10: ",".join([*parts[:4], words, *parts[5:]])}, rows=table)
        assert rows[11] == [*parts[:4], words, *parts[5:]] and facts.resplit == 1


def test_a_delimiter_lost_at_a_quote() -> None:
    table = [row.replace("东风街道", '"东风,街道"').replace("城关街道", '"城关,街道"') for row in ROWS]
    for lost in ('"东风,街道"', ',"东风,街道"'):
        broken = table[11].replace(lost + ",", lost) if lost[0] == '"' else table[11].replace(lost, lost[1:])
        rows, facts = read({11: broken}, rows=table)
        assert rows[12] == [*cells(11)[:4], "东风,街道", *cells(11)[5:]]
        assert facts.resplit + facts.mended == 1 and not facts.rejected


def test_a_header_written_otherwise() -> None:
    names = HEADER.split(",")
    assert read({}, header=";".join(names))[0][0] == names
    assert read({}, header=",".join([*names[:3], "", *names[3:]]))[0][0] == names
    assert read({}, header=HEADER.replace("姓名,性别", "姓名性别"))[0][0] == names


@pytest.mark.parametrize(
    "line",
    [
        # Its last cells are missing; its last cell is one more; both are the row's own.
        "QX0100,张伟,男,2024-01-11,东风街道,5.50",
        "QX0100,张伟,男,2024-01-11,东风街道,5.50,,多一格",
        "QX0100,张伟,男,2024-01-11,东风街道,5.50,,",
        "QX0100,张伟,男",
        # It lacks a cell in the middle, and no place tells of it.
        "QX0100,张伟,2024-01-11,东风街道,5.50,",
        # Words, remarks and headings.
        "说明；以上；为；初步；统计；数据；请核对",
        "# a b c d e f",
        "注：一 二 三 四 五 六",
        "东风街道;小计;共;三;户",
        "A note of exactly seven words, not more.",
        # Nothing in it tells where it was to be parted.
        "QX0100张伟男2024-01-11东风街道5.50",
    ],
)
def test_rows_that_are_left_alone(line: str) -> None:
    rows, facts = read({30: line})
    assert rows[31] == line.split(",") and not facts.resplit


def test_rows_of_a_second_table_are_no_slips() -> None:
    second = ["编号2,姓名2,性别2,日期2,街道2,金额2,备注2,联系人", *(f"{row},李" for row in ROWS[:20])]
    text = "\n".join([HEADER, *ROWS, *second]) + "\n"
    facts = Facts()
    rows = [c for _, c in records([text], decide_dialect(text), facts)]
    assert not facts.resplit and [len(r) for r in rows[-20:]] == [8] * 20


def test_free_text_says_nothing_about_a_row() -> None:
    table = [
        f"{'字' * (n % 7 + 1)}-{n}x{'！?。a1'[n % 5]},{'词 ' * (n % 5 + 1)}{'#@…'[n % 3] * n},末{n % 11}{'“”'[n % 2]}"
        for n in range(40)
    ]
    rows, facts = read({9: "甲,,乙,丙"}, "甲,乙,丙", table)
    assert len(rows[10]) == 4 and not facts.resplit


def test_the_search_ends() -> None:
    odd = [
        ";".join(f"字{m % 7}x{n}" for m in range(40)) if n % 3 else "张伟李娜王芳赵磊 " * 30
        for n in range(6000)
    ]
    table = [row for pair in zip(ROWS * 100, odd, strict=True) for row in pair]
    began = time.process_time()
    rows, _ = read({}, rows=table)
    assert len(rows) == 12_001 and time.process_time() - began < 20


def test_a_row_of_nothing_but_delimiters_stays_one() -> None:
    for row in (",,,,,,,", ",,,,", ", , , , , , , ,", ",,,,,,,1"):
        rows, facts = read({5: row})
        assert rows[6] == row.split(",") and facts.resplit == 0
