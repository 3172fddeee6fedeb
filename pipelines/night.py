"""One night over a workspace: the steps of the main job as plain calls, in the order of the graph.

Belongs here: what a step reads from the ledger, which stage it asks for, what it writes back to the ledger, and
that a fault of one source's data stays that source's. Does not belong here: the orchestrator (``defs/``), and the
work itself (``connectors``, ``warehouse``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.child import Reader
from connectors.landing import landed_file
from connectors.raw import load_report
from connectors.sniff import NotReadableYet
from pipelines.arrivals import arrive
from pipelines.city import City
from pipelines.code import code_signature
from pipelines.told import sight_batches
from schemas.model import schema
from schemas.problem import Problem
from schemas.settings import load_settings
from schemas.sources import Source, load_sources
from warehouse.checks import CheckResult
from warehouse.editions import current, judge
from warehouse.expectations.nightly import NightlyExpectations
from warehouse.expectations.outcomes import SourceState
from warehouse.ledger import Edition, Ledger, now
from warehouse.normalize import BatchResult, RawEdition, normalize_batch
from warehouse.normalize.objections import standing_objections
from warehouse.store import Store, literal, signature
from warehouse.workspace import Workspace

log = logging.getLogger("oncegrid")
NORMALIZED = ("read", "held", "conflict", "kept", "replaced")
Watcher = Callable[[str, int], None]


def _nobody(what: str, done: int) -> None:
    """Nobody watches."""


_watcher: Watcher = _nobody
_last: Night | None = None


def watch(watcher: Watcher) -> None:
    """Have ``watcher(step, steps done)`` called as nights of this process go on."""
    global _watcher
    _watcher = watcher


def last_night() -> Night | None:
    """The last night of this process, for its totals."""
    return _last


class Night:
    """An open workspace with all that a run needs. Use as a context; the caller holds the write lock."""

    def __init__(self, workspace: Workspace, *, scope: Sequence[str] = (), as_of: date | None = None) -> None:
        global _last
        self.workspace, self.scope = workspace, frozenset(scope)
        workspace.make()
        self.settings = load_settings(workspace.root)
        self.moment = datetime.now(ZoneInfo(self.settings.timezone))
        self.as_of = as_of or self.moment.date()
        self.sources, self.broken = load_sources(workspace.sources)
        self._done = 0
        self._normalized: set[str] = set()
        self._stack = ExitStack()
        _last = self

    def __enter__(self) -> Night:
        stack = self._stack
        self.ledger = stack.enter_context(Ledger(self.workspace))
        self.store = stack.enter_context(
            Store(self.workspace, memory=self.settings.memory, threads=self.settings.threads)
        )
        self.store.sweep()
        self.reader = stack.enter_context(Reader())
        self.expectations = stack.enter_context(
            NightlyExpectations(self.workspace, self.moment, threads=self.settings.threads)
        )
        self.city = City(self.workspace, self.store, self.ledger, self.settings, self.sources, self.moment)
        self.ledger.forget_sources(source.source for source in self.sources)
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    # -- one source ----------------------------------------------------------------------------------------
    def land(self, source: Source) -> dict[str, Any]:
        """Land the source's new files; a fault is recorded as the source's."""
        self._tell(f"{source.source}: land")
        if self.scope and source.source not in self.scope:
            return {"out of scope": 1}
        arrived = arrive(self.workspace, source, self.ledger.editions(source.source), self.as_of)
        self.ledger.put_all(arrived.editions)
        self.ledger.put_source(source.source, arrived.problem)
        return {
            "landed": len(arrived.editions),
            "not ready yet": arrived.waiting,
            "same bytes": arrived.same_bytes,
        }

    def read(self, source: Source) -> dict[str, Any]:
        """Read what was landed and not read yet; what could not be read before is tried again."""
        self._tell(f"{source.source}: read")
        if self.scope and source.source not in self.scope:
            return {"out of scope": 1}
        read, rows, failed = 0, 0, 0
        for edition in self.ledger.editions(source.source):
            if edition.status not in ("landed", "failed"):
                continue
            told = self._read(source, edition)
            self.ledger.put(told)
            read, failed = read + (told.status == "read"), failed + (told.status == "failed")
            rows += told.rows_read or 0
        return {"read": read, "rows": rows, "failed": failed}

    def _read(self, source: Source, edition: Edition) -> Edition:
        path = landed_file(self.workspace.landing / source.source / edition.edition_id)
        out = self.workspace.raw / source.source / edition.edition_id
        try:
            report = self.reader.read_edition(
                path,
                out,
                layout=source.layout,
                encoding=source.encoding,
                format=source.format,
                name=edition.file,
            )
        except NotReadableYet as problem:
            return replace(edition.because("failed", problem), unreadable=True, format=problem.kind)
        except Problem as problem:
            return edition.because("failed", problem)
        if not report.n_rows:
            return replace(
                edition.because("failed", _empty(edition)), format=report.format, encoding=report.encoding
            )
        headers = [t.header_rows[-1] for t in report.tables if t.header_rows]
        return replace(
            edition.because("read"), unreadable=False, format=report.format, encoding=report.encoding,
            header_row=headers[0] if headers else None, rows_read=report.rows_read, skips=report.skip_counts(),
            stated=report.stated(),
        )  # fmt: skip

    def normalize(self, source: Source) -> dict[str, Any]:
        """Normalize what is read and not normalized in the present way, and decide what becomes of it."""
        self._tell(f"{source.source}: normalize")
        editions = self.ledger.editions(source.source)
        way = self.way(source)
        todo = [
            e for e in editions if e.status in NORMALIZED and not (e.batch and e.batch.startswith(f"{way}:"))
        ]
        if todo:
            try:
                result = normalize_batch(
                    self.store, source, [RawEdition.of(self.workspace, e) for e in todo], self.settings, way
                )
            except Problem as problem:
                self.ledger.put_source(source.source, problem)
                self.ledger.put_all([_refused(e, problem) for e in todo if e.status != "kept"])
                return {"problem": problem.text()}
            self._normalized.add(source.source)
            sight_batches(self.store, source, [replace(e, batch=f"{way}:{result.batch}") for e in todo])
            done = {e.edition_id: self._counted(e, result, f"{way}:{result.batch}") for e in todo}
            editions = [done.get(e.edition_id, e) for e in editions]
        objections = self.expectations.check(source, editions)
        objections |= standing_objections(self.workspace, editions)
        judged = judge(source, editions, objections)
        self.ledger.put_all(judged)
        used = current(source, judged)
        return {"rows": sum(e.rows_kept or 0 for e in used), "editions in use": len(used)}

    def _counted(self, edition: Edition, result: BatchResult, batch: str) -> Edition:
        """The edition with what became of its rows: those the reader skipped or rejected, then ours."""
        counts = result.counts[edition.edition_id]
        report = load_report(self.workspace.raw / edition.source / edition.edition_id)
        skips = report.skip_counts()
        for why, rows in [*counts.skips.items(), *counts.rejects.items()]:
            skips[why] = skips.get(why, 0) + rows
        for table in report.tables:
            for reject in table.rejected:
                skips[reject.reason] = skips.get(reject.reason, 0) + 1
        rejected = report.rejected() + counts.rejected
        return replace(
            edition, batch=batch, rows_kept=counts.kept, rows_rejected=rejected, fills=dict(counts.fills),
            rows_skipped=sum(skips.values()) - rejected, skips=skips,
        )  # fmt: skip

    def way(self, source: Source) -> str:
        """A signature of how this source is normalized: its YAML, the declarations, our code, the settings."""
        settings = [self.settings.landline_area_code, self.settings.division_code, self.settings.timezone]
        return signature(
            [source.model_dump(mode="json"), code_signature("schemas", "warehouse/normalize"), settings]
        )

    # -- the city ------------------------------------------------------------------------------------------
    def place(self) -> dict[str, Any]:
        self._tell("place")
        return self.city.place()

    def link(self) -> dict[str, Any]:
        self._tell("link")
        return self.city.link()

    def unify(self) -> dict[str, Any]:
        self._tell("one")
        return self.city.unify()

    def check(self) -> list[CheckResult]:
        results = self.city.check()
        self.expectations.note_city(results)
        return results

    def publish(self) -> dict[str, Any]:
        self._tell("publish")
        return self.city.publish()

    # -- checks of one source ------------------------------------------------------------------------------
    def rows_that_do_not_add_up(self, source: Source) -> list[str]:
        """Editions of the source of which a row is unaccounted for: a fault of this program."""
        return [
            e.edition_id for e in self.ledger.editions(source.source)
            if e.rows_kept is not None and e.rows_read != e.rows_kept + (e.rows_skipped or 0) + (e.rows_rejected or 0)
        ]  # fmt: skip

    def breaches_of_core(self, source: Source) -> list[str]:
        """Where the source's core records break their declaration: a fault of this program; empty when all is well."""
        if source.source not in self._normalized:
            return []  # nothing new was written: what is there passed this when it was
        found = []
        for batch in sorted(
            {
                e.batch.partition(":")[2]
                for e in current(source, self.ledger.editions(source.source))
                if e.batch
            }
        ):
            for kind in source.feeds:
                path = self.workspace.stages / batch / f"{kind}_core.parquet"
                found += self.store.breaches(
                    schema().tables[f"{kind}_core"], f"read_parquet({literal(str(path))})"
                )[1]
        return found

    def expected(self, source: Source) -> SourceState:
        """What the source's expectations found, this night or when it last had something new."""
        return self.expectations.outcomes(source)

    def why_not_in_use(self, source: Source) -> list[str]:
        """Why the newest of the source is not in use, or is old; empty when all is well."""
        from pipelines.status import overdue, waiting

        editions = self.ledger.editions(source.source)
        reasons = waiting(source, editions)
        as_of = max((e.as_of for e in current(source, editions)), default=None)
        late = overdue(source, as_of, self.moment.date()) if as_of else "no edition is in use"
        return [*reasons, *([late] if late else [])]

    def _tell(self, what: str) -> None:
        self._done += 1
        log.info("%s %s", now(), what)
        _watcher(what, self._done)


def _refused(edition: Edition, problem: Problem) -> Edition:
    """The edition failed as a whole: what the reader did not skip is rejected, for that reason."""
    skipped = sum(edition.skips.values())
    return replace(
        edition.because("failed", problem),
        rows_kept=0,
        rows_skipped=skipped,
        rows_rejected=(edition.rows_read or 0) - skipped,
    )


def _empty(edition: Edition) -> Problem:
    return Problem(
        "no data row was found in it; if the agency has nothing to report, ask it to leave the file away.",
        "文件中没有数据行；若确无数据，请对方不要报送空文件。",
        file=edition.file,
    )
