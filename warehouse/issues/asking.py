"""Answers about issues: those of the published ledger, and those of editions that wait for a person's decision.

Belongs here: the filters and the one relation that rows, counts and tickets are taken from. Does not belong here: how
an answer is printed (the command line), the workbooks (``tickets.py``).

Editions that are held back or in conflict are in no snapshot, but what is wrong with them is what the decision rests
on: their issues come from the batch that normalized them, through the ledger, so that a snapshot is not even needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from schemas.derive import arrow_schema
from schemas.model import schema
from schemas.problem import Problem
from schemas.sources import Source, load_sources
from warehouse.gateway import ask, connect
from warehouse.issues.declared import codes, columns_of, values
from warehouse.issues.editions import batch_of
from warehouse.issues.sightings import told_folder
from warehouse.ledger import Edition, Ledger
from warehouse.store import literal
from warehouse.workspace import Workspace

WAITING = ("held", "conflict")
_AREA = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}")
SHOWN = (
    "source", "agency", "status", "severity", "code", "label", "dimension", "field", "source_column", "file", "sheet",
    "row_number", "value_masked", "edition_id", "first_seen", "last_seen", "editions", "closed_on", "county_code",
    "street_code", "community_code", "grid_code", "remedy", "issue_id",
)  # fmt: skip
"""Columns of an answer's rows. The record's key is not among them: it may be somebody's number."""


@dataclass(frozen=True)
class Wanted:
    """Filters; an empty one lets everything through. ``area``: the code of an area, for all below it, or of a grid."""

    sources: Sequence[str] = ()
    agency: str | None = None
    codes: Sequence[str] = ()
    severities: Sequence[str] = ()
    fields: Sequence[str] = ()
    area: str | None = None
    statuses: Sequence[str] = ("open", "held")
    settled_by: str | None = None


class NotKnown(Problem):
    """A filter names what there is not: a fault of the question."""


class Issues:
    """All issues of a workspace at one moment. ``as_of``: the date of the snapshot, ``version``: its name, where there
    is one; ``waiting``: the editions whose issues have the status ``held``."""

    def __init__(self, workspace: Workspace) -> None:
        self.sources, _ = load_sources(workspace.sources)
        with Ledger(workspace) as ledger:
            editions = ledger.editions()
        named = {source.source for source in self.sources}
        self.editions = {e.edition_id: e for e in editions if e.source in named}
        self.waiting = [e for e in self.editions.values() if e.status in WAITING]
        self.con = duckdb.connect(
            config={"memory_limit": "2GB", "threads": 2, "python_enable_replacements": "false"}
        )
        self.con.execute("set enable_progress_bar = false")
        self.version, self.as_of, published = self._published(workspace)
        self.con.register("published_case", published)
        self.con.execute(f"create table all_issue as {self._all(workspace)}")

    def rows(self, wanted: Wanted, columns: Sequence[str] = SHOWN, limit: int | None = None) -> pa.Table:
        """The issues wanted, the worst first. Raises NotKnown."""
        where, bound = self.where(wanted)
        return self.con.sql(
            f"select {', '.join(columns)} from all_issue where {where} order by "
            "case severity when 'error' then 0 when 'warning' then 1 else 2 end, source, code, field nulls first, "
            "file nulls first, sheet nulls first, row_number nulls first, status, issue_id"
            + (f" limit {int(limit)}" if limit is not None else ""),
            params=bound,
        ).to_arrow_table()

    def counts(self, wanted: Wanted) -> pa.Table:
        """How many issues of each source, code and status are wanted, the worst first. Raises NotKnown."""
        where, bound = self.where(wanted)
        return self.con.sql(
            f"""
            select source, agency, severity, code, label, dimension, status, count(*) as issues,
                min(first_seen) as first_seen, max(last_seen) as last_seen
            from all_issue where {where} group by source, agency, severity, code, label, dimension, status
            order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, issues desc, source, code, status
            """,
            params=bound,
        ).to_arrow_table()

    def agencies(self) -> list[str]:
        """The agencies of the workspace's sources, each once."""
        return sorted({agency_of(source) for source in self.sources})

    def close(self) -> None:
        self.con.close()

    def _published(self, workspace: Workspace) -> tuple[str | None, str | None, pa.Table]:
        try:
            con = connect(workspace)
        except Problem:
            if not self.waiting:
                raise
            return None, None, arrow_schema(schema().tables["issue_case"]).empty_table()
        try:
            if not ask(con, "select 1 from duckdb_tables() where table_name = 'issue_case'").table.num_rows:
                raise Problem(
                    "the snapshot is older than the ledger of issues; run 'oncegrid sync' first.",
                    "当前快照尚无数据问题台账；请先运行 oncegrid sync。",
                )
            version, as_of = con.execute("select version, cast(as_of as varchar) from snapshot").fetchall()[0]
            return str(version), as_of, ask(con, "select * from issue_case").table
        finally:
            con.close()

    def _all(self, workspace: Workspace) -> str:
        listed = ", ".join(
            f"c.{name}" for name in schema().tables["issue_case"].column_names if name not in ("severity", "dimension", "remedy")
        )  # fmt: skip
        return f"""
            select {listed}, d.label, d.severity, d.dimension, d.settled_by, d.remedy
            from (select * from published_case union all by name {self._held(workspace)}) c join {codes()} d using (code)
        """

    def _held(self, workspace: Workspace) -> str:
        """What waits, as rows of ``issue_case`` with the status ``held``."""
        source_of = {source.source: source for source in self.sources}
        files = sorted(
            {
                path
                for e in self.waiting
                if (batch := batch_of(e)) is not None
                and (
                    path := told_folder(workspace, source_of[e.source], batch) / "issue_sighting.parquet"
                ).is_file()
            }
        )
        if not files:
            return "select * from published_case where false"
        dates = values([(e.edition_id, e.as_of.isoformat()) for e in self.waiting], "edition_id", "as_of")
        agencies = values([(s.source, agency_of(s)) for s in self.sources], "source", "agency")
        columns = values(
            [(s.source, name, words) for s in self.sources for name, words in sorted(columns_of(s).items())],
            "source", "field", "source_column",
        )  # fmt: skip
        return f"""
            select substr(sha256(concat_ws(chr(31), 'held', i.edition_id, coalesce(i.file, ''), coalesce(i.sheet, ''),
                    coalesce(i.row_number, 0), coalesce(i.field, ''), i.code, coalesce(i.value_masked, ''))), 1, 24) as issue_id,
                i.source, a.agency, i.code, i.severity, i.field, coalesce(m.source_column, i.field) as source_column,
                i.edition_id, i.file, i.sheet, i.row_number, i.record_key, i.value_masked, 'held' as status,
                coalesce(b.first_seen, cast(e.as_of as date)) as first_seen, cast(e.as_of as date) as last_seen,
                coalesce(b.editions, 0) + 1 as editions, 'cell' as found_when
            from read_parquet([{", ".join(literal(str(path)) for path in files)}]) i
            join {dates} e using (edition_id) join {agencies} a on a.source = i.source
            left join {columns} m on m.source = i.source and m.field = i.field
            left join (
                select source, record_key, field, code, value_masked, min(first_seen) as first_seen, max(editions) as editions
                from published_case where record_key is not null and found_when = 'cell' group by all
            ) b on b.source = i.source and b.record_key = i.record_key and b.field is not distinct from i.field
                and b.code = i.code and b.value_masked is not distinct from i.value_masked
        """

    def where(self, wanted: Wanted) -> tuple[str, dict[str, object]]:
        """The condition on ``all_issue`` and what it is bound with. Raises NotKnown."""
        known = {
            "source": [source.source for source in self.sources],
            "code": [one.code for one in schema().code_lists["issue_code"].codes],
            "severity": [one.code for one in schema().code_lists["severity"].codes],
            "status": [*(one.code for one in schema().code_lists["issue_status"].codes), "held"],
        }
        asked = {
            "source": wanted.sources, "code": wanted.codes, "severity": wanted.severities, "status": wanted.statuses,
        }  # fmt: skip
        parts, bound = ["true"], dict[str, object]()
        for name, chosen in asked.items():
            for word in chosen:
                if word not in known[name]:
                    raise _not_known(name, word, known[name])
            if chosen:
                parts.append(f"{name} in (select unnest(${name}::varchar[]))")
                bound[name] = list(chosen)
        if wanted.fields:
            parts.append(
                "(field in (select unnest($field::varchar[])) or source_column in (select unnest($field::varchar[])))"
            )
            bound["field"] = list(wanted.fields)
        if wanted.agency:
            if not any(wanted.agency in agency for agency in self.agencies()):
                raise _not_known("agency", wanted.agency, self.agencies())
            parts.append("contains(agency, $agency)")
            bound["agency"] = wanted.agency
        if wanted.area:
            parts.append(
                "starts_with(coalesce(community_code, street_code, county_code), $area)"
                if _AREA.fullmatch(wanted.area)
                else "grid_code = $area"
            )
            bound["area"] = _short(wanted.area) if _AREA.fullmatch(wanted.area) else wanted.area
        if wanted.settled_by:
            parts.append("settled_by = $settled_by")
            bound["settled_by"] = wanted.settled_by
        return " and ".join(parts), bound


def agency_of(source: Source) -> str:
    """Whose the source is; its own name where it does not say."""
    return source.agency or source.title or source.source


def _short(code: str) -> str:
    """An area code as long as its level: 210202001000 → 210202001, 210200 → 2102."""
    for length, end in ((12, "000"), (9, "000"), (6, "00"), (4, "00")):
        if len(code) == length and code.endswith(end):
            code = code[: -len(end)]
    return code


def waiting_words(edition: Edition) -> str:
    """An edition that waits, in one line."""
    return f"{edition.edition_id}: {edition.reason or edition.status}"


def _not_known(name: str, word: str, known: Sequence[str]) -> NotKnown:
    listed, chinese = ", ".join(known[:20]), {
        "source": "数据源", "code": "问题代码", "severity": "严重程度", "status": "状态", "agency": "部门",
    }[name]  # fmt: skip
    more = " …" if len(known) > 20 else ""
    return NotKnown(
        f"there is no {name} '{word[:40]}'; there are: {listed}{more}.",
        f"没有{chinese}“{word[:40]}”；现有：{listed}{more}。",
    )
