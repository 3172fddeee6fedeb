"""How hard the demo city is to link: the exact id join and plain Splink, against its truth.

    python benchmarks/link_difficulty.py WORKSPACE [--people N] [--no-splink]

Reads ``truth/record_text.parquet`` of a demo workspace (or makes a city of N people first) and prints precision,
recall and F1 over pairs of records. The city must not be gentler than life: the exact join at most 0.80, Splink with the
comparisons and thresholds of its documentation at most 0.99. Splink gets a table that is normalised as a careful
analyst would in a few lines; nothing here knows of Chinese characters, pinyin or households.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

from linkage.exact_id import exact_id
from linkage.measures import score
from linkage.plain_splink import plain_table, splink

EXACT_ID_AT_MOST, SPLINK_AT_MOST = 0.80, 0.99


def load(con: duckdb.DuckDBPyConnection, workspace: Path) -> int:
    """Tables ``r`` (every kept person record as written, with a number of its own) and ``truth`` (the person it is of)."""
    path = (workspace / "truth" / "record_text.parquet").as_posix()
    con.execute(f"""
        CREATE TABLE r AS
        SELECT row_number() OVER (ORDER BY source, file, sheet, row_number, record_no) AS unique_id, person_id, source, name, id_number,
               birth_date, sex, phone, live_address, hukou_address FROM read_parquet('{path}')
    """)
    con.execute("CREATE TABLE truth AS SELECT unique_id, person_id AS person FROM r")
    return int(con.execute("SELECT count(*) FROM r").fetchall()[0][0])


def measure(workspace: Path, with_splink: bool = True) -> dict[str, object]:
    """Both scores of one demo workspace, with the time each took."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    result: dict[str, object] = {
        "date": date.today().isoformat(), "machine": f"{platform.machine()}, {os.cpu_count()} cores", "records": load(con, workspace),
    }  # fmt: skip
    steps: list[tuple[str, Callable[[], str]]] = [("exact_id", lambda: exact_id(con, "r"))]
    if with_splink:
        plain_table(con, "r")
        steps.append(("splink", lambda: splink(con)))
    for name, step in steps:
        start = time.perf_counter()
        found = score(con, step(), "truth")
        result[name] = {
            "precision": round(found.precision, 4), "recall": round(found.recall, 4), "f1": round(found.f1, 4),
            "seconds": round(time.perf_counter() - start, 1),
        }  # fmt: skip
    con.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "workspace", type=Path, nargs="?", help="a demo workspace; without one a city is made"
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--no-splink", action="store_true")
    options = parser.parse_args()
    if options.workspace is not None:
        print(json.dumps(measure(options.workspace, not options.no_splink), ensure_ascii=False))
        return
    from pipelines.demo import make_demo

    with tempfile.TemporaryDirectory() as folder:
        make_demo(Path(folder), options.people)
        print(json.dumps(measure(Path(folder), not options.no_splink), ensure_ascii=False))


if __name__ == "__main__":
    main()
