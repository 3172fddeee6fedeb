"""The project's own linkage on a kept set: the steps ``link`` and ``one`` of the nightly run, on a fresh workspace.

Belongs here: a night's view of all sources (``pipelines.city.City``) that finds its records in a kept set instead of
in editions; a full night, a night with some thousand new records after it, what waits for a person. Does not belong
here: anything that linkage does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from linkage.data import AS_OF, KEY, LinkageSet
from pipelines.city import City
from pipelines.new_workspace import make_workspace
from schemas.settings import load_settings
from schemas.sources import load_sources
from warehouse.ledger import Ledger
from warehouse.link import commit_ledger
from warehouse.store import Stage, Store
from warehouse.workspace import Workspace


class _KeptStage(Stage):
    """The place stage of a kept set."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store, "place", folder.name, None)
        self.directory, self.done = folder, True


class KeptCity(City):
    """A night's city whose records and places are those of a kept set; ``records_of`` is a folder of fewer records."""

    kept: LinkageSet
    records_of: Path

    @cached_property
    def content(self) -> str:
        return f"{self.kept.folder.name} {self.records_of.name}"

    @property
    def unchanged(self) -> bool:  # type: ignore[override]
        return False

    def records(self, kind: str) -> str | None:
        path = self.records_of / f"{kind}_core.parquet"
        path = path if path.is_file() else self.kept.folder / f"{kind}_core.parquet"
        return f"(select * from read_parquet('{path.as_posix()}'))" if path.is_file() else None

    def older(self) -> str | None:
        return None


@contextmanager
def kept_city(root: Path, kept: LinkageSet, records_of: Path) -> Iterator[KeptCity]:
    """The city over ``kept`` in the workspace ``root``, made where there is none, with its store open."""
    if not (root / "oncegrid.yaml").is_file():
        make_workspace(root, city="基准")
        for path in sorted((Path(__file__).parents[2] / "pipelines" / "demo" / "sources").glob("*.yaml")):
            shutil.copyfile(path, root / "sources" / path.name)
    workspace = Workspace.open(root)
    settings = load_settings(workspace.root)
    sources, problems = load_sources(workspace.sources)
    if problems:
        raise problems[0]
    moment = datetime.combine(AS_OF, datetime.min.time(), UTC)
    with (
        Ledger(workspace) as ledger,
        Store(workspace, memory=settings.memory, threads=settings.threads) as store,
    ):
        city = KeptCity(workspace, store, ledger, settings, sources, moment)
        city.kept, city.records_of = kept, records_of
        city.stages["place"] = _KeptStage(store, kept.folder)
        yield city


def night(root: Path, kept: LinkageSet, records_of: Path, out: Path, *, golden: bool) -> dict[str, Any]:
    """Link (and, with ``golden``, unify) the records of ``records_of``; the clusters go to ``out``.

    Returns seconds by step, and what waits for a person. The identities are committed, as after publishing.
    """
    clock = time.perf_counter()
    seconds: dict[str, float] = {}

    def lap(step: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[step], clock = round(now - clock, 2), now

    with kept_city(root, kept, records_of) as city:
        lap("open")
        city.link()
        stage = city.stages["link"]
        lap("link and ids")
        if golden:
            city.unify()
            lap("golden values")
        commit_ledger(city.store, stage, city.version_to_be)
        lap("commit of ids")
        city.store.con.execute(f"""
            copy (select {KEY}, resident_id as cluster from {stage.scan("assignment")})
            to '{out.as_posix()}' (format parquet)""")
        return {"seconds": seconds, "facts": stage.facts, "review": _review(city.store, stage)}


def _review(store: Store, stage: Stage) -> dict[str, dict[str, int]]:
    """Items by status and reason: ``waiting`` for a person, ``aside`` (a number of somebody else's that was set aside
    while the record was linked by the rest: told, nobody need decide it)."""
    found: dict[str, dict[str, int]] = {}
    counted = f"select status, reason, count(*) from {stage.scan('review_item')} group by all order by all"
    for status, reason, n in store.rows(counted):
        found.setdefault(str(status), {})[str(reason)] = int(n)
    return found


def without_newest(kept: LinkageSet, new: int, folder: Path) -> Path:
    """A folder whose ``resident_core`` lacks ``new`` records, drawn by a hash of their keys."""
    newest = (
        f"(select {KEY} from {kept.scan('truth')} order by md5(concat_ws('|', {KEY})), {KEY} limit {new})"
    )
    return _records(f"{kept.scan('resident_core')} anti join {newest} using ({KEY})", folder)


def subset(kept: LinkageSet, keys: Path, folder: Path) -> Path:
    """A folder whose ``resident_core`` has just the records that the file ``keys`` names."""
    some = f"read_parquet('{keys.as_posix()}')"
    return _records(f"{kept.scan('resident_core')} semi join {some} using ({KEY})", folder)


def _records(rows: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute(f"""
        copy (select * from {rows}) to '{(folder / "resident_core.parquet").as_posix()}'
        (format parquet, compression zstd, row_group_size 50000)""")
    con.close()
    return folder
