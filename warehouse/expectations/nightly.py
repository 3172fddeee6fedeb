"""The expectations of one night: each source's suites once, what they hold back, the page of the run.

Belongs here: running only what changed, the words with which an edition is held, what is kept for the next night.
Does not belong here: what is expected (``suites.py``), whether an edition is kept (``warehouse/editions.py`` decides,
as for every other objection), how a page looks (``page.py``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import TracebackType

from schemas.problem import Problem, told
from schemas.sources import Source
from warehouse.checks import CheckResult
from warehouse.editions import Group, group
from warehouse.expectations.deliveries import Delivery, deliveries, expose, named
from warehouse.expectations.outcomes import (
    Breach,
    Outcome,
    Profile,
    SourceState,
    folder,
    load_state,
    pages_in_use,
    save_state,
)
from warehouse.expectations.page import Run, prune, write_page
from warehouse.expectations.session import Session
from warehouse.expectations.suites import Suite, suites
from warehouse.ledger import Edition
from warehouse.store import signature
from warehouse.workspace import Workspace

log = logging.getLogger("oncegrid")
# The bounds of a source are held against by ``warehouse/editions.py``; the suites only show them.
DECIDED_ELSEWHERE = frozenset({"rows_least", "fill"})


class NightlyExpectations:
    """Use as a context; Great Expectations is loaded when the first source has something new."""

    def __init__(self, workspace: Workspace, moment: datetime, *, threads: int | None = None) -> None:
        self.workspace, self.moment, self._threads = workspace, moment, threads
        self._session: Session | None = None
        self._run = Run(moment.isoformat(timespec="seconds"))
        self.page = folder(workspace) / f"{moment.strftime('%Y%m%dT%H%M%S')}.html"

    def __enter__(self) -> NightlyExpectations:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.close()
        if self._run.outcomes:
            write_page(self.page, self._run)
            prune(folder(self.workspace), pages_in_use(self.workspace))

    def check(self, source: Source, editions: Sequence[Edition]) -> dict[str, Problem]:
        """Hold what awaits a decision against the source's suites. Returns, by edition, why it must be held back.

        Unchanged input (an edition that waits since yesterday) is not checked again: what was found still stands.
        """
        found, state = deliveries(source, editions), load_state(self.workspace, source.source)
        if not found:
            return {}
        derived = suites(source)
        earlier = {
            name: one for name, one in state.profiles.items() if name in {named(d.before) for d in found if d.before}
        }  # fmt: skip
        sign = signature([
            [asdict(suite) for suite in derived], earlier,
            [(d.name, d.rows, [(e.edition_id, e.batch) for e in d.opened]) for d in found],
        ])  # fmt: skip
        if sign != state.signature:
            state = self._checked(source, derived, found, state)
            state.signature = sign
            state.profiles = _remembered(source, editions, found, state.profiles)
            save_state(self.workspace, source.source, state)
        return objections(
            source, found, state.outcomes, self.workspace.shown(folder(self.workspace) / state.page)
        )

    def outcomes(self, source: Source) -> SourceState:
        """The last outcomes of a source: of this night, or of the night when it last had something new."""
        return load_state(self.workspace, source.source)

    def warnings(self) -> list[str]:
        """What this night's suites only warn of, in words without a value; the page has the rows."""
        return [
            f"{source}: {told('warning', '警告')}: {one.says}: {one.found} ({self.workspace.shown(self.page)})"
            for source, outcomes in sorted(self._run.outcomes.items()) for one in outcomes
            if not one.passed and one.severity == "warning"
        ]  # fmt: skip

    def note_city(self, results: Sequence[CheckResult]) -> None:
        """Show the checks over all sources on the night's page too."""
        if not results:  # nothing was made that could be checked
            return
        self._run.outcomes["city"] = [
            Outcome(
                r.name, "before_publishing", "sql", "blocking", r.says, r.says, r.passed,
                breaches=() if r.passed else (Breach("", "", r.offending, None),),
                sample=tuple({"file": None, "sheet": None, "row": None, "field": ", ".join(row), "value":
                              ", ".join(str(v) for v in row.values())} for row in r.sample),
            ) for r in results
        ]  # fmt: skip

    def _checked(
        self, source: Source, derived: Sequence[Suite], found: Sequence[Delivery], before: SourceState
    ) -> SourceState:
        if self._session is None:
            self._session = Session(scratch=self.workspace.scratch, threads=self._threads)
        profiles = expose(self._session.con, self.workspace, source, found, before.profiles)
        names = {d.number: d.name for d in found}
        outcomes = [one for suite in derived for one in self._session.run(suite, names)]
        self._run.outcomes[source.source] = outcomes
        for one in outcomes:
            if not one.passed:
                log.warning("%s: %s %s: %s", source.source, one.severity, one.name, one.found)
        return SourceState(
            moment=self._run.moment, page=self.page.name, outcomes=tuple(outcomes), profiles={**before.profiles, **profiles}
        )  # fmt: skip


def _remembered(
    source: Source, editions: Sequence[Edition], found: Sequence[Delivery], profiles: Mapping[str, Profile]
) -> dict[str, Profile]:
    """The profiles that later deliveries are held against: those just made, and the newest kept of each part."""
    newest: dict[str | None, Group] = {}
    for key in sorted({group(source, e) for e in editions if e.status == "kept"}, key=lambda key: key[0]):
        newest[key[1]] = key
    names = {d.name for d in found} | {named(key) for key in newest.values()}
    return {name: one for name, one in profiles.items() if name in names}


def objections(
    source: Source, found: Sequence[Delivery], outcomes: Sequence[Outcome], page: str
) -> dict[str, Problem]:
    """By edition, why a blocking expectation holds it back. One that could not be evaluated holds back everything."""
    objected: dict[str, Problem] = {}
    for one in outcomes:
        if one.passed or one.severity != "blocking" or (one.rule in DECIDED_ELSEWHERE and one.fault is None):
            continue
        for delivery in found:
            mine = [b for b in one.breaches if b.delivery == delivery.name]
            if mine or one.fault is not None:
                for edition in delivery.opened:
                    objected.setdefault(edition.edition_id, _held(one, mine, edition, page))
    return objected


def _held(one: Outcome, breaches: Sequence[Breach], edition: Edition, page: str) -> Problem:
    counts = ", ".join(
        f"{b.field} {b.offending}" + (f"/{b.rows}" if b.rows is not None else "") for b in breaches
    )
    found_en = (
        f"could not be evaluated ({one.fault})" if one.fault is not None else f"does not hold: {counts}"
    )
    found_zh = f"无法执行（{one.fault}）" if one.fault is not None else f"未通过：{counts}"
    return Problem(
        f"expectation {one.name} ({one.en}) {found_en}; held back, the last good edition is served. Rows: {page}. "
        "If it is right: oncegrid edition accept EDITION --reason …",
        f"检查 {one.name}（{one.zh}）{found_zh}；已暂扣，仍使用上一期好数据。明细见 {page}。"
        "确认无误时执行：oncegrid edition accept EDITION --reason …",
        file=edition.file,
    )
