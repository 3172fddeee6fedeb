"""Blocks of delimited text are the records that the exact reader gives, whatever the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.text import encoding
from connectors.text.delimited import DelimitedFile, Facts
from connectors.text.dialect import Dialect
from connectors.text.encoding import Characters, Encoding
from connectors.text.text_blocks import joined, sound_quotes

PIECES = ["a", "1", "合计", "，", ",", ",", ",", "\n", "\n", "\n", "\r\n", "\r", '"', '"', '""', '","', '\n"', '"\n', "\\", "'", "|", " ", "\x00", "\x1f", "\ufffd"]  # fmt: skip


def same_both_ways(path: Path, codec: str, dialect: Dialect, width: int, *, whole: bool = True) -> None:
    slow = DelimitedFile(Characters(path, Encoding(codec, 0, "")), dialect)
    expected = list(slow.rows())
    fast = DelimitedFile(Characters(path, Encoding(codec, 0, "", whole=whole and codec == "utf-8")), dialect)
    found = list(joined(fast.blocks(width)))
    # An empty line is a row without cells in one, a row of empty cells in the other.
    assert [(n, c if any(c) else []) for n, c in found] == [(n, c if any(c) else []) for n, c in expected]
    assert fast.facts == slow.facts
    assert fast.characters.undecodable == slow.characters.undecodable


@settings(max_examples=400, deadline=None)
@given(
    text=st.lists(st.sampled_from(PIECES), max_size=120).map("".join),
    codec=st.sampled_from(["utf-8", "gb18030", "utf-16-le"]),
    delimiter=st.sampled_from([",", "|", "，"]),
    quote=st.sampled_from(['"', "'", None]),
    escape=st.sampled_from([None, "\\"]),
    newline=st.sampled_from(["\n", ""]),
    width=st.integers(1, 4),
    chunk=st.sampled_from([8, 64, 1 << 22]),
)
def test_any_text_gives_the_same_records(
    tmp_path_factory: pytest.TempPathFactory, text: str, codec: str, delimiter: str, quote: str | None,
    escape: str | None, newline: str, width: int, chunk: int,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("text") / "x.csv"
    path.write_bytes(text.encode(codec))
    before = encoding.CHUNK
    encoding.CHUNK = chunk
    try:
        dialect = Dialect(delimiter, quote, escape if quote else None, newline, width)
        same_both_ways(path, codec, dialect, width)
    finally:
        encoding.CHUNK = before


BYTES = [b"a", b"1", b"0", b",", b",", b",", b"\n", b"\n", b"\r\n", b'"', b";", b"|", b"\x80", b"\x81", b"\xff", b"\xc4\xe3", b"\xba\xc3", b"\xc4", b"\xa4\xa4", b"\xa4", b"\x810", b"\x810\x81", b"\x82\x358\xb5", b"\x841\x953", b"\xa6\xd9", b"\xfeY", b"\xe4\xbd\xa0", b"\xe4\xbd", b"\xef\xbb\xbf", b"\xef\xbf\xbd", b"\x00", b"\x1f", "人民路".encode("gb18030"), "汉族,".encode("gb18030")]  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    data=st.lists(st.sampled_from(BYTES), max_size=120).map(b"".join),
    codec=st.sampled_from(["gb18030", "cp950", "big5hkscs", "utf-8"]),
    delimiter=st.sampled_from([",", ";", "|"]),
    quote=st.sampled_from(['"', None]),
    width=st.integers(1, 4),
    chunk=st.sampled_from([8, 64, 1 << 22]),
)
def test_any_bytes_give_the_same_cells_cut_before_and_after_decoding(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, codec: str, delimiter: str, quote: str | None,
    width: int, chunk: int,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("bytes") / "x.csv"
    path.write_bytes(data)
    before = encoding.CHUNK
    encoding.CHUNK = chunk
    try:
        same_both_ways(path, codec, Dialect(delimiter, quote, None, "\n", width), width, whole=False)
    finally:
        encoding.CHUNK = before


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from('ab汉,"\n\r 1'), max_size=6), min_size=3, max_size=3), min_size=1, max_size=40
    ),
    chunk=st.sampled_from([16, 1 << 22]),
)  # fmt: skip
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], chunk: int
) -> None:
    import csv

    path = tmp_path_factory.mktemp("written") / "x.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    before = encoding.CHUNK
    encoding.CHUNK = chunk
    try:
        file = DelimitedFile(Characters(path, Encoding("gb18030", 0, "")), Dialect(",", '"', None, "\n", 3))
        assert [cells for _, cells in joined(file.blocks(3))] == rows
    finally:
        encoding.CHUNK = before


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ('a,"b"\n', True), ('"a""b",c\n', True), ('"",""\n', True), ('""""\n', True), ('"x\ny",1\r\n', True),
        ('a,b"c\n', False), ('"a"b,c\n', False), ('a "b",c\n', False), ('"a\n', False), ('"a" ,b\n', False),
    ],
)  # fmt: skip
def test_quotes_are_sound_where_each_opens_or_closes_a_cell(text: str, sound: bool) -> None:
    data = b"1,2\n" + text.encode()
    assert sound_quotes(data, b'"', b",") == (len(data) if sound else 4)


def test_the_sound_part_ends_before_the_record_and_not_inside_its_quotes() -> None:
    data = b'1,2\n"x\ny","z\nw",a"b\n3,4\n'
    assert sound_quotes(data, b'"', b",") == 4


def test_a_record_over_the_end_of_a_stretch_is_one_record(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    cell = "行\n" * 400
    path.write_text("".join(f'{n},"{cell}",x\n' for n in range(300)), "utf-8")
    file = DelimitedFile(
        Characters(path, Encoding("utf-8", 0, "", whole=True)), Dialect(",", '"', None, "\n", 3)
    )
    rows = list(joined(file.blocks(3)))
    assert [n for n, _ in rows] == list(range(1, 301))
    assert {cells[1] for _, cells in rows} == {cell} and file.facts == Facts()
