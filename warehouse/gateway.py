"""The one door to what is published: read-only, locked-down connections to one audience's snapshot.

Belongs here: finding the snapshot, opening it so that a query can read it and nothing else, time and row limits.
Does not belong here: who may see what (``extract/``), what the snapshots hold (``publish/``), how an answer is
printed (the command line).

A connection is as good as the whole file: whoever may hold one may read every row of that audience. Limits
within an audience are the business of ``extract/``, which never runs a user's own SQL.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset

from schemas.problem import Problem
from warehouse.as_of import as_of_macro
from warehouse.store import literal, quoted
from warehouse.workspace import Workspace

# Each of these closes a way out that `read_only` leaves open: files, network, extensions, the caller's own
# Python variables, and turning any of it on again. They were tried with 53 statements (see the tests).
LOCKED: Mapping[str, str] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "2GB",
    "threads": "2",
}
AUDIENCE = re.compile(r"[a-z][a-z0-9_]*")
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}(-[0-9]+)?")


def snapshot_path(workspace: Workspace, audience: str = "core", version: str | None = None) -> Path:
    """The real path of the snapshot file of ``audience``, the current one by default. Raises Problem."""
    if not AUDIENCE.fullmatch(audience):
        raise Problem(
            "an audience is named like 'core' or 'analyst'.", "受众名形如 core、analyst，请检查 --audience。"
        )
    published = workspace.published
    if version is None:
        link = published / f"current-{audience}"
        # Never the link itself: DuckDB keeps one instance a path, which would go on serving the old file.
        path = Path(os.path.realpath(link))
        if link.is_symlink() and path.is_file():
            return path
        served = sorted(p.name.removeprefix("current-") for p in published.glob("current-*"))
        if not served:
            raise Problem(
                "nothing is published yet; run 'oncegrid sync' first.",
                "还没有发布过任何数据；请先运行 oncegrid sync。",
            )
        raise Problem(
            f"there is no current snapshot for the audience '{audience}'; there is one for: {', '.join(served)}.",
            f"受众“{audience}”没有当前快照；已有快照的受众：{'、'.join(served)}。",
        )
    path = published / f"{audience}-{version}.duckdb"
    if not VERSION.fullmatch(version) or not path.is_file():
        raise Problem(
            f"there is no version '{version[:40]}' of the audience '{audience}'; 'oncegrid versions' lists them.",
            f"受众“{audience}”没有版本“{version[:40]}”；用 oncegrid versions 查看已有版本。",
        )
    return path


def connect(
    workspace: Workspace, audience: str = "core", version: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A locked-down, read-only connection to one audience's snapshot, the current one by default.

    The large evidence tables that lie as Parquet beside the file are there as tables too. Raises Problem where
    nothing is published, the version is gone or the file cannot be opened.
    """
    for _ in range(3):
        path = snapshot_path(workspace, audience, version)
        con = None
        try:
            con = duckdb.connect(str(path), read_only=True, config={**LOCKED, **_spill(workspace)})
            # It would be drawn on standard output, where results go; it is no option that can be given at the start.
            # Where another connection of this process has the file open, all is set and locked already.
            with suppress(duckdb.InvalidInputException):
                con.execute("SET enable_progress_bar = false")
            if con.execute("SELECT current_setting('lock_configuration')").fetchall() != [(True,)]:
                con.execute("SET lock_configuration = true")
            _attach_evidence(con, path)
            if _evidence_folder(path).is_dir():
                return con
            fault = "FileNotFoundError"
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            fault = type(error).__name__
        if con is not None:
            con.close()
        # A snapshot may be pruned between finding and opening it; then the link names another one by now.
        if path.is_file() and _evidence_folder(path).is_dir():
            break
    raise Problem(
        f"the snapshot cannot be opened ({fault}); roll back to an older one with "
        "'oncegrid rollback', or publish again with 'oncegrid sync'.",
        f"快照无法打开（{fault}）；可用 oncegrid rollback 退回旧版本，或用 oncegrid sync 重新发布。",
        file=workspace.shown(path),
    )


def spill_folder(workspace: Workspace) -> Path | None:
    """Where processes that only read keep passing data, or None in a workspace that is not theirs to write.

    Each uses a name that begins with its process id, so that ``publish.sweep`` removes what killed ones left.
    """
    if not os.access(workspace.state, os.W_OK):
        return None
    folder = workspace.state / "spill"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _spill(workspace: Workspace) -> dict[str, str]:
    # DuckDB's spill files carry no process id, so two processes must not share a folder. It makes the folder when
    # it spills. Without one, large sorts are refused and everything else works.
    folder = spill_folder(workspace)
    return {"temp_directory": str(folder / str(os.getpid())) if folder is not None else ""}


def _attach_evidence(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Show the Parquet files beside the snapshot as tables.

    They are handed over as open Arrow data sets, so that the connection itself needs no access to any file.
    (`allowed_paths` would do for reading, but it lets COPY write over the very files it allows.)
    """
    folder = _evidence_folder(path)
    inside = {
        row[0] for row in con.execute("select table_name from duckdb_tables() where not internal").fetchall()
    }
    beside = {file.stem: file for file in sorted(folder.glob("*.parquet")) if file.stem not in inside}
    form = pyarrow.dataset.ParquetFileFormat()
    for name, file in beside.items():
        # Opened now and kept open, so that pruning does not take it from under a reader.
        fragment = form.make_fragment(pa.OSFile(str(file)))
        con.register(name, pyarrow.dataset.FileSystemDataset([fragment], fragment.physical_schema, form))
    for name, macro in (_resources(folder / "datapackage.json", "asOf") if beside else {}).items():
        if name in beside:
            con.execute(f"create temp {as_of_macro(macro, name)}")
    for name, comments in (_comments(folder / "datapackage.json") if beside else {}).items():
        for column, words in comments.items() if name in beside else ():
            target = f"column {quoted(name)}.{quoted(column)}" if column else f"view {quoted(name)}"
            con.execute(f"comment on {target} is {literal(words)}")


def _evidence_folder(path: Path) -> Path:
    """The folder of Parquet files that belongs to a snapshot file."""
    audience, _, version = path.stem.partition("-")
    return path.parent / version / audience


def _resources(descriptor: Path, told: str) -> dict[str, str]:
    """table → what the data package tells of it under ``told``; only those of which it does."""
    if not descriptor.is_file():
        return {}
    resources = json.loads(descriptor.read_text("utf-8"))["resources"]
    return {resource["name"]: resource[told] for resource in resources if told in resource}


def _comments(descriptor: Path) -> dict[str, dict[str, str]]:
    """table → column ("" for the table itself) → its words, from the data package."""
    if not descriptor.is_file():
        return {}
    told = json.loads(descriptor.read_text("utf-8"))
    return {
        resource["name"]: {"": resource.get("description", "")}
        | {field["name"]: field.get("description", "") for field in resource["schema"]["fields"]}
        for resource in told["resources"]
    }


@dataclass(frozen=True)
class Answer:
    """The rows of a query. ``truncated`` where the row cap cut it off. Column names may repeat."""

    table: pa.Table
    truncated: bool = False

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)


def query(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, object] | Sequence[object] | None = None,
    *,
    timeout_seconds: float | None = None,
    row_limit: int | None = None,
) -> pa.Table:
    """The rows of ``ask`` alone, for callers that set the row limit themselves and know what it means."""
    return ask(con, sql, parameters, seconds=timeout_seconds, rows=row_limit).table


def ask(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, object] | Sequence[object] | None = None,
    *,
    seconds: float | None = None,
    rows: int | None = None,
) -> Answer:
    """The answer to ``sql``, within ``seconds`` and cut off after ``rows`` (no limit by default).

    Raises Problem where the statement is wrong, forbidden or out of time; the words are DuckDB's own, without
    the values that some of them quote.
    """
    try:
        with _limit(con, seconds):
            relation: object = con.sql(sql) if parameters is None else con.sql(sql, params=parameters)
            if not isinstance(relation, duckdb.DuckDBPyRelation):  # an empty statement has no result
                return Answer(pa.table({}))
            reader = relation.to_arrow_reader(10_000)
            batches: list[pa.RecordBatch] = []
            held, truncated = 0, False
            for batch in reader:
                if rows is not None and held + batch.num_rows > rows:
                    batches.append(batch.slice(0, rows - held))
                    truncated = True
                    break
                batches.append(batch)
                held += batch.num_rows
            table = pa.Table.from_batches(batches, schema=reader.schema)
            del reader
            return Answer(table, truncated)
    except duckdb.InterruptException:
        if seconds is None:
            raise
        raise Problem(
            f"the query took longer than {seconds:g} seconds and was stopped; narrow it down or allow more time.",
            f"查询超过 {seconds:g} 秒，已停止；请缩小范围或放宽时限。",
        ) from None
    except duckdb.Error as error:
        words = _without_values(error)
        raise Problem(f"the query was refused: {words}", f"查询被拒绝：{words}") from None


@contextmanager
def _limit(con: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _without_values(error: duckdb.Error) -> str:
    """DuckDB's words on ``error``; where it may quote a cell's value (conversions and the like), masked."""
    lines = str(error).splitlines() or [type(error).__name__]
    named = (
        duckdb.ParserException,
        duckdb.CatalogException,
        duckdb.BinderException,
        duckdb.PermissionException,
    )
    if isinstance(error, named):
        return "\n".join(lines)
    return re.sub(r"""'[^']*'|"[^"]*"|\d{5,}""", "***", lines[0])
