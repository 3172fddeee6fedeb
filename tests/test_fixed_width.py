"""Fixed-width text made here: GBK bytes at stated places, ragged lines, headers, footers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.layout import Layout
from connectors.raw import read_edition
from connectors.reading import ReadTable, as_json, read_tables
from connectors.report import FileReport
from connectors.text import fixed_width
from schemas.problem import Problem

WIDTHS = {"XM": [0, 8], "XB": [8, 10], "ZZ": [10, 22]}


def line(*cells: str, widths: dict[str, list[int]] = WIDTHS, encoding: str = "gbk") -> bytes:
    return b"".join(c.encode(encoding).ljust(b - a) for c, (a, b) in zip(cells, widths.values(), strict=True))


PEOPLE = [line("张三", "1", "沙河口区"), line("欧阳某某", "2", "西岗区"), line("Li", "", "甘井子12号")]
CELLS: list[list[str | None]] = [
    ["张三", "1", "沙河口区"],
    ["欧阳某某", "2", "西岗区"],
    ["Li", None, "甘井子12号"],
]


def read(folder: Path, data: bytes, **options: Any) -> tuple[FileReport, ReadTable]:
    path = folder / "a.txt"
    path.write_bytes(data)
    layout = {"widths": WIDTHS} | options.pop("layout", {})
    report, tables = read_tables(path, layout=layout, format="fixed_width", **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables[0]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("last", [b"", b"end", b"\x1a", b"end\x1a"])
def test_columns_are_cut_by_bytes(tmp_path: Path, end: bytes, last: bytes) -> None:
    report, table = read(tmp_path, end.join(PEOPLE) + last.replace(b"end", end))
    assert table.report.columns == ["XM", "XB", "ZZ"] and table.rows == CELLS and table.numbers == [1, 2, 3]
    assert (report.format, report.encoding, report.rows_read, table.report.header_rows) == (
        "fixed_width",
        "gb18030",
        3,
        [],
    )


def test_utf8_widths_count_utf8_bytes(tmp_path: Path) -> None:
    widths = {"XM": [0, 12], "ZZ": [12, 30]}
    data = b"".join(
        line(c, d, widths=widths, encoding="utf-8") + b"\n"
        for c, d in (("张三", "西岗区"), ("李四", "中山区"))
    )
    for mark in (b"", b"\xef\xbb\xbf"):
        report, table = read(tmp_path, mark + data, layout={"widths": widths})
        assert table.rows == [["张三", "西岗区"], ["李四", "中山区"]] and report.encoding == "utf-8"


def test_the_encoding_is_decided_over_the_whole_file(tmp_path: Path) -> None:
    data = b"\n".join([line("Li", "1", "a")] * 100_000 + PEOPLE)
    report, table = read(tmp_path, data)
    assert report.encoding == "gb18030" and table.rows[-3:] == CELLS and len(table.rows) == 100_003


def test_columns_may_overlap_leave_gaps_and_come_in_any_order(tmp_path: Path) -> None:
    widths = {"B": [4, 6], "ALL": [0, 6], "A": [0, 2]}
    _, table = read(tmp_path, b"abcdefgh\nijklmnop\n", layout={"widths": widths})
    assert table.report.columns == ["B", "ALL", "A"] and table.rows == [
        ["ef", "abcdef", "ab"],
        ["mn", "ijklmn", "ij"],
    ]


def test_a_longer_line_is_rejected_unless_only_blanks_lie_beyond(tmp_path: Path) -> None:
    data = b"\n".join([*PEOPLE, PEOPLE[0] + b"   ", PEOPLE[0] + b" x", PEOPLE[0]])
    report, table = read(tmp_path, data)
    assert table.numbers == [1, 2, 3, 4, 6]
    assert [(r.row, r.reason) for r in report.tables[0].rejected] == [(5, "width")]


def test_a_shorter_line_is_data_only_if_whole_columns_are_missing(tmp_path: Path) -> None:
    data = b"\n".join([*PEOPLE, PEOPLE[0][:10], PEOPLE[0][:8], PEOPLE[0][:15], PEOPLE[0][:5]])
    report, table = read(tmp_path, data)
    assert table.rows == [*CELLS, ["张三", "1", None], ["张三", None, None]]
    assert [(r.row, r.reason) for r in report.tables[0].rejected] == [(6, "width"), (7, "width")]
    assert table.report.ragged_short == 2


def test_a_file_that_takes_off_trailing_blanks_is_read(tmp_path: Path) -> None:
    report, table = read(tmp_path, b"\r\n".join([p.rstrip() for p in PEOPLE] * 5))
    assert table.rows == CELLS * 5 and report.rejected() == 0


def test_columns_that_leave_out_an_end(tmp_path: Path) -> None:
    report, table = read(
        tmp_path,
        b"\n".join([*(p + b"20240101" for p in PEOPLE), PEOPLE[0] + b"20240101x", PEOPLE[0] + b"2024"]),
    )
    assert table.rows == [*CELLS, CELLS[0]] and [r.row for r in report.tables[0].rejected] == [4]


def test_blank_lines_totals_and_notes_are_skipped(tmp_path: Path) -> None:
    data = b"\n".join(
        [
            PEOPLE[0],
            b"",
            b" " * 22,
            b"\x1a",
            PEOPLE[1],
            PEOPLE[2],
            "合计：3".encode("gbk"),
            "填表人：某".encode("gbk"),
        ]
    )
    report, table = read(tmp_path, data)
    assert table.rows == CELLS and table.numbers == [1, 5, 6]
    assert report.skip_counts() == {"blank": 3, "total": 1, "note": 1} and report.rejected() == 0
    assert read(tmp_path, data, layout={"footer": "none"})[1].rows == [*CELLS, ["填表人：", "某", None]]


def test_header_and_footer(tmp_path: Path) -> None:
    names, title = line("XM", "XB", "ZZ"), "某区人员名单".encode("gbk")
    _, table = read(tmp_path, b"\n".join([names, *PEOPLE]))
    assert table.rows == CELLS and table.report.header_rows == [1] and table.numbers == [2, 3, 4]
    _, table = read(tmp_path, b"\n".join([names, *PEOPLE]), layout={"header": "none"})
    assert table.rows == [["XM", "XB", "ZZ"], *CELLS]
    report, table = read(
        tmp_path, b"\n".join([title, b"", names, *PEOPLE, b"END"]), layout={"header": 3, "footer": 7}
    )
    assert table.rows == CELLS and report.skip_counts() == {"title": 1, "blank": 1, "header": 1, "note": 1}
    assert table.report.first_data_row == 4


def test_a_cut_character_spoils_only_its_cell(tmp_path: Path) -> None:
    bad = "张三李四x".encode("gbk")[1:].ljust(8) + line("", "1", "西岗区")[8:]
    report, table = read(tmp_path, b"\n".join([*PEOPLE, bad]), encoding="gbk")
    assert table.rows[3][1:] == ["1", "西岗区"] and table.rows[:3] == CELLS and report.undecodable >= 0
    cut = "张三李四".encode("gbk")[:7] + b" " + line("", "1", "西岗区")[8:]
    report, table = read(tmp_path, b"\n".join([*PEOPLE, cut]))
    assert table.rows[3] == ["张三李\ufffd", "1", "西岗区"] and report.undecodable == 1


def test_widths_are_needed_checked_and_enough_to_tell_the_format(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"layout\.widths") as missing:
        read(tmp_path, b"abc\n", layout={"widths": None})
    assert "定宽" in missing.value.zh
    for bad in ({"A": [3, 3]}, {"A": [-1, 3]}, {"A": [1]}, {"A": [0, "x"]}):
        with pytest.raises(Problem, match=r"layout\.widths\.A"):
            Layout.of({"widths": bad})
    assert as_json(tmp_path / "a.txt", layout={"widths": {"A": [0, 1], "B": [1, 3]}})[0]["rows"] == [
        ["a", "bc"]
    ]


def test_widths_the_lines_do_not_have_are_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="22, but the lines have 18 bytes"):
        read(tmp_path, b"\n".join(p[:18] for p in PEOPLE * 10))


def test_utf16_and_text_without_line_ends_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="utf-16-le"):
        read(tmp_path, b"\xff\xfe" + "张三 1\n".encode("utf-16-le"))
    with pytest.raises(Problem, match="line ends"):
        read(tmp_path, PEOPLE[0] * 100_000)


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\r\n".join([*PEOPLE * 20, b"", PEOPLE[0][:12]])
    whole = read(tmp_path, data)
    for block in (23, 24, 25, 100):
        monkeypatch.setattr(fixed_width, "BLOCK", block)
        assert read(tmp_path, data) == whole


def test_raw_parquet_and_child(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\r\n".join(PEOPLE))
    report = read_edition(path, tmp_path / "out", layout={"widths": WIDTHS}, format="fixed_width")
    told = pq.read_table(tmp_path / "out" / str(report.tables[0].parquet))
    assert told.column_names == ["_file", "_sheet", "_row", "_long_numbers", "XM", "XB", "ZZ"]
    assert [list(r.values())[2:] for r in told.to_pylist()] == [[n, None, *c] for n, c in enumerate(CELLS, 1)]
    with Reader() as reader:
        again = reader.read_edition(path, tmp_path / "again", layout={"widths": WIDTHS}, format="fixed_width")
    assert again == report


GBK = [
    c
    for c in (bytes((a, b)).decode("gbk", "ignore") for a in range(0x81, 0xFE) for b in range(0x40, 0xFF))
    if c and c.isalpha()
]
words = st.text(st.sampled_from([*"ABz019.-", *GBK]), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(12, 20), min_size=1, max_size=5))
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    widths = {f"N{i}": [a, a + n] for i, (a, n) in enumerate(zip(starts, sizes, strict=True))}
    cells = data.draw(
        st.lists(st.lists(words, min_size=len(sizes), max_size=len(sizes)), min_size=1, max_size=20)
    )
    right = data.draw(st.booleans())
    pad = bytes.rjust if right else bytes.ljust
    lines = [b"".join(pad(c.encode("gbk"), n) for c, n in zip(row, sizes, strict=True)) for row in cells]
    path = tmp_path_factory.mktemp("d") / "a.txt"
    path.write_bytes(
        data.draw(st.sampled_from([b"\n", b"\r\n"])).join(lines) + data.draw(st.sampled_from([b"", b"\r\n"]))
    )
    report, tables = read_tables(
        path, layout={"widths": widths, "header": "none"}, encoding="gbk", format="fixed_width"
    )
    assert tables[0].rows == cells and report.undecodable == 0 and report.rows_read == len(cells)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_accounted_for(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("d") / "a.txt"
    path.write_bytes(data)
    try:
        report, tables = read_tables(path, layout={"widths": WIDTHS}, encoding="gbk", format="fixed_width")
    except Problem:
        return
    kept = tables[0].numbers if tables else []
    seen = [*kept, *(s.row for s in report.tables[0].skipped), *(r.row for r in report.tables[0].rejected)]
    assert sorted(seen) == list(range(1, report.rows_read + 1))
