"""The issues of one normalized batch with the record each is about, and how far its fields are filled.

Belongs here: stage ``told-<source>`` (``issue_sighting``, ``field_count``), made once for each batch whatever becomes
of its editions, so that those that wait for a decision have theirs too, and later nights read only the results.
Does not belong here: what an issue is over several editions (``cases.py``), scores (``warehouse/quality``).
"""

from __future__ import annotations

from pathlib import Path

from schemas.sources import Source
from warehouse.issues.declared import codes, field_of_header, mapped_fields, values
from warehouse.store import Stage, Store, literal, quoted, signature
from warehouse.workspace import Workspace

_FORM = 1
"""Raised when the same batch would give other rows, so that results of an older form are not reused."""

_SAME_ROW = (
    "{a}.edition_id = {b}.edition_id and {a}.row_number = {b}.row_number "
    "and {a}.file is not distinct from {b}.file and {a}.sheet is not distinct from {b}.sheet"
)


def same_row(a: str, b: str) -> str:
    """The join condition that two table aliases speak of the same row of the same file."""
    return _SAME_ROW.format(a=a, b=b)


def _inputs(source: Source, batch: str) -> list[object]:
    return [batch, _FORM, source.model_dump(mode="json"), codes()]


def told_folder(workspace: Workspace, source: Source, batch: str) -> Path:
    """Where the stage of a batch lies (``batch``: the batch's folder below ``stages/``); it may not be there."""
    return workspace.stages / f"told-{source.source}" / signature(_inputs(source, batch))


def sight(store: Store, source: Source, batch: str) -> Stage:
    """The finished stage of one batch; nothing is done where it is there already."""
    with store.stage(f"told-{source.source}", _inputs(source, batch)) as stage:
        if not stage.done:
            folder = store.workspace.stages / batch
            cores: dict[str, Path] = {kind: folder / f"{kind}_core.parquet" for kind in source.feeds}
            cores = {kind: path for kind, path in cores.items() if path.is_file()}
            stage.write("issue_sighting", _sightings(source, folder / "issue.parquet", cores))
            stage.write("field_count", _field_counts(source, stage.scan("issue_sighting"), cores))
    return stage


def record_rows(cores: list[Path], among: str | None = None) -> str:
    """A SELECT of the rows that hold records: edition_id, file, sheet, row_number, record_key; only those that the FROM
    item ``among`` speaks of, where it is given, for rows with an issue are few."""
    few = (
        f" where (edition_id, row_number) in (select (edition_id, row_number) from {among})" if among else ""
    )
    if not cores:
        return (
            "select null::varchar as edition_id, null::varchar as file, null::varchar as sheet, "
            "null::bigint as row_number, null::varchar as record_key where false"
        )
    return " union ".join(
        f"select edition_id, file, sheet, row_number, record_key from read_parquet({literal(str(path))}){few}"
        for path in cores
    )


def _sightings(source: Source, issues: Path, cores: dict[str, Path]) -> str:
    headers = values(sorted(field_of_header(source).items()), "header", "field")
    known = ", ".join(literal(name) for name in sorted(mapped_fields(source))) or "''"
    told = f"read_parquet({literal(str(issues))})"
    return f"""
        select * exclude (place) from (select *, row_number() over (
            partition by issue_id, edition_id order by file nulls first, sheet nulls first, row_number
        ) as place from (select *, case when record_key is not null then {identity("'cell'")} end as issue_id from (
            select distinct i.source, i.edition_id, i.file, i.sheet, i.row_number, r.record_key,
                case when i.field in ({known}) then i.field else coalesce(h.field, i.field) end as field,
                i.code, i.severity, i.value_masked
            from {told} i
            left join ({record_rows(list(cores.values()), told)}) r on {same_row("r", "i")}
            left join {headers} h on h.header = i.field
        ))) where place = 1 or issue_id is null
    """


def identity(stage: str) -> str:
    """SQL of ``issue_id``: what of a record is the same trouble in every edition."""
    parts = [stage, "source", "record_key", "coalesce(field, '')", "code", "coalesce(value_masked, '')"]
    return f"substr(sha256(concat_ws(chr(31), 'r', {', '.join(parts)})), 1, 24)"


def _field_counts(source: Source, sightings: str, cores: dict[str, Path]) -> str:
    """Filled is a cell with a value, or with one that could not be read; a mask or placeholder is no value."""
    parts = []
    for kind, path in cores.items():
        names = [name for name, holder in mapped_fields(source).items() if holder == kind]
        if not names:
            continue
        core = f"read_parquet({literal(str(path))})"
        counts = ", ".join(f"count({quoted(name)}) as {quoted(name)}" for name in names)
        empty = " ".join(f"when {literal(name)} then c.{quoted(name)} is null" for name in names)
        parts.append(f"""
            select n.edition_id, n.field, n.records, least(n.records, n.valued + coalesce(l.cells, 0)) as filled
            from (
                unpivot (select edition_id, count(*) as records, {counts} from {core} group by edition_id)
                on {", ".join(quoted(name) for name in names)} into name field value valued
            ) n left join (
                select i.edition_id, i.field, count(distinct (i.file, i.sheet, i.row_number)) as cells
                from {sightings} i join {codes()} d using (code) join {core} c on {same_row("c", "i")}
                where d.dimension <> 'completeness' and case i.field {empty} else false end
                group by i.edition_id, i.field
            ) l on l.edition_id = n.edition_id and l.field = n.field
        """)
    if not parts:
        parts = [
            "select null::varchar as edition_id, null::varchar as field, null as records, null as filled where false"
        ]
    return f"select {literal(source.source)} as source, * from ({' union all '.join(parts)})"
