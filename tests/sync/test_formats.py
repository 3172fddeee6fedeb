"""One sync over sources that do not say their format: JSON, XML, SQL, SQLite, archives."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path

from sync.conftest import HEADER, PEOPLE, City

NAMES = HEADER.split(",")
ROWS = [[f"R{n:04d}", f"张{chr(0x4E00 + n)}", "", "女" if n % 2 else "男"] for n in range(1, 13)]
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
TABLE = "\n".join([HEADER, *map(",".join, ROWS)]).encode("gb18030")


def sqlite_file(folder: Path) -> bytes:
    path = folder / "made.db"
    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute(f"create table T_CZRK ({','.join(NAMES)})")
        con.executemany("insert into T_CZRK values (?, ?, ?, ?)", ROWS)
        con.execute("create table 日志 (x)")
        con.execute("insert into 日志 values ('x')")
        con.commit()
    return path.read_bytes()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, TABLE)
        archive.writestr("说明.txt", "只供内部使用")
    return out.getvalue()


def test_every_format_is_read_without_being_told(empty_city: City, tmp_path: Path) -> None:
    records = "".join("<row>" + "".join(f"<{k}>{v}</{k}>" for k, v in o.items()) + "</row>" for o in OBJECTS)
    inserts = ",\n".join("(" + ",".join(f"'{c}'" for c in row) + ")" for row in ROWS)
    files: dict[str, tuple[str, bytes, str, str]] = {
        "json": ("json", json.dumps({"code": 0, "data": OBJECTS}, ensure_ascii=False).encode(), "", "json"),
        "lines": ("jsonl", "\n".join(json.dumps(o) for o in OBJECTS).encode(), "", "json_lines"),
        "xml": (
            "xml",
            f'<?xml version="1.0" encoding="GBK"?><rows>{records}</rows>'.encode("gbk"),
            "{record: /rows/row}",
            "xml",
        ),
        "script": (
            "sql",
            f"-- MySQL dump\nINSERT INTO `t` ({','.join(NAMES)}) VALUES {inserts};\n".encode(),
            "",
            "sql",
        ),
        "database_file": ("db", sqlite_file(tmp_path), "{table: T_CZRK}", "sqlite"),
        "packed": ("csv.gz", gzip.compress(TABLE), "", "delimited"),
        "archive": ("zip", zipped("人口/CZRK_20241103.csv"), '{sheets: "*.csv"}', "delimited"),
    }
    for source, (suffix, data, layout, _) in files.items():
        text = PEOPLE.replace("source: police", f"source: {source}").replace("CZRK_*.csv", f"*.{suffix}")
        empty_city.source(source, text + (f"layout: {layout}\n" if layout else ""))
        empty_city.drop(source, f"导出.{suffix}" if source == "archive" else f"CZRK_20241101.{suffix}", data)
    status, summary = empty_city.sync()
    assert status == 0, summary
    told = {
        row[0]: row[1:]
        for row in empty_city.query("select source, format, rows_kept, as_of::varchar from edition")
    }
    assert told == {
        source: (format, len(ROWS), "2024-11-03" if source == "archive" else "2024-11-01")
        for source, (_, _, _, format) in files.items()
    }
    per_source = empty_city.query("select source, count(*) from resident_record group by 1")
    assert dict(per_source) == dict.fromkeys(files, len(ROWS))
    assert empty_city.query("select distinct source from issue where code = 'records_chosen'") == [("json",)]
