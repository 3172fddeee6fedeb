"""What becomes of an edition: kept, held back, in conflict; and which editions are a source's present truth.

Pure decisions over the ledger's editions and the source's declaration (DESIGN A3: mode, part, bounds). Every
sync judges all that is not settled anew, so that a missing file that arrives later, or a person's word, releases
what waited. Nothing here reads files or writes anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from schemas.problem import Problem
from schemas.sources import Source
from warehouse.ledger import Edition

Group = tuple[date, str | None]
OPEN = frozenset({"read", "held", "conflict"})


def group(source: Source, edition: Edition) -> Group:
    """The files that stand or fall together: those of one date, and of one part where the source has parts."""
    return edition.as_of, edition.part if source.part is not None else None


def current(source: Source, editions: Iterable[Edition]) -> list[Edition]:
    """The kept editions that are the source's present truth, oldest first.

    delta: all of them (a later row of the same key wins). full: those of the newest date that was kept; with
    parts, those of the newest date of each part.
    """
    kept = [e for e in editions if e.status == "kept"]
    if source.mode == "delta":
        return sorted(kept, key=lambda e: (e.as_of, e.landed_at, e.edition_id))
    newest: dict[str | None, date] = {}
    for edition in kept:
        as_of, part = group(source, edition)
        newest[part] = max(as_of, newest.get(part, as_of))
    chosen = [e for e in kept if e.as_of == newest[group(source, e)[1]]]
    return sorted(chosen, key=lambda e: (e.as_of, e.part or "", e.file, e.edition_id))


def judge(source: Source, editions: Sequence[Edition], objections: Mapping[str, Problem]) -> list[Edition]:
    """All editions of one source with what became of each.

    ``objections`` holds, by edition, what normalization found that must hold it back (a new column under
    ``strict: true``). Only open editions change, and those that a newly kept one replaces.
    """
    by_id = {e.edition_id: e for e in editions}
    groups: dict[Group, list[Edition]] = defaultdict(list)
    for edition in editions:
        if edition.status not in ("replaced", "rejected"):
            groups[group(source, edition)].append(edition)
    for key in sorted(groups, key=lambda g: (g[0], g[1] or "")):
        members = groups[key]
        if any(e.status in OPEN for e in members):
            # A group is judged against what was the truth before it, whatever came later: else a later group
            # would decide on an earlier one.
            earlier = current(source, [e for e in by_id.values() if e.as_of < key[0]])
            before = [e for e in earlier if group(source, e)[1] == key[1]]
            for verdict in _judge_group(source, members, before, objections):
                by_id[verdict.edition_id] = verdict
                if verdict.status == "kept" and verdict.replaces in by_id:
                    old = by_id[verdict.replaces]
                    by_id[old.edition_id] = old.because("replaced", _replaced(verdict))
    return [by_id[e.edition_id] for e in editions]


def _judge_group(
    source: Source, members: list[Edition], before: list[Edition], objections: Mapping[str, Problem]
) -> list[Edition]:
    opened = [e for e in members if e.status in OPEN]
    replaced = {e.replaces for e in opened if e.replaces}
    kept = [e for e in members if e.status == "kept"]
    standing = [e for e in kept if e.edition_id not in replaced]
    accepted = {e.edition_id for e in opened if e.accepted_at}
    if source.part is not None and len({e.file for e in [*opened, *standing]}) > 1:
        return _settle_conflict(opened, standing, accepted)
    broken = [
        e for e in members if e.status == "failed" and not any(e.replaces == s.edition_id for s in members if s.status == "kept")
        and not any(o.replaces == e.edition_id or o.file == e.file for o in opened)
    ]  # fmt: skip
    if broken and source.mode == "full" and not accepted:
        return [e.because("held", _waits(broken[0])) for e in opened]
    held = [objections[e.edition_id] for e in opened if e.edition_id in objections and not accepted]
    held += (
        []
        if accepted
        else _out_of_bounds(source, [*standing, *opened], kept if len(kept) > len(standing) else before)
    )
    if held:
        return [e.because("held", held[0]) for e in opened]
    return [e.because("kept") for e in opened]


def _settle_conflict(opened: list[Edition], standing: list[Edition], accepted: set[str]) -> list[Edition]:
    winners = [e for e in opened if e.edition_id in accepted]
    if len(winners) == 1 and not standing:
        lost = _lost(winners[0])
        return [
            winners[0].because("kept"),
            *(e.because("rejected", lost) for e in opened if e is not winners[0]),
        ]
    verdicts = []
    for edition in opened:
        others = sorted(e.file for e in [*opened, *standing] if e.file != edition.file)
        verdicts.append(edition.because("conflict", _conflict(edition, others)))
    return verdicts


def _out_of_bounds(source: Source, members: list[Edition], before: list[Edition]) -> list[Problem]:
    """What the declared bounds hold against the group as a whole: too few rows, a drop, a field left empty."""
    bounds = source.bounds
    if bounds is None:
        return []
    found, rows = [], sum(e.rows_kept or 0 for e in members)
    if bounds.minimum is not None and rows < bounds.minimum:
        found.append(_held(f"{rows} rows, fewer than the {bounds.minimum} that the source declares (bounds.rows)",
                           f"{rows} 行，少于数据源声明的下限 {bounds.minimum} 行（bounds.rows）"))  # fmt: skip
    then = sum(e.rows_kept or 0 for e in before)
    if bounds.drop is not None and source.mode == "full" and then and rows < then * (1 - bounds.drop):
        share = round(100 * (1 - rows / then))
        found.append(_held(f"{rows} rows where the last edition had {then}: {share} % fewer, more than the "
                           f"{round(bounds.drop * 100)} % allowed (bounds.drop)",
                           f"{rows} 行，上一期 {then} 行：减少 {share}%，超过允许的 {round(bounds.drop * 100)}%（bounds.drop）"))  # fmt: skip
    for field, least in sorted((bounds.fill or {}).items()):
        filled = sum((e.rows_kept or 0) * e.fills.get(field, 0.0) for e in members)
        if rows and filled / rows < least:
            found.append(_held(f"{field} is filled in {filled / rows:.1%} of the rows, less than {least:.1%} (bounds.fill)",
                               f"{field} 的填写率为 {filled / rows:.1%}，低于 {least:.1%}（bounds.fill）"))  # fmt: skip
    return found


def accept(edition: Edition, reason: str, user: str, at: str) -> Edition:
    """A person's word that a held edition is right; the next sync keeps it. Raises Problem if it is not waiting."""
    if edition.status not in ("held", "conflict"):
        raise Problem(
            f"{edition.edition_id} is not waiting for a decision: it is {edition.status}.",
            f"{edition.edition_id} 不在待决状态：现为 {edition.status}。",
        )
    return replace(edition, accepted_by=user, accepted_reason=reason, accepted_at=at)


def reject(edition: Edition, reason: str, user: str) -> Edition:
    """A person's word that an edition must not be used, even one that is kept: the next sync falls back to the
    last good one before it. Raises Problem if it is out of use already."""
    if edition.status in ("rejected", "replaced"):
        raise Problem(
            f"{edition.edition_id} is out of use already: it is {edition.status}.",
            f"{edition.edition_id} 已不再使用：现为 {edition.status}。",
        )
    return edition.because("rejected", Problem(f"rejected by {user}: {reason}", f"{user} 退回：{reason}"))


def _held(en: str, zh: str) -> Problem:
    return Problem(
        en
        + "; held back, the last good edition is served. If it is right: oncegrid edition accept EDITION --reason …",
        zh + "；已暂扣，仍使用上一期好数据。确认无误时执行：oncegrid edition accept EDITION --reason …",
    )


def _waits(broken: Edition) -> Problem:
    return _held(
        f"{broken.file}, of the same date, could not be used, and all files of one date together are the whole truth",
        f"同一日期的 {broken.file} 不能使用，而同一日期的全部文件合起来才是完整数据",
    )


def _conflict(edition: Edition, others: list[str]) -> Problem:
    names = ", ".join(others)
    return Problem(
        f"{edition.file} and {names} are different files for the same date ({edition.as_of}) and part "
        f"({edition.part}); ask the agency which holds, then: oncegrid edition reject EDITION --reason …",
        f"{edition.file} 与 {names} 是同一日期（{edition.as_of}）、同一部分（{edition.part}）的不同文件；"
        "请向单位核实后执行：oncegrid edition reject EDITION --reason …",
    )


def _lost(winner: Edition) -> Problem:
    return Problem(
        f"{winner.file} was accepted for this date and part.", f"该日期、该部分已采用 {winner.file}。"
    )


def _replaced(by: Edition) -> Problem:
    return Problem(f"replaced by {by.edition_id}.", f"已由 {by.edition_id} 替换。")
