"""A source's new editions, all at once: raw text to core records, issues, outcomes of rows, withdrawals.

Belongs here: the order of the work, what the stage holds, the counts of each edition.
Does not belong here: the types' SQL, keys (``rows.py``), which editions are current (``warehouse/editions.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.model import schema
from schemas.problem import Problem
from schemas.settings import Settings
from schemas.sources import Source
from warehouse.normalize import issues
from warehouse.normalize.codes import load_spellings
from warehouse.normalize.file_issues import of_files
from warehouse.normalize.functions import name_functions
from warehouse.normalize.once import Once, repeating
from warehouse.normalize.raw import RawEdition, RawRelation, raw_relation
from warehouse.normalize.records import COMMON, ID_ISSUE, Statement, groups, own_maps, statement
from warehouse.normalize.rows import make_rows, mark_without_record
from warehouse.normalize.steps import Options
from warehouse.store import Stage, Store, literal, quoted, signature

_REJECTED = ("empty_key",)


@dataclass(frozen=True)
class EditionCounts:
    """What became of an edition's data rows (those the reader gave): kept, and skipped and rejected by reason.

    ``fills``: share of the kept rows in which a field of ``bounds.fill`` has a value.
    """

    kept: int = 0
    skips: Mapping[str, int] = field(default_factory=dict)
    rejects: Mapping[str, int] = field(default_factory=dict)
    fills: Mapping[str, float] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        return sum(self.skips.values())

    @property
    def rejected(self) -> int:
        return sum(self.rejects.values())


@dataclass(frozen=True)
class BatchResult:
    """The stage of a batch: ``<kind>_core`` of every kind fed, ``issue``, ``row_outcome``, ``withdrawal``.

    ``objections``: editions that a person must accept before they are used, with the reason (a new column under
    ``strict: true``; a file without the column of the key).
    """

    stage: Stage
    counts: Mapping[str, EditionCounts]
    new_columns: Mapping[str, tuple[str, ...]]
    objections: Mapping[str, Problem]

    @property
    def batch(self) -> str:
        """The stage's folder below ``stages/``, for the ledger."""
        return f"{self.stage.name}/{self.stage.key}"


def normalize_batch(
    store: Store, source: Source, editions: Sequence[RawEdition], settings: Settings, way: object = None
) -> BatchResult:
    """Normalize ``editions`` of ``source`` (content-addressed: a second time does nothing).

    ``way``: whatever else the result depends on (versions of code and declarations). Raises Problem where a mapped
    column is in no file, or a header fits several.
    """
    options = Options(
        city=settings.city, landline_area=settings.landline_area_code or "", timezone=settings.timezone
    )
    inputs = {
        "source": source.model_dump(mode="json"), "way": way, "options": asdict(options),
        "editions": [
            (e.edition_id, e.as_of, e.file, [(p.path.name, p.columns) for p in e.parts], signature(e.issues))
            for e in editions
        ],
    }  # fmt: skip
    with store.stage(f"core-{source.source}", inputs) as stage:
        if not stage.done:
            _Work(store, source, editions, options, stage).run()
    return _result(stage)


def _result(stage: Stage) -> BatchResult:
    facts = stage.facts
    return BatchResult(
        stage=stage,
        counts={edition: EditionCounts(**counts) for edition, counts in facts["counts"].items()},
        new_columns={edition: tuple(names) for edition, names in facts["new_columns"].items()},
        objections={edition: Problem(**told) for edition, told in facts["objections"].items()},
    )


class _Work:
    """One batch being made. The wide rows of each kind are temp tables while it lasts."""

    def __init__(
        self, store: Store, source: Source, editions: Sequence[RawEdition], options: Options, stage: Stage
    ) -> None:
        self.store, self.source, self.editions, self.options, self.stage = (
            store,
            source,
            editions,
            options,
            stage,
        )
        self.wide: dict[str, list[tuple[Statement, str]]] = {}
        self.once = Once(store)

    def run(self) -> None:
        con = self.store.con
        name_functions(con)
        try:
            if any(edition.parts for edition in self.editions):
                load_spellings(con, own_maps(self.source))
                raw = raw_relation(self.store, self.source, self.editions)
                make_rows(self.store, self.source, raw)
                self._type_rows(raw)
                self._write(raw)
                self._facts(raw)
            else:
                self._write_nothing()
        finally:
            con.execute("drop view if exists og_raw")
            wide = [name for members in self.wide.values() for _, name in members]
            for name in ("og_rows", "og_lost", "og_without", *wide):
                con.execute(f"drop table if exists {name}")
            self.once.drop()

    def _type_rows(self, raw: RawRelation) -> None:
        rows = int(self.store.rows("select count(*) from og_rows")[0][0])
        self.once.repeats = repeating(self.store, [f"c{n}" for n in raw.numbers.values()], rows)
        for kind in self.source.feeds:
            for numbers in groups(self.source, kind):
                made = statement(self.source, kind, numbers, raw, self.options, self.once)
                name = f"og_wide_{kind}_{numbers[0]}"
                # Written out at once: nothing may stand above the steps, or the optimizer writes them into one another.
                self.store.make(name, made.select)
                self.wide.setdefault(kind, []).append((made, name))
        # Sorting the core table needs the memory.
        self.once.drop()

    def _scan(self, kind: str) -> str:
        """A FROM item of the wide rows of a kind, with every column of its core table."""
        written = f"({' union all by name '.join(f'select * from {name}' for _, name in self.wide[kind])})"
        known = {"source"} | {row[0] for row in self.store.rows(f"describe select * from {written}")}
        absent = [
            f", null as {quoted(c)}" for c in schema().record_table(kind).column_names if c not in known
        ]
        return f"(select *, {literal(self.source.source)} as source{''.join(absent)} from {written})"

    def _write(self, raw: RawRelation) -> None:
        self._mark_chance_ids()
        for kind in self.source.feeds:
            table = schema().record_table(kind)
            columns = ", ".join(self._column(kind, name) for name in table.column_names)
            self.stage.write(table, f"select {columns} from {self._scan(kind)} where og_there")
        self._write_outcomes()
        self._write_issues(raw)
        self.stage.write(
            "withdrawal",
            f"select distinct {literal(self.source.source)} as source, edition_id, as_of, record_key from og_rows where state = 'deleted'",
        )

    def _write_outcomes(self) -> None:
        rejected = ", ".join(literal(why) for why in _REJECTED)
        members = [member for of_kind in self.wide.values() for member in of_kind]
        mark_without_record(self.store, [(made.whole, name) for made, name in members])
        self.stage.write(
            "row_outcome",
            "select edition_id, file, sheet, row_number, case when state = 'ok' then 'kept' "
            f"when state in ({rejected}) then 'rejected' else 'skipped' end as outcome, nullif(state, 'ok') as why from og_rows "
            # it has no key to be sorted by, and threads leave the rows in any order
            "order by edition_id, seq, row_number",
        )

    def _write_issues(self, raw: RawRelation) -> None:
        selects, count = [], 0
        for members in self.wide.values():
            for _, name in members:
                selects.append(issues.of_typed_rows(name, self.source.source))
                count += 1
        # Cells that have the chance of a checksum in damaged columns were told by _mark_chance_ids.
        selects += [
            f"select source, edition_id, file, sheet, row_number, 'id_number' as field, 'id_excel000' as code, "
            f"null as value_masked from {self._scan(kind)} where og_there and {self._by_chance(kind)}"
            for kind in self.wide if self._by_chance(kind) != "false"
        ]  # fmt: skip
        selects += issues.of_rows(self.source.source)
        selects += issues.of_editions(self.store, self.source.source, raw.new_columns, raw.lacking)
        selects += of_files(self.store, self.source.source, self.editions, raw.of_tables)
        self.stage.write("issue", issues.together(selects, once=count > 1))

    # -- ids that pass the check by chance -------------------------------------------------------------------
    def _mark_chance_ids(self) -> None:
        """Which editions have ids cut to 15 digits by a spreadsheet: there an id ending in 000 that passes the
        check (one in eleven does) is no proof."""
        self._damaged: dict[str, list[str]] = {}
        for kind, members in self.wide.items():
            if any("id_number" in made.fields for made, _ in members):
                rows = self.store.rows(
                    f"select edition_id from (select edition_id, count(*) filter ({ID_ISSUE} = 'id_excel000') as cut, "
                    f"count(*) as rows from {self._scan(kind)} group by edition_id) "
                    "where cut >= 3 or cut * 100 >= rows and cut > 0 order by edition_id"
                )
                self._damaged[kind] = [row[0] for row in rows]

    def _by_chance(self, kind: str) -> str:
        damaged = self._damaged.get(kind)
        if not damaged:
            return "false"
        listed = ", ".join(literal(edition) for edition in damaged)
        return (
            f"coalesce(edition_id in ({listed}) and {ID_ISSUE} is null and length(id_number) = 18 "
            "and ends_with(id_number, '000'), false)"
        )

    def _column(self, kind: str, name: str) -> str:
        chance = self._by_chance(kind)
        if chance != "false" and name == "id_number":
            return f"case when {chance} then null else id_number end as id_number"
        if chance != "false" and name == "id_status":
            return f"case when {chance} then 'excel000' else id_status end as id_status"
        return quoted(name)

    # -- what is told of the editions ------------------------------------------------------------------------
    def _facts(self, raw: RawRelation) -> None:
        counts: dict[str, dict[str, Any]] = {e.edition_id: asdict(EditionCounts()) for e in self.editions}
        for edition, state, rows in self.store.rows(
            "select edition_id, state, count(*) from og_rows group by all order by all"
        ):
            if state == "ok":
                counts[edition]["kept"] = rows
            else:
                counts[edition]["rejects" if state in _REJECTED else "skips"][state] = rows
        for name in (self.source.bounds.fill or {}) if self.source.bounds else ():
            for edition, share in self._fill(name):
                counts[edition]["fills"][name] = share
        objections = dict(raw.without_key)
        if self.source.strict:
            for e in self.editions:
                if e.edition_id in raw.new_columns:
                    objections.setdefault(e.edition_id, _new_columns(e, raw.new_columns[e.edition_id]))
        self.stage.facts = {
            "counts": counts,
            "new_columns": raw.new_columns,
            "objections": {
                edition: {"en": p.en, "zh": p.zh, "file": p.file, "column": p.column}
                for edition, p in objections.items()
            },
        }

    def _fill(self, name: str) -> list[tuple[str, float]]:
        for kind in self.source.feeds:
            if name in schema().record_table(kind).column_names and name not in COMMON:
                return [
                    (edition, float(share))
                    for edition, share in self.store.rows(
                        f"select edition_id, count({quoted(name)}) / count(*) from {self._scan(kind)} where og_there group by edition_id"
                    )
                ]
        return []

    def _write_nothing(self) -> None:
        for name in [f"{kind}_core" for kind in self.source.feeds] + ["issue", "row_outcome", "withdrawal"]:
            columns = ", ".join(f"null as {quoted(c)}" for c in schema().tables[name].column_names)
            self.stage.write(name, f"select {columns} where false")
        counts = {e.edition_id: asdict(EditionCounts()) for e in self.editions}
        self.stage.facts = {"counts": counts, "new_columns": {}, "objections": {}}


def _new_columns(edition: RawEdition, names: Sequence[str]) -> Problem:
    listed_en, listed_zh = ", ".join(names), "、".join(names)
    return Problem(
        f"new columns that the source YAML does not speak of: {listed_en}. Map or ignore them, or accept this edition "
        "('strict: true' holds it back).",
        f"出现数据源 YAML 未提及的新列：{listed_zh}。请映射或忽略，或人工接受该批次（strict: true 使其暂缓）。",
        file=edition.file,
        column=names[0],
    )
