"""What all records of one node say together: ``link_node``, the rows that are compared.

A node is the records of one valid id number, or one record. Lists are sorted and without repeats, single values are
chosen by a total order, so that neither the order of rows nor the number of threads shows.

Belongs here: the aggregation. Does not belong here: which records make a node (``anchors.py``), the comparison
(``city.yaml``), blocks (``blocking.py``).
"""

from __future__ import annotations

from warehouse.link.anchors import id_birth
from warehouse.link.evidence import EVIDENCE
from warehouse.normalize.lunar import lunar_months
from warehouse.store import Store

TABLES = ("link_node",)
LISTS = ("names", "pinyins", "forms", "marks", "births", "phones", "homes", "communities")
"""The columns of ``link_node`` that are lists; kept as text they are joined by ``evidence.SEPARATOR``."""


def make_nodes(store: Store) -> None:
    """Make ``link_node`` from ``link_record`` and ``link_node_record``.

    Columns: ``node_id``, ``anchor``, ``n_records``, ``name`` and ``pinyin`` (the node's main ones, whose frequency
    counts), ``LISTS``, ``surname``, ``last`` and ``pet`` (characters of the main name), ``lunar`` (what its lunar date would
    be, read as a common one), ``birth_part`` (year and month or year, where no day is known), ``sex``, ``id_class``,
    ``id_part``, ``document``, ``node_hash``.
    """
    con = store.con
    con.execute("create or replace temp table link_month (key varchar, first date)")
    months = [(key, code[:10]) for key, code in lunar_months()]
    con.execute(
        "insert into link_month select unnest($keys), cast(unnest($firsts) as date)",
        {"keys": [key for key, _ in months], "firsts": [first for _, first in months]},
    )
    evidence = ", ".join(f"r.{name}" for name in EVIDENCE)
    # What stands for a name that was not given yet (某之子), or of which one character is left, is none.
    known = "strlen(r.name_key) > 3 and not og_matches(r.name_key, '[*某]')"
    con.execute(
        f"""
        create or replace temp table link_said as
        select m.node_id, m.anchor, m.n_records, case when {known} then r.name_key end as name_key, r.former_key,
            case when {known} then r.pinyin end as pinyin,
            case when m.birth_sure and coalesce(r.birth_date_precision, 'day') = 'day' then r.birth_date end as birth,
            case when m.birth_sure and r.birth_date_precision = 'month' then strftime(r.birth_date, '%Y%m')
                when m.birth_sure and r.birth_date_precision = 'year' then strftime(r.birth_date, '%Y') end as birth_part,
            r.sex, r.phones, r.dwelling_id, r.live_home, r.hukou_home, r.community,
            case when m.owner is null then r.id_class else 'missing' end as id_class,
            case when m.owner is null then r.id_part end as id_part, r.document,
            hash(m.node_id, m.birth_sure, {evidence}) as told
        from link_record r join link_node_record m using (source, record_key, record_no)
        """
    )
    # Most nodes are one record: they need no aggregation, which is what costs here.
    con.execute(
        f"""
        create or replace temp table link_node as
        with several as (
            select node_id, min(anchor) as anchor, min(n_records) as n_records,
                list(distinct name_key) filter (where name_key is not null) as keys,
                list(distinct former_key) filter (where former_key is not null) as former_keys,
                list(distinct pinyin) filter (where pinyin is not null) as pinyins,
                list(distinct birth) filter (where birth is not null) as births,
                string_agg(phones, ',') as phones, list(distinct dwelling_id) filter (where dwelling_id is not null) as dwellings,
                list(distinct live_home) filter (where live_home is not null) as live_homes,
                list(distinct hukou_home) filter (where hukou_home is not null) as hukou_homes,
                list(distinct community) filter (where community is not null) as communities,
                cast(sum(told) as varchar) as node_hash, {id_birth("min(anchor)")} as id_birth
            from link_said where n_records > 1 group by node_id
        ),
        made as (
            -- the main name is that of the number's owner
            select node_id, anchor, n_records, coalesce(case when list_contains(keys, owner) then owner end, list_min(keys)) as name,
                coalesce(case when list_contains(pinyins, owner_pinyin) then owner_pinyin end, list_min(pinyins)) as pinyin,
                {_united("keys", "former_keys")} as names,
                list_sort(coalesce(pinyins, [])) as pinyins, {_united("births", "[id_birth]")} as births, id_birth,
                cast(null as varchar) as birth_part, null as sex, 'ok' as id_class, cast(null as varchar) as id_part,
                cast(null as varchar) as document, {_united("string_split(phones, ',')")} as phones,
                {_united("dwellings", "live_homes", "hukou_homes")} as homes,
                list_sort(coalesce(communities, [])) as communities, node_hash
            from several left join (select anchor, name_key as owner, pinyin as owner_pinyin from link_leader) l using (anchor)
            union all by name
            select node_id, anchor, n_records, name_key as name, pinyin, {_listed("name_key", "former_key")} as names,
                {_listed("pinyin")} as pinyins,
                case when anchor is null then {_listed("birth")} else {_united(f"[birth, {id_birth('anchor')}]")} end as births,
                {id_birth("anchor")} as id_birth,
                case when anchor is null then birth_part end as birth_part, sex,
                case when anchor is null then id_class else 'ok' end as id_class, id_part, document,
                case when contains(phones, ',') then list_sort(string_split(phones, ',')) when phones is null then [] else [phones] end as phones,
                list_filter([dwelling_id, live_home, case when hukou_home is distinct from live_home then hukou_home end], lambda x: x is not null) as homes, {_listed("community")} as communities,
                cast(told as varchar) as node_hash
            from link_said where n_records = 1
        )
        select * exclude (sex, id_birth),
            case when anchor is null then sex when cast(substr(anchor, 17, 1) as integer) % 2 = 1 then '1' else '2' end as sex,
            {_forms()}
        from (
            select made.*, case when m.key is not null then try_cast(substr(m.key, 1, 4) || '-' || substr(m.key, 5, 2)
                || '-' || cast(coalesce(id_birth, births[1]) - m.first + 1 as varchar) as date) end as lunar
            from made asof left join link_month m on m.first <= coalesce(id_birth, births[1])
        )
        """
    )
    con.execute("drop table link_said")
    con.execute("drop table link_month")


def _united(*lists: str) -> str:
    """SQL of the values of some lists together, sorted, each once (null values fall away)."""
    return f"list_sort(list_distinct({' || '.join(f'coalesce({one}, [])' for one in lists)}))"


def _listed(first: str, second: str | None = None) -> str:
    """SQL of a list of one or two values of a row, sorted, each once."""
    one = f"case when {first} is null then [] else [{first}] end"
    if second is None:
        return one
    return f"case when {second} is null or {second} = {first} then {one} else list_sort(list_filter([{first}, {second}], lambda x: x is not null)) end"


def _forms() -> str:
    """SQL of what names are compared by but for themselves (``characters.py``); most nodes have one name."""
    made = [
        f"case len(names) when 0 then [] when 1 then {function}(names[1]) "
        f"else list_sort(list_distinct(flatten([{function}(x) for x in names]))) end as {name}"
        for name, function in (("forms", "og_forms"), ("marks", "og_marks"))
    ]
    return ", ".join([*made, "substr(name, 1, 1) as surname", "og_last(name) as last", "og_pet(name) as pet"])
