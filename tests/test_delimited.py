"""connectors.text.delimited: dialects and records."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connectors.text import delimited
from connectors.text.delimited import PATIENCE, Facts, open_delimited, records
from connectors.text.dialect import Dialect, decide_dialect
from schemas.problem import Problem

CELL = st.text(alphabet=st.sampled_from("张王李村路1290Xx号 　·ａ-_/:()（）。'é䶮𠀀"), max_size=8)
MESSY = st.text(alphabet=st.sampled_from("张王1 ,;|\t\"\n\r'\u2028\x0c\x85"), max_size=10)


def parsed(text: str, dialect: Dialect | None = None) -> tuple[list[list[str]], Facts]:
    facts = Facts()
    return [c for _, c in records([text], dialect or decide_dialect(text), facts)], facts


def written(rows: list[list[str]], **options: object) -> str:
    out = io.StringIO()
    csv.writer(out, **options).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";", "^", "\x01", "，"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, newline: str) -> None:
    rows = [["编号", "姓名", "住址"], ["1", "张伟", "人民路1号"], ["2", "王秀英", "海佃路2号"]]
    text = newline.join(delimiter.join(r) for r in rows) + newline
    assert decide_dialect(text).delimiter == delimiter
    assert parsed(text)[0] == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a;b\n"x;""y";2\n', [["a", "b"], ['x;"y', "2"]]),
        ("'a','b'\n'1,1','2'\n", [["a", "b"], ["1,1", "2"]]),
        ("id,v\n1,'094\n2,'095\n", [["id", "v"], ["1", "'094"], ["2", "'095"]]),
        ("id\tv\n1\t\\N\n2\tC:\\new\n", [["id", "v"], ["1", "\\N"], ["2", "C:\\new"]]),
        ('"a","b"\n"x\\"y","C:\\d"\n"z","e"\n', [["a", "b"], ['x"y', "C:\\d"], ["z", "e"]]),
        ('"a,b"\n"c,d"\n', [["a,b"], ["c,d"]]),
        ("住址\n某路1号,2室\n某路2\n某路3\n", [["住址"], ["某路1号,2室"], ["某路2"], ["某路3"]]),
        ("a,b\n\n1,2\n", [["a", "b"], [], ["1", "2"]]),
        ('a,b\n"1\r\n1",2\n', [["a", "b"], ["1\r\n1", "2"]]),
        ("a,b\n1,x\u2028y\x0cz\n", [["a", "b"], ["1", "x\u2028y\x0cz"]]),
        ('a,b\n1,5" pipe\n2,c\n', [["a", "b"], ["1", '5" pipe'], ["2", "c"]]),
    ],
)
def test_records(text: str, rows: list[list[str]]) -> None:
    assert parsed(text)[0] == rows


def test_titles_and_notes_do_not_hide_the_delimiter() -> None:
    text = "附件1：名单\n填报单位：某街道\n姓名;电话\n张伟;1\n李四;2\n注：一、二;三\n"
    assert decide_dialect(text).delimiter == ";"


def test_a_stray_quote_costs_one_row_at_most() -> None:
    good = [f"{n},张伟,男" for n in range(40)]
    text = "\n".join(["id,name,sex", *good[:20], '20,"王,女', *good[21:]]) + "\n"
    rows, facts = parsed(text)
    assert len(rows) == 41 and rows[21] == ["20", '"王', "女"]
    assert facts.mended == 1 and not facts.rejected
    text = "\n".join(["id,name,sex", *good[:20], '20,"王,女,x,y', *good[21:]]) + "\n"
    numbered = Facts()
    found = list(records([text], decide_dialect(text), numbered))
    assert numbered.rejected == {22: "quote"}
    assert [n for n, _ in found] == [*range(1, 22), *range(23, 42)]


def test_two_stray_quotes_do_not_swallow_the_rows_between() -> None:
    good = [f'{n},"张,伟",男' for n in range(60)]
    lines = ["id,name,sex", *good]
    lines[10], lines[20] = '9,"王,男', '19,李",女'
    rows, facts = parsed("\n".join(lines) + "\n")
    assert len(rows) + len(facts.rejected) == 61
    assert rows[15] == ["14", "张,伟", "男"]


def test_many_stray_quotes_stay_linear() -> None:
    lines = ["id,name,sex"] + [f'{n},"王,女' if n % 3 == 0 else f"{n},李,男" for n in range(30_000)]
    facts = Facts()
    dialect = Dialect(",", '"', None, "\n", 3)
    rows = list(records(["\n".join(lines) + "\n"], dialect, facts))
    assert len(rows) == 30_001 and facts.mended > PATIENCE


def test_chunks_may_end_anywhere() -> None:
    text = 'a,b\r\n"1\r\n1","2""2"\r\n3,4\r\n\r\n"x",y\r\n'
    dialect = decide_dialect(text)
    whole = list(records([text], dialect, Facts()))
    for size in range(1, 12):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        assert list(records(pieces, dialect, Facts())) == whole


def test_a_file_can_be_read_twice_and_counts_what_did_not_decode(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(
        "姓名,住址\n张伟,大连市\n王,".encode("gb18030") + b"\xd5,\xff\n" + "李四,烟台市\n".encode("gb18030")
    )
    file = open_delimited(path)
    assert list(file.rows()) == list(file.rows())
    assert file.characters.undecodable == 2
    assert [c for _, c in file.rows()][2] == ["王", "\ufffd", "\ufffd"]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(2, 6).flatmap(
        lambda w: st.lists(st.lists(CELL, min_size=w, max_size=w), min_size=4, max_size=12)
    ),
    st.sampled_from([",", "\t", "|", ";"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_tables_come_back_as_written(
    rows: list[list[str]], delimiter: str, newline: str, quoting: int, encoding: str
) -> None:
    header = [[f"列名{chr(65 + i)}" for i in range(len(rows[0]))]]
    assume(not all(c == "" or (c[0] == "'" == c[-1]) for r in rows for c in r))
    text = written(header + rows, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        path.write_bytes(text.encode(encoding))
        file = open_delimited(path)
        assert [c for _, c in file.rows()] == header + rows
        assert file.characters.undecodable == 0


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(MESSY, min_size=3, max_size=3), min_size=1, max_size=8))
def test_quoted_cells_may_hold_anything(rows: list[list[str]]) -> None:
    table = [["甲", "乙", "丙"], *rows]
    text = written(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    assert parsed(text, Dialect(",", '"', None, "\n", 3))[0] == table


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab,;\"'\n\r\t 张\\"), max_size=200))
def test_any_text_is_records_and_rejects_without_gaps(text: str) -> None:
    facts = Facts()
    numbers = [n for n, _ in records([text], decide_dialect(text), facts)]
    assert sorted([*numbers, *facts.rejected]) == list(range(1, len(numbers) + len(facts.rejected) + 1))


def test_quotes_that_nothing_escapes_leave_line_breaks_in_cells() -> None:
    lines = ["id,what,sex", *(f'{n},"a 5" pipe",男' for n in range(3 * PATIENCE)), '999,"one\ntwo, three",女']
    rows, facts = parsed("\n".join(lines) + "\n")
    assert rows[-1] == ["999", "one\ntwo, three", "女"]
    assert facts.mended == 3 * PATIENCE and rows[1] == ["0", 'a 5" pipe', "男"]


def test_one_sign_over_and_over_does_not_decide_the_encoding(tmp_path: Path) -> None:
    rows = [
        "编号,姓名,证件号码,备注",
        "R001,张伟,110101199001011234,迁入",
        "R002,王秀英,,",
        "R003,赵一,,沙河口区中山路1号",
    ]
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join([*rows, f"R004,,{'€' * 10},{'€' * 20}", ""]).encode("gb18030"))
    assert open_delimited(path).characters.encoding.codec == "gb18030"


def test_lines_behind_a_quote_never_closed_that_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused where they are many; a list of one column, or rows of the table, are read on."""
    monkeypatch.setattr(delimited, "NO_ROWS", 2_000)
    table = "a,b,c\n" + "1,2,3\n" * 900
    with pytest.raises(Problem, match="row 902 is never closed") as caught:
        parsed(table + '4,"' + "x\n" * 3_000)
    assert caught.value.row == 902 and "第 902 行" in caught.value.zh
    for text, mended in (
        (table + '4,"' + "x\n" * 1_000, 0),
        (table + '4,"5,6\n' + "1,2,3\n" * 3_000, 1),
        (table + '4,"' + ("x\n" * 1_500 + "1,2,3\n") * 3, 0),
        ('a\n"' + "x\n" * 3_000, 1),
    ):
        rows, facts = parsed(text)
        assert len(rows) + len(facts.rejected) == text.count("\n") and facts.mended == mended
