"""One audience's files: its DuckDB file and the Parquet beside it, built in a folder and read back.

Belongs here: writing and verifying. Does not belong here: what an audience gets (``audience.py``), when it is
served (``publishing.py``, ``version.py``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow.parquet

from schemas.derive import arrow_schema, ddl, duckdb_type
from schemas.model import Table
from warehouse.as_of import as_of_macro
from warehouse.publish.audience import Projection
from warehouse.publish.version import sync_file, sync_folder
from warehouse.store import GateError, literal, quoted

# The oldest storage that DuckDB 2 writes: drivers from 1.1.3 on open it. Measured on a million residents against
# the newest: 55 instead of 50 MB, writing within the noise of the machine, reading alike.
STORAGE = "v1.0.0"
_PARQUET = "(format parquet, compression zstd, row_group_size 50000)"


def build_audience(
    con: duckdb.DuckDBPyConnection,
    database: Path,
    folder: Path,
    parts: Sequence[tuple[Projection, str | Path]],
    pads: Mapping[str, bytes],
) -> dict[str, int]:
    """Build ``database`` and ``folder/<table>.parquet`` from (projection, where its rows are); returns rows by table.

    Rows come from a Parquet path or any FROM item. All is on disk when this returns. Tables of layer 'evidence'
    are Parquet only. Raises GateError where a table's columns are not those declared, duckdb.Error or OSError
    where it cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True)
    con.execute(f"attach {literal(str(database))} as built (storage_version {literal(STORAGE)})")
    counts: dict[str, int] = {}
    try:
        for part, rows in parts:
            con.execute("use built")
            counts[part.table.name] = _build_table(con, part, rows, folder, pads)
            # Of a table that lies beside the file, the macro is made where the table is shown (``gateway.py``).
            if part.table.as_of is not None and part.table.layer != "evidence":
                con.execute(f"create {as_of_macro(part.table.as_of, part.table.name)}")
        con.execute("checkpoint built")
    finally:
        # After a fault a transaction may be open, and after a full disk the database cannot even be detached:
        # the caller throws the folder away then.
        for statement in ("rollback", "use memory", "detach built"):
            with suppress(duckdb.Error):
                con.execute(statement)
    for path in (database, *sorted(folder.glob("*.parquet"))):
        sync_file(path)
    sync_folder(folder)
    return counts


def _build_table(
    con: duckdb.DuckDBPyConnection,
    part: Projection,
    rows: str | Path,
    folder: Path,
    pads: Mapping[str, bytes],
) -> int:
    table, target = part.table, folder / f"{part.table.name}.parquet"
    if isinstance(rows, Path) and _is_it_already(part, rows):
        # The stage's file is this very table, sorted alike and never altered: no need to write it again.
        with suppress(OSError):
            os.link(rows, target)
            return int(pyarrow.parquet.read_metadata(target).num_rows)
    scan = f"read_parquet({literal(str(rows))})" if isinstance(rows, Path) else rows
    casts = ", ".join(
        f"cast({quoted(c.name)} as {duckdb_type(c.field)}) as {quoted(c.name)}" for c in table.columns
    )
    by = ", ".join(f"{quoted(name)} nulls last" for name in part.sort)
    select = f"select {casts} from ({part.sql(scan)}) order by {by}"
    bound = dict(pads) if part.keyed else None
    if table.layer == "evidence":
        con.execute(f"copy ({select}) to {literal(str(target))} {_PARQUET}", bound)
        return int(pyarrow.parquet.read_metadata(target).num_rows)
    con.execute("begin")  # one commit a table, not one a comment
    for statement in ddl(table):
        con.execute(statement)
    con.execute(f"insert into {quoted(table.name)} {select}", bound)
    con.execute("commit")
    con.execute(f"copy {quoted(table.name)} to {literal(str(target))} {_PARQUET}")
    return int(con.execute(f"select count(*) from {quoted(table.name)}").fetchall()[0][0])


def _is_it_already(part: Projection, path: Path) -> bool:
    """Whether ``path`` is what would be written: an unchanged evidence table from the store's gate."""
    if (
        part.table.layer != "evidence"
        or part.keyed
        or not part.table.key
        or "core" not in part.table.audiences
    ):
        return False
    if part.select != tuple(quoted(column.name) for column in part.table.columns):
        return False
    # Names and types; DuckDB says 'not null' of a column by what it happens to know of its values.
    found, declared = pyarrow.parquet.read_schema(path), arrow_schema(part.table)
    return bool(found.names == declared.names and found.types == declared.types)


def verify(database: Path, folder: Path, tables: Sequence[Table], expected: Mapping[str, int]) -> None:
    """Read back what was built: every table there, as many rows as went in, each table and column with a comment.

    Raises GateError otherwise: what cannot be read back is never served.
    """
    con = duckdb.connect(str(database), read_only=True)
    try:
        inside = {row[0] for row in con.execute("select table_name from duckdb_tables()").fetchall()}
        bare = con.execute(
            "select table_name || '.' || column_name from duckdb_columns() where comment is null and not internal "
            "union all select table_name from duckdb_tables() where comment is null and not internal"
        ).fetchall()
        if bare:
            raise GateError(f"no comment on {', '.join(row[0] for row in bare[:5])}")
        for table in tables:
            found = {int(pyarrow.parquet.read_metadata(folder / f"{table.name}.parquet").num_rows)}
            if table.layer != "evidence":
                if table.name not in inside:
                    raise GateError(f"{table.name} is missing in the built file")
                found.add(int(con.execute(f"select count(*) from {quoted(table.name)}").fetchall()[0][0]))
                if table.as_of is not None:
                    con.execute(f"select * from {quoted(table.as_of)}(current_date) limit 1")
            if found != {expected[table.name]}:
                raise GateError(
                    f"{table.name}: {expected[table.name]} rows went in, {sorted(found)} came out"
                )
    finally:
        con.close()
