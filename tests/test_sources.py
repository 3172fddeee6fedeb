"""Source YAML: the contract's example loads, every fault is told with its line, mappings go to every fed kind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.headers import fold_header, header_levels, resolve_headers
from schemas.problem import Problem
from schemas.sources import Source, load_source, load_sources

FULL = r"""
source: gongan_hukou
title: 常住人口登记
agency: 大连市公安局
feeds: [resident]
legal_basis: 条例
files: "CZRK_*.csv"
format: delimited
encoding: gb18030
layout: {sheets: "*", header: auto, footer: auto, widths: {NAME: [0, 20]}, record: "/path", table: AC01, forward_fill: [户主]}
mode: full
part: {pattern: "^(\\d{9})_"}
as_of: {pattern: "(\\d{8})"}
key: [RYBH]
key_names: person
due: {every: 1d, grace: 2d}
where: {JLBZ: ["1"], CXBZ: ["0"]}
deleted: {column: CZBS, values: ["D"]}
columns:
  id_number: GMSFHM
  name: XM
  sex: {from: XB, codes: {"0": 男, "1": 女}}
  live_address: {join: [小区名称, 楼号, 单元号, 房号], sep: ""}
  disability_no: {from: CJZH, slice: [0, 20]}
  status: {from: SWBS, codes: {"1": deceased, "": active}}
  program: {const: 高龄津贴}
ignore: [GXSJ]
headers: {XM: [姓名, 居民姓名]}
bounds: {rows: [1000, 20000000], drop: 0.2, fill: {name: 0.99}}
"""
SMALL = 'source: s\nfeeds: [resident]\nfiles: "*.csv"\ncolumns:\n  name: XM\n'


def _load(tmp_path: Path, text: str, name: str = "s.yaml") -> Source:
    (tmp_path / name).write_text(text, "utf-8")
    return load_source(tmp_path / name)


def _faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(Problem) as caught:
        _load(tmp_path, text)
    return caught.value.text("en")


def test_the_example_of_the_contract_loads(tmp_path: Path) -> None:
    source = _load(tmp_path, FULL)
    assert source.source == source.name == source.folder == "gongan_hukou"
    assert (
        source.due is not None
        and source.due.every == timedelta(days=1)
        and source.due.grace == timedelta(days=2)
    )
    assert source.bounds is not None and (source.bounds.minimum, source.bounds.maximum) == (1000, 20000000)
    assert source.layout.header == "auto" and source.layout.widths == {"NAME": (0, 20)}
    mapped = source.mappings("resident")
    assert mapped["sex"].from_ == ("XB",) and mapped["sex"].codes == {"0": "男", "1": "女"}
    assert mapped["live_address"].join == ("小区名称", "楼号", "单元号", "房号")
    assert mapped["program"].const == "高龄津贴" and mapped["disability_no"].slice == (0, 20)
    assert {"RYBH", "JLBZ", "CXBZ", "CZBS", "XM", "房号"} <= set(source.used_headers)


def test_what_is_optional_has_defaults(tmp_path: Path) -> None:
    source = _load(tmp_path, SMALL)
    assert (source.title, source.agency, source.mode, source.key, source.key_stands_for) == (
        "s",
        "",
        "full",
        (),
        "person",
    )
    assert (
        source.strict is False
        and source.layout.sheets == ("*",)
        and source.record_numbers("resident") == (0,)
    )


def test_codes_and_numbers_stay_text(tmp_path: Path) -> None:
    source = _load(
        tmp_path,
        SMALL + "  ethnicity: {from: MZ, codes: {01: 01, 2: 汉, Y: ~}}\nkey: XM\nwhere: {ZT: [01, true]}\n",
    )
    assert source.columns["ethnicity"].codes == {"01": "01", "2": "汉", "Y": ""}
    assert source.key == ("XM",) and source.where == {"ZT": ("01", "true")}


@pytest.mark.parametrize(
    ("written", "rows"), [("3", (3,)), ("[3, 4]", (3, 4)), ("none", "none"), ("auto", "auto")]
)
def test_header_rows(tmp_path: Path, written: str, rows: object) -> None:
    assert _load(tmp_path, SMALL + f"layout: {{header: {written}}}\n").layout.header == rows


def test_a_field_goes_to_every_fed_kind_that_has_it(tmp_path: Path) -> None:
    source = _load(
        tmp_path,
        SMALL.replace("[resident]", "[resident, benefit, household]")
        + "  id_number: SFZH\n  live_address: ZZ\n  amount: JE\n  status: {from: ZT, codes: {A: 享受中, B: deceased}}\n",
    )
    assert "id_number" in source.mappings("resident") and "id_number" in source.mappings("benefit")
    assert "id_number" not in source.mappings("household")
    assert source.mappings("household")["address"].from_ == (
        "ZZ",
    )  # stands in for the address it does not state
    assert "live_address" not in source.mappings("household")


def test_names_stand_in_for_grid_names(tmp_path: Path) -> None:
    source = _load(tmp_path, SMALL.replace("resident", "grid"))
    assert source.mappings("grid")["grid_name"].from_ == ("XM",)


def test_each_makes_several_records(tmp_path: Path) -> None:
    text = 'source: s\nfeeds: [household, resident]\nfiles: "*.csv"\ncolumns:\n  household_no: HH\n  live_address: ZZ\neach:\n  numbers: 1..3\n  columns:\n    name: "姓名{n}"\n    id_number: {from: "身份证{n}"}\n'
    source = _load(tmp_path, text)
    assert source.record_numbers("resident") == (1, 2, 3) and source.record_numbers("household") == (0,)
    second = source.mappings("resident", 2)
    assert second["name"].from_ == ("姓名2",) and second["household_no"].from_ == ("HH",)
    assert source.each_fields("resident", 2) == ("name", "id_number")
    assert "身份证3" in source.used_headers
    listed = _load(
        tmp_path, text.split("each:")[0] + "each:\n  - columns: {name: 户主}\n  - columns: {name: 配偶}\n"
    )
    assert listed.mappings("resident", 2)["name"].from_ == ("配偶",)
    assert "no header holds {n}" in _faults(
        tmp_path, text.replace("姓名{n}", "姓名").replace("身份证{n}", "身份证")
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("mode: full", "modes: full", 11, "unknown key 'modes' (did you mean 'mode'?)"),
        ("mode: full", "mode: ful", 11, "(did you mean 'full'?)"),
        ("layout: {sheets", "layout: {sheet", 10, "unknown key 'sheet' (did you mean 'sheets'?)"),
        ("  name: XM", "  nam: XM", 21, "unknown canonical field 'nam' (did you mean 'name'"),
        ("  name: XM", "  event_no: XM", 21, "'event_no' belongs to event"),
        ("  name: XM", "  name: {form: XM}", 21, "unknown key 'form' (did you mean 'from'?)"),
        ("  name: XM", "  id_number: XM", 21, "'id_number' stands twice (first in line 20)"),
        ('{"0": 男', '{"0": 男人', 22, "'男人' is no code, label or alias of the list sex"),
        ("{const: 高龄津贴}", "{const: a, from: b}", 26, "exactly one of from, join and const"),
        ("slice: [0, 20]", "slice: [20, 2]", 24, "end must be larger"),
        ("slice: [0, 20]", "slice: 20", 24, "must be a list"),
        (r'"(\\d{8})"', r'"\\d{8}"', 13, "must have one group (…), it has 0"),
        (r'"(\\d{8})"', '"(("', 13, "not a regular expression"),
        ('files: "CZRK_*.csv"', "database: {url_env: A, table: t}\nfiles: x", 7, "either 'files' or 'database'"),
        ('files: "CZRK_*.csv"', 'files: "../x/*.csv"', 7, "below the source's inbox folder"),
        ('files: "CZRK_*.csv"', "database: {url: 'mysql://u:p@h/d', table: t}", 7, "a password does not belong"),
        ('files: "CZRK_*.csv"', "strict: false", 1, "say where the data comes from"),
        ("every: 1d", "every: daily", 16, "no length of time"),
        ("source: gongan_hukou", "source: 公安", 2, "must begin with a-z"),
        ("feeds: [resident]", "feeds: [residents]", 5, "did you mean 'resident'"),
        ("ignore: [GXSJ]", "ignore: [xm]", 27, "is ignored and used"),
        ("headers: {XM", "headers: {YM", 28, "neither mapped, used nor ignored"),
        ("fill: {name", "fill: {nome", 29, "unknown mapped field 'nome'"),
        ("rows: [1000, 20000000]", "rows: [9, 1]", 29, "the least is above the most"),
    ],
)  # fmt: skip
def test_faults_name_their_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in FULL
    told = _faults(tmp_path, FULL.replace(old, new, 1))
    assert any(words in one and one.split(": ")[0].endswith(f"s.yaml:{line}") for one in told.split("\n")), (
        told
    )


def test_faults_are_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SMALL.replace("name: XM", "nam: XM"), "utf-8")
    with pytest.raises(Problem) as caught:
        load_source(tmp_path / "s.yaml")
    assert "未知的规范字段“nam”" in caught.value.text("zh")


def test_one_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "b.yaml").write_text(SMALL.replace("source: s", "source: b"), "utf-8")
    (folder / "a.yaml").write_text(SMALL.replace("source: s", "source: a"), "utf-8")
    (folder / "broken.yaml").write_text("source: [\n", "utf-8")
    (folder / "twin.yaml").write_text(SMALL.replace("source: s", "source: a"), "utf-8")
    good, problems = load_sources(folder)
    assert [source.name for source in good] == ["a", "b"]
    assert {problem.file for problem in problems} == {"sources/broken.yaml", "sources/twin.yaml"}
    assert "is used by sources/a.yaml" in problems[-1].en


def test_values_for_fields_that_no_fed_kind_has_are_known(tmp_path: Path) -> None:
    source = _load(tmp_path, SMALL.replace("resident", "staff") + "  household_no: HH\n")
    assert source.unplaced == ("household_no",)


# --- headers ---


def test_headers_match_after_folding_and_by_trailing_parts() -> None:
    columns = ["序号", "居住信息/居住地址", "户籍信息/地址", "家庭/地址", "ＸＭ ", "姓名#2"]
    got = resolve_headers(["居住地址", "户籍信息/地址", "地址", "xm", "姓名#2", "电话"], columns)
    assert got.found == {
        "居住地址": "居住信息/居住地址",
        "户籍信息/地址": "户籍信息/地址",
        "xm": "ＸＭ ",
        "姓名#2": "姓名#2",
    }
    assert got.ambiguous == {"地址": ("户籍信息/地址", "家庭/地址")}
    assert got.missing == ["电话"]


def test_a_slash_in_brackets_parts_no_levels() -> None:
    assert header_levels("津贴/金额（元/月）") == ["津贴", "金额（元/月）"]
    assert resolve_headers(["金额(元/月)", "月）"], ["津贴/金额（元/月）"]).found == {
        "金额(元/月)": "津贴/金额（元/月）"
    }


def test_a_whole_header_wins_over_a_trailing_part_and_spellings_are_tried_in_order() -> None:
    assert resolve_headers(["地址"], ["家庭/地址", "地址"]).found == {"地址": "地址"}
    assert resolve_headers(["XM"], ["居民姓名", "姓名"], {"xm": ["姓名", "居民姓名"]}).found == {"XM": "姓名"}


@given(st.text(max_size=12))
def test_folding_headers_is_idempotent(text: str) -> None:
    once = fold_header(text)
    assert fold_header(f" {once}\n") == fold_header(once)
    assert not any(c.isspace() for c in once)


def test_codes_tell_whose_status_it_is(tmp_path: Path) -> None:
    def told(columns: str) -> tuple[object, object]:
        text = SMALL.replace("[resident]", "[resident, benefit]")
        path = tmp_path / f"{text.split('source: ')[1].split()[0]}.yaml"
        path.write_text(text.replace("columns:\n", f"columns:\n{columns}"), "utf-8")
        source = load_source(path)
        found = (source.mappings("resident").get("status"), source.mappings("benefit").get("benefit_status"))
        return tuple(one and one.from_ for one in found)  # type: ignore[return-value]

    assert told("  status: {from: A, codes: {'1': deceased, '0': active}}\n") == (("A",), None)
    assert told("  status: {from: A, codes: {'1': 停发, '0': active}}\n") == (None, ("A",))
    assert told("  status: A\n") == (("A",), ("A",))
    assert told("  status: A\n  benefit_status: B\n") == (("A",), ("B",))
    assert told("  benefit_status: B\n") == (None, ("B",))
