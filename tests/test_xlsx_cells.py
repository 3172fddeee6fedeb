"""connectors.workbooks.xlsx_cells and xlsx_layout: pieces of a sheet's XML, by arrays and by the pattern, give the same cells."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records.text_spans import Odd
from connectors.workbooks import xlsx_cells, xlsx_layout
from connectors.workbooks.number_format import PLAIN, Shape, beyond_float, number_text
from connectors.workbooks.sheet import Piece
from connectors.workbooks.xlsx_cells import Beyond, Book, read_piece

SHARED = ["张伟", "a_b", "王秀英长于十二个字节的文字", "", "x"]
SHAPES = [PLAIN, Shape("date"), Shape("time"), Shape("duration"), Shape("zeros", 6)]
BOOK = Book(pa.array(["", *SHARED]), SHAPES)


def grid(piece: Piece) -> dict[int, list[str]]:
    columns = [column.to_pylist() for column in piece.columns]
    return {int(n): [c[i] for c in columns] for i, n in enumerate(piece.numbers)}


def row(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}"{more}>{"".join(cells)}</row>'


def read(text: str, after: int = 0, book: Book = BOOK) -> Piece:
    return read_piece(text.encode(), after, book)


def test_kinds_of_cells() -> None:
    piece = read(
        row(2, '<c r="A2" t="s"><v>0</v></c><c r="C2"><v>20</v></c><c r="D2" t="b"><v>1</v></c>', more=' spans="1:9" ht="14"')
        + row(3, '<c r="A3" t="e"><v>#N/A</v></c><c r="B3" s="1"><v>45000</v></c><c r="C3" t="str"><f>A1&amp;"x"</f><v>a &amp; b</v></c>')
        + row(4, '<c r="A4" s="1"><v>45000.25</v></c><c r="B4" s="2"><v>0.5</v></c><c r="C4" s="3"><v>1.5</v></c><c r="D4" s="4"><v>123</v></c>'
              '<c r="E4" t="d"><v>2024-11-01T00:00:00</v></c><c r="F4" t="inlineStr"><is><t>内联</t></is></c><c r="G4" s="2"/>')
    )  # fmt: skip
    assert grid(piece) == {
        2: ["张伟", "", "20", "TRUE", "", ""],
        3: ["#N/A", "2023-03-15", "a & b", "", "", ""],
        4: ["2023-03-15 06:00:00", "12:00:00", "36:00:00", "000123", "2024-11-01", "内联"],
    }
    assert piece.errors == {(3, 0): "#N/A"} and not piece.long and not piece.hidden and not piece.unvalued


@pytest.mark.parametrize(
    ("raw", "text", "long"),
    [
        ("5", "5", False), ("-0", "0", False), ("0.30000000000000004", "0.3", False), ("1132.8700000000001", "1132.87", False),
        ("1.10101199003071E+17", "110101199003071000", True), ("370602199003120128", "370602199003120128", True),
        ("999999999999999", "999999999999999", False), ("1000000000000000", "1000000000000000", True), ("1E-05", "0.00001", False),
        ("12.50", "12.5", False), ("007", "7", False), ("370602199003120113", "370602199003120113", False), ("1e300", "1e+300", True), ("108.98285514363009", "108.98285514363009", False),
    ],
)  # fmt: skip
def test_numbers(raw: str, text: str, long: bool) -> None:
    piece = read(row(1, f'<c r="B1"><v>{raw}</v></c>'))
    assert grid(piece) == {1: ["", text]} and piece.long == ({1: [1]} if long else {})


def test_dates_of_both_systems() -> None:
    cells = [
        f'<c r="A{n}" s="1"><v>{v}</v></c>'
        for n, v in enumerate((0.5, 1, 59, 60, 61, 45000.999994, 2958466, -3, "1e5"), 1)
    ]
    text = "".join(row(n, c) for n, c in enumerate(cells, 1))
    assert [c for [c] in grid(read(text)).values()] == [
        "12:00:00", "1900-01-01", "1900-02-28", "1900-02-29", "1900-03-01", "2023-03-15 23:59:59.4816", "2958466", "-3", "2173-10-14",
    ]  # fmt: skip
    late = Book(BOOK.strings, SHAPES, from_1904=True)
    assert [c for [c] in grid(read(text, 0, late)).values()][:5] == [
        "1904-01-01 12:00:00", "1904-01-02", "1904-02-29", "1904-03-01", "1904-03-02",
    ]  # fmt: skip


def test_formulas_without_a_value_are_told() -> None:
    text = row(1, '<c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v></v></c><c r="C1" t="str"><f>""</f><v/></c><c r="D1"><f t="shared" si="0"/><v>3</v></c>'
                  '<c r="E1"><f>x</f><v/></c><c r="F1"/>')  # fmt: skip
    piece = read(text)
    assert grid(piece) == {1: ["", "", "", "3"]} and piece.unvalued == [(1, 0), (1, 1), (1, 4)]
    piece = read(text.replace('r="A1"', "r='A1'"))
    assert grid(piece) == {1: ["", "", "", "3"]} and piece.unvalued == [(1, 0), (1, 1), (1, 4)]


def test_hidden_rows() -> None:
    piece = read(
        row(1, '<c r="A1"><v>1</v></c>', more=' hidden="1"')
        + '<row r="2" hidden="0"/>'
        + row(3, more=' ht="0" hidden="true"')
    )
    assert piece.hidden == {1, 3}


def test_unusual_layouts_read_the_same() -> None:
    expected = {1: ["张伟", "富 文本", "7"], 2: ["a<b", "", "x"]}
    for text in (
        "<row><c t='s'><v>0</v></c><c t=\"inlineStr\"><is><r><t>富</t></r><rPh sb='0'><t>fu</t></rPh><r><t xml:space='preserve'> 文本</t></r></is></c>"
        "<c><v> 7 </v></c></row><row><c t='str'><v><![CDATA[a<b]]></v></c><c/><c t='s'><v>4</v></c></row>",
        row(1, '<c r="A1" t="s"><v>0</v></c><c\tr="B1" t="str"><v>富 文本</v></c><c\nr="C1"><v>7</v></c>')
        + row(2, '<c r="A2" t="str"><v>a&lt;b</v></c><c r="C2" t="s"><v>4</v></c>'),
        "<!-- x --><row spans='1:3' r='1'><c t='s' r='A1'><v>0</v></c><c r='B1' t='str'><v>富 文本</v></c><c r='C1' cm='1'><v>7</v></c></row>"
        "<row r='2'>\n <c r='A2' t='str'>\n<f>1</f>\n<v>a&lt;b</v>\n</c>\n<c r='C2' t='s'><v>4</v></c></row>",
    ):  # fmt: skip
        assert grid(read(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        row(1, '<c r="A1" t="s"><v>5</v></c>'), row(1, '<c r="A1" t="s"><v>x</v></c>'), row(1, '<c r="A1" t="zz"><v>5</v></c>'),
        row(2, '<c r="A2"><v>5</v></c>') + row(1, '<c r="A1"><v>5</v></c>'), row(1, '<c r="A2"><v>5</v></c>'),
        row(1, '<c r="A1"><v>five</v></c>'), row(1, '<c r="XFE1"><v>5</v></c>'), '<c r="A1"><v>5</v></c>',
        row(1, '<c r="A1" t="s"><v>-1</v></c>'),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_left_to_another_reader(text: str) -> None:
    with pytest.raises(Odd):
        read(text)


def test_rows_that_no_spreadsheet_has() -> None:
    with pytest.raises(Beyond):
        read(row(1_048_577, '<c r="A1048577"><v>1</v></c>'))


VALUE = st.one_of(
    st.integers(0, 4).map(lambda n: ('t="s"', str(n), SHARED[n])),
    st.one_of(st.integers(-(10**19), 10**19), st.floats(allow_nan=False, allow_infinity=False)).map(
        lambda v: ("", repr(v), repr(v) if beyond_float(repr(v)) else number_text(float(v)))
    ),
    st.text(alphabet=st.sampled_from("张王 0Xx<>&\"'é䶮𠀀_"), min_size=1, max_size=20).map(
        lambda t: ('t="str"', escape(t), t)
    ),
    st.booleans().map(lambda b: ('t="b"', str(int(b)), str(b).upper())),
    st.just(('t="e"', "#REF!", "#REF!")),
)
ROWS = st.dictionaries(
    st.integers(1, 1_048_576), st.dictionaries(st.integers(0, 800), VALUE, max_size=6), max_size=8
)


def letters(at: int) -> str:
    return (letters(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from(["v", "s-first", "inline"]))
def test_both_ways_give_the_cells_that_were_written(
    rows: dict[int, dict[int, tuple[str, str, str]]], style: str
) -> None:
    text = ""
    for number in sorted(rows):
        cells = ""
        for at in sorted(rows[number]):
            kind, value, _ = rows[number][at]
            place = f'r="{letters(at)}{number}"'
            inner = f"<v>{value}</v>"
            if style == "inline" and kind == 't="str"':
                kind, inner = 't="inlineStr"', f"<is><t>{value}</t></is>"
            more = f's="0" {kind}' if style == "s-first" else f'{kind} s="0"'
            cells += f"<c {place} {more}>{inner}</c>"
        text += row(number, cells)
    fast = read(text)
    padded, cells_slow, _ = xlsx_layout.any_cells(text.encode(), 0)
    slow = xlsx_cells._piece(padded, cells_slow, BOOK)
    expected = {n: {at: told[2] for at, told in cells.items() if told[2]} for n, cells in rows.items()}
    for piece in (fast, slow):
        found = {n: {at: c for at, c in enumerate(cells) if c} for n, cells in grid(piece).items()}
        assert found == expected
    assert fast.long == slow.long and fast.errors == slow.errors
    assert all(sorted(ats) == ats for ats in fast.long.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([
    "<row r=\"1\">", "</row>", "<c r=\"A1\">", "<c r=\"B1\" t=\"s\">", "</c>", "<v>", "</v>", "1", "99", "<f>", "</f>", "<is>", "</is>", "<t>", "</t>",
    "<", ">", "\"", "张", "<row", "<c ", "/>", "<!--", "]]>", "&amp;", "<v/>", "\x00", "r=\"A1\"", "t=\"b\"", " ",
]), max_size=30))  # fmt: skip
def test_broken_pieces_are_read_or_refused(parts: list[str]) -> None:
    try:
        piece = read("".join(parts) + "</row>")
    except (Odd, Beyond):
        return
    assert all(len(column) == len(piece.numbers) for column in piece.columns)
