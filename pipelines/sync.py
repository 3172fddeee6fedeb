"""``oncegrid sync``: the Dagster job run in this process, and what came of it.

The same job that the nightly schedule runs; here only with a scope, a date and somebody who watches.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.arrivals import folders_without_source
from pipelines.outcome import NothingPublished, UnknownSource
from pipelines.status import source_rows
from schemas.problem import Problem
from schemas.settings import load_settings
from schemas.sources import load_sources
from warehouse.ledger import Ledger
from warehouse.lock import write_lock
from warehouse.workspace import Workspace

Report = Callable[[str, int, int], None]


@dataclass
class Summary:
    """What a sync did. ``version`` is the snapshot served after it, None when there is none or it failed."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    version: str | None = None
    changed: bool = False
    why_nothing: tuple[str, str] = ("", "")
    residents: int | None = None
    households: int | None = None
    dwellings: int | None = None
    issues: int | None = None
    seconds: float = 0.0

    @property
    def all_well(self) -> bool:
        """No source failed, is stale or was held back."""
        return not self.faults and all(row["status"] == "ok" for row in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and for the ledger of runs."""
        return {k: v for k, v in self.__dict__.items() if k != "why_nothing"} | {"all_well": self.all_well}


def sync(
    workspace: Workspace, *, sources: Sequence[str] = (), as_of: date | None = None, wait_seconds: float = 0.0,
    report: Report = lambda what, done, total: None,
) -> Summary:  # fmt: skip
    """Run the main job. Raises Problem for a broken oncegrid.yaml, an unknown source, or a workspace in use."""
    began = time.monotonic()
    load_settings(workspace.root)
    known, broken = load_sources(workspace.sources)
    unknown = sorted(set(sources) - {source.source for source in known})
    if unknown:
        names = ", ".join(sorted(source.source for source in known))
        raise UnknownSource(
            f"no source named {', '.join(unknown)}; this workspace has: {names}.",
            f"没有数据源 {', '.join(unknown)}；现有：{names}。",
        )
    workspace.make()
    with (
        write_lock(workspace, "sync", wait_seconds=wait_seconds),
        disk_full_told(workspace),
        Ledger(workspace) as ledger,
    ):
        run = ledger.start_run()
        try:
            summary = _run_job(workspace, sources, as_of, report)
        except BaseException as error:
            with suppress(sqlite3.Error):  # a full disk takes no note of itself either
                ledger.end_run(run, "failed", None, {"error": type(error).__name__})
            raise
        summary.faults = [problem.text() for problem in broken]
        summary.notes += folders_without_source(workspace, known)
        summary.sources = source_rows(workspace)
        summary.seconds = round(time.monotonic() - began, 1)
        ledger.end_run(run, "ok" if summary.all_well else "with faults", summary.version, summary.as_dict())
    return summary


FULL = ("no space left", "disk quota", "file too large", "disk i/o error", "database or disk is full")


@contextmanager
def disk_full_told(workspace: Workspace) -> Iterator[None]:
    """Errors that mean a full disk, whoever met it (a stage, Dagster's event log, the ledger), as one Problem."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        if not _is_full(error):
            raise
        raise NothingPublished(
            "nothing was published, the last snapshot stands: the disk is full or can't be written. Make room "
            "('oncegrid prune' removes old versions) and sync again.",
            "没有发布，仍使用上一份快照：磁盘已满或无法写入。请腾出空间（oncegrid prune 可清理旧版本）后重新同步。",
            file=str(workspace.root),
        ) from error


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if any(sign in str(error).lower() for sign in FULL):
            return True
        error = error.__cause__ or error.__context__
    return False


def _run_job(workspace: Workspace, sources: Sequence[str], as_of: date | None, report: Report) -> Summary:
    from pipelines.instance import open_instance, reap

    instance = open_instance(workspace)
    import dagster as dg

    from pipelines.definitions import build_defs
    from pipelines.night import last_night, watch

    logging.getLogger("dagster").setLevel(logging.ERROR)
    reap(instance)
    definitions = build_defs(workspace, scope=sources, as_of=as_of, lock=False)
    job = definitions.resolve_job_def("sync")
    total = len(list(job.all_node_defs))
    watch(lambda what, done: report(what, done, total))
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)
    summary = Summary()
    night = last_night()
    if night is not None:
        summary.version, summary.changed = night.city.version, night.city.changed
        for name, rows in night.city.totals().items():
            setattr(summary, name, rows)
        summary.notes = night.expectations.warnings()
    if not result.success:
        summary.version = None
        summary.why_nothing = _why(result, dg)
    elif summary.version is None:
        summary.why_nothing = (
            "nothing was published: no source has a usable edition yet (see above).",
            "没有发布：尚无可用的数据（见上）。",
        )
    return summary


def _failed(evaluation: Any) -> str:
    """The checks that failed within one of the graph."""
    from pipelines.defs.city import FAILED

    named = evaluation.metadata.get(FAILED)
    return str(named.value) if named is not None else str(evaluation.check_name)


def _why(result: Any, dg: Any) -> tuple[str, str]:
    """In words, what stopped the job: failed blocking checks, or a step's error."""
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed and e.blocking]
    if failed:
        names = ", ".join(sorted(_failed(e) for e in failed))
        return (
            f"nothing was published, the last snapshot stands: these checks failed: {names} (details in 'oncegrid up').",
            f"没有发布，仍使用上一份快照：以下检查未通过：{names}（详见 'oncegrid up'）。",
        )
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            cause = error.cause or error if error else None
            words = cause.message.strip() if cause else "?"
            return (
                f"nothing was published, the last snapshot stands: {event.step_key}: {words}",
                f"没有发布，仍使用上一份快照：{event.step_key}：{words}",
            )
    return ("nothing was published, the last snapshot stands.", "没有发布，仍使用上一份快照。")
