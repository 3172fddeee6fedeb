"""The methods of the benchmark, each a function that writes its clusters as Parquet and returns what it says of itself.

Each is called in a process of its own (``measured``). On the demo city a method writes (source, record_key,
record_no, cluster), on a public set (unique_id, cluster).
Belongs here: reading a method's input and writing its output. Does not belong here: scoring.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from linkage.data import KEY, open_set

Options = dict[str, Any]


def _connected(kept_folder: str, table: str) -> duckdb.DuckDBPyConnection:
    """A connection with the records of a set in table ``record``, numbered."""
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute(f"""
        create table record as
        select row_number() over (order by {KEY}) as unique_id, * from {open_set(Path(kept_folder)).scan(table)}""")
    return con


def _written(con: duckdb.DuckDBPyConnection, clusters: str, out: str) -> None:
    con.execute(
        f"copy (select {KEY}, cluster from {clusters} join record using (unique_id)) to '{out}' (format parquet)"
    )


def exact_id(options: Options) -> dict[str, Any]:
    """The join on the number as written."""
    from linkage.exact_id import exact_id as join

    con = _connected(options["kept"], "text")
    _written(con, join(con, "record"), options["out"])
    return {}


def splink(options: Options) -> dict[str, Any]:
    """Plain Splink on cells tidied in a few lines (``table`` text), or on the project's typed records (typed)."""
    from linkage.plain_splink import plain_table, typed_table
    from linkage.plain_splink import splink as linked

    began = time.perf_counter()
    if options["table"] == "typed":
        con = _connected(options["kept"], "resident_core")
        typed_table(con, "record")
    else:
        con = _connected(options["kept"], "text")
        plain_table(con, "record")
    prepared = time.perf_counter() - began
    _written(con, linked(con, tight=True), options["out"])
    seconds = {"columns": round(prepared, 2), "splink": round(time.perf_counter() - began - prepared, 2)}
    return {"seconds": seconds}


def ours(options: Options) -> dict[str, Any]:
    """The project's linkage: one night on the records of ``records``, in the workspace ``root``."""
    from linkage.ours import night

    return night(
        Path(options["root"]), open_set(Path(options["kept"])), Path(options["records"]), Path(options["out"]),
        golden=options["golden"],
    )  # fmt: skip


def plain(options: Options) -> dict[str, Any]:
    """The columns that recordlinkage gets, of a sample: one in ``one_in`` households of the set."""
    from linkage.plain_splink import plain_table

    con = _connected(options["kept"], "text")
    truth = open_set(Path(options["kept"])).scan("truth")
    con.execute(f"""
        delete from record where unique_id not in (
            select unique_id from record join {truth} using ({KEY})
            where cast('0x' || left(md5(cast(household_id as varchar)), 8) as bigint) % {int(options["one_in"])} = 0)""")
    plain_table(con, "record")
    con.execute(f"copy (select * from plain order by unique_id) to '{options['out']}' (format parquet)")
    con.execute(f"copy (select unique_id, {KEY} from record) to '{options['keys']}' (format parquet)")
    return {}


def published_splink(options: Options) -> dict[str, Any]:
    """Splink's documented model of a public set; one file of clusters a threshold, ``out`` with its place put in."""
    from linkage.published_sets import clusters, documented, load

    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    linker, predictions = documented(
        con, options["model"], load(con, options["set"], Path(options["folder"]))
    )
    for place, threshold in enumerate(options["thresholds"]):
        found = clusters(linker, predictions, threshold)
        con.execute(f"copy (select * from {found}) to '{options['out'].format(place)}' (format parquet)")
    return {}


def published_ours(options: Options) -> dict[str, Any]:
    """The project's engine and assignment on a public set, with the settings of ``benchmarks/linkage``."""
    from linkage.published_ours import linked

    return linked(options["set"], Path(options["folder"]), Path(options["out"]))


METHODS: dict[str, Callable[[Options], dict[str, Any]]] = {
    method.__name__: method for method in (exact_id, splink, ours, plain, published_splink, published_ours)
}
