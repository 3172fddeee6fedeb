"""Reading files into raw Parquet, against the parsers that one could pick instead, on the same files in one run.

    python benchmarks/read.py [--rows 5000000] [--rounds 3] [--only csv,xlsx] [--keep DIR]

Makes the files (delimited text in GB18030 with 20 columns; xlsx, xls, DBF, JSON lines, fixed width), then runs each
reader as a process of its own, ``--rounds`` times in turn with the others, and prints the median wall time, CPU time and
peak memory, each also as a ratio to ours. Ours is landing (copy, hash, manifest) and reading into raw Parquet with file,
sheet and row of every value, in the limited child. The others only parse and write what they parsed as Parquet.

- ``transcode`` (delimited) writes the text in UTF-8 and no more. ``arrow`` is that plus Arrow's parser on each chunk and the
  Parquet that we write: it decides nothing, checks nothing and accounts for nothing.
- ``polars`` decodes GB18030 itself; ``polars-utf8`` and ``duckdb-utf8`` are given a UTF-8 copy, whose making is not counted:
  to compare, add ``transcode``.
- ``calamine`` (xlsx, xls): python-calamine's rows as Arrow columns of text, nothing else; ``fastexcel``: the same in Rust.
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
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

COLUMNS = (
    "RYBH", "GMSFHM", "XM", "XB", "CSRQ", "MZ", "SSXQ", "JGSSX", "HKSZD", "LXDH",
    "YHZGX", "HH", "WHCD", "HYZK", "ZY", "FWCS", "GXSJ", "BZ1", "BZ2", "ZZMM",
)  # fmt: skip
_SQL = """
select lpad(i::varchar, 10, '0') RYBH,
  '2102' || lpad((hash(i) % 20)::varchar, 2, '0') || (1940 + hash(i + 1) % 75)::varchar
    || lpad((1 + hash(i + 2) % 12)::varchar, 2, '0') || lpad((1 + hash(i + 3) % 28)::varchar, 2, '0')
    || lpad((hash(i + 4) % 1000)::varchar, 3, '0') || (hash(i) % 10)::varchar GMSFHM,
  substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许', 1 + (hash(i + 5) % 20)::int, 1)
    || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志', 1 + (hash(i + 6) % 29)::int, 1)
    || case when hash(i + 9) % 997 = 0 then '䶮㛃' else '' end XM,
  (1 + hash(i) % 2)::varchar XB, ('1940-01-01'::date + (hash(i + 1) % 29000)::int)::varchar CSRQ, '汉族' MZ,
  '210202' || lpad((hash(i + 10) % 100)::varchar, 3, '0') SSXQ, '辽宁省大连市中山区人民路街道' JGSSX,
  '人民路' || (hash(i + 11) % 300)::varchar || '号' || (1 + hash(i + 12) % 20)::varchar || '号楼'
    || (1 + hash(i + 13) % 4)::varchar || '单元' || (hash(i + 14) % 3000)::varchar || '室' HKSZD,
  '138' || lpad((hash(i + 15) % 100000000)::varchar, 8, '0') LXDH, '户主' YHZGX, lpad((i // 3)::varchar, 9, '0') HH,
  '初中' WHCD, '已婚' HYZK, case when hash(i + 16) % 4 = 0 then '无业' else '职工' end ZY,
  '大连市某某有限公司' || (hash(i + 17) % 5000)::varchar FWCS,
  '2024-' || lpad((1 + hash(i + 18) % 12)::varchar, 2, '0') || '-01 10:00:00' GXSJ,
  (hash(i + 20) % 100)::varchar BZ1, case when hash(i + 21) % 50 = 0 then '同住，已核' else '-' end BZ2, '群众' ZZMM
from range({n}) t(i)"""
WIDTHS = (10, 18, 12, 1, 10, 6, 9, 40, 60, 11, 8, 9, 8, 8, 8, 40, 20, 3, 12, 8)


def table(rows: int) -> Any:
    """So many rows of 20 columns of text, the same every time."""
    import duckdb

    return duckdb.connect().sql(_SQL.format(n=rows)).to_arrow_table()


# -- the files ------------------------------------------------------------------------------------------------
def make_csv(folder: Path, rows: int) -> Path:
    import pyarrow.csv as pc

    path, step = folder / "CZRK.csv", 500_000
    data = table(min(rows, step))
    with path.open("wb") as out, (folder / "CZRK.utf8.csv").open("wb") as copy:
        for start in range(0, rows, step):
            part = folder / "part.csv"
            pc.write_csv(
                data.slice(0, rows - start), part,
                pc.WriteOptions(include_header=start == 0, quoting_style="needed", quoting_header="none"),
            )  # fmt: skip
            text = part.read_text("utf-8")
            out.write(text.encode("gb18030"))
            copy.write(text.encode())
            part.unlink()
    return path


def make_xlsx(folder: Path, rows: int) -> Path:
    import xlsxwriter

    path = folder / "CZRK.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("人员")
    for at, name in enumerate(COLUMNS):
        sheet.write_string(0, at, name)
    for n, row in enumerate(zip(*(c.to_pylist() for c in table(rows).columns), strict=True), 1):
        for at, cell in enumerate(row):
            # Two columns of numbers, as a person at a spreadsheet would have them.
            if COLUMNS[at] in ("XB", "BZ1"):
                sheet.write_number(n, at, int(cell))
            else:
                sheet.write_string(n, at, cell)
    book.close()
    return path


def make_xls(folder: Path, rows: int) -> Path:
    import xlwt

    path = folder / "CZRK.xls"
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("人员")
    for n, row in enumerate([COLUMNS, *zip(*(c.to_pylist() for c in table(rows).columns), strict=True)]):
        for at, cell in enumerate(row):
            sheet.write(n, at, cell)
    book.save(str(path))
    return path


def make_dbf(folder: Path, rows: int) -> Path:
    path = folder / "CZRK.dbf"
    length = 1 + sum(WIDTHS)
    head = bytes([3, 124, 11, 1]) + rows.to_bytes(4, "little") + (32 + 32 * 20 + 1).to_bytes(2, "little")
    head += length.to_bytes(2, "little") + bytes(17) + b"\x4d" + bytes(2)
    fields = b"".join(
        name.encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
        for name, width in zip(COLUMNS, WIDTHS, strict=True)
    )
    with path.open("wb") as out:
        out.write(head + fields + b"\r")
        for row in zip(*(c.to_pylist() for c in table(rows).columns), strict=True):
            out.write(b" " + b"".join(_fit(cell, w) for cell, w in zip(row, WIDTHS, strict=True)))
        out.write(b"\x1a")
    return path


def _fit(cell: str, width: int) -> bytes:
    data = cell.encode("gb18030")
    return data.ljust(width) if len(data) <= width else b" " * width


def make_fixed(folder: Path, rows: int) -> Path:
    path = folder / "CZRK.txt"
    with path.open("wb") as out:
        for row in zip(*(c.to_pylist() for c in table(rows).columns), strict=True):
            out.write(b"".join(_fit(cell, w) for cell, w in zip(row, WIDTHS, strict=True)) + b"\r\n")
    return path


def make_json(folder: Path, rows: int) -> Path:
    path = folder / "CZRK.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for row in table(rows).to_pylist():
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


# -- the readers ----------------------------------------------------------------------------------------------
def places() -> dict[str, list[int]]:
    """Column → start and end in bytes."""
    result, at = {}, 0
    for name, width in zip(COLUMNS, WIDTHS, strict=True):
        result[name] = [at, at + width]
        at += width
    return result


def ours(path: Path, out: Path) -> int:
    from connectors.child import Reader
    from connectors.landing import land, landed_file

    layout = {"widths": places()} if path.suffix == ".txt" else None
    inbox = out / "inbox"
    inbox.mkdir()
    os.link(path, inbox / path.name)
    arrivals = land("bench", inbox, out / "landing", "*", quiet=0)
    edition = arrivals[0].edition
    with Reader() as reader:
        report = reader.read_edition(
            landed_file(out / "landing" / edition.edition_id), out / "raw", layout=layout, name=path.name
        )
    return report.n_rows


def pandas_csv(path: Path, out: Path) -> int:
    import pandas as pd

    frame = pd.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False)
    frame.to_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def polars_utf8(path: Path, out: Path) -> int:
    import polars as pl

    pl.scan_csv(path.with_name("CZRK.utf8.csv"), infer_schema=False).sink_parquet(
        out / "x.parquet", compression="zstd"
    )
    return int(pl.scan_parquet(out / "x.parquet").select(pl.len()).collect().item())


def transcode(path: Path, out: Path) -> int:
    import codecs

    decoder, lines = codecs.getincrementaldecoder("gb18030")(), 0
    with path.open("rb") as stream, (out / "x.csv").open("wb") as copy:
        while chunk := stream.read(1 << 22):
            text = decoder.decode(chunk).encode()
            lines += text.count(b"\n")
            copy.write(text)
    return lines - 1


def polars_csv(path: Path, out: Path) -> int:
    import polars as pl

    frame = pl.read_csv(path, encoding="gb18030", infer_schema=False)
    frame.write_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def duckdb_csv(path: Path, out: Path) -> int:
    import duckdb

    copy, target = path.with_name("CZRK.utf8.csv"), out / "x.parquet"
    con = duckdb.connect()
    con.execute(
        f"copy (from read_csv('{copy}', all_varchar=true, delim=',', header=true, quote='\"', escape='\"')) to '{target}' (compression zstd)"
    )
    return int(con.execute(f"select count(*) from '{target}'").fetchone()[0])


def arrow_csv(path: Path, out: Path) -> int:
    import codecs

    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    decoder, tail, waiting, rows = codecs.getincrementaldecoder("gb18030")(), b"", [], 0
    fields = [
        ("_file", pa.string()),
        ("_sheet", pa.string()),
        ("_row", pa.int64()),
        ("_long_numbers", pa.string()),
    ]
    schema = pa.schema(fields + [(name, pa.string()) for name in COLUMNS])
    with path.open("rb") as stream, pq.ParquetWriter(out / "x.parquet", schema, compression="zstd") as writer:
        while chunk := stream.read(1 << 22):
            text = tail + decoder.decode(chunk).encode()
            cut = text.rfind(b"\n") + 1
            tail = text[cut:]
            parsed = pc.read_csv(
                pa.BufferReader(text[:cut]), pc.ReadOptions(use_threads=False, block_size=cut + 1, column_names=COLUMNS),
                convert_options=pc.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False),
            ).combine_chunks()  # fmt: skip
            n = len(parsed)
            first = [pa.repeat(pa.scalar(path.name, pa.string()), n), pa.nulls(n, pa.string()),
                     pa.array(range(0)) if not n else pa.array(__import__("numpy").arange(rows, rows + n)), pa.nulls(n, pa.string())]  # fmt: skip
            waiting += pa.Table.from_arrays([*first, *parsed.columns], schema=schema).to_batches()
            rows += n
            if sum(b.num_rows for b in waiting) >= 200_000:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
        writer.write_table(pa.Table.from_batches(waiting, schema))
    return rows - 1


def calamine_rows(path: Path, out: Path) -> int:
    import pyarrow as pa
    import python_calamine

    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    columns = list(zip(*sheet.iter_rows(), strict=True))
    data = pa.table(
        {str(i): [c if type(c) is str else str(c) for c in column] for i, column in enumerate(columns)}
    )
    return len(data) - 1


def fastexcel_rows(path: Path, out: Path) -> int:
    import fastexcel

    return len(fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_arrow())


def openpyxl_rows(path: Path, out: Path) -> int:
    import openpyxl
    import pyarrow as pa

    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
    columns = zip(*sheet.iter_rows(values_only=True), strict=True)
    return (
        len(
            pa.table(
                {str(i): [None if c is None else str(c) for c in column] for i, column in enumerate(columns)}
            )
        )
        - 1
    )


def pandas_excel(path: Path, out: Path) -> int:
    import pandas as pd

    frame = pd.read_excel(path, dtype=str, keep_default_na=False, engine="calamine")
    frame.to_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def xlrd_rows(path: Path, out: Path) -> int:
    import xlrd

    sheet = xlrd.open_workbook(path).sheet_by_index(0)
    return len([sheet.row_values(i) for i in range(sheet.nrows)]) - 1


def dbfread_rows(path: Path, out: Path) -> int:
    import dbfread
    import pandas as pd

    frame = pd.DataFrame(iter(dbfread.DBF(path, encoding="gb18030")))
    frame.to_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def pandas_fixed(path: Path, out: Path) -> int:
    import pandas as pd

    # pandas counts characters, not bytes: the columns come out wrong where Chinese stands. It is timed all the same.
    frame = pd.read_fwf(
        path, colspecs=list(map(tuple, places().values())), header=None, encoding="gb18030", dtype=str
    )
    frame.to_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def pandas_json(path: Path, out: Path) -> int:
    import pandas as pd

    frame = pd.read_json(path, lines=True, dtype=False)
    frame.to_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def polars_json(path: Path, out: Path) -> int:
    import polars as pl

    frame = pl.read_ndjson(path)
    frame.write_parquet(out / "x.parquet", compression="zstd")
    return len(frame)


def duckdb_json(path: Path, out: Path) -> int:
    import duckdb

    target, con = out / "x.parquet", duckdb.connect()
    con.execute(
        f"copy (from read_json('{path}', format='newline_delimited')) to '{target}' (compression zstd)"
    )
    return int(con.execute(f"select count(*) from '{target}'").fetchone()[0])


Action = Callable[[Path, Path], int]
CASES: dict[str, tuple[Callable[[Path, int], Path], float, dict[str, Action]]] = {
    "csv": (make_csv, 1.0, {"ours": ours, "pandas": pandas_csv, "transcode": transcode, "arrow": arrow_csv, "polars": polars_csv, "polars-utf8": polars_utf8, "duckdb-utf8": duckdb_csv}),
    "xlsx": (make_xlsx, 0.04, {"ours": ours, "calamine": calamine_rows, "fastexcel": fastexcel_rows, "pandas": pandas_excel, "openpyxl": openpyxl_rows}),
    "xls": (make_xls, 0.013, {"ours": ours, "calamine": calamine_rows, "xlrd": xlrd_rows, "pandas": pandas_excel}),
    "dbf": (make_dbf, 0.1, {"ours": ours, "dbfread": dbfread_rows}),
    "json": (make_json, 0.1, {"ours": ours, "pandas": pandas_json, "polars": polars_json, "duckdb": duckdb_json}),
    "fixed": (make_fixed, 0.1, {"ours": ours, "pandas": pandas_fixed}),
}  # fmt: skip


def measure(case: str, reader: str, path: Path) -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak memory (MiB) of the largest process, rows read: of a process of its own."""
    with tempfile.TemporaryDirectory(prefix="read-", dir=path.parent) as out:
        os.sync()
        for file in path.parent.glob("CZRK*"):  # every reader finds its file in memory, and the disk at rest
            with file.open("rb") as stream:
                while stream.read(1 << 22):
                    pass
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, __file__, "--run", case, reader, str(path), out], stdout=subprocess.PIPE)  # fmt: skip
        assert process.stdout is not None
        told = process.stdout.read()
        process.wait()
        wall = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"{case} by {reader} ended with {process.returncode}")
        figures = json.loads(told.splitlines()[-1])
    return wall, figures["cpu"], figures["memory"], figures["rows"]


def run(case: str, reader: str, path: Path, out: Path) -> None:
    """In the process that is measured."""
    import resource

    rows = CASES[case][2][reader](path, out)
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime
    print(json.dumps({"cpu": cpu, "memory": max(mine.ru_maxrss, children.ru_maxrss) / 1024, "rows": rows}))


def compare(case: str, rows: int, folder: Path, rounds: int) -> None:
    """One table of figures for one format."""
    _, share, readers = CASES[case]
    wanted = max(1000, int(rows * share))
    wanted = min(wanted, 65_000) if case == "xls" else wanted
    # In a process of its own: one that was started from a large one counts that one's memory as its own.
    subprocess.run([sys.executable, __file__, "--make", case, str(folder), str(wanted)], check=True)
    path = next(p for p in sorted(folder.glob("CZRK*")) if "utf8" not in p.name)
    print(f"\n{case}: {wanted:,} rows of {len(COLUMNS)} columns, {path.stat().st_size / 1e6:,.0f} MB")
    figures: dict[str, list[tuple[float, float, float, int]]] = {}
    for _ in range(rounds):
        for reader in readers:
            figures.setdefault(reader, []).append(measure(case, reader, path))
    middle = {
        r: tuple(statistics.median(f[i] for f in all_) for i in range(3)) for r, all_ in figures.items()
    }
    base = middle["ours"]
    for reader, (wall, cpu, memory) in middle.items():
        counted = figures[reader][0][3]
        note = "" if counted == wanted else f"  ({counted:,} rows!)"
        print(
            f"  {reader:11s} {wall:8.2f} s wall {cpu:8.2f} s CPU {memory:7.0f} MiB   to ours: "
            f"wall ×{wall / base[0]:.2f}, CPU ×{cpu / base[1]:.2f}, memory ×{memory / base[2]:.2f}{note}"
        )
    for file in folder.glob("CZRK*"):
        file.unlink()


def main() -> None:
    if "--run" in sys.argv:
        at = sys.argv.index("--run")
        case, reader, path, out = sys.argv[at + 1 : at + 5]
        run(case, reader, Path(path), Path(out))
        return
    if "--make" in sys.argv:
        case, folder_name, rows = sys.argv[sys.argv.index("--make") + 1 :][:3]
        CASES[case][0](Path(folder_name), int(rows))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=5_000_000, help="rows of the delimited file; the others are in proportion"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each reader runs, in turn with the others"
    )
    parser.add_argument("--only", default=",".join(CASES), help="formats, joined by commas")
    parser.add_argument("--keep", type=Path, help="a folder for the files (default: a temporary one)")
    arguments = parser.parse_args()
    print(
        f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {arguments.rounds}"
    )
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="oncegrid-read-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for case in arguments.only.split(","):
            compare(case, arguments.rows, folder, arguments.rounds)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
