"""What is known of every edition and every source, in the workspace's state (SQLite).

An edition is one landed file or one pull of a database. The ledger says what became of it and why; commands
that only read answer from it while a sync runs. Deciding what becomes of an edition is in ``editions.py``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from schemas.problem import Problem, told
from warehouse.workspace import Workspace

Status = Literal["landed", "read", "kept", "held", "failed", "conflict", "rejected", "replaced"]

_DDL = """
create table if not exists edition (
  edition_id text primary key, source text not null, file text not null, sha256 text not null,
  size integer not null, as_of text not null, as_of_from text not null, part text, landed_at text not null,
  replaces text, status text not null, reason_en text, reason_zh text, unreadable integer not null default 0,
  format text, encoding text, header_row integer, rows_read integer, rows_kept integer, rows_skipped integer,
  rows_rejected integer, skips text not null default '{}', fills text not null default '{}',
  batch text, accepted_by text, accepted_reason text, accepted_at text, stated text not null default '{}');
create index if not exists edition_of_source on edition(source, as_of);
create table if not exists source_state (
  source text primary key, checked_at text not null, problem_en text, problem_zh text, unreadable integer not null default 0);
create table if not exists run (
  run_id integer primary key autoincrement, started_at text not null, ended_at text, status text not null,
  version text, summary text not null default '{}');
"""


@dataclass(frozen=True)
class Edition:
    """One landed file or pull and what became of it. Counts are rows of the file; None before it was read."""

    edition_id: str
    source: str
    file: str
    sha256: str
    size: int
    as_of: date
    as_of_from: str
    part: str | None
    landed_at: str
    replaces: str | None = None
    status: Status = "landed"
    reason_en: str | None = None
    reason_zh: str | None = None
    unreadable: bool = False
    format: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    rows_read: int | None = None
    rows_kept: int | None = None
    rows_skipped: int | None = None
    rows_rejected: int | None = None
    skips: Mapping[str, int] = field(default_factory=dict)
    fills: Mapping[str, float] = field(default_factory=dict)
    batch: str | None = None
    accepted_by: str | None = None
    accepted_reason: str | None = None
    accepted_at: str | None = None
    # What form lines of the file say: 填报单位, 填报日期 …
    stated: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Why it has its status, in the current language."""
        return told(self.reason_en, self.reason_zh or self.reason_en) if self.reason_en else None

    def because(self, status: Status, problem: Problem | None = None) -> Edition:
        """This edition with another status and the reason for it."""
        return replace(
            self, status=status, reason_en=problem.text("en") if problem else None,
            reason_zh=problem.text("zh") if problem else None,
        )  # fmt: skip


@dataclass(frozen=True)
class SourceState:
    """How a source fared at the last sync: its problem, if any, apart from those of single editions."""

    source: str
    checked_at: str
    problem_en: str | None
    problem_zh: str | None
    unreadable: bool

    @property
    def problem(self) -> str | None:
        return told(self.problem_en, self.problem_zh or self.problem_en) if self.problem_en else None


def now() -> str:
    """The present moment, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Ledger:
    """The ledger of one workspace. Safe for one writer and many readers (SQLite, write-ahead log)."""

    def __init__(self, workspace: Workspace) -> None:
        workspace.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._con = sqlite3.connect(workspace.ledger, timeout=30, isolation_level=None)
        self._con.row_factory = sqlite3.Row
        self._con.execute("pragma journal_mode = wal")
        self._con.executescript(_DDL)
        if "stated" not in [row["name"] for row in self._con.execute("pragma table_info(edition)")]:
            # A ledger of a version that did not keep it.
            self._con.execute("alter table edition add column stated text not null default '{}'")

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All changes within are made together or not at all."""
        self._con.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._con.execute("rollback")
            raise
        self._con.execute("commit")

    # -- editions ------------------------------------------------------------------------------------------
    def put(self, edition: Edition) -> None:
        """Record an edition as it now is."""
        row = {f.name: getattr(edition, f.name) for f in fields(edition)}
        row |= {
            "as_of": edition.as_of.isoformat(), "unreadable": int(edition.unreadable),
            "skips": json.dumps(dict(edition.skips), sort_keys=True), "fills": json.dumps(dict(edition.fills), sort_keys=True),
            "stated": json.dumps(dict(edition.stated), ensure_ascii=False),
        }  # fmt: skip
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        self._con.execute(f"insert or replace into edition ({names}) values ({marks})", row)

    def put_all(self, editions: Iterable[Edition]) -> None:
        """Record several editions together."""
        with self.together():
            for edition in editions:
                self.put(edition)

    def editions(self, source: str | None = None) -> list[Edition]:
        """All editions (of one source), oldest first."""
        where, arguments = ("where source = ?", [source]) if source else ("", [])
        rows = self._con.execute(
            f"select * from edition {where} order by source, as_of, landed_at, edition_id", arguments
        )
        return [_edition(row) for row in rows.fetchall()]

    def edition(self, edition_id: str) -> Edition | None:
        row = self._con.execute("select * from edition where edition_id = ?", [edition_id]).fetchone()
        return _edition(row) if row else None

    # -- sources -------------------------------------------------------------------------------------------
    def put_source(self, source: str, problem: Problem | None, *, unreadable: bool = False) -> None:
        """Record how a source fared."""
        self._con.execute(
            "insert or replace into source_state values (?, ?, ?, ?, ?)",
            [
                source,
                now(),
                problem.text("en") if problem else None,
                problem.text("zh") if problem else None,
                int(unreadable),
            ],
        )

    def source_states(self) -> dict[str, SourceState]:
        rows = self._con.execute("select * from source_state").fetchall()
        return {
            row["source"]: SourceState(**(dict(row) | {"unreadable": bool(row["unreadable"])}))
            for row in rows
        }

    def forget_sources(self, known: Iterable[str]) -> None:
        """Drop the states of sources that the workspace no longer has."""
        known = set(known)
        for name in self.source_states():
            if name not in known:
                self._con.execute("delete from source_state where source = ?", [name])

    # -- runs ----------------------------------------------------------------------------------------------
    def start_run(self) -> int:
        cursor = self._con.execute("insert into run (started_at, status) values (?, 'running')", [now()])
        return int(cursor.lastrowid or 0)

    def end_run(self, run_id: int, status: str, version: str | None, summary: Mapping[str, Any]) -> None:
        self._con.execute(
            "update run set ended_at = ?, status = ?, version = ?, summary = ? where run_id = ?",
            [now(), status, version, json.dumps(summary, ensure_ascii=False, default=str), run_id],
        )

    def last_run(self) -> dict[str, Any] | None:
        row = self._con.execute("select * from run order by run_id desc limit 1").fetchone()
        return (dict(row) | {"summary": json.loads(row["summary"])}) if row else None


def _edition(row: sqlite3.Row) -> Edition:
    values = dict(row)
    values["as_of"] = date.fromisoformat(values["as_of"])
    values["unreadable"] = bool(values["unreadable"])
    for name in ("skips", "fills", "stated"):
        values[name] = json.loads(values[name])
    return Edition(**values)
