"""connectors.text.dialect: the delimiter, quote and escape of a sample."""

from __future__ import annotations

import csv
import io
import random
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.text.delimited import Facts, open_delimited, records
from connectors.text.dialect import DELIMITERS, SINGLE_COLUMN, Dialect, decide_dialect
from schemas.problem import Problem


def parsed(text: str) -> list[list[str]]:
    return [c for _, c in records([text], decide_dialect(text), Facts())]


def lines(*rows: str, times: int = 1) -> str:
    return "".join(r + "\n" for r in (rows[0], *rows[1:] * times))


@pytest.mark.parametrize("sign", ["||", "@@", "\t\t", "~~", "^^", "##", "|+|", "$|$", "\x03|\x03", "@#@"])
def test_a_delimiter_may_be_several_signs(sign: str) -> None:
    rows = [
        ["编号", "姓名", "住址"],
        ["1", "张伟", ""],
        ["2", "", f'某路"{sign}"1号'],
        ["3", "李四", "某路2号"],
    ]
    text = "".join(
        sign.join('"' + c.replace('"', '""') + '"' if sign in c else c for c in r) + "\n" for r in rows
    )
    assert decide_dialect(text).delimiter == sign
    assert parsed(text) == rows


@pytest.mark.parametrize("sign", [s for s in DELIMITERS if s not in (" ", ":")])
def test_every_delimiter(sign: str) -> None:
    rows = [
        ["编号", "姓名", "住址"],
        ["1", "张伟", "某路1号"],
        ["2", "", "某路2号"],
        ["3", "李四", f'某"{sign}"路'],
    ]
    text = "".join(
        sign.join('"' + c.replace('"', '""') + '"' if sign in c else c for c in r) + "\n" for r in rows
    )
    assert decide_dialect(text).delimiter == sign
    assert parsed(text) == rows


def test_one_delimiter_with_empty_cells_between_is_one() -> None:
    text = "甲|乙|丙\n1||2\n3||4\n"
    assert decide_dialect(text).delimiter == "|"
    assert parsed(text)[1] == ["1", "", "2"]


def test_blanks_after_the_delimiter_do_not_hide_the_quotes() -> None:
    text = 'name, address, note\n"Li, Wei", "Mill Lane 1, Flat 2", ok\n"Ann", "Harbour Road 3", "a, b"\n'
    assert decide_dialect(text).skip_space
    assert parsed(text)[1:] == [["Li, Wei", "Mill Lane 1, Flat 2", "ok"], ["Ann", "Harbour Road 3", "a, b"]]


@pytest.mark.parametrize("sign", [" ", ":"])
def test_a_sign_of_words_delimits_a_table_from_its_first_line_on(sign: str) -> None:
    rows = [["user", "uid", "gid", "home"], ["root", "0", "0", "/root"], ["ann", "10", "10", "/home/ann"]]
    text = "".join(sign.join(r) + "\n" for r in rows)
    assert parsed(text) == rows


@pytest.mark.parametrize(
    "text",
    [
        "住址\n北京市 海淀区 中关村 1号\n北京市 海淀区 上地 2号\n北京市 海淀区 学院路 3号\n",
        "时间\n12:30:00:01\n12:31:00:02\n12:32:00:03\n",
        "12:30:00:01\n12:31:00:02\n12:32:00:03\n",
        "2024-01-01 12:00:00\n2024-01-02 12:00:00\n2024-01-03 12:00:00\n",
        "Wei Chen\nAnn Li\nBo Zhou\n",
        "A line of words\nand yet another of them\nfollowed by a third\n",
    ],
)  # fmt: skip
def test_words_and_times_are_one_column(text: str) -> None:
    assert decide_dialect(text).delimiter == SINGLE_COLUMN
    assert parsed(text) == [[line] for line in text.splitlines()]


def test_a_sign_in_every_cell_of_one_column_is_no_delimiter_of_a_wide_table() -> None:
    rng = random.Random(1)
    rows = [["id", "price", "a", "b", "c", "d"]]
    # A fifth of the rows is short; "$" stands once in each.
    rows += [[str(n), f"${n}", *"xyzw"[: rng.choice((4, 4, 4, 4, 1))]] for n in range(60)]
    assert decide_dialect("".join(",".join(r) + "\n" for r in rows)).delimiter == ","


def test_apostrophes_quote_where_they_open_and_close_cells() -> None:
    text = lines("id,what,where", "1,'a, b','c''d'", "2,'e, f, g','h'", times=3)
    assert decide_dialect(text).quote == "'"
    assert parsed(text)[1:3] == [["1", "a, b", "c'd"], ["2", "e, f, g", "h"]]


def test_apostrophes_of_spreadsheets_and_of_words_do_not() -> None:
    assert decide_dialect(lines("id,code", "1,'094", "2,'095", times=3)).quote == '"'
    assert (
        decide_dialect(lines("id,who,what", "1,O'Neil,men's hat", "2,D'Arcy,kids' hat", times=3)).quote == '"'
    )


def test_quotes_that_nothing_escapes_stay_in_the_cell() -> None:
    text = lines(
        "id,what,link", '1,"The pipe (5") is wet, again","x"', '2,"Round 48"","y"', '3,"ok","z"', times=4
    )
    rows = parsed(text)
    assert rows[1] == ["1", 'The pipe (5") is wet, again', "x"]
    assert rows[2] == ["2", 'Round 48"', "y"]


@pytest.mark.parametrize("first", [3, 30, 57])
def test_two_dialects_in_one_file_are_one_table(first: int) -> None:
    rows = [["编号", "姓名", "日期", "金额"]]
    rows += [
        [str(n), "张伟,李四" if n % 7 == 0 else "王芳", f"2024-01-{n % 28 + 1:02}", f"{n}.50"]
        for n in range(60)
    ]

    def written(part: list[list[str]], sign: str) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=sign, lineterminator="\n").writerows(part)
        return out.getvalue()

    assert parsed(written(rows[:first], ";") + written(rows[first:], ",")) == rows


def test_a_stated_delimiter_is_taken() -> None:
    assert decide_dialect("a,b;c\n1,2;3\n", ";").delimiter == ";"
    assert decide_dialect("a;b\n", ",").delimiter == ","


def test_the_decision_is_quick() -> None:
    rng = random.Random(2)
    words = ["张伟", '人民路1号,2栋"', "2024-01-02 12:30:00", "$5;a", "x|y", ""]
    out = io.StringIO()
    writer = csv.writer(out)
    while out.tell() < 1 << 18:
        writer.writerow([rng.choice(words) for _ in range(20)])
    noise = bytes(rng.randrange(256) for _ in range(1 << 18)).decode("latin-1")
    for text in (out.getvalue(), noise, '"' * (1 << 18), '",' * (1 << 17), '"a",' * 40_000 + "\n"):
        began = time.process_time()
        with suppress(Problem):  # more columns than a table can have
            decide_dialect(text)
        assert time.process_time() - began < 1.5


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.sampled_from(["utf-8", "gb18030", "utf-16-le", "latin-1"]))
def test_any_bytes_give_a_dialect_and_rows_without_gaps(data: bytes, encoding: str) -> None:
    check_any(data.decode(encoding, "replace"))


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "1", "张", '"', '""', "'", ",", ";", "|", " ", "\\", "\n", "\r", ""]), max_size=12),
        max_size=14,
    )
)  # fmt: skip
def test_any_signs_give_a_dialect_and_rows_without_gaps(rows: list[list[str]]) -> None:
    check_any("\n".join(",".join(r) for r in rows))


@settings(max_examples=100, deadline=3000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=600))
def test_any_bytes_of_a_file_are_read_to_the_end(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        file = open_delimited(path)
        numbers = [n for n, _ in file.rows()]
        assert len(numbers) + len(file.facts.rejected) == max([*numbers, *file.facts.rejected], default=0)


def check_any(text: str) -> None:
    dialect = decide_dialect(text)
    facts = Facts()
    numbers = [n for n, _ in records([text], dialect, facts)]
    assert sorted([*numbers, *facts.rejected]) == list(range(1, len(numbers) + len(facts.rejected) + 1))
    # What is not rejected keeps its visible characters.
    if not facts.rejected and not facts.mended and not facts.resplit and (dialect.quote or '"') not in text:
        kept = "".join(c for _, cells in records([text], dialect, Facts()) for c in cells)
        assert kept == "".join(c for c in text.replace(dialect.delimiter, "") if c not in "\r\n")


def test_a_long_delimiter_is_text_inside_quotes() -> None:
    rows = list(Dialect("||").reader(['"a||b"||c\n', "d||\n"]))
    assert rows == [["a||b", "c"], ["d", ""]]
