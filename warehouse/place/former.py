"""Other names and codes of areas: abolished counties, functional zones, townships of another code system.

Belongs here: the rows that ``schemas/county_successors.csv`` adds to the tree, ``place_zone`` (zones that are no
administrative division: which county a name means), ``place_crosswalk`` (townships, MCA to NBS), and the SELECTs of
``area_alias`` and ``area_crosswalk``. Does not belong here: the tree itself (``tree.py``), looking names up (``answers.py``).

A zone is a county of its own where the statistical list has it as one (烟台开发区 370676); else its people live in the
legal county. A zone over several counties means none of them by itself: the streets then tell.
"""

from __future__ import annotations

from pathlib import Path

import schemas
from warehouse.place.inputs import Town, ranked
from warehouse.place.names import KINDS, plain_name
from warehouse.store import Store, literal

TABLES = ("place_zone", "place_township", "place_crosswalk", "place_twice")


def shipped(name: str) -> str:
    """A FROM item of a CSV that ships beside the declarations, all of it text."""
    path = Path(schemas.__file__).with_name(name)
    return (
        f"read_csv({literal(str(path))}, all_varchar = true, header = true, delim = ',', quote = '\"', "
        "nullstr = '', strict_mode = false)"
    )


def abolished_counties() -> str:
    """Rows for ``place_told``: counties that are no more and whose successor is in the tree, with the years in which
    the tables of counties had them."""
    return f"""
        select 'MCA', h.code, 'county', h.name, null, null, null, make_date(cast(h.first_year as integer), 1, 1),
            make_date(cast(h.last_year as integer) + 1, 1, 1), s.successor, null
        from (select *, {ranked("code", "last_year desc, name")} as nth from {shipped("county_history.csv")} where last_year is not null) h
        join {shipped("county_successors.csv")} s on s.code = h.code
        where h.nth = 1 and s.successor in (select area_code from place_told)
            and h.code not in (select area_code from place_told)
    """


def make_zones(store: Store, town: Town) -> None:
    """``place_zone`` (name, code, legal): what a zone's name means: its own code where the tree has it in force, else
    its only legal county. Names without the city's are the city's own: 高新区 is many cities'."""
    words = "list_concat([name], string_split(coalesce(aliases, ''), '|'))"
    own = literal((town.division or "")[:4])
    store.con.execute(
        f"""
        create or replace temp table place_zone as
        with zone as (
            select {plain_name("called")} as name, min(code) as code, min(legal_codes) as legal, min(main) as main from (
                select unnest({words}) as called, code, legal_codes, split_part(legal_codes, '|', 1) as main from {shipped("functional_zones.csv")}
            ) where called <> '' group by {plain_name("called")} having count(distinct legal_codes) = 1
        )
        select z.name, coalesce(c.present, case when not contains(z.legal, '|') then l.present end) as code, z.legal
        from zone z left join place_code c on c.code = z.code left join place_code l on l.code = z.main
        left join place_node n on n.area_code = left(z.main, 4)
        where left(z.main, 4) = {own} or starts_with(z.name, regexp_replace(n.name, '市$', ''))
        """
    )


def make_crosswalk(store: Store, townships: str) -> None:
    """``place_crosswalk`` from ``townships`` (area_code, code_system, county, key: names without the word for their
    kind): the one township so called in the county; where the county has none, the one in the prefecture, as the
    statistical list has functional zones for counties. ``place_twice``: codes that two systems give to two townships,
    with the name (without its kind) by which the other system's is meant."""
    con = store.con
    con.execute(f"create or replace temp table place_township as {townships}")
    pair = """
        select o.code_system, o.area_code, min(b.area_code) as nbs_code, '{0}' as basis from place_township o
        join place_township b on b.code_system = 'NBS' and o.code_system <> 'NBS' and b.key = o.key and {1}
        group by o.code_system, o.area_code having count(distinct b.area_code) = 1
    """
    con.execute(
        "create or replace temp table place_crosswalk as " + pair.format("county", "b.county = o.county")
    )
    elsewhere = pair.format("prefecture", "left(b.county, 4) = left(o.county, 4) and b.county <> o.county")
    con.execute(
        f"""
        insert into place_crosswalk select * from ({elsewhere}) where nbs_code not in (select nbs_code from place_crosswalk)
        and (code_system, area_code) not in (
            select (o.code_system, o.area_code) from place_township o
            join place_township b on b.code_system = 'NBS' and b.county = o.county and b.key = o.key)
        """
    )
    con.execute(
        """
        create or replace temp table place_twice as
        select x.area_code as code, t.key, min(x.nbs_code) as present from place_crosswalk x
        join place_township t on t.code_system = x.code_system and t.area_code = x.area_code
        join place_township n on n.code_system = 'NBS' and n.area_code = x.area_code
        where x.nbs_code <> x.area_code and t.key is distinct from n.key
        group by x.area_code, t.key having count(distinct x.nbs_code) = 1
        """
    )


def crosswalk_rows() -> str:
    """The SELECT of ``area_crosswalk``."""
    return """
        select x.code_system, x.area_code, x.nbs_code, m.name as name, x.basis as crosswalk_basis from place_crosswalk x
        join place_area m on m.code_system = x.code_system and m.area_code = x.area_code
    """


def alias_rows(town: Town) -> str:
    """The SELECT of ``area_alias``: every name that leads to a present area and is not how the list calls it."""
    ended = f"coalesce(a.valid_to <= {town.today}, false)"
    short = " ".join(f"when '{level}' then '{word}'" for level, word in KINDS.items())
    return f"""
        select alias, area_code, level as area_level, min(kind) as alias_kind, min(legal) as legal_codes from (
            select trim(called) as alias, c.present as area_code, a.level, case when {ended} then 'former' else 'alias' end as kind, null as legal
            from (select *, unnest(list_concat(case when valid_to is null then [] else [name] end,
                regexp_split_to_array(coalesce(aliases, ''), '[,，、;；|]+'))) as called from place_area) a
            join place_code c on c.code = a.area_code where c.present is not null
            union all
            select regexp_replace(a.name, case a.level {short} else '$' end, ''), a.area_code, a.level, 'short', null
            from place_area a join place_code c on c.code = a.area_code and c.present = a.area_code where a.level in ('county', 'township', 'village')
            union all
            select name, code, 'county', 'zone', replace(legal, '|', ',') from place_zone where code is not null
        ) x where length(alias) > 1 and alias <> (select min(n.name) from place_node n where n.area_code = x.area_code)
        group by alias, area_code, level
    """


def zone_names() -> str:
    """Rows (level, plain, code) of names for ``place_key``."""
    return "select 'county' as level, name as plain, code from place_zone where code is not null"
