"""SQL scripts made here, as MySQL, Oracle, PostgreSQL, SQL Server and SQLite write them, and broken ones."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import ReadTable, read_tables
from connectors.records import sql_text
from connectors.records.sql_dump import backslash_escapes
from connectors.records.sql_values import Values, by_mask
from connectors.report import FileReport
from connectors.sniff import sniff
from connectors.text import encoding
from schemas.problem import Problem


def read(
    folder: Path, data: bytes | str, layout: object = None, **options: Any
) -> tuple[FileReport, list[ReadTable]]:
    path = folder / "a.sql"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    assert sniff(path).kind == "sql_dump"
    report, tables = read_tables(path, layout, **options)
    for table in report.tables:
        assert table.rows_read == table.n_rows + sum(table.skip_counts.values()) + len(table.rejected)
    return report, tables


MYSQL = r"""-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: czrk
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;
SET FOREIGN_KEY_CHECKS=0;

DROP TABLE IF EXISTS `t_ck`;
CREATE TABLE `t_ck` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT COMMENT '主键',
  `xm` varchar(50) DEFAULT '无,(名)' COMMENT '姓名;''x',
  `je` decimal(10,2) DEFAULT NULL,
  `bz` longblob,
  PRIMARY KEY (`id`),
  KEY `i` (`xm`,`je`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `t_ck` WRITE;
INSERT INTO `t_ck` VALUES (1,'张伟',1.50,NULL),(2,'O\'Neil \\ "x"\n;','-3.00',_binary 'a\0b'),
(3,'王''秀英',NULL,0xE5BCA0);
INSERT INTO `t_ck` (`xm`, `id`) VALUES ('乙);',4) ON DUPLICATE KEY UPDATE xm='y;';
UNLOCK TABLES;
INSERT IGNORE INTO `t_jd` (`代码`,`名称`) VALUES ('01',"\"街\"道"), ( '02' , 'b' );
DELIMITER ;;
CREATE TRIGGER x BEFORE INSERT ON t_ck FOR EACH ROW BEGIN INSERT INTO log VALUES (NEW.id); END ;;
DELIMITER ;
UPDATE t_jd SET 名称='密' WHERE 代码='01';
INSERT INTO `t_jd` (`代码`,`名称`) VALUES ('03', X'4142'), ('04', true);
-- Dump completed
"""


def test_mysql(tmp_path: Path) -> None:
    report, [people, streets] = read(tmp_path, MYSQL)
    assert (report.format, report.kind, report.encoding) == ("sql", "sql_dump", "utf-8")
    assert [t.sheet for t in report.tables] == ["t_ck", "t_jd"]
    assert people.report.columns == ["id", "xm", "je", "bz"] and people.numbers == [1, 2, 3, 4]
    assert people.report.alternatives == {"id": "主键", "xm": "姓名;'x"}
    assert people.rows == [
        ["1", "张伟", "1.50", None], ["2", 'O\'Neil \\ "x"\n;', "-3.00", "a\0b"],
        ["3", "王'秀英", None, "e5bca0"], ["4", "乙);", None, None],
    ]  # fmt: skip
    assert streets.rows == [["01", '"街"道'], ["02", "b"], ["03", "4142"], ["04", "TRUE"]]
    assert [(f.code, f.text) for f in people.report.findings] == [("statement_not_applied", "1")]
    assert people.report.skip_counts["note"] == 5 and "密" not in str(report.plain())
    assert report.rejected() == 0
    report, [streets] = read(tmp_path, MYSQL, {"table": "T_JD"})
    assert len(streets.rows) == 4 and report.other_sheets == ["t_ck"]
    with pytest.raises(Problem, match="asks for nix, but the script's tables are: t_ck, t_jd"):
        read(tmp_path, MYSQL, {"table": "nix"})


ORACLE = r"""prompt PL/SQL Developer import file
set feedback off
set define off
prompt Loading CZRK...
insert into HJ.CZRK (RYBH, XM, CSRQ, DZ, BZ)
values ('1', '张''伟', to_date('25-03-1990', 'dd-mm-yyyy'), 'C:\', null);
insert into HJ.CZRK (RYBH, XM, CSRQ, DZ, BZ)
values ('2', N'王秀英', to_date('01-12-1990 08:30:00', 'dd-mm-yyyy hh24:mi:ss'), 'a' || chr(10) || 'b', to_clob('长') || to_clob('文'));
commit;
insert into HJ.CZRK (RYBH, XM, CSRQ, DZ, BZ)
values ('3', 'x', TIMESTAMP '2020-01-01 00:00:00', sysdate, EMPTY_CLOB());
INSERT ALL
  INTO HJ.CZRK (RYBH, XM) VALUES ('4', 'y')
  INTO HJ.CZRK (RYBH, XM) VALUES ('5', 'z')
SELECT * FROM dual;
/
comment on column HJ.CZRK.XM is '姓名';
set feedback on
prompt Done.
"""


def test_oracle(tmp_path: Path) -> None:
    report, [table] = read(tmp_path, ORACLE.encode("gb18030"))
    assert report.encoding == "gb18030" and table.report.sheet == "CZRK"
    assert table.rows == [
        ["1", "张'伟", "1990-03-25", "C:\\", None], ["2", "王秀英", "1990-12-01 08:30:00", "a\nb", "长文"],
        ["3", "x", "2020-01-01 00:00:00", "sysdate", None], ["4", "y", None, None, None], ["5", "z", None, None, None],
    ]  # fmt: skip
    assert table.report.alternatives == {"XM": "姓名"}
    assert [(f.code, f.text) for f in table.report.findings] == [("expression_kept", "1")]


POSTGRES = r"""--
-- PostgreSQL database dump
--
SET standard_conforming_strings = on;
CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$
begin insert into log values (1); return new; end; $$;
CREATE TABLE public.people (
    id integer NOT NULL,
    name character varying(50),
    "备注" text
);
COPY public.people (id, name, "备注") FROM stdin;
1	张伟	a\tb\\c
2	\N	x\ny

3	only
\.

INSERT INTO public.people VALUES (4, E'it\'s', 'C:\'), (5, 'a'::text, '{"k": [1, 2]}'::jsonb);
"""


def test_postgres(tmp_path: Path) -> None:
    _report, [table] = read(tmp_path, POSTGRES)
    assert table.report.columns == ["id", "name", "备注"] and table.numbers == [1, 2, 5, 6]
    assert table.rows == [
        ["1", "张伟", "a\tb\\c"], ["2", None, "x\ny"], ["4", "it's", "C:\\"], ["5", "a", '{"k": [1, 2]}'],
    ]  # fmt: skip
    assert [(r.row, r.reason) for r in table.report.rejected] == [(3, "width"), (4, "width")]


SERVER = """USE [city]
GO
SET ANSI_NULLS ON
GO
CREATE TABLE [dbo].[人员](
	[编号] [int] IDENTITY(1,1) NOT NULL,
	[姓名] [nvarchar](50) NULL,
	[生日] [datetime] NULL,
 CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([编号] ASC)
) ON [PRIMARY]
GO
SET IDENTITY_INSERT [dbo].[人员] ON
INSERT [dbo].[人员] ([编号], [姓名], [生日]) VALUES (1, N'张''伟', CAST(N'1990-03-25T00:00:00.000' AS DateTime))
INSERT [dbo].[人员] ([编号], [姓名], [生日]) VALUES (2, N'C:\\', CAST(0x0000A1B200C5C100 AS DateTime))
GO
print 'Processed 100 total records'
INSERT [dbo].[人员] ([编号], [姓名], [生日]) VALUES (3, NULL, NULL)
"""


def test_sql_server(tmp_path: Path) -> None:
    report, [table] = read(tmp_path, ("\ufeff" + SERVER).encode("utf-16-le"))
    assert report.encoding == "utf-16-le" and table.report.columns == ["编号", "姓名", "生日"]
    assert table.rows == [
        ["1", "张'伟", "1990-03-25T00:00:00.000"],
        ["2", "C:\\", "2013-05-02 12:00:00"],
        ["3", None, None],
    ]


def test_tables_by_turns_and_late_columns(tmp_path: Path) -> None:
    lines = [f"insert into {'ab'[n % 2]} (x) values ({n});" for n in range(20)] + [
        "insert into a (y, X) values (7, 8);",
        "insert into c values (1, 2);",
    ]
    _, [a, b, c] = read(tmp_path, "\n".join(lines))
    assert a.report.columns == ["x", "y"] and a.rows[-1] == ["8", "7"] and len(a.rows) == 11
    assert [r[0] for r in b.rows] == [str(n) for n in range(1, 20, 2)] and c.report.columns == ["列1", "列2"]


def test_broken_rows_are_rejected_and_the_rest_read(tmp_path: Path) -> None:
    text = "insert into a (x,y) values (1,2),(3),(4,,5),(6,'b'),\n -- c\n (7,8);\ninsert into a select 1, 2;\ninsert into a (x,y) values (9,'unclosed);\ninsert into a (x,y) values (10,11);\n"
    _report, [table] = read(tmp_path, text)
    assert [r[0] for r in table.rows] == ["1", "6", "7", "10"]
    assert [(r.row, r.reason) for r in table.report.rejected] == [
        (2, "width"),
        (3, "structure"),
        (6, "structure"),
        (7, "structure"),
    ]


def test_a_text_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, with the line, where nothing can be read behind it; else it costs its row."""
    monkeypatch.setattr(sql_text, "LONGEST", 3_000_000)
    start = "insert into a (x,y) values (1,2);\n\ninsert into a (x,y) values (3,'open"
    with pytest.raises(Problem, match=r"in line 3 .* never closed") as caught:
        read(tmp_path, start + "x" * 8_000_000)
    assert caught.value.line == 3 and "第 3 行" in caught.value.zh and caught.value.file == "a.sql"
    figures = "),\n(5,6" * 800_000
    report, [table] = read(tmp_path, start + figures + ");\n")
    assert (len(table.rows), report.rejected()) == (800_001, 1)
    # Shorter than that, and the script ends in it: a row that was cut off.
    report, [table] = read(tmp_path, start + "x" * 100_000)
    assert (len(table.rows), report.rejected()) == (1, 1)


@pytest.mark.parametrize("filler", ["\n", " ", ") ", "\n ", ";", "'", "(", "1,", "\n\r", ");"])
def test_broken_rows_cost_no_more_than_their_length(tmp_path: Path, filler: str) -> None:
    start = time.process_time()
    with contextlib.suppress(Problem):
        read(tmp_path, "insert into a (x,y) values (1,2);\ninsert into a values (1,,'x" + filler * 300_000)
    assert time.process_time() - start < 20  # quadratic ways take minutes


def test_what_hides_statements_does_not(tmp_path: Path) -> None:
    rows = "insert into a values (1, 'x');\ninsert into a values (2, 'y');\n"
    for before in ("delimiter ;\n", "select 'it's';\n", "select 'open;\n"):
        report, [table] = read(tmp_path, "create table a (x int, y int);\n" + before + rows)
        assert [r[0] for r in table.rows] == ["1", "2"] and report.rejected() == 0
    for before, pieces in (("delimiter ;;\n", 1), ("/* open\n", 2), ("2, 'x');\n", 1)):
        report, [table] = read(tmp_path, "create table a (x int, y int);\n" + before + rows)
        assert [r[0] for r in table.rows] == ["1", "2"] and report.rejected() == pieces
    report, [table] = read(tmp_path, "insert into a values (0, 'open);\n" + rows)
    assert [r[0] for r in table.rows] == ["1", "2"] and report.rejected() == 1


@pytest.mark.parametrize("end", ["", "(", "(1", "(1,'x", "(1,2", "(1,2)", "(1,2),", "(1,2),(3"])
def test_a_script_that_breaks_off(tmp_path: Path, end: str) -> None:
    report, [table] = read(tmp_path, "insert into a (x,y) values (0,0);\ninsert into a (x,y) values " + end)
    assert table.rows[0] == ["0", "0"] and (table.rows[1:] == [["1", "2"]]) == end.startswith("(1,2)")
    assert report.rows_read == 1 + (end != "") + ("),(" in end) + (end == "(1,2),") or end == ""


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no rows"):
        read(tmp_path, "create table t (a int);\n")


@pytest.mark.parametrize(
    ("text", "escapes"),
    [
        ("INSERT INTO `t` VALUES (1);", True), ("insert into t values ('a\\'b');", True), ("insert into t values ('C:\\', 'x');", False),
        ("INSERT INTO [dbo].[t] VALUES ('C:\\');", False), ("PRAGMA foreign_keys=OFF;\ninsert into t values ('\\')", False),
    ],
)  # fmt: skip
def test_the_dialect_of_backslashes(text: str, escapes: bool) -> None:
    assert backslash_escapes(text) is escapes


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("NULL", None), ("null", None), ("Default", None), ("-1.50", "-1.50"), ("1e5", "1e5"), ("0xAB", "ab"), ("x'aB'", "ab"),
        ("DATE '2020-01-02'", "2020-01-02"), ("cast(12.5 as decimal(18, 2))", "12.5"), ("convert(datetime, '2020-01-02', 120)", "2020-01-02"),
        ("to_date('2020-1-2 3:4:5', 'yyyy-mm-dd hh24:mi:ss')", "2020-01-02 03:04:05"), ("to_date('x','dd-mon-yy')", "x"),
        ("hextoraw('AB')", "ab"), ("concat('a', 'b')", "ab"), ("N'a' + N'b'", "ab"), ("(('a'))", "a"), ("now()", "now()"), ("true", "TRUE"),
        ("cast(0xZZ as date)", "cast(0xZZ as date)"), ("(" * 5000 + "1" + ")" * 5000, "(" * 5000 + "1" + ")" * 5000), ("chr(²)", "chr(²)"),
        ("CAST(0x06240B AS Date)", "1999-12-31"), ("CAST(0xA1B20000 AS SmallDateTime)", "2013-05-02 00:00:00"),
    ],
)  # fmt: skip
def test_values(token: str, text: str | None) -> None:
    assert Values(False).text(token) == text
    assert Values(False).texts([token])[0] == [text or ""]


def test_masks() -> None:
    assert by_mask("25/03/1990", "DD/MM/YYYY") == "1990-03-25"
    assert by_mask("19900325", "yyyymmdd") == "1990-03-25" and by_mask("03-1990", "mm-yyyy") is None
    assert by_mask("2020-01-02 03:04:05.123456", "syyyy-mm-dd hh24:mi:ss.ff") is None
    assert by_mask("2020-01-02 03:04:05.123456", "yyyy-mm-dd hh24:mi:ss.ff6") == "2020-01-02 03:04:05.123456"


def test_long_numbers_are_told(tmp_path: Path) -> None:
    _, [table] = read(tmp_path, "insert into a values (370602199003120113, 3.70602E+17);")
    assert table.long == ["|列2|"]


def test_speed(tmp_path: Path) -> None:
    row = "(" + ",".join(f"'大连市中山区人民路街道{n}'" if n % 3 else str(n) for n in range(10)) + ",NULL)"
    text = "-- MySQL dump\n" + ("INSERT INTO `t` VALUES " + ",".join([row] * 1000) + ";\n") * 40
    began = time.process_time()
    report, _ = read(tmp_path, text)
    assert report.n_rows == 40_000 and time.process_time() - began < 12


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\x1a\ufeff"), max_size=6)
CELL = st.one_of(st.none(), st.integers(-(2**60), 2**60), TEXT)
TABLE = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)
)


def literal(value: object, escapes: bool) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("'", "''")
    return "'" + (text.replace("\\", "\\\\").replace("\n", "\\n") if escapes else text) + "'"


def same(table: ReadTable, rows: list[list[Any]]) -> None:
    got = dict(zip(table.numbers, table.rows, strict=True))
    for n, row in enumerate(rows, 1):
        wanted = [None if v is None or v == "" else str(v) for v in row]
        assert got.get(n) == wanted or (n not in got and not "".join(w or "" for w in wanted).strip())


@settings(max_examples=200, deadline=None)
@given(TABLE, st.booleans(), st.booleans(), st.integers(1, 60))
def test_tables_come_through(rows: list[list[Any]], escapes: bool, single: bool, chunk: int) -> None:
    head = "-- MySQL dump\nSET NAMES utf8;\n" if escapes else "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n"
    parts = ["(" + ", ".join(literal(v, escapes) for v in row) + ")" for row in rows]
    body = (
        "".join(f"INSERT INTO t VALUES {p};\n" for p in parts)
        if single
        else f"INSERT INTO t VALUES {','.join(parts)}"
    )
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "CHUNK", chunk)
        patch.setattr(sql_text, "_AHEAD", 100)
        report, tables = read(Path(folder), head + body, encoding="utf-8")
    assert report.rejected() == 0
    if tables:
        same(tables[0], rows)


@settings(max_examples=40, deadline=None)
@given(TABLE)
def test_what_sqlite_writes_comes_through(rows: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.closing(sqlite3.connect(":memory:")) as con:
            con.execute(f"create table t ({', '.join(f'c{n}' for n in range(len(rows[0])))})")
            con.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows)
            script = "\n".join(con.iterdump())
        _report, tables = read(Path(folder), script, encoding="utf-8")
    if tables:
        same(tables[0], rows)


@settings(max_examples=200, deadline=None)
@given(st.text("(),;'\"`\\-/* \nx1insertovalugo", max_size=60))
def test_any_text_ends(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
        read(Path(folder), "insert into t values (1);\ninsert into t values " + text, encoding="utf-8")
