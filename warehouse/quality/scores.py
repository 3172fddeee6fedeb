"""The table ``quality``: what was checked and what failed, by source, date of its editions, field and measure.

Belongs here: the counts behind each measure of ``schemas/codes/quality_measure.csv`` (their formulas are declared
there and in the table), and the score. Does not belong here: counting cells (``warehouse/issues/sightings.py``).

What follows from the editions is made anew for every date. What only the present records can tell (agreement between
sources, doubts of placing) is made for the newest date, and for earlier ones taken from the version published last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from schemas.model import schema
from schemas.sources import Source
from warehouse.issues.declared import codes
from warehouse.issues.editions import batch_of
from warehouse.issues.sightings import told_folder
from warehouse.ledger import Edition
from warehouse.store import Stage, Store, literal, quoted
from warehouse.unify.inputs import conform
from warehouse.unify.records import governed, placed_fields

WHOLE = "*"
"""The field of a row that speaks of the whole source."""
CARRIED = ("agreed", "placed")
"""Measures that only the present records can tell."""
_POOLED = ("well_formed", "filled", "correct", "coherent", "agreed")
_NOT_COMPARED = ("address", "key")
_BY_ISSUES: Mapping[str, str] = {
    "well_formed": "conformity",
    "correct": "accuracy",
    "coherent": "consistency",
}
_TEXT, _COUNTS = ("source", "edition_id", "status", "mode"), ("read", "kept", "rejected", "repeated")
_ARROW = pa.schema(
    [(name, pa.string()) for name in _TEXT]
    + [(name, pa.int64()) for name in _COUNTS]
    + [("as_of", pa.date32()), ("current", pa.bool_()), ("allowed", pa.int64())]
)


@dataclass(frozen=True)
class QualityInputs:
    """``editions``: all of the sources', as the ledger has them; ``current``: the ids of those in use. ``values``:
    the scan of ``resident_value``, ``place_issues`` that of stage place's ``issue``, ``previous`` that of ``quality`` in
    the newest version. ``as_of``: the newest date that a current edition speaks of."""

    sources: Sequence[Source]
    editions: Sequence[Edition]
    current: frozenset[str]
    values: str
    place_issues: str
    as_of: date
    previous: str | None = None


def make_quality(store: Store, stage: Stage, inputs: QualityInputs) -> None:
    """Write ``quality`` into ``stage``."""
    _load_editions(store, inputs)
    try:
        parts = [*_cells(store, inputs), _rows(), _on_time(inputs.as_of), _agreed(inputs.values)]
        parts.append(_placed(inputs.place_issues))
        made = " union all by name ".join(f"({part})" for part in parts)
        store.con.execute(f"create or replace temp table quality_count as {made}")
        stage.write("quality", _scored(store, inputs))
    finally:
        for name in ("quality_edition", "quality_count"):
            store.con.execute(f"drop table if exists temp.{name}")


def _load_editions(store: Store, inputs: QualityInputs) -> None:
    source_of = {source.source: source for source in inputs.sources}
    rows = [
        {
            "source": e.source, "edition_id": e.edition_id, "status": e.status, "mode": source_of[e.source].mode,
            "read": e.rows_read or 0, "kept": e.rows_kept or 0, "rejected": e.rows_rejected or 0,
            "repeated": e.skips.get("repeated_key", 0), "as_of": e.as_of, "current": e.edition_id in inputs.current,
            "allowed": _allowed(source_of[e.source]),
        }
        for e in inputs.editions if e.source in source_of
    ]  # fmt: skip
    store.con.register("quality_edition_in", pa.Table.from_pylist(rows, schema=_ARROW))
    store.con.execute("create or replace temp table quality_edition as select * from quality_edition_in")
    store.con.unregister("quality_edition_in")


def _allowed(source: Source) -> int | None:
    """Days from one edition to the next by the source's own word; None where it gives none (a database is asked anew
    at every sync)."""
    if source.due is None or source.database is not None:
        return None
    return math.ceil((source.due.every + (source.due.grace or timedelta())) / timedelta(days=1))


def _told(store: Store, inputs: QualityInputs, table: str) -> str | None:
    source_of = {source.source: source for source in inputs.sources}
    files: set[Path] = {
        told_folder(store.workspace, source_of[e.source], batch) / f"{table}.parquet"
        for e in inputs.editions
        if e.status == "kept" and e.source in source_of and (batch := batch_of(e)) is not None
    }
    if not files:
        return None
    return f"read_parquet([{', '.join(literal(str(path)) for path in sorted(files))}])"


def _cells(store: Store, inputs: QualityInputs) -> list[str]:
    """Of the cells of a field: how many are filled, and of these how many have an issue of each dimension."""
    counts, sightings = _told(store, inputs, "field_count"), _told(store, inputs, "issue_sighting")
    if counts is None or sightings is None:
        return []
    filled = f"""
        select e.source, e.as_of, c.field, sum(c.records) as records, sum(c.filled) as filled
        from {counts} c join quality_edition e using (edition_id) where e.status = 'kept' group by all
    """
    wrong = f"""
        select e.source, e.as_of, i.field, d.dimension, count(distinct (i.edition_id, i.file, i.sheet, i.row_number)) as cells
        from {sightings} i join quality_edition e using (edition_id) join {codes()} d using (code)
        where e.status = 'kept' and d.severity <> 'info' and i.row_number is not null group by all
    """
    parts = [f"select source, as_of, field, 'filled' as measure, records as checked, records - filled as failed from ({filled})"]  # fmt: skip
    parts += [
        f"select f.source, f.as_of, f.field, {literal(measure)} as measure, f.filled as checked, "
        f"least(coalesce(w.cells, 0), f.filled) as failed from ({filled}) f left join ({wrong}) w "
        f"on w.source = f.source and w.as_of = f.as_of and w.field = f.field and w.dimension = {literal(dimension)}"
        for measure, dimension in _BY_ISSUES.items()
    ]
    return parts


def _rows() -> str:
    """Of whole rows and files."""
    where = f"select source, as_of, {literal(WHOLE)} as field"
    return f"""
        {where}, 'rows_whole' as measure, sum(read) as checked, sum(rejected) as failed
        from quality_edition where status = 'kept' group by all
        union all
        {where}, 'unique_key' as measure, sum(kept + repeated) as checked, sum(repeated) as failed
        from quality_edition where status = 'kept' group by all
        union all
        {where}, 'readable' as measure, count(*) as checked, count(*) filter (where status = 'failed') as failed
        from quality_edition where status <> 'landed' group by all
    """


def _on_time(today: date) -> str:
    """Days from each date to the next one, and how many of them the data was older than the source promises."""
    return f"""
        select source, as_of, {literal(WHOLE)} as field, 'on_time' as measure, days as checked, greatest(days - allowed, 0) as failed
        from (
            select source, as_of, allowed,
                greatest(date_diff('day', as_of, coalesce(lead(as_of) over (partition by source order by as_of), date {literal(today.isoformat())})), 1) as days
            from (select distinct source, as_of, allowed from quality_edition where status = 'kept' and allowed is not null)
        )
    """


def _newest() -> str:
    """The date under which the present records of a source are scored."""
    return "(select source, max(as_of) as as_of from quality_edition where current group by source)"


def _agreed(values: str) -> str:
    """Words on a field of a person of whom another source speaks too, and those that are not the value chosen.

    Addresses are left out, which every agency writes its own way, and numbers that mean something in one source only.
    Presumed words are no source's; a part of the residence is what stage place made of an address, and a value that
    follows another field's record was not compared.
    """
    compared = [
        name for name, one in governed().items()
        if name not in placed_fields() and one.survivorship is not None and one.survivorship.rule != "with"
        and one.type not in _NOT_COMPARED
    ]  # fmt: skip
    listed = ", ".join(literal(name) for name in compared)
    return f"""
        select w.source, n.as_of, w.field, 'agreed' as measure, count(*) as checked, count(*) filter (where w.differs) as failed
        from (
            select v.source, v.field, v.edition_id, v.record_key, v.record_no, v.resident_id, bool_or(v.value <> g.value) as differs
            from {values} v join (
                select resident_id, field, max(value) filter (where chosen) as value from {values}
                where field in ({listed}) and reason not in ('only', 'presumed', 'unseen')
                group by resident_id, field having min(source) <> max(source)
            ) g on g.resident_id = v.resident_id and g.field = v.field
            where v.reason not in ('only', 'presumed', 'unseen') and g.value is not null
            group by all
        ) w join quality_edition e using (edition_id) join {_newest()} n on n.source = w.source
        where e.current group by w.source, n.as_of, w.field
    """


def _placed(place_issues: str) -> str:
    """Rows of which stage place doubts a field, of the records in use."""
    return f"""
        select i.source, n.as_of, i.field, 'placed' as measure, k.kept as checked, least(i.rows, k.kept) as failed
        from (
            select i.source, i.field, count(distinct (i.edition_id, i.file, i.sheet, i.row_number)) as rows
            from {place_issues} i join {codes()} d using (code) where d.severity <> 'info' group by i.source, i.field
        ) i join {_newest()} n using (source)
        join (select source, sum(kept) as kept from quality_edition where current group by source) k using (source)
    """


def _scored(store: Store, inputs: QualityInputs) -> str:
    measures = ", ".join(
        f"({literal(one.code)}, {literal(one.extra['dimension'])})"
        for one in schema().code_lists["quality_measure"].codes
    )
    pooled = ", ".join(literal(name) for name in _POOLED)
    carried = ", ".join(literal(name) for name in CARRIED)
    before = ""
    if inputs.previous is not None:
        columns = ", ".join(
            quoted(name) for name in ("source", "as_of", "field", "measure", "checked", "failed")
        )
        before = f"""
            union all
            select {columns} from {conform(store, inputs.previous, "quality")} p
            where measure in ({carried})
            and exists (select 1 from quality_edition e where e.status = 'kept' and e.source = p.source and e.as_of = p.as_of)
            and p.as_of < (select n.as_of from {_newest()} n where n.source = p.source)
        """  # fmt: skip
    return f"""
        select c.source, c.as_of, c.field, c.measure, m.dimension, c.checked, c.failed,
            round(100.0 * (c.checked - c.failed) / c.checked, 2) as score
        from (
            select source, as_of, field, measure, checked, failed from quality_count
            union all
            select source, as_of, {literal(WHOLE)} as field, measure, sum(checked) as checked, sum(failed) as failed
            from quality_count where measure in ({pooled}) group by all
            {before}
        ) c join (values {measures}) m(measure, dimension) using (measure)
        where c.checked > 0
    """
