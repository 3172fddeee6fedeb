"""JSON documents made here: paths, what is around the records, broken and endless ones."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.reading import ReadTable, read_tables
from connectors.records import json_text
from connectors.records.json_text import Broken, JsonText
from connectors.records.json_values import DEPTH
from connectors.report import FileReport
from connectors.sniff import sniff
from connectors.tables.row_kinds import shown
from connectors.text import encoding
from schemas.problem import Problem


def read(
    folder: Path, data: bytes | str, layout: object = None, **options: Any
) -> tuple[FileReport, ReadTable]:
    path = folder / "a.json"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    report, tables = read_tables(path, layout, format=options.pop("format", "json"), **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables[0] if tables else ReadTable(report.tables[0], [], [], [])


def codes(report: FileReport) -> list[str]:
    return [f.code for f in (*report.findings, *report.tables[0].findings)]


def test_an_array_of_objects(tmp_path: Path) -> None:
    text = '[\n {"no": 370602199003120113, "p": {"name": "张伟", "tags": ["a", "b"]}},\n {"no": 2, "ok": true}, {}, null]\n'
    path = tmp_path / "a"
    path.write_text(text, "utf-8")
    assert sniff(path).kind == "json"
    report, table = read(tmp_path, text, format=None)
    assert (report.format, report.kind, report.encoding) == ("json", "json", "utf-8")
    assert table.report.columns == ["no", "p.name", "p.tags", "ok"]
    assert table.rows == [["370602199003120113", "张伟", "a;b", None], ["2", None, None, "TRUE"]]
    assert table.numbers == [1, 2] and table.long == ["|no|", None]
    assert report.skip_counts() == {"blank": 2} and codes(report) == []


def test_the_largest_array_is_taken_and_said(tmp_path: Path) -> None:
    told = {
        "单位": "民政局",
        "total": 3,
        "data": {"page": 1, "list": [{"a": i} for i in range(3)]},
        "more": [{"b": 1}],
        "w": ["x"],
    }
    report, table = read(tmp_path, json.dumps(told, ensure_ascii=False))
    assert table.report.columns == ["a"] and len(table.rows) == 3
    assert table.report.stated == {"单位": "民政局", "total": "3", "data.page": "1"}
    assert [f.text for f in table.report.findings] == ["/data/list (3), /more (1)"]
    report, table = read(tmp_path, json.dumps(told), {"record": "/more"})
    assert table.rows == [["1"]] and codes(report) == []
    for wrong in ("/data/none", "/w/x", "/total/x"):
        with pytest.raises(
            Problem, match="leads to no array of objects; those of this file are at: /data/list, /more"
        ):
            read(tmp_path, json.dumps(told), {"record": wrong})


def test_records_with_lists_in_them_are_the_outer_ones(tmp_path: Path) -> None:
    people = [{"name": n, "children": [{"c": 1}, {"c": 2}]} for n in "abc"]
    _, table = read(tmp_path, json.dumps(people))
    assert table.report.columns == ["name", "children"] and table.rows[0] == ["a", '[{"c":1},{"c":2}]']
    _, table = read(tmp_path, json.dumps(people), {"record": "/children"})
    assert (
        table.report.columns == ["parent.name", "c"] and table.rows[2] == ["b", "1"] and len(table.rows) == 6
    )
    groups = {
        "groups": [
            {"grid": g, "head": {"name": "x"}, "rows": [{"n": i, "m": 1, "k": None} for i in range(9)]}
            for g in "AB"
        ]
    }
    report, table = read(tmp_path, json.dumps(groups))
    assert table.report.columns == ["groups.grid", "groups.head.name", "n", "m", "k"]
    assert table.rows[9] == ["B", "x", "0", "1", None] and table.numbers == list(range(1, 19))
    assert "records_chosen" in codes(report)
    _, table = read(tmp_path, json.dumps(groups), {"record": "/groups/1/rows/2"})
    assert table.rows == [["2", "1", None]]


def test_half_a_character_in_the_name_of_a_place(tmp_path: Path) -> None:
    report, _ = read(tmp_path, r'[{"a":1,"b\ud800":[{"c":1},{"c":2}]},{"a":2,"b":[]}]')
    json.dumps(report.plain(), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    [
        '{\n "a": 1\n}\n{\n "a": 2\n}',
        '{"a":1}{"a":2}',
        '{"a":1},\n{"a":2},\n',
        '[[{"a":1}],[{"a":2}]]',
        '[{"a":1}]\n[{"a":2}]',
    ],
)
def test_objects_one_after_the_other(tmp_path: Path, text: str) -> None:
    _, table = read(tmp_path, text)
    assert table.rows == [["1"], ["2"]] and table.numbers == [1, 2]


def test_what_is_around_the_records_and_not_kept_is_counted(tmp_path: Path) -> None:
    told = {
        "g": [{"no": 1, "rows": [{"a": 1}, {"a": 2}]}, {"no": 2, "rows": []}, {"no": 3}],
        "long": "x" * 500,
    }
    report, table = read(tmp_path, json.dumps(told), {"record": "/g/rows"})
    assert table.rows == [["1", "1"], ["1", "2"]] and len(table.report.stated["long"]) == 200
    assert [(f.code, f.text) for f in table.report.findings] == [("values_outside", "3")]
    report, _ = read(tmp_path, '{"g":[{"rows":[]},{"rows":[]}]}', {"record": "/g/rows"})
    assert report.rows_read == 0


def test_one_object_and_none(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a":1,"tags":["x"]}')[1].rows == [["1", "x"]]
    report, table = read(tmp_path, '{"code":0,"data":[]}')
    assert table.rows == [] and report.rows_read == 0 and table.report.stated == {"code": "0"}
    report, _ = read(tmp_path, '[1,2,"x"]')
    assert (report.n_rows, report.rejected()) == (0, 3)


def test_what_is_broken_is_rejected_and_the_rest_read(tmp_path: Path) -> None:
    deep = '{"a":' * (DEPTH + 1) + "1" + "}" * (DEPTH + 1)
    deeper = '{"a":' + "[" * 5000 + "]" * 5000 + "}"
    parts = ['{"a":1}', '{"a" 2}', '{"a":tru}', "7", deep, deeper, '{"a":"x\ty"}', '{"a":3}']
    report, table = read(tmp_path, "[" + ",".join(parts) + "]")
    assert [r[0] for r in table.rows] == ["1", "x\ty", "3"]
    assert [r.row for r in table.report.rejected] == [2, 3, 4, 5, 6] and codes(report) == []


@pytest.mark.parametrize("end", ["", ",", ',{"a":', ',{"a":"x', "}", '{"b":[{"a":9}', ',{"a":[{]}'])
def test_a_document_that_breaks_off(tmp_path: Path, end: str) -> None:
    report, table = read(tmp_path, '{"data":[{"a":1},{"a":2}' + end)
    assert table.rows[:2] == [["1"], ["2"]] and report.rejected() >= 1
    assert "file_cut_off" in codes(report)


def test_refused(tmp_path: Path) -> None:
    for text in ('{"a":', "[", '["', "[" * 200_000, '{"a":' * 100_000):
        began = time.monotonic()
        with pytest.raises(Problem, match=r"broken, or cut off|nested deeper"):
            read(tmp_path, text)
        assert time.monotonic() - began < 2
    path = tmp_path / "deep.json"
    path.write_text("[" * 1_000_000)
    with Reader() as reader, pytest.raises(Problem, match=r"broken, or cut off|nested deeper"):
        reader.read_edition(path, tmp_path / "raw", format="json")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_encodings_and_small_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    monkeypatch.setattr(encoding, "CHUNK", 64)
    text = json.dumps(
        {"d": [{"姓名": f"郳伟{n}", "n": n, "住址": "中山区人民路街道的居民委员会"} for n in range(50)]},
        ensure_ascii=False,
    )
    _report, table = read(tmp_path, text.encode(codec))
    assert table.rows == [[f"郳伟{n}", str(n), "中山区人民路街道的居民委员会"] for n in range(50)]


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "LONGEST", 1000)
    monkeypatch.setattr(encoding, "CHUNK", 100)
    text = (
        '{"other":"'
        + "x" * 5000
        + '","list":[{"a":1},{"a":"'
        + "y" * 5000
        + '"},{"a":3}],"z":['
        + '"w",' * 4000
        + '"w"]}'
    )
    with pytest.raises(Problem):  # a plain value around the records that has no end
        read(tmp_path, text)
    _, table = read(tmp_path, text.replace("x" * 5000, "x"), {"record": "/list"})
    assert table.rows == [["1"], ["3"]] and [r.row for r in table.report.rejected] == [2]


def test_the_cursor() -> None:
    cut = JsonText(iter(["12", "34", " ", "5"]))
    assert [cut.value(), cut.value(), cut.peek()] == ["1234", "5", ""]
    with pytest.raises(Broken):
        cut.value()
    skipped = JsonText(iter('{"a\\\\":"]}\\"",\n"b":[[],{}]}7'))
    skipped.skip()
    assert skipped.value() == "7"


SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
)  # fmt: skip
ROW = st.dictionaries(st.sampled_from(["姓名", "a", "b", "c"]), SCALAR, max_size=4)


def texts(row: dict[str, Any]) -> list[str]:
    told = [v if isinstance(v, str) else "" if v is None else json.dumps(v) for v in row.values()]
    return sorted(
        t.upper() if isinstance(v, bool) else t for t, v in zip(told, row.values(), strict=True) if t
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 40))
def test_tables_come_through(rows: list[dict[str, Any]], indent: int | None, ascii: bool, chunk: int) -> None:
    for whole in (rows, {"meta": {"n": 1}, "rows": rows, "tail": []}):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(encoding, "CHUNK", chunk)
            data = json.dumps(whole, indent=indent, ensure_ascii=ascii)
            report, table = read(Path(folder), data, encoding="utf-8")
        assert report.rows_read == len(rows) and report.rejected() == 0
        got = {n: sorted(c for c in row if c) for n, row in zip(table.numbers, table.rows, strict=True)}
        for n, row in enumerate(rows, 1):
            assert got.get(n, []) == list(texts(row)) or not any(map(shown, texts(row)))


@settings(max_examples=200, deadline=None)
@given(st.text('{}[]",:\\ 1atrue\n', max_size=40))
def test_any_text_ends(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
        read(Path(folder), "[" + text, encoding="utf-8")
