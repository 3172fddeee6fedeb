"""Publishing: the stages' tables become one new version, a file per audience, and then it is served.

Belongs here: the order in which that happens, so that whatever goes wrong the old version stays served.
Does not belong here: an audience's view of a table (``audience.py``), files (``build.py``), versions (``version.py``).
"""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from schemas.derive import arrow_schema
from schemas.model import Audience, Schema, Table, schema
from schemas.problem import Problem
from warehouse.publish import version as versions_of
from warehouse.publish.audience import Projection, projection
from warehouse.publish.build import build_audience, verify
from warehouse.publish.datapackage import write_descriptor
from warehouse.publish.meta import META_TABLES, meta_rows
from warehouse.publish.pseudonym import fingerprint, pads
from warehouse.store import GateError, literal, signature
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from schemas.sources import Source

AUDIENCES: tuple[Audience, ...] = ("core", "analyst")
_ONE_FILE = re.compile(r"read_parquet\('([^'*?\[\]]+)'\)")
_FORM = 1  # raised when this package writes other files from the same tables, so that they are written


@dataclass(frozen=True)
class Facts:
    """What the caller knows of the tables. ``content`` is a signature of all that they were made from."""

    content: str
    as_of: date | None = None
    sources: Sequence[Source] = ()
    city: str = ""
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))  # aware; the city's time is shown


@dataclass(frozen=True)
class Published:
    """What is served after publishing. ``new`` is false where the current version already had this content."""

    version: str
    new: bool
    files: Mapping[str, Path]
    rows: Mapping[str, Mapping[str, int]]


def publish(
    workspace: Workspace,
    tables: Mapping[str, str | Path],
    *,
    version: str,
    facts: Facts,
    keys: Mapping[str, bytes] | None = None,
    audiences: Sequence[Audience] = AUDIENCES,
    groups: Mapping[str, str] | None = None,
    memory: str = "4GB",
    threads: int | None = None,
) -> Published:
    """Publish ``tables`` (declared name → Parquet path or FROM item) as ``version`` and serve it.

    ``keys`` are the pseudonym keys by audience (32 bytes or more; 'analyst' needs one), ``groups`` the operating
    system's group by audience. The tables about the data (dictionary, lineage, snapshot) are made here.
    Where the current version has the same content nothing is written. The caller holds the write lock.

    Raises Problem where it could not be written or a key is missing, GateError where a table is not as
    declared; the version served before is still served then.
    """
    declared = schema()
    _check_given(declared, tables, audiences, keys or {})
    workspace.published.mkdir(parents=True, exist_ok=True, mode=0o700)
    versions_of.sweep(workspace)
    whole = signature(
        [_FORM, facts.content, schema_hash(declared), sorted(audiences), {a: fingerprint(k) for a, k in (keys or {}).items()}]
    )  # fmt: skip
    served = versions_of.current(workspace)
    if len({served.get(audience) for audience in audiences}) == 1 and audiences[0] in served:
        now = versions_of.find(workspace, served[audiences[0]])
        if now.signature == whole:
            return Published(now.version, False, _files(workspace, now.version, audiences), now.rows)
    name = versions_of.free_name(workspace, version)
    building = workspace.published / f"{name}.building"
    with _or_the_old_one_stands(workspace, building):
        rows = _build(
            workspace, building, name, tables, facts, whole, keys or {}, audiences, (memory, threads)
        )
        _open_to_groups(workspace, building, audiences, groups or {})
        _put_in_place(workspace, building, name, audiences)
        versions_of.switch(workspace, name, audiences, "publish")
    return Published(name, True, _files(workspace, name, audiences), rows)


def schema_hash(declared: Schema) -> str:
    """A hash of what the published tables are declared to be."""
    told = [t.model_dump(mode="json") for t in declared.tables.values() if t.audiences]
    lists = [c.model_dump(mode="json") for c in declared.code_lists.values()]
    return signature([told, lists])


def _files(workspace: Workspace, name: str, audiences: Sequence[Audience]) -> dict[str, Path]:
    return {audience: workspace.published / f"{audience}-{name}.duckdb" for audience in audiences}


def _check_given(
    declared: Schema,
    tables: Mapping[str, str | Path],
    audiences: Sequence[Audience],
    keys: Mapping[str, bytes],
) -> None:
    wanted = {t.name for t in declared.tables.values() if set(t.audiences) & set(audiences)} - set(
        META_TABLES
    )
    missing, extra = sorted(wanted - set(tables)), sorted(set(tables) - wanted)
    if missing or extra or not audiences or not set(audiences) <= set(AUDIENCES):
        raise GateError(
            f"to publish: tables missing {missing}, not to be published {extra}, audiences {audiences}"
        )
    for audience in audiences:
        if audience != "core" and audience not in keys:
            raise Problem(
                f"the pseudonym key of the audience '{audience}' is missing; name its file under 'keys' in oncegrid.yaml.",
                f"缺少受众“{audience}”的化名密钥；请在 oncegrid.yaml 的 keys 中指明密钥文件。",
                file="oncegrid.yaml",
            )


@contextmanager
def _or_the_old_one_stands(workspace: Workspace, building: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        shutil.rmtree(building, ignore_errors=True)
        with suppress(OSError):
            versions_of.sweep(workspace)
        full = _is_full(error)
        if isinstance(error, (OSError, duckdb.IOException, duckdb.OutOfMemoryException)) or full:
            why = ("the disk is full", "磁盘已满") if full else (type(error).__name__, type(error).__name__)
            raise Problem(
                f"nothing new could be published ({why[0]}); the last version is still served. "
                "Make room ('oncegrid prune' removes old versions) and sync again.",
                f"未能发布新版本（{why[1]}）；仍使用上一版本。请腾出空间（oncegrid prune 可清理旧版本）后重新同步。",
                file=workspace.shown(workspace.published),
            ) from error
        raise


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    words = str(error) if isinstance(error, (duckdb.Error, pa.ArrowException)) else ""
    return any(sign in words for sign in ("No space left", "File too large", "Disk quota exceeded"))


def _build(
    workspace: Workspace,
    building: Path,
    name: str,
    tables: Mapping[str, str | Path],
    facts: Facts,
    whole: str,
    keys: Mapping[str, bytes],
    audiences: Sequence[Audience],
    limits: tuple[str, int | None],
) -> dict[str, dict[str, int]]:
    """Build and verify every audience in ``building``, with ``snapshot.json`` last; returns rows by table."""
    declared, as_of = schema(), facts.as_of or facts.moment.date()
    spill = workspace.scratch / "publish"
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    building.mkdir(mode=0o700)
    config: dict[str, Any] = {"temp_directory": str(spill), "memory_limit": limits[0]}
    if limits[1] is not None:
        config["threads"] = limits[1]
    result: dict[str, dict[str, int]] = {}
    told: dict[str, Any] = {
        "version": name, "published_at": facts.moment.isoformat(timespec="seconds"), "signature": whole,
        "content": facts.content,
        "as_of": facts.as_of.isoformat() if facts.as_of else None, "schema_hash": schema_hash(declared),
        "audiences": list(audiences), "duckdb": duckdb.__version__,
    }  # fmt: skip
    con = duckdb.connect(config=config)
    con.execute("SET enable_progress_bar = false")  # it would be drawn on standard output
    try:
        for audience in audiences:
            parts = _parts(con, declared, audience, tables, meta_rows(declared, audience, facts, told), as_of)
            bound = pads(keys[audience]) if audience in keys else {}
            folder = building / audience
            expected = {part.table.name: _count(con, rows) for part, rows in parts}
            result[audience] = build_audience(con, building / f"{audience}.duckdb", folder, parts, bound)
            verify(building / f"{audience}.duckdb", folder, [part.table for part, _ in parts], expected)
            package = {
                "name": f"oncegrid-{audience}", "title": f"{facts.city} {audience} {name}".strip(),
                "version": name, "created": told["published_at"], "as_of": told["as_of"],
            }  # fmt: skip
            described = {part.table.name: (part.table, expected[part.table.name]) for part, _ in parts}
            write_descriptor(folder, declared, described, package=package)
            versions_of.sync_file(folder / "datapackage.json")
    finally:
        con.close()
    told["rows"] = result
    (building / "snapshot.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    versions_of.sync_file(building / "snapshot.json")
    return result


def _parts(
    con: duckdb.DuckDBPyConnection,
    declared: Schema,
    audience: Audience,
    tables: Mapping[str, str | Path],
    made: Mapping[str, list[dict[str, Any]]],
    as_of: date,
) -> list[tuple[Projection, str | Path]]:
    """What goes into the audience's files: each table's projection and where its rows are."""
    result: list[tuple[Projection, str | Path]] = []
    for table in declared.tables.values():
        part = projection(declared, table, audience, as_of)
        if part is None:
            continue
        if table.name in made:
            result.append((part, _made(con, table, audience, made[table.name])))
        else:
            result.append((part, _file_of(tables[table.name])))
    return result


def _file_of(rows: str | Path) -> str | Path:
    """The file where ``rows`` scans just one: it need not be written again where it is already as published."""
    one = _ONE_FILE.fullmatch(rows) if isinstance(rows, str) else None
    return Path(one.group(1)) if one else rows


def _made(
    con: duckdb.DuckDBPyConnection, table: Table, audience: Audience, rows: list[dict[str, Any]]
) -> str:
    """The rows of a table about the data, put where the build can select from them."""
    name = f"made_{audience}_{table.name}"
    con.register(name, pa.Table.from_pylist(rows, schema=arrow_schema(table)))
    return name


def _count(con: duckdb.DuckDBPyConnection, rows: str | Path) -> int:
    scan = f"read_parquet({literal(str(rows))})" if isinstance(rows, Path) else rows
    return int(con.execute(f"select count(*) from {scan}").fetchall()[0][0])


def _open_to_groups(
    workspace: Workspace, building: Path, audiences: Sequence[Audience], groups: Mapping[str, str]
) -> None:
    """Let an audience's group read its files and nobody else's; without such a group they stay the owner's."""
    opened = False
    for audience in audiences:
        if audience not in groups:
            continue
        try:
            shutil.chown(building / audience, group=groups[audience])
        except (LookupError, PermissionError):
            continue
        (building / audience).chmod(0o750)
        for path in (building / f"{audience}.duckdb", *(building / audience).iterdir()):
            shutil.chown(path, group=groups[audience])
            path.chmod(0o640)
        opened = True
    if opened:
        # To reach a file one must pass through its folders; they are passed through, not listed.
        for folder in (building, workspace.published):
            folder.chmod(0o711)


def _put_in_place(workspace: Workspace, building: Path, name: str, audiences: Sequence[Audience]) -> None:
    for audience in audiences:
        (building / f"{audience}.duckdb").replace(workspace.published / f"{audience}-{name}.duckdb")
    # From here on the version is whole: a sweep removes files whose folder never came.
    building.replace(workspace.published / name)
    versions_of.sync_folder(workspace.published)
