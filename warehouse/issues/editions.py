"""What the issues of all sources are joined over: the editions, in order, with what each batch told.

Belongs here: the inputs and the temporary tables ``told_edition``, ``told_sighting`` and ``told_clock``.
Does not belong here: one batch (``sightings.py``), what is concluded (``cases.py``).

The clock. ``step`` numbers the truths that a group of issues went through, so that "in the next one it was gone" can be
said: of a full source the dates of each part, of a delta source the editions; but an issue of one record of a delta
source goes by the editions that speak of the record, for silence about it is no cure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from schemas.sources import Source
from warehouse.issues.sightings import identity as identity_of_record
from warehouse.issues.sightings import record_rows, told_folder
from warehouse.ledger import Edition
from warehouse.store import Store, literal

TABLES = ("told_edition", "told_sighting", "told_clock")
USED = ("kept", "replaced")
_ARROW = pa.schema(
    [(name, pa.string()) for name in ("source", "edition_id", "file", "part", "landed_at", "status", "mode")]
    + [("as_of", pa.date32()), ("current", pa.bool_())]
)


@dataclass(frozen=True)
class IssueInputs:
    """``editions``: all of the sources', as the ledger has them; ``current``: the ids of those in use. ``place_issues``
    and ``placed`` (kind → scan) are of stage place, over the current records. ``previous``: the scan of ``issue_case``
    in the newest version, if there is one. ``as_of``: the newest date that a current edition speaks of."""

    sources: Sequence[Source]
    editions: Sequence[Edition]
    current: frozenset[str]
    place_issues: str
    placed: Mapping[str, str]
    as_of: date
    previous: str | None = None
    signature: object = field(default=None)


def batch_of(edition: Edition) -> str | None:
    """The folder below ``stages/`` of the batch that normalized it."""
    return edition.batch.partition(":")[2] if edition.batch else None


def load_editions(store: Store, inputs: IssueInputs) -> None:
    """``told_edition``: every edition with its order (``seq``) and, where it is kept, its ``step``."""
    source_of = {source.source: source for source in inputs.sources}
    rows = [
        {
            "source": e.source, "edition_id": e.edition_id, "file": e.file, "landed_at": e.landed_at, "status": e.status,
            "part": (e.part or "") if source_of[e.source].part is not None else "", "as_of": e.as_of,
            "mode": source_of[e.source].mode, "current": e.edition_id in inputs.current,
        }
        for e in inputs.editions if e.source in source_of
    ]  # fmt: skip
    store.con.register("told_edition_in", pa.Table.from_pylist(rows, schema=_ARROW))
    store.con.execute("""
        create or replace temp table told_edition as
        select e.*, s.step from (
            select *, row_number() over (partition by source order by as_of, landed_at, edition_id) as seq from told_edition_in
        ) e left join (
            select edition_id, dense_rank() over (partition by source, part order by as_of,
                case mode when 'delta' then landed_at end, case mode when 'delta' then edition_id end) as step
            from told_edition_in where status = 'kept'
        ) s using (edition_id)
    """)
    store.con.unregister("told_edition_in")


def load_sightings(store: Store, inputs: IssueInputs) -> None:
    """``told_sighting``: the issues of kept and replaced editions, each once an edition, and ``told_clock``."""
    source_of = {source.source: source for source in inputs.sources}
    used = [e for e in inputs.editions if e.status in USED and e.source in source_of]
    pairs = [(e, batch) for e in used if (batch := batch_of(e)) is not None]
    files = {
        (told_folder(store.workspace, source_of[e.source], batch) / "issue_sighting.parquet", e.source)
        for e, batch in pairs
    }
    rows = told(sorted(path for path, _ in files))
    store.con.execute(f"""
        create or replace temp table told_sighting as
        select *, 'cell' as found_when, {grp("record_key")} as grp from (
            select * from ({rows}) where record_key is not null
            union all by name
            select * exclude (nth) replace ({identity("'cell'")} as issue_id)
            from ({numbered(f"select * from ({rows}) where record_key is null")})
        )
    """)
    touched = " union all ".join(
        f"select {literal(source)} as source, edition_id, record_key from ({rows})"
        for source, rows in _touched(store, [(e, b) for e, b in pairs if e.status == "kept" and source_of[e.source].mode == "delta"], source_of)
    )  # fmt: skip
    of_records = f"""
        union all
        select 'r' || chr(31) || t.source || chr(31) || t.record_key as grp, e.step as moment, e.as_of
        from ({touched}) t join told_edition e using (edition_id)
        where (t.source, t.record_key) in (
            select (source, record_key) from told_sighting where mode = 'delta' and record_key is not null
        )
    """
    store.con.execute(f"""
        create or replace temp table told_clock as
        select *, dense_rank() over (partition by grp order by moment) as n from (
            select distinct * from (
                select 'p' || chr(31) || source || chr(31) || part as grp, step as moment, as_of
                from told_edition where step is not null
                {of_records if touched else ""}
            )
        )
    """)


def identity(stage: str) -> str:
    """SQL of ``issue_id``: that of its record, and of an issue without one, its number among its like."""
    parts = [stage, "source", "part", "coalesce(field, '')", "code", "nth"]
    alike = f"substr(sha256(concat_ws(chr(31), 'p', {', '.join(parts)})), 1, 24)"
    return f"case when record_key is null then {alike} else {identity_of_record(stage)} end"


def grp(record_key: str) -> str:
    """SQL of the group of the clock that an issue goes by."""
    return (
        f"case when mode = 'delta' and {record_key} is not null then 'r' || chr(31) || source || chr(31) || {record_key} "
        "else 'p' || chr(31) || source || chr(31) || part end"
    )


def told(paths: Sequence[Path]) -> str:
    """The sightings of used editions with what is known of the edition."""
    if not paths:
        return (
            "select null::varchar as issue_id, null::varchar as sheet, null::bigint as row_number, null::varchar as record_key, null::varchar as field, "
            "null::varchar as code, null::varchar as severity, null::varchar as value_masked, * from told_edition where false"
        )
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"""
        select i.issue_id, i.file, i.sheet, i.row_number, i.record_key, i.field, i.code, i.severity, i.value_masked,
            e.source, e.edition_id, e.part, e.landed_at, e.status, e.mode, e.as_of, e.current, e.seq, e.step
        from read_parquet([{listed}]) i join told_edition e using (edition_id)
        where e.status in ('kept', 'replaced')
    """


def numbered(rows: str) -> str:
    """``rows`` with ``nth``: the number of an issue without a record among its like in its truth."""
    return f"""
        select *, row_number() over (
            partition by source, part, case mode when 'delta' then edition_id else as_of || status end, record_key is null, code, field
            order by file nulls first, sheet nulls first, row_number nulls first, value_masked nulls first, record_key, edition_id
        ) as nth
        from ({rows})
    """


def _touched(
    store: Store, pairs: Sequence[tuple[Edition, str]], source_of: Mapping[str, Source]
) -> list[tuple[str, str]]:
    """For each delta source a SELECT of edition_id and record_key: which editions speak of a record or withdraw it."""
    found: dict[str, dict[str, None]] = {}
    for edition, batch in pairs:
        found.setdefault(edition.source, {})[batch] = None
    result = []
    for source, batches in found.items():
        cores = [
            path
            for batch in batches
            for kind in source_of[source].feeds
            if (path := store.workspace.stages / batch / f"{kind}_core.parquet").is_file()
        ]
        rows = [f"select distinct edition_id, record_key from ({record_rows(cores)})"]
        for batch in batches:
            path = store.workspace.stages / batch / "withdrawal.parquet"
            if path.is_file():
                rows.append(f"select distinct edition_id, record_key from read_parquet({literal(str(path))})")
        result.append((source, " union ".join(rows)))
    return result
