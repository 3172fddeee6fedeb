"""Normalization: 20 fields of resident records from raw Parquet to core Parquet, against plain copying; and six rules
against the same rules written as vectorised pandas code and as polars expressions.

    python benchmarks/normalize.py [--rows 5000000] [--rule-rows 5000000] [--rounds 3] [--threads 2] [--memory 6GB] [--profile]

Makes the raw Parquet (damaged as agencies damage it, nothing repeated but what repeats in life), then runs, each as a
process of its own and in turn, ``--rounds`` times:

- ``copy``: ``copy (select * from raw) to … parquet zstd`` in DuckDB, the floor;
- ``batch``: ``normalize_batch`` as every sync calls it, raw Parquet to core Parquet; within it ``keys`` (and repeated rows),
  ``statement`` (tables of values read once, and the wide rows with value, issue and masked text of every field) and
  ``write`` (the core table sorted, held to its declaration and written, issues, the outcome of every row); of the
  statement, ``once`` is the tables of values read once, of the write, ``core`` is the core table. Afterwards ``core copy``
  copies the finished core table alone.

The match of addresses with the gazetteer is no part of it (``warehouse/place``); their grammar is.

The six rules (id checksum, 15 to 18 digits, dates by shape, width folding, phone, a code list) run on ``--rule-rows`` rows
as our SQL (the functions and lists that the statement uses), pandas and polars; all three must give the same results,
value for value, or the run ends with status 1. Prints medians of wall and CPU seconds and the ratios.
``--profile`` prints instead what each field of the statement costs alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

SOURCE = """
source: people
title: 人员
agency: 公安局
feeds: [resident]
files: "*.csv"
key: [RYBH]
columns:
  name: XM
  former_name: CYM
  id_type: ZJLX
  id_number: GMSFHM
  sex: {from: XB, codes: {"1": 男, "2": 女, "9": ""}}
  birth_date: CSRQ
  ethnicity: MZ
  marital_status: HYZK
  education: WHCD
  politics: ZZMM
  phone: LXDH
  hukou_address: HJDZ
  live_address: XZZ
  household_no: HH
  relation_to_head: YHZGX
  employer: FWCS
  start_date: LRSJ
  grid_code: WGBM
  occupation: ZY
  remark: BZ
"""
FIELDS = (
    "name", "former_name", "id_type", "id_number", "sex", "birth_date", "ethnicity", "marital_status", "education", "politics",
    "phone", "hukou_address", "live_address", "household_no", "relation_to_head", "employer", "start_date", "grid_code",
    "occupation", "remark",
)  # fmt: skip
CITY, AREA_CODE, AS_OF = "大连市", "0411", date(2026, 6, 1)
# Of the work database. Below what the wide rows and their sort need (5 GB for 5 M rows) they are spilled.
MEMORY = "6GB"
STEP = 200_000  # rows of a row group, as the reader writes them


def _one(words: str, seed: int) -> str:
    listed = words.split()
    return f"([{', '.join(repr(word) for word in listed)}])[1 + (hash(i + {seed}) % {len(listed)})::int]"


def _sign(signs: str, seed: int) -> str:
    return f"substr('{signs}', 1 + (hash(i + {seed}) % {len(signs)})::int, 1)"


def _share(percent: float, seed: int) -> str:
    return f"(hash(i * 31 + {seed}) % 10000 < {round(percent * 100)})"


_SURNAMES = "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 于 姜 曲 迟 肖 付 闫 欧阳"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂华玉兰建国志文博子涵雨桐淑芬栋海燕梅红玲萍鹏辉飞波斌宇浩凯健俊帆雪慧颖琳倩欣怡佳嘉梦瑶晨曦阳晓东春夏秋冬云龙凤山林森木石川江河宏伦仁义礼智信德福禄寿康宁安顺利永长庆喜忠诚孝廉思远航天宝成家兴旺盛发达新中振民生光亮荣贵富金银珍珠翠莲菊香月星辰"  # by one or two: names are as many as in life
_NATIONS = "汉 汉族 汉族 汉族 01 01 满族 满 03 回族 蒙古族 朝鲜族 11 锡伯族"
_ESTATES = (
    "阳光花园 锦绣家园 海韵小区 星海名苑 滨海嘉园 翠湖山庄 幸福里 新华公寓 银河国际 东方华庭 金地城 枫林小区"
)
_ROADS = "松江街 长春路 解放路 胜利街 友好路 五四路 黄河路 民生街 昆明街 成仁街 鲁迅路 南山路 春和街 桃源街 葵英街 兴工街"
_COUNTIES = "中山区 西岗区 沙河口区 甘井子区 旅顺口区 金州区 普兰店区 瓦房店市 庄河市"
_STREETS = "人民路街道 白云街道 香炉礁街道 春柳街道 李家街道 周水子街道 椒金山街道 中山公园街道"
_AREAS = "210202 210203 210204 210211 210212 210213 210281 210283 370602 230103 220102 150404 210221"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _address(home: str, form: int) -> str:
    """SQL of an address of the home with this number: mostly with county and street, in the forms of the demo."""
    county, street, estate, road = (
        f"([{', '.join(repr(w) for w in words.split())}])[1 + (hash({home} + {seed}) % {len(words.split())})::int]"
        for words, seed in ((_COUNTIES, 5), (_STREETS, 6), (_ESTATES, 7), (_ROADS, 8))
    )
    b, u, f, d = (
        f"(1 + hash({home} + {seed}) % {n})::varchar" for seed, n in ((9, 40), (10, 4), (11, 18), (12, 4))
    )
    n = f"(1 + hash({home} + 13) % 300)::varchar"
    # A household's address is written alike for all of it, but for one in twenty.
    of = f"(case when {_share(5, form + 1)} then i else {home} end)"
    return f"""case hash({of} + {form}) % 20
        when 0 then '辽宁省大连市' || {county} || {street} || {road} || {n} || '号' || {estate} || {b} || '号楼' || {u} || '单元' || {f} || '0' || {d} || '室'
        when 1 then {county} || {estate} || {b} || '-' || {u} || '-' || {f} || '0' || {d}
        when 2 then {county} || {estate} || {b} || '#' || {u} || '-' || {f} || '0' || {d}
        when 3 then {estate} || {b} || '号楼' || {u} || '单元' || {f} || '0' || {d}
        when 4 then {county} || {road} || {n} || '号' || {u} || '-' || {f} || '-' || {d}
        when 5 then translate({county} || {estate} || {b} || '号楼' || {u} || '单元' || {f} || '0' || {d} || '室', '0123456789', '０１２３４５６７８９')
        when 6 then {county} || ' ' || {road} || ' ' || {n} || '号'
        else {county} || {road} || {n} || '号' || {estate} || {b} || '号楼' || {u} || '单元' || {f} || '0' || {d} || '室' end"""


def raw_sql() -> str:
    """SQL of raw rows from a table ``t (i)``: 20 columns of text and the key."""
    total = " + ".join(f"(ascii(substr(body, {n}, 1)) - 48) * {w}" for n, w in enumerate(_WEIGHTS, 1))
    home = "(i // 3)"
    return f"""
with born as (select i, date '1930-01-01' + (hash(i + 1) % 34000)::int as born, hash(i + 99) % 1000 as seq from t),
body as (select *, {_one(_AREAS, 2)} || strftime(born, '%Y%m%d') || lpad(seq::varchar, 3, '0') as body from born),
id as (select *, body || substr('10X98765432', (({total}) % 11)::int + 1, 1) as id from body)
select i::bigint as n, lpad(i::varchar, 12, '0') as RYBH,
  case when {_share(0.4, 1)} then null when {_share(2, 2)} then surname || '　' || given when {_share(0.8, 3)} then surname || '*'
       when {_share(0.5, 4)} then surname || given || '（户主）' when {_share(0.5, 5)} then '阿依古丽・买买提' else surname || given end as XM,
  case when {_share(2, 6)} then surname || {_sign(_GIVEN, 33)} end as CYM,
  case when {_share(98, 7)} then '111' else '414' end as ZJLX,
  case when {_share(10, 8)} then null when {_share(3, 9)} then left(id, 6) || '********' || right(id, 4)
       when {_share(1, 10)} then left(id, 15) || '000' when {_share(1, 11)} then left(id, 6) || ' ' || substr(id, 7, 8) || ' ' || right(id, 4)
       when {_share(2, 12)} and born between date '1930-01-01' and date '1999-12-31' then left(id, 6) || substr(id, 9, 9)
       when {_share(1, 13)} then left(id, 16) || '9' || right(id, 1) when {_share(0.6, 14)} then translate(id, '0123456789X', '０１２３４５６７８９Ｘ')
       when {_share(30, 15)} then lower(id) else id end as GMSFHM,
  case when {_share(2, 16)} then null when {_share(2, 17)} then '男性' when seq % 2 = 1 then '1' else '2' end as XB,
  case when {_share(3, 18)} then null when {_share(4, 19)} then strftime(born, '%Y/%-m/%-d') when {_share(4, 20)} then strftime(born, '%Y.%-m.%-d')
       when {_share(4, 21)} then strftime(born, '%Y-%m-%d 00:00:00.0') when {_share(2, 22)} then strftime(born, '%Y年%-m月%-d日')
       when {_share(1, 23)} then strftime(born, '%Y.%-m') when {_share(1, 24)} then (born - date '1899-12-30')::varchar
       when {_share(0.5, 25)} then '1900-01-01' when {_share(40, 26)} then strftime(born, '%Y%m%d') else strftime(born, '%Y-%m-%d') end as CSRQ,
  case when {_share(5, 27)} then null else {_one(_NATIONS, 28)} end as MZ,
  case when {_share(10, 29)} then null else {_one("10 20 20 20 30 40 已婚 未婚 离异 丧偶", 30)} end as HYZK,
  case when {_share(12, 31)} then null else {_one("10 20 30 40 60 70 70 80 90 初中 高中 大学本科 大专 小学", 32)} end as WHCD,
  case when {_share(10, 34)} then null else {_one("01 03 13 13 13 群众 中共党员 共青团员", 35)} end as ZZMM,
  case when {_share(12, 36)} then null when {_share(3, 37)} then mobile || '/0411-8' || lpad((hash(i + 38) % 10000000)::varchar, 7, '0')
       when {_share(3, 39)} then '0411-8' || lpad((hash(i + 38) % 10000000)::varchar, 7, '0') when {_share(3, 40)} then '8' || lpad((hash(i + 38) % 10000000)::varchar, 7, '0')
       when {_share(2, 41)} then left(mobile, 3) || '****' || right(mobile, 4) when {_share(2, 42)} then left(mobile, 3) || ' ' || substr(mobile, 4, 4) || ' ' || right(mobile, 4)
       when {_share(1, 43)} then '+86' || mobile when {_share(1, 44)} then '无' else mobile end as LXDH,
  case when {_share(3, 45)} then null else {_address(f"(case when hash({home} + 70) % 100 < 65 then {home} else (hash({home} + 71) % 9000000)::bigint end)", 48)} end as HJDZ,
  case when {_share(3, 47)} then null else {_address(home, 48)} end as XZZ,
  lpad({home}::varchar, 9, '0') as HH, {_one("02 11 12 20 30 户主 妻子 长子 长女 子 女 父亲 母亲 孙子", 49)} as YHZGX,
  case when {_share(45, 50)} then null else '连海第' || (hash(i + 51) % 40000)::varchar || '有限公司' end as FWCS,
  strftime(timestamp '2010-01-01' + to_seconds((hash(i + 52) % 500000000)::bigint), '%Y-%m-%d %H:%M:%S') as LRSJ,
  '2102' || lpad((2000000 + ({home} // 3000) * 7)::varchar, 8, '0') || lpad((1 + ({home} // 400) % 8)::varchar, 3, '0') as WGBM,
  case when {_share(30, 55)} then null else {_one("职工 农民 无业 退休 学生 个体 教师 工人 公务员", 56)} end as ZY,
  case when {_share(4, 57)} then {_one("独居 租房 已故 迁出 党员 白天无人 房屋出租 2025年3月死亡", 58)} end as BZ
from (select *, {_one(_SURNAMES, 59)} as surname, {_sign(_GIVEN, 60)} || case when {_share(85, 63)} then {_sign(_GIVEN, 64)} else '' end as given,
        {_one("130 133 135 136 137 138 139 150 158 159 177 186 187 188 189", 61)} || lpad((hash(i + 62) % 100000000)::varchar, 8, '0') as mobile from id)
"""


def make_raw(path: Path, rows: int) -> None:
    """The raw Parquet of one edition, row groups and compression as the reader's."""
    import duckdb
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    con, writer = duckdb.connect(), None
    for start in range(0, rows, STEP):
        con.execute(
            f"create or replace temp table t as select range as i from range({start}, {min(start + STEP, rows)})"
        )
        data = con.sql(f"select * from ({raw_sql()}) order by n").to_arrow_table()
        n = len(data)
        head = {"_file": pa.nulls(n, pa.string()), "_sheet": pa.nulls(n, pa.string()),
                "_row": pc.add(data["n"], 2), "_long_numbers": pa.nulls(n, pa.string())}  # fmt: skip
        table = pa.table({**head, **{name: data[name] for name in data.schema.names if name != "n"}})
        if writer is None:
            few = [
                c for c in table.schema.names if pc.count_distinct(table[c][:20_000]).as_py() * 4 <= 20_000
            ]
            writer = pq.ParquetWriter(
                path, table.schema, compression="zstd", use_dictionary=few, write_statistics=["_row"]
            )
        writer.write_table(table, STEP)
    assert writer is not None
    writer.close()


# -- the runs, each a process of its own ------------------------------------------------------------------------
def _memory() -> str:
    return os.environ.get("ONCEGRID_BENCH_MEMORY", MEMORY)


def _used() -> tuple[float, float]:
    """Wall and CPU seconds so far."""
    times = os.times()
    return time.perf_counter(), times.user + times.system


def _since(began: tuple[float, float]) -> dict[str, float]:
    return {
        name: round(now - then, 2) for name, now, then in zip(("wall", "cpu"), _used(), began, strict=True)
    }


def run_copy(raw: Path, threads: int, folder: Path) -> dict[str, Any]:
    """The floor: every column of the raw Parquet into another Parquet."""
    import duckdb

    con = duckdb.connect(config={"threads": threads, "memory_limit": _memory()})
    con.execute("set enable_progress_bar = false")
    began = _used()
    con.execute(
        f"copy (select * from read_parquet('{raw}')) to '{folder / 'copy.parquet'}' (format parquet, compression zstd, row_group_size 50000)"
    )
    return {"copy": _since(began)}


def run_batch(raw: Path, threads: int, folder: Path, fields: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """``normalize_batch`` on one edition, and within it each phase."""
    import pyarrow.parquet as pq
    import yaml

    from schemas.located_yaml import load_yaml
    from schemas.settings import Settings
    from schemas.sources import check_source
    from warehouse.normalize import RawEdition, RawPart, batch, normalize_batch, once
    from warehouse.store import Stage, Store
    from warehouse.workspace import Workspace

    workspace = Workspace(folder)
    workspace.make()
    declared = yaml.safe_load(SOURCE)
    declared["columns"] = {name: cell for name, cell in declared["columns"].items() if name in fields}
    used = {cell["from"] if isinstance(cell, dict) else cell for cell in declared["columns"].values()}
    columns = [c for c in pq.read_schema(raw).names if not c.startswith("_")]
    declared["ignore"] = [c for c in columns if c not in used and c != "RYBH"]
    path = workspace.sources / "people.yaml"
    path.write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    source, problems = check_source(load_yaml(path, path.name))
    if source is None:
        raise SystemExit("; ".join(str(problem) for problem in problems))
    phases: dict[str, dict[str, float]] = {}

    def timed(name: str, work: Any) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            began = _used()
            try:
                return work(*arguments, **named)
            finally:
                took, before = _since(began), phases.get(name, {})
                phases[name] = {part: round(took[part] + before.get(part, 0.0), 2) for part in took}

        return run

    made = batch._Work
    batch.make_rows = timed("keys", batch.make_rows)
    made._type_rows = timed("statement", made._type_rows)  # type: ignore[method-assign]
    made._write = timed("write", made._write)  # type: ignore[method-assign]
    once.Once._table = timed("once", once.Once._table)  # type: ignore[method-assign]
    written = Stage.write

    def write(stage: Any, table: Any, *rest: Any) -> int:
        kind = "core" if getattr(table, "name", table) == "resident_core" else "beside"
        return int(timed(kind, written)(stage, table, *rest))

    Stage.write = write  # type: ignore[method-assign]
    edition = RawEdition("e1", AS_OF, "people.csv", (RawPart(raw, tuple(columns)),))
    with Store(workspace, memory=_memory(), threads=threads) as store:
        began = _used()
        result = normalize_batch(
            store, source, [edition], Settings(city=CITY, landline_area_code=AREA_CODE), "bench"
        )
        phases["batch"] = _since(began)
        rows, issues = (result.stage.counts[name] for name in ("resident_core", "issue"))
        core = result.stage.path("resident_core")
    wide = pq.read_schema(core)
    phases["core copy"] = run_copy(core, threads, folder)["copy"]
    return phases | {
        "rows": rows, "issues": issues, "core_columns": len(wide.names), "core_bytes": core.stat().st_size,
        "raw_columns": len(columns), "raw_bytes": raw.stat().st_size,
    }  # fmt: skip


def run_rules(library: str, raw: Path, threads: int, folder: Path) -> dict[str, Any]:
    """The six rules in one library; what they give lies as Parquet in ``folder``."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import six_rules

    took: dict[str, Any] = {}

    def timed(name: str, work: Any) -> Any:
        began = _used()
        found = work()
        took[name] = _since(began)
        return found

    found = getattr(six_rules, library)(raw, threads, timed)
    pq.write_table(pa.table(dict(found)), folder / f"{library}.parquet")
    took["six"] = {name: round(sum(one[name] for one in took.values()), 2) for name in ("wall", "cpu")}
    return took


# -- in turn, and what came of it --------------------------------------------------------------------------------
LIBRARIES = ("ours", "pandas", "polars")


def _child(run: str, raw: Path, threads: int, folder: Path) -> dict[str, Any]:
    """One run in a process of its own."""
    folder.mkdir(exist_ok=True)
    command = [
        sys.executable,
        __file__,
        "--child",
        run,
        "--raw",
        str(raw),
        "--threads",
        str(threads),
        "--folder",
        str(folder),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_MAX_THREADS": str(threads)},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{run} ended with {done.returncode}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _in_turn(
    runs: tuple[str, ...], raw: Path, threads: int, rounds: int, folder: Path
) -> dict[str, dict[str, Any]]:
    """The medians of every run's figures over the rounds."""
    told: dict[str, list[dict[str, Any]]] = {run: [] for run in runs}
    for _ in range(rounds):
        for run in runs:
            work = folder / run
            shutil.rmtree(work, ignore_errors=True)
            told[run].append(_child(run, raw, threads, work))
            print(f"  {run}: {told[run][-1]}", file=sys.stderr, flush=True)
    return {
        run: {
            name: {part: statistics.median(one[name][part] for one in ones) for part in value}
            if isinstance(value, dict)
            else value
            for name, value in ones[0].items()
        }
        for run, ones in told.items()
    }


def _differences(folder: Path) -> list[str]:
    """In which rules the libraries disagree, and in how many rows."""
    import duckdb
    from six_rules import RULES

    con, found = duckdb.connect(), []
    for library in LIBRARIES[1:]:
        for rule in RULES:
            rows = con.execute(
                f"select count(*) filter (a.{rule} is distinct from b.{rule}) from read_parquet('{folder / 'ours' / 'ours.parquet'}') a "
                f"positional join read_parquet('{folder / library / f'{library}.parquet'}') b"
            ).fetchall()[0][0]
            if rows:
                found.append(f"{library} {rule}: {rows} rows differ")
    return found


def _show_rules(rules: dict[str, dict[str, Any]], rows: int) -> None:
    print(
        f"\nsix rules, {rows:,} rows: CPU s and wall s; how many times ours\n{'':10s}"
        + "".join(f"{library:>34s}" for library in rules)
    )
    for rule in rules["ours"]:
        line = f"{rule:10s}"
        for one in rules.values():
            cpu, wall = (one[rule][part] for part in ("cpu", "wall"))
            times = [one[rule][part] / max(rules["ours"][rule][part], 0.001) for part in ("cpu", "wall")]
            line += f"{cpu:10.2f} {wall:8.2f} {times[0]:6.1f}× {times[1]:5.1f}×"
        print(line)


def _show_batch(found: dict[str, dict[str, Any]], rows: int, threads: int) -> None:
    copy = found["copy"]["copy"]
    print(
        f"\n20 fields, {rows:,} rows, {threads} threads\n{'':12s}{'CPU s':>8s}{'wall s':>8s}{'× copy CPU':>12s}{'rows/s':>10s}{'rows/s/core':>13s}"
    )
    for name, one in {
        "copy": copy,
        **{k: v for k, v in found["batch"].items() if isinstance(v, dict)},
    }.items():
        print(
            f"{name:12s}{one['cpu']:8.1f}{one['wall']:8.1f}{one['cpu'] / copy['cpu']:12.1f}{rows / one['wall']:10,.0f}{rows / one['cpu']:13,.0f}"
        )
    batch = found["batch"]
    print(f"{batch['rows']:,} records, {batch['issues']:,} issues")
    _show_bounds(batch, copy["cpu"])


def _show_bounds(batch: dict[str, Any], copy: float) -> None:
    """What bounds the batch, as shares of its CPU time."""
    whole, core = batch["batch"]["cpu"], batch["core copy"]["cpu"]
    cost = {
        name: batch.get(name, {"cpu": 0.0})["cpu"] for name in ("keys", "once", "statement", "write", "core")
    }
    parts = {
        "keys of rows, repeated rows": cost["keys"],
        "values read once (addresses, names, dates, codes)": cost["once"],
        "the rules of every row, joins with what was read once": cost["statement"] - cost["once"],
        "the core table sorted by its key and written": cost["core"],
        "checks of the core table, issues, outcomes of rows": cost["write"] - cost["core"],
    }
    print(
        f"what bounds it: the core table has {batch['core_columns']} columns and {batch['core_bytes'] / 1e6:,.0f} MB where the raw one has "
        f"{batch['raw_columns']} and {batch['raw_bytes'] / 1e6:,.0f} MB; copying it alone costs {core:.1f} CPU s, {core / copy:.1f} × the "
        "copy of the raw one."
    )
    for name, cpu in parts.items():
        print(f"  {name:56s}{cpu:8.1f} CPU s {cpu / whole:6.0%} {cpu / copy:6.1f} × the copy")


def _profile(raw: Path, threads: int, folder: Path) -> None:
    """Every field with one cheap one beside it: what it adds."""

    def cost(fields: tuple[str, ...]) -> dict[str, Any]:
        shutil.rmtree(folder / "one", ignore_errors=True)
        return run_batch(raw, threads, folder / "one", fields)

    base = cost(("remark",))
    print(f"{'field':18s}{'statement CPU s':>16s}{'write CPU s':>13s}")
    for name in FIELDS:
        if name != "remark":
            one = cost((name, "remark"))
            print(
                f"{name:18s}{one['statement']['cpu'] - base['statement']['cpu']:16.2f}{one['write']['cpu'] - base['write']['cpu']:13.2f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rule-rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default=MEMORY)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--raw", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        options.folder.mkdir(parents=True, exist_ok=True)
        run: Any = {"copy": run_copy, "batch": run_batch}.get(options.child)
        given = (options.raw, options.threads, options.folder)
        print(json.dumps(run(*given) if run is not None else run_rules(options.child, *given)))
        return
    os.environ["ONCEGRID_BENCH_MEMORY"] = options.memory
    print(
        f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"memory of the work database {options.memory}"
    )
    with tempfile.TemporaryDirectory(prefix="oncegrid-bench-") as name:
        folder = Path(name)
        if options.rows:
            make_raw(folder / "raw.parquet", options.rows)
            if options.profile:
                _profile(folder / "raw.parquet", options.threads, folder)
                return
            _show_batch(
                _in_turn(("copy", "batch"), folder / "raw.parquet", options.threads, options.rounds, folder),
                options.rows,
                options.threads,
            )
        if options.rule_rows:
            make_raw(folder / "rules.parquet", options.rule_rows)
            rules = _in_turn(LIBRARIES, folder / "rules.parquet", options.threads, options.rounds, folder)
            differ = _differences(folder)
            _show_rules(rules, options.rule_rows)
            if differ:
                raise SystemExit("; ".join(differ))
            print("all results are equal")


if __name__ == "__main__":
    main()
