"""The stages over the current records of all sources, and what they are given.

Belongs here: which editions are current, their scans, the signature of everything that goes into a snapshot, and
the order place → link → unify → publish. Does not belong here: what the stages do (``warehouse``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.code import code_signature
from pipelines.told import quality_stage, write_cases
from schemas.derive import arrow_schema
from schemas.model import RECORD_KINDS, schema
from schemas.settings import Settings
from schemas.sources import Source
from warehouse.checks import CheckResult, run_checks
from warehouse.editions import current
from warehouse.keys import load_key
from warehouse.ledger import Edition, Ledger
from warehouse.link import LinkInputs, commit_ledger, link
from warehouse.link.versions import models
from warehouse.normalize.issues import severities
from warehouse.place import PlaceInputs, place
from warehouse.publish import Facts, publish, version_name, versions
from warehouse.publish.meta import META_TABLES
from warehouse.publish.version import current as served
from warehouse.publish.version import free_name
from warehouse.review.judgements import Judgements
from warehouse.store import Stage, Store, literal, signature
from warehouse.unify import Previous, UnifyInputs, unify
from warehouse.unify.inputs import scan_or_empty
from warehouse.workspace import Workspace

CODE = ("schemas", "warehouse")


class City:
    """One run's view of all sources together."""

    def __init__(
        self,
        workspace: Workspace,
        store: Store,
        ledger: Ledger,
        settings: Settings,
        sources: Sequence[Source],
        moment: datetime,
    ) -> None:
        self.workspace, self.store, self.ledger = workspace, store, ledger
        self.settings, self.sources, self.moment = settings, sources, moment
        self.version: str | None = served(workspace).get("core")
        self.changed = False
        self.stages: dict[str, Stage] = {}

    # -- what goes in --------------------------------------------------------------------------------------
    @cached_property
    def editions(self) -> dict[str, list[Edition]]:
        """The current editions of each source that has any."""
        found = {s.source: current(s, self.ledger.editions(s.source)) for s in self.sources}
        return {name: editions for name, editions in found.items() if editions}

    @cached_property
    def content(self) -> str:
        """A signature of everything that a snapshot is made from, but for the version before it."""
        editions = {
            name: [(e.edition_id, e.batch, e.status) for e in es] for name, es in self.editions.items()
        }
        told = [(e.edition_id, e.status, e.reason_en, e.rows_read) for e in self.ledger.editions()]
        settings = self.settings.model_dump(
            mode="json", exclude={"users", "retention", "nightly", "threads", "memory", "language"}
        )
        return signature(
            [
                editions,
                told,
                settings,
                [s.model_dump(mode="json") for s in self.sources],
                code_signature(*CODE),
                self.judgements.to_pylist(),
                max(models(self.workspace), default=1),  # the first night makes the first
            ]
        )

    @cached_property
    def judgements(self) -> pa.Table:
        """The decisions in force on who is who, read once: what is decided while this runs counts the next time."""
        return Judgements(self.workspace).in_force()

    @cached_property
    def as_of(self) -> date | None:
        """The newest date that a current edition speaks of."""
        return max((e.as_of for editions in self.editions.values() for e in editions), default=None)

    @cached_property
    def unchanged(self) -> bool:
        """Whether the snapshot that is served was made from just this."""
        return any(v.version == self.version and v.content == self.content for v in versions(self.workspace))

    def records(self, kind: str) -> str | None:
        """The current rows of ``<kind>_core`` over all sources, as a FROM item; None where no source has any."""
        parts = [
            part for source in self.sources if kind in source.feeds
            for part in [self._records_of(source, kind, self.editions.get(source.source, []))] if part
        ]  # fmt: skip
        return f"({' union all by name '.join(parts)})" if parts else None

    def older(self) -> str | None:
        """Rows of ``resident_core`` of kept editions that are no longer current, as a FROM item."""
        now = {e.edition_id for editions in self.editions.values() for e in editions}
        old = [
            e for s in self.sources if "resident" in s.feeds
            for e in self.ledger.editions(s.source) if e.status in ("kept", "replaced") and e.batch and e.edition_id not in now
        ]  # fmt: skip
        part = self._scan("resident", old)
        return f"({part})" if part else None

    def _records_of(self, source: Source, kind: str, editions: Sequence[Edition]) -> str | None:
        part = self._scan(kind, editions)
        if part is None or source.mode == "full":
            return part
        # A later edition's row of the same key stands for the record, or ends it.
        order = ", ".join(f"({literal(e.edition_id)}, {n})" for n, e in enumerate(editions))
        withdrawn = self._table("withdrawal", editions) or _nothing("withdrawal")
        return f"""
            select * exclude (_rank, _n) from (
                select r.*, o.n as _n, row_number() over (
                    partition by record_key, record_no order by o.n desc, row_number desc) as _rank
                from ({part}) r join (values {order}) as o(edition_id, n) using (edition_id)) r
            where _rank = 1 and not exists (
                select 1 from ({withdrawn}) w join (values {order}) as v(edition_id, n) using (edition_id)
                where w.record_key = r.record_key and v.n >= r._n)"""

    def _file(self, edition: Edition, table: str) -> Path | None:
        """The Parquet of ``table`` in the batch that normalized the edition; None where there is none."""
        if edition.batch is None:
            return None
        path = self.workspace.stages / edition.batch.partition(":")[2] / f"{table}.parquet"
        return path if path.is_file() else None

    def _scan(self, kind: str, editions: Sequence[Edition]) -> str | None:
        return self._table(f"{kind}_core", editions)

    def _table(self, name: str, editions: Sequence[Edition]) -> str | None:
        """The rows of ``name`` of these editions, as a SELECT; None where their batches hold none."""
        files = {p: None for e in editions if (p := self._file(e, name)) is not None}
        if not files:
            return None
        listed = ", ".join(literal(str(path)) for path in files)
        ids = ", ".join(literal(e.edition_id) for e in editions)
        return f"select * from read_parquet([{listed}], union_by_name = true) where edition_id in ({ids})"

    # -- the stages ----------------------------------------------------------------------------------------
    def place(self) -> dict[str, Any]:
        """Where every current record is."""
        self._finish_what_was_cut_off()
        if self.unchanged or not self.editions:
            return {"unchanged": int(self.unchanged)}
        inputs = PlaceInputs(
            records={kind: self.records(kind) for kind in RECORD_KINDS}, signature=self.content
        )
        stage = self.stages["place"] = place(self.store, inputs, self.settings, self._key("resident"))
        return {"rows": stage.counts.get("resident_placed", 0), **stage.counts}

    def link(self) -> dict[str, Any]:
        """Who is who."""
        if "place" not in self.stages:
            return {"unchanged": 1}
        self.version_to_be = free_name(self.workspace, version_name(self.moment))
        residents = self.records("resident") or _nothing("resident_core")
        inputs = LinkInputs(
            residents, self.stages["place"].scan("resident_placed"), judgements="_judgements",
            person_keys=frozenset(s.source for s in self.sources if s.key and s.key_stands_for == "person"),
            signature=self.content,
        )  # fmt: skip
        self.store.con.register("_judgements", self.judgements)
        try:
            stage = self.stages["link"] = link(self.store, inputs, self._key("resident"), self.version_to_be)
        finally:
            self.store.con.unregister("_judgements")
        return {"rows": stage.counts["assignment"], **stage.facts}

    def unify(self) -> dict[str, Any]:
        """Golden values, homes, history."""
        if "link" not in self.stages:
            return {"unchanged": 1}
        placed, linked = self.stages["place"], self.stages["link"]
        inputs = UnifyInputs(
            residents=self.records("resident") or _nothing("resident_core"), placed=placed.scan("resident_placed"),
            assignment=linked.scan("assignment"), changes=linked.scan("resident_change"),
            agencies={s.source: s.agency for s in self.sources},
            areas=placed.scan("area"), grids=placed.scan("grid"), dwellings=placed.scan("dwelling"),
            dwelling_records=self.records("dwelling"), dwelling_placed=placed.scan("dwelling_placed"),
            households=self.records("household"), household_placed=placed.scan("household_placed"),
            benefits=self.records("benefit"), events=self.records("event"), event_placed=placed.scan("event_placed"),
            staff=self.records("staff"), organisations=self.records("organisation"),
            organisation_placed=placed.scan("organisation_placed"),
            older=self.older(), previous=self._previous(), signature=[self.content, linked.key],
        )  # fmt: skip
        stage = self.stages["one"] = unify(
            self.store, inputs, self._key("resident"), self.as_of or self.moment.date()
        )
        return {"rows": stage.counts["resident"], **stage.counts}

    def check(self) -> list[CheckResult]:
        """The cross-table checks over what is about to be published."""
        if "one" not in self.stages:
            return []
        core = self.records("resident") or _nothing("resident_core")
        return run_checks(self.store, {**self._tables(), "resident_core": core})

    def publish(self) -> dict[str, Any]:
        """A new version of every audience's files, served at once; then the identities become the ledger's."""
        if "one" not in self.stages:
            return {"version": self.version or "none", "changed": 0}
        facts = Facts(
            content=self.content,
            as_of=self.as_of,
            sources=self.sources,
            city=self.settings.city,
            moment=self.moment,
        )
        note = self.workspace.warehouse / "publishing.txt"
        note.write_text(f"{self.stages['link'].key} {self.version_to_be}", "utf-8")
        done = publish(
            self.workspace, self._tables(), version=self.version_to_be, facts=facts,
            keys={"analyst": self._key("analyst")}, memory=self.settings.memory, threads=self.settings.threads,
        )  # fmt: skip
        commit_ledger(self.store, self.stages["link"], done.version)
        note.unlink()
        self.version, self.changed = done.version, done.new
        return {
            "version": done.version,
            "changed": int(done.new),
            **{f"{a} rows": sum(r.values()) for a, r in done.rows.items()},
        }

    def totals(self) -> dict[str, int]:
        """Rows of the main tables in the snapshot that is served."""
        now = next((v for v in versions(self.workspace) if v.version == self.version), None)
        rows = now.rows.get("core", {}) if now else {}
        return {
            name + "s": rows[name] for name in ("resident", "household", "dwelling", "issue") if name in rows
        }

    # -- what the stages share -----------------------------------------------------------------------------
    def _key(self, name: str) -> bytes:
        shown = str(getattr(self.settings.keys, name))
        return load_key(self.workspace.root / shown, shown)

    def _finish_what_was_cut_off(self) -> None:
        """A run killed between publishing and committing its identities: commit them now."""
        note = self.workspace.warehouse / "publishing.txt"
        if note.is_file():
            key, version = note.read_text("utf-8").split()
            stage = Stage(self.store, "link", key, None)
            if stage.done and any(v.version == version for v in versions(self.workspace)):
                commit_ledger(self.store, stage, version)
            note.unlink()

    def _previous(self) -> Previous | None:
        newest = max((v for v in versions(self.workspace)), key=lambda v: v.published_at, default=None)
        if newest is None:
            return None
        folder = self.workspace.published / newest.version / "core"
        resident, value, history = (
            f"read_parquet({literal(str(folder / f'{name}.parquet'))})"
            for name in ("resident", "resident_value", "resident_history")
        )
        others = {
            path.stem: f"read_parquet({literal(str(path))})"
            for path in sorted(folder.glob("*_history.parquet"))
            if path.stem not in ("resident_history", "resident_record_history")
        }
        return Previous(resident, value, history, others)

    def _tables(self) -> Mapping[str, str]:
        """Every table to publish, by name, as a FROM item."""
        found = {}
        for name, table in schema().tables.items():
            if table.audiences and name not in META_TABLES:
                stage = next(
                    s
                    for s in (
                        self._about(),
                        self._quality(),
                        self.stages["one"],
                        self.stages["link"],
                        self.stages["place"],
                    )
                    if s.path(name).is_file()
                )
                found[name] = stage.scan(name)
        return found

    def _about(self) -> Stage:
        """The tables about the data: editions, what was skipped, issues."""
        if "about" not in self.stages:
            made = [self.stages[name].key for name in ("place", "link", "one")]
            with self.store.stage("about", [self.content, *made]) as stage:
                if not stage.done:
                    self._write_about(stage)
            self.stages["about"] = stage
        return self.stages["about"]

    def _quality(self) -> Stage:
        if "quality" not in self.stages:
            self.stages["quality"] = quality_stage(self, self._about())
        return self.stages["quality"]

    def _write_about(self, stage: Stage) -> None:
        modes = {s.source: s.mode for s in self.sources}
        editions = [e for e in self.ledger.editions() if e.source in modes]
        told = [
            {
                "source": e.source, "edition_id": e.edition_id, "file": e.file, "sha256": e.sha256, "as_of": e.as_of,
                "part": e.part, "mode": modes[e.source], "format": e.format, "encoding": e.encoding,
                "header_row": e.header_row, "stated": json.dumps(dict(e.stated), ensure_ascii=False) if e.stated else None,
                "rows_read": e.rows_read, "rows_kept": e.rows_kept,
                "rows_skipped": e.rows_skipped, "rows_rejected": e.rows_rejected, "status": e.status, "reason": e.reason_zh,
            } for e in editions
        ]  # fmt: skip
        skips = [
            {"source": e.source, "edition_id": e.edition_id, "why": why, "rows": rows}
            for e in editions for why, rows in sorted(e.skips.items())
        ]  # fmt: skip
        con = self.store.con
        for name, rows in (("edition", told), ("edition_skip", skips)):
            con.register("_about", pa.Table.from_pylist(rows, schema=arrow_schema(schema().tables[name])))
            stage.write(name, "select * from _about")
            con.unregister("_about")
        files = {
            p: None for es in self.editions.values() for e in es if (p := self._file(e, "issue")) is not None
        }
        ids = ", ".join(literal(e.edition_id) for es in self.editions.values() for e in es) or "''"
        parts = [f"select * from read_parquet({literal(str(p))}) where edition_id in ({ids})" for p in files]
        parts += [f"select * from {self.stages[name].scan('issue')}" for name in ("place", "link", "one")]
        parts.append(
            "select source, edition_id, file, 'file_unreadable' as code, "
            f"{literal(severities()['file_unreadable'])} as severity from {stage.scan('edition')} where status = 'failed'"
        )
        stage.write("issue", " union all by name ".join(parts))
        write_cases(self, stage)


def _nothing(table: str) -> str:
    """A FROM item with the columns of ``table`` and no rows."""
    return scan_or_empty(None, table)


def checked_tables() -> list[str]:
    """Names of the tables that are checked before publishing: all that is published, and the records it is made of."""
    published = (
        name for name, table in schema().tables.items() if table.audiences and name not in META_TABLES
    )
    return [*published, "resident_core"]
