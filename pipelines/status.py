"""How each source stands: its edition in use, how fresh it is, what was read and what became of it, and why.

Answers from the ledger and the published snapshot, so that it works while a sync runs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.problem import Problem, told
from schemas.settings import load_settings
from schemas.sources import Source, load_sources
from warehouse.editions import current, group
from warehouse.ledger import Edition, Ledger, SourceState
from warehouse.workspace import Workspace


def source_rows(workspace: Workspace, today: date | None = None) -> list[dict[str, Any]]:
    """One row a source, broken ones included, by name.

    ``status``: ok · stale (older than due, or a newer edition failed or waits) · failed (nothing usable, or its
    YAML is broken) · unreadable (a format that no reader opens yet).
    """
    settings = load_settings(workspace.root)
    today = today or datetime.now(ZoneInfo(settings.timezone)).date()
    sources, broken = load_sources(workspace.sources)
    with Ledger(workspace) as ledger:
        states, editions = ledger.source_states(), ledger.editions()
    issues = _issue_counts(workspace)
    rows = [
        _row(
            source,
            [e for e in editions if e.source == source.source],
            states.get(source.source),
            issues,
            today,
        )
        for source in sources
    ]
    return sorted(rows + [_broken_row(problem) for problem in broken], key=lambda row: str(row["source"]))


def _row(
    source: Source, editions: list[Edition], state: SourceState | None, issues: dict[str, int], today: date
) -> dict[str, Any]:
    used = current(source, editions)
    as_of = max((e.as_of for e in used), default=None)
    reasons = waiting(source, editions)
    unreadable = bool(state and state.unreadable)
    if state and state.problem and state.problem not in reasons:
        reasons.insert(0, state.problem)
    late = overdue(source, as_of, today) if as_of else None
    if late:
        reasons.append(late)
    if unreadable or (not used and editions and all(e.unreadable for e in editions)):
        status = "unreadable"
    elif not used:
        status = "failed"
        reasons = reasons or [told("no edition is in use yet.", "尚无可用的数据。")]
    else:
        status = "stale" if reasons else "ok"
    return {
        "source": source.source, "title": source.title, "agency": source.agency,
        "edition": used[-1].edition_id if used else None, "editions": len(used), "as_of": as_of,
        "status": status, "fresh": bool(used) and late is None,
        "rows_read": sum(e.rows_read or 0 for e in used), "rows_kept": sum(e.rows_kept or 0 for e in used),
        "rows_skipped": sum(e.rows_skipped or 0 for e in used),
        "rows_rejected": sum(e.rows_rejected or 0 for e in used),
        "issues": issues.get(source.source, 0), "reason": reasons[0] if reasons else None, "reasons": reasons,
    }  # fmt: skip


def waiting(source: Source, editions: list[Edition]) -> list[str]:
    """Why newer editions than those in use are not in use, one sentence each."""
    used: dict[str | None, date] = {}
    for edition in current(source, editions):
        as_of, part = group(source, edition)
        used[part] = max(as_of, used.get(part, as_of))
    found = []
    for edition in editions:
        as_of, part = group(source, edition)
        if (
            edition.status in ("held", "failed", "conflict")
            and edition.reason
            and as_of >= used.get(part, as_of)
        ):
            found.append(
                edition.reason if edition.status == "failed" else f"{edition.edition_id}: {edition.reason}"
            )
    return found


def overdue(source: Source, as_of: date, today: date) -> str | None:
    """In words, that the source's newest edition in use is older than it says it delivers; else None."""
    if source.due is None or source.database is not None:  # a database is asked anew at every sync
        return None
    until = as_of + source.due.every + (source.due.grace or timedelta())
    if today <= until:
        return None
    return told(
        f"its newest edition is of {as_of}; a newer one was due by {until}: ask the agency.",
        f"最新一期为 {as_of}，应在 {until} 前更新：请催办。",
    )


def _broken_row(problem: Problem) -> dict[str, Any]:
    name = (problem.file or "?").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return {
        "source": name, "title": None, "agency": None, "edition": None, "editions": 0, "as_of": None,
        "status": "failed", "fresh": False, "rows_read": 0, "rows_kept": 0, "rows_skipped": 0, "rows_rejected": 0,
        "issues": 0, "reason": problem.text(), "reasons": [problem.text()],
    }  # fmt: skip


def _issue_counts(workspace: Workspace) -> dict[str, int]:
    """Open issues by source in the current snapshot; empty where nothing is published."""
    from warehouse.gateway import connect

    try:
        con = connect(workspace)
    except Problem:
        return {}
    try:
        return dict(con.execute("select source, count(*) from issue group by source").fetchall())
    finally:
        con.close()


def snapshot_line(workspace: Workspace) -> str:
    """The current snapshot, and who is writing now, in words."""
    from warehouse.lock import holder
    from warehouse.publish import current as served

    versions = served(workspace)
    words = (
        told(f"current snapshot: {versions['core']}", f"当前快照：{versions['core']}")
        if "core" in versions
        else told("nothing is published yet", "尚未发布")
    )
    by = holder(workspace)
    if by:
        words += told(
            f"; running now: {by.get('purpose')} (pid {by.get('pid')})",
            f"；正在运行：{by.get('purpose')}（pid {by.get('pid')}）",
        )
    return words
