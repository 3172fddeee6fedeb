"""Files from the inbox to the landing zone: bytes copied and hashed, never altered.

Belongs here: which files are ready, what is new about them, the copy and its manifest. Pure of any ledger: the
caller says what has been landed before and records what happened.
Does not belong here: reading the bytes (``raw.py``), what becomes of editions (``warehouse/``).
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from connectors.ahead import Behind
from connectors.archives.companions import companions_of, hash_of, is_companion
from connectors.archives.member_names import names_inside
from connectors.as_of import AsOfFrom, as_of, part_of
from connectors.limits import check_regular
from schemas.problem import Problem

Outcome = Literal["landed", "known", "duplicate", "waiting", "failed"]
QUIET = 3.0  # seconds without a change after which a file counts as whole
_CHUNK = 1 << 22
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".downloading", ".swp")
_ASIDE = (".ok", ".manifest.json")


@dataclass(frozen=True)
class Landed:
    """A landed file. The manifest holds just this. ``replaces`` is the edition of the same name that it follows;
    ``companions`` are the names of files that belong to it (memos) and lie beside it: ``sha256`` and ``size`` are of all."""

    edition_id: str
    source: str
    file: str
    sha256: str
    size: int
    mtime: str
    landed_at: str
    as_of: dt.date
    as_of_from: AsOfFrom
    part: str | None
    replaces: str | None
    companions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the caller's ledger knows of an earlier edition of a source; ``size`` in bytes, None where it is not known."""

    edition_id: str
    file: str
    sha256: str
    landed_at: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Arrival:
    """What happened to one file of the inbox.

    landed: ``edition`` is new. known: the same bytes under the same name were landed before as ``same_as``.
    duplicate: the same bytes under another name. waiting: still being written. failed: ``problem`` says why.
    """

    file: str
    outcome: Outcome
    edition: Landed | None = None
    same_as: Known | None = None
    problem: Problem | None = None


def edition_id(source: str, day: dt.date, sha256: str) -> str:
    """``<source>-<yyyymmdd>-<first ten of the hash>``."""
    return f"{source}-{day:%Y%m%d}-{sha256[:10]}"


def candidates(inbox: Path, patterns: str | Sequence[str]) -> list[Path]:
    """The files below ``inbox`` that match a glob (by name, or by path below the inbox where it has a ``/``), by
    path. Markers, manifests, hidden files, links that lead out of the inbox, pipes and devices, and files that
    belong to another (``companions.py``) are none."""
    root = inbox.resolve()
    return [
        path
        for path in _matching(inbox, patterns)
        if path.is_file() and path.resolve().is_relative_to(root) and not is_companion(path)
    ]


def check_arrived(path: Path, inbox: Path) -> None:
    """Raises Problem for what is no file of the inbox: a link that leads out of it or nowhere, a pipe, a device."""
    if path.is_symlink() and not path.exists():
        raise Problem(
            "this is a link that leads nowhere; drop the file itself.",
            "这是失效的链接；请放入文件本身。",
        )
    if not path.resolve().is_relative_to(inbox.resolve()):
        raise Problem(
            "this is a link to something outside the inbox, which is not followed; drop the file itself.",
            "这是指向收件目录之外的链接，不予读取；请放入文件本身。",
        )
    check_regular(path)


def _matching(inbox: Path, patterns: str | Sequence[str]) -> list[Path]:
    globs = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    found = []
    for path in sorted(inbox.rglob("*")):
        name, below = path.name, path.relative_to(inbox)
        if (
            any(p.startswith(".") for p in below.parts)
            or name == "manifest.json"
            or name.lower().endswith(_ASIDE)
        ):
            continue
        matches = any(fnmatch.fnmatchcase(str(below) if "/" in g else name, g) for g in globs)
        if matches and not (path.is_dir() and not path.is_symlink()):
            found.append(path)
    return found


def ready_files(paths: Sequence[Path], quiet: float = QUIET, pause: float = 0.2) -> set[Path]:
    """Those of ``paths`` that have been written to their end: a ``<file>.ok`` marker stands beside the file, or it
    has not been touched for ``quiet`` seconds and its size and time stay the same over ``pause`` seconds (one
    pause for all; what has not been touched for a minute needs none). ``.part``, ``.tmp``, ``~$`` … never are."""
    ready: set[Path] = set()
    looked: dict[Path, tuple[int, int]] = {}
    for path in paths:
        if path.name.startswith("~$") or path.name.lower().endswith(_UNFINISHED):
            continue
        if path.with_name(path.name + ".ok").exists() or path.with_suffix(".ok").exists():
            ready.add(path)
            continue
        seen = _stamp(path)
        age = time.time() - seen[1] / 1e9 if seen else 0.0
        # A time far in the future is a wrong clock, not a fresh file: the second look decides.
        if seen is None or -quiet < age < quiet:
            continue
        if age > 60 + quiet:
            ready.add(path)
        else:
            looked[path] = seen
    if looked:
        time.sleep(pause)
        ready |= {path for path, seen in looked.items() if _stamp(path) == seen}
    return ready


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def land(
    source: str,
    inbox: Path,
    landing: Path,
    patterns: str | Sequence[str],
    known: Iterable[Known] = (),
    *,
    as_of_pattern: str | None = None,
    part_pattern: str | None = None,
    day: dt.date | None = None,
    quiet: float = QUIET,
    now: dt.datetime | None = None,
) -> list[Arrival]:
    """Land every new file of ``inbox`` into ``landing/<edition_id>/<file name>`` with its ``manifest.json``.

    ``landing`` is the source's own folder; ``known`` are the source's earlier editions, any order. ``day`` is the
    landing date where nothing else tells the date (default: today by ``now``, the current local time).
    A fault of one file is that file's Problem; the others land. Landing twice gives the same result.
    """
    moment = now or dt.datetime.now().astimezone()
    before = sorted(known, key=lambda k: (k.landed_at, k.edition_id))
    arrivals = []
    paths = candidates(inbox, patterns)
    strange = set(_matching(inbox, patterns)) - set(paths)
    ready = ready_files([*paths, *(c for p in paths for c in companions_of(p))], quiet)
    rules = _Rules(source, landing, as_of_pattern, part_pattern, day or moment.date(), moment)
    for path in sorted(strange.union(paths)):
        if path in strange and is_companion(path):
            continue
        name = str(path.relative_to(inbox))
        try:
            check_arrived(path, inbox)
            companions = companions_of(path)
            if ready.issuperset((path, *companions)):
                arrival = _arrive(rules, path, companions, name, before)
            else:
                arrival = Arrival(name, "waiting")
        except Problem as problem:
            problem.file = problem.file or name
            arrival = Arrival(name, "failed", problem=problem)
        except OSError as error:
            words = error.strerror or type(error).__name__
            arrival = Arrival(
                name,
                "failed",
                problem=Problem(
                    f"the file cannot be landed: {words}; see to its access rights and the free space.",
                    f"文件无法接收：{words}；请检查访问权限和磁盘空间。",
                    file=name,
                ),
            )
        arrivals.append(arrival)
        if arrival.edition is not None:
            new = arrival.edition
            before.append(Known(new.edition_id, new.file, new.sha256, new.landed_at, new.size))
    return arrivals


@dataclass(frozen=True)
class _Rules:
    """What is the same for all files of one landing."""

    source: str
    landing: Path
    as_of_pattern: str | None
    part_pattern: str | None
    day: dt.date
    moment: dt.datetime


def seen_before(name: str, digest: str, before: Sequence[Known]) -> tuple[Arrival | None, Known | None]:
    """(what it is that comes again, or None for news; the newest edition of that name) among editions by time."""
    same = [k for k in before if k.sha256 == digest]
    here = next((k for k in reversed(same) if k.file == name), None)
    newest = next((k for k in reversed(before) if k.file == name), None)
    # The bytes of an older edition come again under its name are news when another has replaced it since.
    if here is not None and newest is not None and newest.sha256 == digest:
        return Arrival(name, "known", same_as=here), newest
    if same and here is None:
        return Arrival(name, "duplicate", same_as=same[-1]), newest
    return None, newest


def _arrive(rules: _Rules, path: Path, companions: Sequence[Path], name: str, before: list[Known]) -> Arrival:
    files = (path, *companions)
    stamps = [_stamp(p) for p in files]
    size = sum(stamp[0] for stamp in stamps if stamp)
    # Only bytes as long as some that were landed can have come before: others are hashed as they are copied.
    if any(k.size is None or k.size == size for k in before):
        met, _ = seen_before(name, hash_of(path, companions), before)
        if met is not None:
            return met
    building = rules.landing / "arriving.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True, mode=0o700)
    try:
        copied, digest = _copy(files, building)
        if copied != size or stamps != [_stamp(p) for p in files]:
            return Arrival(name, "waiting")
        met, newest = seen_before(name, digest, before)
        if met is not None:
            return met
        edition = _edition(rules, path, companions, name, digest, size, newest)
        same = next((k for k in before if k.edition_id == edition.edition_id), None)
        if same is not None:
            return Arrival(name, "known", same_as=same)
        into_place(building, rules.landing / edition.edition_id, edition)
        return Arrival(name, "landed", edition)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _edition(
    rules: _Rules, path: Path, companions: Sequence[Path], name: str, digest: str, size: int, newest: Known | None
) -> Landed:  # fmt: skip
    inside = partial(names_inside, path)
    date, taken_from = as_of(path, rules.as_of_pattern, rules.day, inside)
    return Landed(
        edition_id(rules.source, date, digest), rules.source, name, digest, size,
        dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).isoformat(timespec="seconds"),
        rules.moment.isoformat(timespec="seconds"), date, taken_from, part_of(path, rules.part_pattern, inside),
        newest.edition_id if newest is not None else None, tuple(c.name for c in companions),
    )  # fmt: skip


def _copy(paths: Sequence[Path], building: Path) -> tuple[int, str]:
    """Copy the files into ``building``: (bytes, sha256 over all of them). They are hashed in a second thread.

    What was copied leaves the page cache at once: it is not read again, while the copy is, and takes its memory. (On a
    virtual machine, where fresh memory is dear, 1.1 GB took 4.1 s of CPU without and 0.8 s with it.)
    """
    digest, copied, behind = hashlib.sha256(), 0, Behind()
    for path in paths:
        target = building / path.name
        with path.open("rb") as stream, target.open("wb") as out:
            at = 0
            while chunk := stream.read(_CHUNK):
                behind.call(digest.update, chunk)
                os.posix_fadvise(stream.fileno(), at, len(chunk), os.POSIX_FADV_DONTNEED)
                out.write(chunk)
                at += len(chunk)
                copied += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        target.chmod(0o400)
    behind.wait()
    return copied, digest.hexdigest()


def into_place(
    building: Path, folder: Path, edition: Landed, more: Mapping[str, object] | None = None
) -> None:
    """Write the manifest (``more`` besides the edition) into ``building`` and make it ``folder``, whole or not at all."""
    told = {**asdict(edition), "as_of": edition.as_of.isoformat(), **(more or {})}
    with (building / "manifest.json").open("w", encoding="utf-8") as manifest:
        json.dump(told, manifest, ensure_ascii=False, indent=1)
        manifest.flush()
        os.fsync(manifest.fileno())
    if folder.exists():
        # A run that was killed between the rename and the ledger left it: the same bytes.
        shutil.rmtree(folder)
    building.rename(folder)
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def landed_file(folder: Path) -> Path:
    """The bytes of a landed edition in its folder."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    return folder / Path(manifest["file"]).name
