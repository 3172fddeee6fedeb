"""One entry for each trouble over all editions (``issue_case``), and how many came and went (``issue_trend``).

Belongs here: when an issue opened and closed, and the two tables. Does not belong here: identity and order of
editions (``editions.py``), what one batch told (``sightings.py``).

Issues of cells and files follow from the editions alone. Those of stage place are told of current records only (they
follow the present areas and grids), so their past is taken from the version published last.
"""

from __future__ import annotations

from schemas.model import schema
from warehouse.issues.declared import codes, columns_of, values
from warehouse.issues.editions import (
    TABLES,
    IssueInputs,
    batch_of,
    grp,
    identity,
    load_editions,
    load_sightings,
    numbered,
)
from warehouse.issues.sightings import record_rows, same_row
from warehouse.store import Stage, Store, literal, quoted
from warehouse.unify.inputs import conform

_MADE = (*TABLES, "told_seen", "told_event", "told_case", "told_placed")
_CASE = (
    "issue_id, source, code, severity, field, edition_id, file, sheet, row_number, record_key, value_masked"
)


def make_cases(store: Store, stage: Stage, inputs: IssueInputs) -> None:
    """Write ``issue_case`` and ``issue_trend`` into ``stage``."""
    try:
        load_editions(store, inputs)
        load_sightings(store, inputs)
        _events(store)
        _place_issues(store, inputs)
        store.con.execute(f"""
            create or replace temp table told_case as
            {_of_cells()} union all by name {_of_place(store, inputs)} union all by name {_of_editions()}
        """)
        stage.write("issue_case", _cases(inputs))
        stage.write("issue_trend", _trend())
    finally:
        for name in _MADE:
            store.con.execute(f"drop table if exists temp.{name}")


def _events(store: Store) -> None:
    """``told_seen``: for each issue and group of the clock the moments it was seen, with those before and after.
    ``told_event``: it opened (or came back), and it was gone at the next moment of the group."""
    store.con.execute("""
        create or replace temp table told_seen as
        select *, lag(n) over w as before, lead(n) over w as after from (
            select distinct s.issue_id, s.source, s.code, s.grp, c.n, c.as_of
            from told_sighting s join told_clock c on c.grp = s.grp and c.moment = s.step
            where s.step is not null
        ) window w as (partition by issue_id, grp order by n)
    """)
    store.con.execute("""
        create or replace temp table told_event as
        select issue_id, grp, source, code, as_of, 1 as opened, 0 as closed, false as last from told_seen
        where before is null or before < n - 1
        union all
        select s.issue_id, s.grp, s.source, s.code, c.as_of, 0, 1, s.after is null from told_seen s
        join told_clock c on c.grp = s.grp and c.n = s.n + 1 where s.after is null or s.after > s.n + 1
    """)


def _of_cells() -> str:
    """Open where some group of the clock ends with it. What only a replaced file had was settled by the re-issue."""
    return f"""
        select {_CASE}, found_when, first_seen, last_seen, editions,
            case when stands is null then 'closed' when stands then 'open' else 'closed' end as status,
            case when stands is null then last_seen when not stands then closed_on end as closed_on
        from (
            select *, row_number() over (
                partition by issue_id order by step is not null desc, as_of desc, seq desc, file nulls first, sheet nulls first, row_number nulls first
            ) as place
            from told_sighting
        ) join (
            select issue_id, min(as_of) as first_seen, max(as_of) as last_seen, count(distinct edition_id) as editions
            from told_sighting group by issue_id
        ) using (issue_id) left join (
            select issue_id, bool_or(e.as_of is null) as stands, max(e.as_of) as closed_on
            from (select distinct issue_id, grp from told_seen) s
            left join (select issue_id, grp, as_of from told_event where last) e using (issue_id, grp)
            group by issue_id
        ) using (issue_id)
        where place = 1
    """


def _place_issues(store: Store, inputs: IssueInputs) -> None:
    """``told_placed``: the issues of stage place with the record each is about."""
    cores = {
        store.workspace.stages / batch / f"{kind}_core.parquet"
        for source in inputs.sources for e in inputs.editions
        if e.source == source.source and e.edition_id in inputs.current and (batch := batch_of(e)) is not None
        for kind in source.feeds
    }  # fmt: skip
    rows = f"""
        select i.file, i.sheet, i.row_number, r.record_key, i.field, i.code, i.severity, i.value_masked,
            e.source, e.edition_id, e.part, e.status, e.mode, e.as_of, e.seq
        from {inputs.place_issues} i join told_edition e using (edition_id)
        left join ({record_rows(sorted(path for path in cores if path.is_file()), inputs.place_issues)}) r on {same_row("r", "i")}
    """
    store.con.execute(f"""
        create or replace temp table told_placed as
        select *, {identity("'place'")} as issue_id, {grp("record_key")} as grp from ({numbered(rows)})
    """)


def _of_place(store: Store, inputs: IssueInputs) -> str:
    """Today's, joined to what the last version knew: what is told no longer closed with the first edition after it
    was last seen, or, where there is none (another source put it right), at the city's present date."""
    known = ", ".join(literal(source.source) for source in inputs.sources) or "''"
    if inputs.previous is None:
        names = ", ".join(f"null as {quoted(name)}" for name in schema().tables["issue_case"].column_names)
        previous = f"(select {names} where false)"
    else:
        previous = conform(store, inputs.previous, "issue_case")
    today = literal(inputs.as_of.isoformat())
    return f"""
        select coalesce(t.issue_id, p.issue_id) as issue_id, coalesce(t.source, p.source) as source,
            coalesce(t.code, p.code) as code, coalesce(t.severity, p.severity) as severity,
            case when t.issue_id is null then p.field else t.field end as field,
            coalesce(t.edition_id, p.edition_id) as edition_id,
            case when t.issue_id is null then p.file else t.file end as file,
            case when t.issue_id is null then p.sheet else t.sheet end as sheet,
            case when t.issue_id is null then p.row_number else t.row_number end as row_number,
            coalesce(t.record_key, p.record_key) as record_key, coalesce(t.value_masked, p.value_masked) as value_masked,
            'place' as found_when,
            least(t.as_of, cast(p.first_seen as date)) as first_seen, greatest(t.as_of, cast(p.last_seen as date)) as last_seen,
            coalesce(cast(p.editions as bigint), 0) + case when t.issue_id is null or t.edition_id = p.edition_id then 0 else 1 end as editions,
            case when t.issue_id is null then 'closed' else 'open' end as status,
            case when t.issue_id is null then coalesce(cast(p.closed_on as date), (
                select min(e.as_of) from told_edition e where e.source = p.source and e.step is not null and e.as_of > cast(p.last_seen as date)
            ), date {today}) end as closed_on
        from (
            select * from (
                select *, row_number() over (
                    partition by issue_id order by seq desc, file nulls first, sheet nulls first, row_number nulls first, severity, value_masked
                ) as place from told_placed
            ) where place = 1
        ) t full join (
            select * from {previous} where found_when = 'place' and source in ({known})
        ) p on p.issue_id = t.issue_id
    """


def _of_editions() -> str:
    """Files that could not be read, each until a later edition of its source and part is used."""
    return f"""
        select substr(sha256(concat_ws(chr(31), 'edition', source, edition_id)), 1, 24) as issue_id, source, d.code, d.severity,
            null as field, edition_id, file, null as sheet, null::bigint as row_number, null as record_key, null as value_masked,
            'edition' as found_when, as_of as first_seen, as_of as last_seen, 1 as editions,
            case when later is null then 'open' else 'closed' end as status, later as closed_on
        from (
            select f.*, (
                select min(k.as_of) from told_edition k where k.source = f.source and k.part = f.part
                and k.step is not null and k.seq > f.seq
            ) as later from told_edition f where f.status = 'failed'
        ), {codes()} d where d.code = 'file_unreadable'
    """


def _cases(inputs: IssueInputs) -> str:
    agencies = values(
        [(s.source, s.agency or s.title or s.source) for s in inputs.sources], "source", "agency"
    )
    columns = values(
        [(s.source, name, words) for s in inputs.sources for name, words in sorted(columns_of(s).items())],
        "source", "field", "source_column",
    )  # fmt: skip
    places = " union all ".join(
        f"select source, edition_id, record_key, record_no, {n} as kind, county_code, street_code, community_code, grid_code from {scan}"
        for n, scan in enumerate(inputs.placed.values())
    )
    return f"""
        select c.* exclude (field), c.field, a.agency, d.dimension, d.remedy,
            coalesce(m.source_column, c.field) as source_column,
            p.county_code, p.street_code, p.community_code, p.grid_code
        from told_case c join {agencies} a using (source) join {codes()} d using (code)
        left join {columns} m on m.source = c.source and m.field = c.field
        left join (
            select * from (
                select *, row_number() over (
                    partition by source, edition_id, record_key order by grid_code is null, community_code is null, kind, record_no
                ) as nth from ({places})
            ) where nth = 1
        ) p on c.status = 'open' and p.source = c.source and p.edition_id = c.edition_id and p.record_key = c.record_key
    """


def _trend() -> str:
    """Each date of a source from the first event of a code on. A delta source may tell of a date twice: summed."""
    return f"""
        select source, code, as_of, d.dimension, opened, closed,
            sum(opened - closed) over (partition by source, code order by as_of) as standing
        from (
            select f.source, f.code, t.as_of, coalesce(sum(v.opened), 0) as opened, coalesce(sum(v.closed), 0) as closed
            from (select source, code, min(as_of) as first from told_all group by all) f
            join (select source, as_of from told_edition where step is not null union select source, as_of from told_all) t
                on t.source = f.source and t.as_of >= f.first
            left join told_all v on v.source = f.source and v.code = f.code and v.as_of = t.as_of
            group by f.source, f.code, t.as_of
        ) join {codes()} d using (code)
    """.replace("told_all", _ALL_EVENTS)


_ALL_EVENTS = """(
    select source, code, as_of, opened, closed from told_event
    union all
    select source, code, first_seen, 1, 0 from told_case where found_when <> 'cell'
    union all
    select source, code, closed_on, 0, 1 from told_case where found_when <> 'cell' and closed_on is not null
)"""
