"""Whether a decision can hold together with those in force: 'same' is transitive, 'different' must not stand within it.

Belongs here: the ties between records that decisions make, kept up one by one. A Python loop over the records of
decisions, which are thousands at most. Does not belong here: keeping decisions (``judgements.py``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from schemas.problem import Problem

if TYPE_CHECKING:
    from warehouse.review.judgements import Judgement, Record


class Ties:
    """Groups of records that decisions say are one person, and which groups they say are apart."""

    def __init__(self) -> None:
        self._group: dict[Record, int] = {}
        self._members: dict[int, list[Record]] = {}
        self._apart: dict[int, dict[int, Judgement]] = {}
        self._same: dict[Record, list[tuple[Record, Judgement]]] = {}

    def add(self, one: Judgement) -> None:
        """Take in a decision that contradicts nothing (``against`` was asked before)."""
        if one.verdict == "same":
            hub = one.left[0]
            for record in (*one.left[1:], *one.right):
                # The sides hold together through one record each; which it is makes no difference to the groups.
                self._same.setdefault(hub, []).append((record, one))
                self._same.setdefault(record, []).append((hub, one))
                self._join(self._of(hub), self._of(record))
        elif one.verdict == "different":
            for a in {self._of(record) for record in one.left}:
                for b in {self._of(record) for record in one.right}:
                    self._apart.setdefault(a, {}).setdefault(b, one)
                    self._apart.setdefault(b, {}).setdefault(a, one)

    def against(self, one: Judgement) -> list[Judgement]:
        """The decisions that ``one`` contradicts, in the order that shows why; empty where there are none."""
        if one.verdict == "same":
            groups = sorted({g for r in (*one.left, *one.right) if (g := self._group.get(r)) is not None})
            for i, g in enumerate(groups):
                for h in groups[i + 1 :]:
                    if (other := self._apart.get(g, {}).get(h)) is not None:
                        return self._why_apart(one, other)
            return []
        for left in one.left:
            for right in one.right:
                a, b = self._group.get(left), self._group.get(right)
                if a is None or b is None:
                    continue
                if a == b:
                    return self._path([left], [right])
                if one.verdict == "unsure" and b in self._apart.get(a, {}):
                    return [self._apart[a][b]]
        return []

    def _of(self, record: Record) -> int:
        if record not in self._group:
            number = len(self._group)
            self._group[record], self._members[number] = number, [record]
        return self._group[record]

    def _join(self, a: int, b: int) -> None:
        if a == b:
            return
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        for record in self._members.pop(b):
            self._group[record] = a
            self._members[a].append(record)
        for other, why in self._apart.pop(b, {}).items():
            self._apart[other].pop(b, None)
            self._apart.setdefault(a, {}).setdefault(other, why)
            self._apart[other].setdefault(a, why)

    def _why_apart(self, new: Judgement, other: Judgement) -> list[Judgement]:
        """``other`` says 'different' of two records that ``new`` would tie: the decisions in between, and it."""
        ends = (*new.left, *new.right)
        found = {*self._path(ends, other.left), *self._path(ends, other.right)}
        return [*sorted(found, key=lambda one: one.judgement_id), other]

    def _path(self, starts: Iterable[Record], goals: Iterable[Record]) -> list[Judgement]:
        """The decisions 'same' on a shortest way from one of ``starts`` to one of ``goals``."""
        goal, queue = set(goals), deque(dict.fromkeys(starts))
        before: dict[Record, tuple[Record, Judgement] | None] = dict.fromkeys(queue)
        while queue:
            record = queue.popleft()
            if record in goal:
                way: list[Judgement] = []
                while (step := before[record]) is not None:
                    record = step[0]
                    way.append(step[1])
                return list(dict.fromkeys(reversed(way)))
            for neighbour, why in self._same.get(record, ()):
                if neighbour not in before:
                    before[neighbour] = (record, why)
                    queue.append(neighbour)
        return []


class Contradiction(Problem):
    """A decision that cannot hold together with others. ``against``: those, in the order that shows why."""

    def __init__(self, new: Judgement, against: Sequence[Judgement]) -> None:
        words = {"same": "同一人", "different": "不同人", "unsure": "不确定", None: ""}
        en = ", ".join(f"{one.judgement_id} ({one.verdict}, {one.user}, {one.at[:10]})" for one in against)
        zh = "、".join(
            f"{one.judgement_id}（{words[one.verdict]}，{one.user}，{one.at[:10]}）" for one in against
        )
        super().__init__(
            f"'{new.verdict}' contradicts what was decided: {en}. Take one of these back first "
            "('oncegrid review undo'), or leave this pair as it is.",
            f"“{words[new.verdict]}”与已有判定矛盾：{zh}。请先撤销其中之一（oncegrid review undo），或维持原判定。",
        )
        self.new, self.against = new, tuple(against)

    def __reduce__(self) -> tuple[object, ...]:
        return (Contradiction, (self.new, self.against))
