"""Columns of fixed width are found in the bytes alone, whatever the encoding, some damage, and touching columns."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.infer import infer
from connectors.reading import read_tables
from connectors.text.fixed_columns import fixed_columns
from schemas.sources import load_source

NAMES = ["张伟", "欧阳娜娜", "李静", "王小明"]
NUMBERS = ["11010519491231002X", "440524188001010014", "370602195503120111"]


def laid(rows: list[list[str]], widths: list[int], encoding: str, right: tuple[int, ...] = ()) -> bytes:
    lines = []
    for row in rows:
        cells = [cell.encode(encoding) for cell in row]
        lines.append(b"".join(
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        ))  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n"


def places(path: Path, data: bytes, encoding: str) -> list[tuple[int, int]]:
    path.write_bytes(data)
    return [(start, end) for _, start, end in fixed_columns(path, encoding)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_columns_padded_touching_and_partly_empty(tmp_path: Path, encoding: str) -> None:
    chance, sex = random.Random(3), 2 if encoding == "gb18030" else 3
    rows = [
        [f"A{n:05d}", chance.choice(NAMES), chance.choice("男女"), f"19{chance.randint(40, 99)}{chance.randint(10, 12)}11",
         chance.choice([*NUMBERS, ""]), "" if n % 9 else f"春海街{n}号"]
        for n in range(60)
    ]  # fmt: skip
    widths = [10, 24, sex, 12, 18, 40]
    starts = [sum(widths[:i]) for i in range(7)]
    found = places(tmp_path / "a.txt", laid(rows, widths, encoding), encoding)
    assert found == list(pairwise(starts))


def test_a_number_that_touches_what_follows(tmp_path: Path) -> None:
    rows = [[f"{n:04d}", NUMBERS[n % 3], f"1380000{n:04d}", "x"] for n in range(30)]
    assert places(tmp_path / "a.txt", laid(rows, [6, 18, 14, 2], "ascii"), "ascii") == [
        (0, 6), (6, 24), (24, 38), (38, 40)
    ]  # fmt: skip


def test_figures_set_flush_right_begin_behind_the_column_before(tmp_path: Path) -> None:
    rows = [[NAMES[n % 4], str(7**n % 99991), f"备注{n % 3}"] for n in range(40)]
    found = places(tmp_path / "a.txt", laid(rows, [16, 10, 12], "gb18030", right=(1,)), "gb18030")
    assert found[0][1] <= 20 and found[1][1] == 26 and found[2] == (26, 38)


def test_some_lines_out_of_place_change_nothing(tmp_path: Path) -> None:
    rows = [[f"A{n:05d}", NAMES[n % 4], f"春海街{n}号"] for n in range(60)]
    lines = laid(rows, [10, 20, 40], "gb18030").split(b"\r\n")
    lines[7] = b"  " + lines[7][:-2]
    lines[30] += b"   more"
    found = places(tmp_path / "a.txt", b"\n".join(lines), "gb18030")
    assert found == [(0, 10), (10, 30), (30, 70)]


def test_lines_of_many_widths_have_no_columns(tmp_path: Path) -> None:
    text = "\n".join("字" * (n % 17 + 3) + f" {n}" for n in range(50))
    assert places(tmp_path / "a.txt", text.encode("gb18030"), "gb18030") == []


@settings(max_examples=60)
@given(st.binary(max_size=3000))
def test_any_bytes_give_columns_that_cover_the_line_or_none(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for codec in ("gb18030", "utf-8"):
            found = places(Path(folder) / "a", data, codec)
            assert not found or (found[0][0] == 0 and all(a[1] == b[0] for a, b in pairwise(found)))


def test_a_header_in_the_first_line_gives_the_names(tmp_path: Path) -> None:
    rows = [["编号", "姓名", "身份证号", "性别"]]
    rows += [[f"A{n:05d}", NAMES[n % 4], NUMBERS[n % 3], "男女"[n % 2]] for n in range(40)]
    path = tmp_path / "a.txt"
    path.write_bytes(laid(rows, [10, 20, 20, 6], "gb18030"))
    assert fixed_columns(path, "gb18030") == (
        ("编号", 0, 10), ("姓名", 10, 30), ("身份证号", 30, 50), ("性别", 50, 56)
    )  # fmt: skip
    source = load_source(written(tmp_path, infer([path], "s")))
    _, (table,) = read_tables(path, source.layout, source.encoding, source.format)
    assert table.report.header_rows == [1] and len(table.rows) == 40
    assert source.columns["id_number"].headers == ("身份证号",)


def test_lines_without_the_blanks_at_their_ends(tmp_path: Path) -> None:
    rows = [[f"A{n:05d}", NAMES[n % 4], "" if n % 5 else f"春海街{n}号{'楼' * (n % 3)}"] for n in range(60)]
    lines = [line.rstrip() for line in laid(rows, [10, 20, 40], "gb18030").split(b"\r\n")]
    found = places(tmp_path / "a.txt", b"\r\n".join(lines), "gb18030")
    assert found[:2] == [(0, 10), (10, 30)] and found[2][0] == 30 and len(found) == 3


def written(folder: Path, text: str) -> Path:
    (folder / "s.yaml").write_text(text, "utf-8")
    return folder / "s.yaml"
