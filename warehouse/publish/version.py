"""Published versions: their names, the list of them, switching, rolling back, pruning, and cleaning up.

Belongs here: everything that happens to whole versions. Does not belong here: making one (``publishing.py``).

A version is whole if and only if ``published/<version>/snapshot.json`` is there: it is built in
``<version>.building`` and renamed last. What is served is said by the symlinks ``current-<audience>``; what
was done, when, by ``publications.jsonl``, which is written before the links are switched, so that a run killed
between two links is completed by the next ``sweep``. All of these expect the caller to hold the write lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.problem import Problem
from warehouse.workspace import Workspace

_NAME = re.compile(r"([0-9]{8}T[0-9]{6})(?:-([0-9]+))?")
_FILE = re.compile(r"([a-z][a-z0-9_]*)-([0-9]{8}T[0-9]{6}(?:-[0-9]+)?)\.duckdb")


@dataclass(frozen=True)
class Version:
    """One published version. ``current`` are the audiences that are served from it; sizes in bytes.

    ``content`` is the caller's signature of what the tables were made from, ``signature`` that of all that the
    files were made from (content, schema, keys, audiences).
    """

    version: str
    published_at: str
    as_of: str | None
    content: str
    signature: str
    schema_hash: str
    audiences: tuple[str, ...]
    rows: Mapping[str, Mapping[str, int]]
    size: int = 0
    current: tuple[str, ...] = field(default=())

    def row(self) -> dict[str, Any]:
        """As a flat row, for ``oncegrid versions``."""
        told = asdict(self)
        told["rows"] = sum(self.rows.get("core", {}).values())
        told["audiences"], told["current"] = ",".join(self.audiences), ",".join(self.current)
        return told


def version_name(moment: datetime) -> str:
    """The name of a version published at ``moment`` (the city's time): ``20241122T020000``."""
    return moment.strftime("%Y%m%dT%H%M%S")


def free_name(workspace: Workspace, name: str) -> str:
    """``name``, or with the first free suffix (``-2``, ``-3`` …) where a version has it. ValueError if malformed."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"a version is named like 20241122T020000, not {name!r}")
    taken = {p.name for p in workspace.published.iterdir()} if workspace.published.is_dir() else set()
    known = {m.group(2) for m in map(_FILE.fullmatch, taken) if m} | taken
    candidate, number = name, int(match.group(2) or 1)
    while candidate in known:
        number += 1
        candidate = f"{match.group(1)}-{number}"
    return candidate


def age_order(name: str) -> tuple[str, int]:
    """Sort key of version names: oldest first."""
    match = _NAME.fullmatch(name)
    return (match.group(1), int(match.group(2) or 1)) if match else ("", 0)


def current(workspace: Workspace) -> dict[str, str]:
    """audience → version that is served to it, where its file is there."""
    result = {}
    for link in sorted(workspace.published.glob("current-*")):
        match = _FILE.fullmatch(Path(os.path.realpath(link)).name)
        if link.is_symlink() and match and link.exists():
            result[link.name.removeprefix("current-")] = match.group(2)
    return result


def versions(workspace: Workspace) -> list[Version]:
    """All whole versions, newest first."""
    served = current(workspace)
    found = []
    for path in workspace.published.glob("*/snapshot.json"):
        name = path.parent.name
        if not _NAME.fullmatch(name):
            continue
        told = json.loads(path.read_text("utf-8"))
        files = [workspace.published / f"{audience}-{name}.duckdb" for audience in told["audiences"]]
        files += [p for p in path.parent.glob("**/*") if p.is_file()]
        found.append(
            Version(
                version=name,
                published_at=told["published_at"],
                as_of=told["as_of"],
                content=told["content"],
                signature=told["signature"],
                schema_hash=told["schema_hash"],
                audiences=tuple(told["audiences"]),
                rows=told["rows"],
                size=sum(p.stat().st_size for p in files if p.exists()),
                current=tuple(audience for audience, v in sorted(served.items()) if v == name),
            )
        )
    return sorted(found, key=lambda v: age_order(v.version), reverse=True)


def find(workspace: Workspace, name: str) -> Version:
    """The version ``name``, its files all there. Raises Problem."""
    for version in versions(workspace):
        if version.version == name:
            gone = [
                a for a in version.audiences if not (workspace.published / f"{a}-{name}.duckdb").is_file()
            ]
            if gone:
                raise Problem(
                    f"version {name} is not whole any more (files of {', '.join(gone)} are missing); choose another.",
                    f"版本 {name} 已不完整（缺少 {'、'.join(gone)} 的文件）；请选择其他版本。",
                )
            return version
    raise Problem(
        f"there is no version '{name[:40]}'; 'oncegrid versions' lists them.",
        f"没有版本“{name[:40]}”；用 oncegrid versions 查看已有版本。",
    )


def switch(workspace: Workspace, name: str, audiences: Iterable[str], action: str, **told: object) -> None:
    """Serve version ``name`` to ``audiences``: recorded first, then each link is replaced in one step."""
    audiences = list(audiences)
    record(workspace, action, name, audiences=audiences, previous=current(workspace), **told)
    _point(workspace, name, audiences)


def _point(workspace: Workspace, name: str, audiences: Iterable[str]) -> None:
    for audience in audiences:
        temporary = workspace.published / f".current-{audience}.switching"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(f"{audience}-{name}.duckdb")
        temporary.replace(workspace.published / f"current-{audience}")
    sync_folder(workspace.published)


def rollback(
    workspace: Workspace, name: str, *, by: str | None = None, reason: str | None = None
) -> dict[str, str]:
    """Serve ``name`` to all of its audiences again; returns what is served now. Raises Problem."""
    version = find(workspace, name)
    switch(workspace, name, version.audiences, "rollback", by=by, reason=reason)
    return current(workspace)


def prune(workspace: Workspace, keep: int) -> list[str]:
    """Remove all but the ``keep`` newest versions and those that are served; returns the removed ones.

    A reader that has a removed file open keeps reading it. Raises ValueError for ``keep`` below 1.
    """
    if keep < 1:
        raise ValueError("at least one version is kept")
    old = [v for v in versions(workspace)[keep:] if not v.current]
    for version in old:
        record(workspace, "prune", version.version)
        _remove(workspace, version.version)
    return [version.version for version in old]


def _remove(workspace: Workspace, name: str) -> None:
    # The folder goes first, by a rename: then the version is not whole, and a sweep takes what a kill leaves.
    folder = workspace.published / name
    dying = folder.with_name(f"{name}.building")
    shutil.rmtree(dying, ignore_errors=True)
    folder.replace(dying)
    for path in workspace.published.glob(f"*-{name}.duckdb"):
        path.unlink()
    shutil.rmtree(dying, ignore_errors=True)
    sync_folder(workspace.published)


def sweep(workspace: Workspace) -> list[str]:
    """Remove what killed runs left, and finish a switch that one was cut off in; returns what was done.

    Files that a link still serves are never touched.
    """
    published = workspace.published
    done: list[str] = []
    if not published.is_dir():
        return done
    served = {Path(os.path.realpath(link)).name for link in published.glob("current-*")}
    for path in sorted(published.iterdir()):
        match = _FILE.fullmatch(path.name)
        if path.name.endswith(".building"):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith((".switching", ".duckdb.wal")) or (
            match and path.name not in served and not (published / match.group(2) / "snapshot.json").is_file()
        ):
            path.unlink(missing_ok=True)
        else:
            continue
        done.append(path.name)
    done += _finish_switch(workspace)
    _sweep_spill(workspace)
    return done


def _finish_switch(workspace: Workspace) -> list[str]:
    told = [r for r in publications(workspace) if r.get("action") in ("publish", "rollback")]
    if not told:
        return []
    name, served = str(told[-1]["version"]), current(workspace)
    late = [a for a in told[-1].get("audiences", []) if served.get(a) != name]
    with suppress(Problem):  # the version may be gone since; then what is served stays
        if late:
            find(workspace, name)
            _point(workspace, name, late)
            return [f"current-{audience} -> {name}" for audience in late]
    return []


def _sweep_spill(workspace: Workspace) -> None:
    """Spill folders of query processes that are no more (named after their process id)."""
    for folder in (workspace.state / "spill").glob("*"):
        try:
            os.kill(int(folder.name.partition("-")[0]), 0)
        except (ValueError, ProcessLookupError):
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue  # alive, and someone else's


def publications(workspace: Workspace) -> list[dict[str, Any]]:
    """What was published, rolled back and pruned, oldest first. A last line cut off by a crash is left out."""
    path = workspace.published / "publications.jsonl"
    result = []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
        with suppress(ValueError):
            result.append(json.loads(line))
    return result


def record(workspace: Workspace, action: str, name: str, **told: object) -> None:
    """Append one act to ``publications.jsonl``, on disk when this returns."""
    row: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "action": action,
        "version": name,
    }
    row |= {key: value for key, value in told.items() if value is not None}
    path = workspace.published / "publications.jsonl"
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        # A crash may have cut the last line off: it must not swallow this one.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, ("\n" * torn + json.dumps(row, ensure_ascii=False) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Have the entries of a folder on disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Have the bytes of a file on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
