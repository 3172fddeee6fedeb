"""The desk of whoever decides: the items that wait in the current snapshot, one of them, and taking a verdict on it.

Belongs here: reading items with their records, which are decided since the snapshot was made, and turning a verdict on
an item into a decision on records. Does not belong here: what is shown of records (``evidence.py``), printing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from schemas.model import schema
from schemas.problem import Problem
from warehouse.gateway import ask, connect
from warehouse.publish import versions
from warehouse.review.evidence import evidence
from warehouse.review.judgements import Entry, Judgement, Judgements, Record, Verdict
from warehouse.review.sample import sampled
from warehouse.workspace import Workspace

_SHORTEST = 6  # characters of an item's number that may stand for it


@dataclass(frozen=True)
class Wanted:
    """Filters; an empty one lets everything through. ``area``: the code of an area, for all below it, or of a grid."""

    reasons: Sequence[str] = ()
    statuses: Sequence[str] = ("waiting",)
    sources: Sequence[str] = ()
    area: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Item:
    """One doubt with the records of its sides. ``rank``: what to look at first."""

    item_id: str
    rank: int
    reason: str
    status: str
    left: tuple[Record, ...]
    right: tuple[Record, ...]
    left_resident_id: str | None
    right_resident_id: str | None
    match_weight: float | None
    match_probability: float | None
    margin: float | None
    priority: float
    suggestion: str | None

    @property
    def reason_label(self) -> str:
        return label("review_reason", self.reason)


class Desk:
    """The items of a workspace's snapshot (the current one by default), without those decided since."""

    def __init__(self, workspace: Workspace, version: str | None = None) -> None:
        self.workspace = workspace
        self.judgements = Judgements(workspace)
        self.con = connect(workspace, version=version)
        try:
            known = ask(self.con, "select 1 from information_schema.tables where table_name = 'review_item'")
            if not known.table.num_rows:
                raise Problem(
                    "the snapshot is older than the review queue; run 'oncegrid sync' first.",
                    "当前快照尚无待核清单；请先运行 oncegrid sync。",
                )
            self.version = str(ask(self.con, "select version from snapshot").table[0][0].as_py())
        except BaseException:
            self.con.close()
            raise

    def close(self) -> None:
        self.con.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def items(self, wanted: Wanted) -> list[Item]:
        """The items wanted, the most pressing first. Raises Problem for a filter that names what there is not."""
        where, bound = _where(wanted)
        return self._read(where, bound, wanted.limit, self.judgements.standing())

    def item(self, number: str) -> Item:
        """The item with this number, or the only one whose number begins so; decided ones too. Raises Problem."""
        drawn = sampled(self.judgements, number)
        if drawn is not None:
            return drawn
        found = self._read(
            "i.item_id = $id or (length($id) >= $n and starts_with(i.item_id, $id))",
            {"id": number, "n": _SHORTEST}, 2, (),
        )  # fmt: skip
        if len(found) == 1:
            return found[0]
        if found:
            raise Problem(
                f"several items begin with '{number[:20]}'; write more of the number.",
                f"有多个条目以“{number[:20]}”开头；请写出更多字符。",
            )
        raise NoSuchItem(number)

    def evidence(self, items: Sequence[Item], *, unmasked: bool = False) -> dict[str, list[dict[str, Any]]]:
        """item → what its sides say, field by field (see ``evidence.py``)."""
        members = [
            (item.item_id, side, record)
            for item in items
            for side, records in (("left", item.left), ("right", item.right))
            for record in records
        ]
        return evidence(self.con, members, unmasked=unmasked)

    def links(self, item: Item) -> list[dict[str, Any]]:
        """What linkage weighed between the two sides."""
        members = [("left", *r) for r in item.left] + [("right", *r) for r in item.right]
        columns = list(zip(*members, strict=True))
        names = ("side", "source", "record_key", "record_no")
        self.con.register("review_ends", pa.table(dict(zip(names, map(list, columns), strict=True))))
        joins = " ".join(
            f"join review_ends {alias} on "
            + " and ".join(f"{alias}.{name} = k.{end}_{name}" for name in names[1:])
            for alias, end in (("a", "left"), ("b", "right"))
        )
        try:
            found: list[dict[str, Any]] = ask(
                self.con,
                f"""select k.rule, k.match_weight, k.match_probability, k.levels, k.veto, k.used, k.reason
                from resident_link k {joins} where a.side <> b.side
                order by k.match_weight desc nulls last, k.rule, k.levels""",
            ).table.to_pylist()
        finally:
            self.con.unregister("review_ends")
        return found

    def decisions(self, item: Item) -> list[Judgement]:
        """Everything ever said about the item or a pair of records of its two sides, in time order."""
        return [one for one in self.judgements.history() if one.ends is None and speaks_of(one, item)]

    def _read(
        self, where: str, bound: dict[str, Any], limit: int | None, standing: Sequence[Judgement]
    ) -> list[Item]:
        rows = ask(
            self.con, f"select i.* from review_item i where {where} order by i.rank", bound
        ).table.to_pylist()
        members = ask(
            self.con,
            f"""select r.* from review_record r join (select item_id from review_item i where {where}) using (item_id)
            order by all""",
            bound,
        ).table.to_pylist()
        sides: dict[tuple[str, str], list[Record]] = {}
        for m in members:
            sides.setdefault((m["item_id"], m["side"]), []).append(
                Record(m["source"], m["record_key"], m["record_no"])
            )
        found = [
            Item(
                row["item_id"], row["rank"], row["reason"], row["status"],
                tuple(sides.get((row["item_id"], "left"), ())), tuple(sides.get((row["item_id"], "right"), ())),
                row["left_resident_id"], row["right_resident_id"], row["match_weight"], row["match_probability"],
                row["margin"], row["priority"], row["suggestion"],
            )
            for row in rows
        ]  # fmt: skip
        spoken: dict[Record, list[Judgement]] = {}
        for one in standing:
            for record in one.left + one.right:
                spoken.setdefault(record, []).append(one)
        numbers = {one.item_id for one in standing}
        found = [
            item for item in found
            if item.item_id not in numbers
            and not any(speaks_of(one, item) for record in item.left for one in spoken.get(record, ()))
        ]  # fmt: skip
        return found if limit is None else found[:limit]


class NotKnown(Problem):
    """A filter or a month names what there is not: a fault of the question."""


class NoSuchItem(Problem):
    """No item has this number."""

    def __init__(self, number: str) -> None:
        shown = number[:20]
        super().__init__(
            f"there is no item '{shown}' in this snapshot; it may be settled by now. 'oncegrid review list' shows what waits.",
            f"当前快照中没有条目“{shown}”，可能已经处理；用 oncegrid review list 查看待核条目。",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (Problem, (self.en, self.zh))


def find_anywhere(workspace: Workspace, numbers: Sequence[str]) -> dict[str, Item]:
    """The items of these exact numbers, from the current snapshot or else the newest kept one that has them: work on a
    workbook may take longer than a night."""
    found: dict[str, Item] = {}
    kept = sorted((v.version for v in versions(workspace)), reverse=True)
    for version in (None, *kept):
        missing = [number for number in numbers if number not in found]
        if not missing:
            break
        try:
            desk = Desk(workspace, version)
        except Problem:
            if version is None:
                raise
            continue  # a version from before there was a queue
        with desk:
            for item in desk._read(
                "i.item_id in (select unnest($ids::varchar[]))", {"ids": missing}, None, ()
            ):
                found[item.item_id] = item
            for number in missing:
                if number not in found and (drawn := sampled(desk.judgements, number)) is not None:
                    found[number] = drawn
    return found


def decide(entry: Entry, item: Item, verdict: Verdict, *, user: str, reason: str, origin: str | None = None) -> tuple[Judgement, bool]:  # fmt: skip
    """Take a verdict on an item; returns the decision and whether it is new. Raises Problem."""
    return entry.decide(
        verdict, item.left, item.right, user=user, reason=reason, item_id=item.item_id, origin=origin
    )


def label(code_list: str, code: str | None) -> str:
    """The Chinese label of a code."""
    return next((one.label for one in schema().code_lists[code_list].codes if one.code == code), code or "")


def speaks_of(one: Judgement, item: Item) -> bool:
    """Whether a decision is about the item, or about a record of each of its sides."""
    left, right = set(item.left), set(item.right)
    return (
        one.item_id == item.item_id
        or (bool(left & set(one.left)) and bool(right & set(one.right)))
        or (bool(left & set(one.right)) and bool(right & set(one.left)))
    )


def _where(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    parts, bound = ["true"], dict[str, Any]()
    for name, code_list, chosen in (
        ("reason", "review_reason", wanted.reasons),
        ("status", "review_status", wanted.statuses),
    ):
        known = [one.code for one in schema().code_lists[code_list].codes]
        for word in chosen:
            if word not in known:
                raise NotKnown(
                    f"there is no {name} '{word[:40]}'; there are: {', '.join(known)}.",
                    f"没有{'原因' if name == 'reason' else '状态'}“{word[:40]}”；现有：{'、'.join(known)}。",
                )
        if chosen:
            parts.append(f"i.{name} in (select unnest(${name}::varchar[]))")
            bound[name] = list(chosen)
    if wanted.sources:
        parts.append(
            "i.item_id in (select item_id from review_record where source in (select unnest($sources::varchar[])))"
        )
        bound["sources"] = list(wanted.sources)
    if wanted.area:
        parts.append(
            """exists (select 1 from resident p where p.resident_id in (i.left_resident_id, i.right_resident_id)
            and (starts_with(coalesce(p.community_code, p.street_code, p.county_code), $area) or p.grid_code = $area))"""
        )
        bound["area"] = wanted.area
    return " and ".join(parts), bound


def as_waiting(item: Item) -> Item:
    """The item without what linkage thinks of it, for those who decide blind."""
    return replace(item, match_weight=None, match_probability=None, margin=None, suggestion=None)
