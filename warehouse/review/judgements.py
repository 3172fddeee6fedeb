"""The decisions of persons on who is who: append-only, in the workspace's state, apart from every night's results.

A decision names two sides, each one or more records by their KEY (source, record_key, record_no), so that it outlives
editions, nodes and ids. Nothing is rewritten: taking a decision back is a new row that ends the older one. SQLite with
the standard library, as the ledger of editions: a command that only asks must start at once.

Does not belong here: what linkage makes of a decision (``warehouse/link``), what waits for one (``queue.py``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from schemas.problem import Problem
from warehouse.ledger import now
from warehouse.review.contradictions import Contradiction, Ties
from warehouse.store import signature
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

Verdict = Literal["same", "different", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("same", "different", "unsure")
LONGEST = 1000  # characters of a reason
_DDL = """
create table if not exists judgement (
  serial integer primary key autoincrement, verdict text check (verdict in ('same', 'different', 'unsure')),
  ends integer unique references judgement(serial), item_id text, user text not null, reason text not null,
  at text not null, origin text, check ((verdict is null) <> (ends is null)));
create table if not exists judgement_record (
  serial integer not null references judgement(serial), side text not null check (side in ('left', 'right')),
  source text not null, record_key text not null, record_no integer not null,
  primary key (serial, side, source, record_key, record_no)) without rowid;
create table if not exists sample_link (
  month text not null, number integer not null, made_at text not null, version text not null, rule text not null,
  weight real, probability real, left_source text not null, left_record_key text not null, left_record_no integer not null,
  right_source text not null, right_record_key text not null, right_record_no integer not null,
  population integer not null, primary key (month, number));
"""
# What was decided stays as it was written, whoever has the file open.
_KEPT = "".join(
    f"create trigger if not exists {table}_{verb} before {verb} on {table} "
    "begin select raise(abort, 'append-only'); end;"
    for table in ("judgement", "judgement_record", "sample_link")
    for verb in ("update", "delete")
)


class Record(NamedTuple):
    """The KEY of a record. ``str`` is how people write it: ``source:record_key``, and ``#n`` where a row held several."""

    source: str
    record_key: str
    record_no: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.record_key}" + (f"#{self.record_no}" if self.record_no else "")


@dataclass(frozen=True)
class Judgement:
    """One row: a verdict on two sides, or (``ends``) the end of an older one. ``ended_by``: the row that ended it."""

    judgement_id: str
    verdict: Verdict | None
    left: tuple[Record, ...]
    right: tuple[Record, ...]
    user: str
    reason: str
    at: str
    item_id: str | None = None
    ends: str | None = None
    origin: str | None = None
    ended_by: str | None = None


class Judgements:
    """The decisions of one workspace. Reading makes no file and takes no lock."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.state / "judgements.sqlite"

    # -- reading -------------------------------------------------------------------------------------------
    def history(self) -> list[Judgement]:
        """Every row ever written, in time order."""
        if not self.path.is_file():
            return []
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=30)) as con:
            return _history(con)

    def standing(self) -> list[Judgement]:
        """The decisions in force, in time order."""
        return [one for one in self.history() if one.ends is None and one.ended_by is None]

    def signature(self) -> str:
        """Equal for equal decisions in force: what a night that uses them must be made from."""
        return signature(
            [(one.judgement_id, one.verdict, one.item_id, one.left, one.right) for one in self.standing()]
        )

    def in_force(self) -> pa.Table:
        """The decisions in force as rows for linkage, in time order: ``left_…``, ``right_…`` (KEYs), ``verdict``,
        ``judgement_id``, ``item_id``; a row for each pair of records of the two sides, so that a decision holds
        while one record of each side is left. A side without records gives one row of nulls there."""
        return pairs_of(self.standing())

    # -- writing -------------------------------------------------------------------------------------------
    @contextmanager
    def writing(self) -> Iterator[Entry]:
        """All that is decided within is written together or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as con:
            con.executescript(_DDL + _KEPT)
            con.execute("begin immediate")
            try:
                yield Entry(con)
            except BaseException:
                con.execute("rollback")
                raise
            con.execute("commit")

    def decide(self, verdict: Verdict, left: Iterable[Record], right: Iterable[Record], *, user: str, reason: str,
               item_id: str | None = None) -> tuple[Judgement, bool]:  # fmt: skip
        """As ``Entry.decide``, alone."""
        with self.writing() as entry:
            return entry.decide(verdict, left, right, user=user, reason=reason, item_id=item_id)

    def undo(self, judgement_id: str, *, user: str, reason: str) -> Judgement:
        """As ``Entry.undo``, alone."""
        with self.writing() as entry:
            return entry.undo(judgement_id, user=user, reason=reason)

    # -- the monthly sample --------------------------------------------------------------------------------
    def sample(self, month: str) -> list[dict[str, Any]]:
        """The links drawn for ``month`` (2026-11), in order; empty where none were drawn."""
        if not self.path.is_file():
            return []
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=30)) as con:
            con.row_factory = sqlite3.Row
            rows = con.execute("select * from sample_link where month = ? order by number", [month])
            return [dict(row) for row in rows.fetchall()]


class Entry:
    """The store, held for writing: what is checked stays true until it is written."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self.con = con
        self._rows = {one.judgement_id: one for one in _history(con)}
        self._ties = Ties()
        for one in self._rows.values():
            if one.ends is None and one.ended_by is None:
                self._ties.add(one)

    def decide(self, verdict: Verdict, left: Iterable[Record], right: Iterable[Record], *, user: str, reason: str,
               item_id: str | None = None, origin: str | None = None, at: str | None = None) -> tuple[Judgement, bool]:  # fmt: skip
        """Write a decision; returns it and whether it is new: the same verdict on the same sides is not said twice.

        Raises Problem where it contradicts decisions in force (they are named), or where user or reason is missing.
        """
        user, reason = _stated(user, reason)
        lefts, rights = tuple(sorted(set(left))), tuple(sorted(set(right)))
        _sides_are_two(lefts, rights, verdict)
        for one in self._rows.values():
            alike = one.verdict == verdict and {one.left, one.right} == {lefts, rights}
            if alike and one.ended_by is None and (rights or one.item_id == item_id):
                return one, False
        serial = len(self._rows) + 1
        new = Judgement(
            _name(serial), verdict, lefts, rights, user, reason, at or now(), item_id, origin=origin
        )
        against = self._ties.against(new)
        if against:
            raise Contradiction(new, against)
        self.con.execute(
            "insert into judgement values (?, ?, null, ?, ?, ?, ?, ?)",
            [serial, verdict, item_id, user, reason, new.at, origin],
        )
        self.con.executemany(
            "insert into judgement_record values (?, ?, ?, ?, ?)",
            [
                (serial, side, *one)
                for side, records in (("left", lefts), ("right", rights))
                for one in records
            ],
        )
        self._rows[new.judgement_id] = new
        self._ties.add(new)
        return new, True

    def undo(self, judgement_id: str, *, user: str, reason: str, at: str | None = None) -> Judgement:
        """End a decision by a new row. Raises Problem where there is none, or it was ended already."""
        user, reason = _stated(user, reason)
        old = self._rows.get(judgement_id)
        if old is None:
            raise Problem(
                f"there is no decision {judgement_id[:20]}; 'oncegrid review decisions' lists them.",
                f"没有判定 {judgement_id[:20]}；用 oncegrid review decisions 查看。",
            )
        if old.ends is not None or old.ended_by is not None:
            by = old.ended_by or old.judgement_id
            raise Problem(
                f"{judgement_id} is not in force any more ({by} ended it or is an ending itself); decide anew.",
                f"{judgement_id} 已不再有效（见 {by}）；如需改变请重新判定。",
            )
        serial = len(self._rows) + 1
        new = Judgement(_name(serial), None, (), (), user, reason, at or now(), old.item_id, judgement_id)
        self.con.execute(
            "insert into judgement values (?, null, ?, ?, ?, ?, ?, null)",
            [serial, int(judgement_id[1:]), old.item_id, user, reason, new.at],
        )
        self._rows[judgement_id] = replace(old, ended_by=new.judgement_id)
        self._rows[new.judgement_id] = new
        self._ties = Ties()
        for one in self._rows.values():
            if one.ends is None and one.ended_by is None:
                self._ties.add(one)
        return new

    def draw(self, rows: Sequence[Sequence[Any]]) -> None:
        """Keep the links drawn for a month: rows of ``sample_link``."""
        marks = ", ".join("?" * 14)
        self.con.executemany(f"insert into sample_link values ({marks})", rows)


def pairs_of(judgements: Sequence[Judgement]) -> pa.Table:
    """Rows for linkage, as ``Judgements.in_force`` says."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    key = (("source", text), ("record_key", text), ("record_no", number))
    fields = [(f"{side}_{name}", kind) for side in ("left", "right") for name, kind in key]
    form = pa.schema([*fields, ("verdict", text), ("judgement_id", text), ("item_id", text)])
    nobody = (None, None, None)
    rows = [
        (*left, *right, one.verdict, one.judgement_id, one.item_id)
        for one in judgements
        for left in one.left or (nobody,)
        for right in one.right or (nobody,)
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(form)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, form, strict=True)], schema=form)


def _history(con: sqlite3.Connection) -> list[Judgement]:
    sides: dict[tuple[int, str], list[Record]] = {}
    for serial, side, *key in con.execute("select * from judgement_record order by 1, 2, 3, 4, 5"):
        sides.setdefault((serial, side), []).append(Record(*key))
    rows = con.execute(
        "select serial, verdict, ends, item_id, user, reason, at, origin from judgement order by serial"
    ).fetchall()
    ended = {row[2]: _name(row[0]) for row in rows if row[2] is not None}
    return [
        Judgement(
            _name(serial), verdict, tuple(sides.get((serial, "left"), ())), tuple(sides.get((serial, "right"), ())),
            user, reason, at, item, _name(ends) if ends is not None else None, origin, ended.get(serial),
        )
        for serial, verdict, ends, item, user, reason, at, origin in rows
    ]  # fmt: skip


def _name(serial: int) -> str:
    return f"J{serial:08d}"


def _stated(user: str, reason: str) -> tuple[str, str]:
    user, reason = user.strip(), reason.strip()
    if not user or not reason:
        raise Problem(
            "a decision needs who decides and why; say --user and --reason.",
            "判定须写明判定人和理由；请给出 --user 和 --reason。",
        )
    if len(reason) > LONGEST or len(user) > 100:
        raise Problem(
            f"the reason may have {LONGEST} characters and the user 100; shorten it.",
            f"理由最多 {LONGEST} 字，判定人最多 100 字；请缩短。",
        )
    return user, reason


def _sides_are_two(left: Sequence[Record], right: Sequence[Record], verdict: Verdict) -> None:
    if not left or (not right and verdict == "same"):
        raise Problem(
            "there is nothing on one side that could be said to be the same; decide 'different' or 'unsure'.",
            "有一方没有现行记录，不能判为同一人；请判为不同或不确定。",
        )
    if set(left) & set(right):
        raise Problem(
            "a record stands on both sides; name two different records.",
            "同一条记录不能既在左侧又在右侧；请给出两条不同的记录。",
        )
