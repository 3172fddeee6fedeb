"""The exports are files of their kind, and the truth knows every row of them by place and key."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import dbfread
import pytest
from made_city import Made

from connectors.reading import read_tables
from schemas.extracts import load_extracts
from schemas.settings import load_settings
from schemas.sources import Source, load_sources

SOURCES = Path(__file__).parents[2] / "pipelines" / "demo" / "sources"
READ = (
    "gongan_hukou", "gongan_liudong", "minzheng_gaoling", "minzheng_dibao", "zhujian", "zongzhi_wangge", "wangge_qingdan",
    "hotline_12345", "tongji_quhua", "jiaoyu",
)  # fmt: skip


def source(name: str) -> Source:
    found, problems = load_sources(SOURCES)
    assert not problems, problems
    return next(s for s in found if s.source == name)


def test_declarations_load(city: Made) -> None:
    sources, problems = load_sources(city.root / "sources")
    assert not problems
    assert {s.source for s in sources} == set(city.report.rows)
    extracts, problems = load_extracts(city.root / "extracts")
    assert not problems and len(extracts) >= 2 and all(e.scope == "grid" for e in extracts)
    settings = load_settings(city.root)
    grids = {g for (g,) in city.rows("SELECT DISTINCT grid_code FROM dwelling")}
    worker, newcomer = settings.user("wanggeyuan"), settings.user("xinren")
    assert worker is not None and worker.areas and set(worker.areas) <= grids
    assert newcomer is not None and newcomer.areas == ()


@pytest.mark.parametrize("name", READ)
def test_keys_and_rows_are_where_the_truth_says(city: Made, name: str) -> None:
    one = source(name)
    found: dict[tuple[str, int], str] = {}
    pattern = one.files or ""
    files = sorted((city.root / "inbox" / name).glob(pattern))
    assert files
    sheets: dict[tuple[str, int], str | None] = {}
    for path in files:
        _, tables = read_tables(path, layout=one.layout, encoding=one.encoding, format=one.format)
        for table in tables:
            columns = one.resolve(table.report.columns).found
            places = [table.report.columns.index(columns[k]) for k in one.key]
            for number, row in zip(table.numbers, table.rows, strict=True):
                where = (f"{path.name}/{table.report.sheet or ''}", number)
                found[where] = "|".join((row[i] or "").strip(" \t\u3000") for i in places)
                sheets[where] = table.report.sheet
    truth = {
        (f"{file}/{sheet or ''}", number): key
        for file, sheet, number, key in city.rows(
            f"SELECT file, sheet, row_number, record_key FROM record WHERE source = '{name}'"
        )
    }
    assert found == truth


@pytest.mark.parametrize("name", READ)
def test_every_header_is_mapped_used_or_ignored(city: Made, name: str) -> None:
    one = source(name)
    seen: set[str] = set()
    for path in sorted((city.root / "inbox" / name).glob(one.files or "")):
        report, tables = read_tables(path, layout=one.layout, encoding=one.encoding, format=one.format)
        assert tables and not report.undecodable
        for table in tables:
            resolved = one.resolve(table.report.columns)
            assert not resolved.ambiguous
            assert set(table.report.columns) <= set(resolved.found.values())
            seen |= set(resolved.found)
    assert set(one.used_headers) <= seen


def test_dbf_json_and_database(city: Made) -> None:
    path = next((city.root / "inbox" / "canlian").iterdir())
    keys = [row["CJZH"].strip() for row in dbfread.DBF(path, encoding="gbk")]
    assert keys == [
        k for (k,) in city.rows("SELECT record_key FROM record WHERE source = 'canlian' ORDER BY row_number")
    ]
    path = next((city.root / "inbox" / "weijian").iterdir())
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["archive"]["no"] for line in lines] == [
        k for (k,) in city.rows("SELECT record_key FROM record WHERE source = 'weijian' ORDER BY row_number")
    ]
    with sqlite3.connect(city.root / "inbox" / "renshe" / "renshe.db") as database:
        keys = [k for (k,) in database.execute("SELECT AAC001 FROM AC01 ORDER BY rowid")]
    database.close()
    assert keys == [
        k for (k,) in city.rows("SELECT record_key FROM record WHERE source = 'renshe' ORDER BY row_number")
    ]


def test_formats_are_what_agencies_use(city: Made) -> None:
    inbox = city.root / "inbox"
    formats = {p.suffix for p in (inbox / "zongzhi_wangge").iterdir()}
    assert formats == {".xlsx", ".csv", ".txt"}
    text = next((inbox / "zongzhi_wangge").glob("*.txt")).read_bytes()
    assert text[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert next((inbox / "minzheng_dibao").iterdir()).read_bytes()[:3] == b"\xef\xbb\xbf"
    assert next((inbox / "minzheng_gaoling").iterdir()).read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    widths = {len(line) for line in next((inbox / "jiaoyu").iterdir()).read_bytes().split(b"\r\n") if line}
    assert widths == {378}
