"""Which areas of the tree a record means by its codes and names.

Belongs here: ``place_answer`` (one row a question: the codes, whether homes may be looked up by the rest of the
address, whether stated codes and names contradict each other) and ``place_doubt`` (what of a question could not be answered, and why). Does not belong here: the tree
(``tree.py``), what homes and grids tell beyond the names (``homes.py``, ``grids.py``).

A code that exists is believed before any name; where two code systems give one code to two places, the name beside it
tells which system is meant, else it is the statistical one's. Below it, and without one, names are looked up from the county down,
each within what is known above it: a community within its street, else its county, else the city itself. What fits
several places is none; without its street, a community is found by its name only where no other there is so called,
whatever word for its kind either bears (阳光社区居委会, 阳光居委会).
"""

from __future__ import annotations

from warehouse.place.inputs import Town
from warehouse.place.names import (
    FUNCTIONAL_ZONE,
    LEVELS,
    STATED,
    bare_village,
    name_keys,
    plain_name,
    without_kind,
)
from warehouse.place.said import QUESTION
from warehouse.place.tree import short_city
from warehouse.store import Store, literal

TABLES = (
    "place_question",
    "place_base",
    "place_fit",
    "place_alike",
    "place_found",
    "place_answer",
    "place_doubt",
)


def make_answers(store: Store, said: str, town: Town) -> None:
    """Make ``place_answer`` and ``place_doubt`` for every distinct question of ``said``."""
    con = store.con
    con.execute(
        f"create or replace temp table place_question as "
        f"select question, {', '.join(f'min({name}) as {name}' for name in QUESTION)} from {said} group by question"
    )
    _base(store, town)
    _fits(store)
    for level in LEVELS:
        _look_up(store, level)
    _doubts(store)
    con.execute(
        """
        create or replace temp table place_answer as
        select b.question, b.county, b.street, b.community, b.open, b.coded,
            b.coded and c.question is not null as contradicted
        from place_base b
        left join (select distinct question from place_doubt where code = 'address_conflict') c using (question)
        """
    )


def _base(store: Store, town: Town) -> None:
    """What codes and the city's name say. ``scope``: the prefecture that the address names; ``elsewhere``: a city that
    is not of the tree."""
    own = plain_name(literal(town.city))
    home = literal(short_city(town.division)[:4]) if town.division and len(town.division) >= 4 else "null"
    store.con.execute(
        f"""
        create or replace temp table place_base as
        with chosen as (
            select q.*, {_finest()} as base,
                case when q.city is null then null when q.city = {own} then {home} else y.code end as scope,
                q.city is not null and q.city is distinct from {own} and y.code is null and z.city is null as elsewhere
            from place_question q
            left join place_code c on c.code = q.community_code
            left join place_twice t on t.code = q.street_code and t.key = {without_kind("q.street", "township")}
            left join place_code s on s.code = coalesce(t.present, q.street_code)
            left join place_code c9 on c9.code = left(q.community_code, 9)
            left join place_code c6 on c6.code = left(q.community_code, 6)
            left join place_code s6 on s6.code = left(q.street_code, 6)
            left join (
                select key, min(code) as code from place_key where level = 'prefecture' and key_rank = 1
                group by key having count(distinct code) = 1
            ) y on y.key = q.city
            left join (select distinct key as city from place_key where level = 'county' and key_rank = 1) z on z.city = q.city
        )
        select q.question, q.scope, q.elsewhere, not q.elsewhere as open, l.county, l.street, l.community,
            q.base is not null as coded, 0 as county_fits, 0 as street_fits, 0 as community_fits
        from chosen q left join place_line l on l.code = q.base
        """
    )


def _finest() -> str:
    """The finest present code among those stated; else that of the longest known prefix of one."""
    return (
        "case when length(s.present) > coalesce(length(c.present), 0) then s.present "
        "else coalesce(c.present, c9.present, s6.present, c6.present) end"
    )


def _fits(store: Store) -> None:
    """``place_fit``: every area that a stated name may mean, by how well the name fits (``rank``, 1 best)."""
    parts = []
    for level in LEVELS:
        column = STATED[level]
        words = f"select distinct {column} as word, {column} as plain, 0 as more from place_question where {column} is not null"
        if level == "village":
            words += (
                f" union select distinct {column}, {bare_village(column)}, 20 from place_question "
                f"where {bare_village(column)} is not null"
            )
        keys = name_keys(words, level, "word, more")
        parts.append(
            f"select '{level}' as level, w.word, k.code, min(k.rank + w.rank + w.more) as rank "
            f"from ({keys}) w join place_key k on k.level = '{level}' and k.key = w.key "
            "group by w.word, k.code"
        )
    store.con.execute(
        f"""
        create or replace temp table place_fit as
        select f.*, l.prefecture, l.county, l.street, l.own from ({" union all ".join(parts)}) f
        join place_line l on l.code = f.code
        """
    )
    store.con.execute(
        """
        create or replace temp table place_alike as
        with bare as (
            select distinct k.key, k.code, l.prefecture from place_key k join place_line l on l.code = k.code
            where k.level = 'village' and k.key_rank = 2 and k.rank = 2
        )
        select distinct a.code, b.code as other from bare a join bare b using (key, prefecture) where a.code <> b.code
        """
    )


def _look_up(store: Store, level: str) -> None:
    """Fill a level of ``place_base`` by the stated name where one place within what is known bears it, best fits first."""
    column = STATED[level]
    if level == "county":
        # A county's name beyond the city is believed where the city's own counties have no such name.
        within = "coalesce(f.prefecture = b.scope, true)"
        best = "case when f.own then 0 else 100 end + f.rank"
    elif level == "township":
        within = "case when b.county is not null then f.county = b.county when b.scope is not null then f.prefecture = b.scope else f.own end"
        best = "f.rank"
    else:
        within = (
            "case when b.street is not null then f.street = b.street when b.county is not null then f.county = b.county "
            "when b.scope is not null then f.prefecture = b.scope else f.own end"
        )
        best = "f.rank"
    con = store.con
    fitting = f"""
        select question, code from (
            select q.question, f.code, {best} as fit, min({best}) over (partition by q.question) as best
            from place_question q join place_base b using (question)
            join place_fit f on f.level = '{level}' and f.word = q.{column}
            where b.{column} is null and b.open and {within}
        ) where fit = best
    """
    if level == "village":
        fitting = f"""
            with fitting as ({fitting}) select * from fitting union all
            select t.question, f.code from fitting t join place_base b using (question)
            join place_alike a on a.code = t.code join place_line f on f.code = a.other
            where b.street is null and {within}
        """
    con.execute(
        "create or replace temp table place_found as "
        f"select question, count(distinct code) as n, min(code) as code from ({fitting}) group by question"
    )
    # A county nobody lists is elsewhere, unless it is a zone whose streets are in some county of the city.
    known = (
        "b.county is not null or q.county is null or coalesce(r.n, 0) > 0 "
        f"or regexp_matches(q.county, '{FUNCTIONAL_ZONE}')"
    )
    con.execute(
        f"""
        create or replace temp table place_base as
        select b.* replace (
            coalesce(b.county, l.county) as county, coalesce(b.street, l.street) as street,
            coalesce(b.community, l.community) as community, coalesce(r.n, 0) as {column}_fits,
            {f"b.open and ({known})" if level == "county" else "b.open"} as open
        )
        from place_base b join place_question q using (question)
        left join place_found r using (question)
        left join place_line l on r.n = 1 and l.code = r.code
        """
    )


def _doubts(store: Store) -> None:
    """``place_doubt`` (question, field, code, value): codes that lead nowhere or elsewhere, names that are not found or
    fit several places, and names that contradict what was decided."""
    parts = []
    for field in ("community_code", "street_code"):
        parts.append(
            f"select q.question, '{field}' as field, coalesce(c.why, 'area_unknown') as code, q.{field} as value "
            f"from place_question q left join place_code c on c.code = q.{field} "
            f"where q.{field} is not null and (c.present is null or c.why is not null)"
        )
    # Two systems give the code to two places, and no name stands beside it.
    parts.append(
        "select q.question, 'street_code', 'area_ambiguous', q.street_code from place_question q "
        "where q.street is null and q.community is null and q.street_code in (select code from place_twice)"
    )
    for level in LEVELS:
        column = STATED[level]
        # A natural village (屯) is on no list; its administrative village is.
        quiet = f" and not regexp_matches(q.{column}, '屯$')" if level == "village" else ""
        parts.append(
            f"select q.question, '{column}', case when a.{column}_fits > 1 then 'area_ambiguous' else 'area_unknown' end, q.{column} "
            f"from place_question q join place_base a using (question) "
            f"where q.{column} is not null and a.{column} is null and not a.elsewhere{quiet}"
        )
        parts.append(
            f"select q.question, '{column}', 'address_conflict', q.{column} "
            f"from place_question q join place_base a using (question) "
            f"join (select word, min(rank) as best from place_fit where level = '{level}' and (own or level = 'county') group by word) w on w.word = q.{column} "
            f"where a.{column} is not null and not exists (select 1 from place_fit f where f.level = '{level}' "
            f"and f.word = q.{column} and f.code = a.{column})"
        )
    store.con.execute(f"create or replace temp table place_doubt as {' union all '.join(parts)}")
