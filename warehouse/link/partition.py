"""Which records are one person tonight: the rules, as a partition of the records, with no regard to earlier ids.

``partition`` makes the temporary tables

* ``link_restored``: damaged id numbers that other sources tell whole (``normalize/id_recovery.py``);
* ``link_record``: one row a current record: its key, edition, the id number it may be linked by (``anchor``);
* ``link_member``: one row a record key: ``cluster`` (a text equal for records of one person), ``match_rule``,
  ``match_probability``, ``reason``, and what the ledger remembers of it (``anchor``, ``name_key``, ``birth_date``);
* ``link_leader``: for each id number the person it belongs to, by name and birth date.

The rules of now: equal valid id numbers (restored ones are as good) link, unless name and birth date both contradict; all else stands
alone. Better rules replace this module; identity (which resident a cluster is) stays in ``identity.py``.
"""

from __future__ import annotations

from warehouse.link.inputs import KEY, VALID_ID, LinkInputs, same_key
from warehouse.normalize.id_recovery import restored
from warehouse.store import Store, literal

TABLES = (
    "link_restored",
    "link_record",
    "link_node",
    "link_name",
    "link_birth",
    "link_leader",
    "link_member",
)


def partition(store: Store, inputs: LinkInputs) -> None:
    """Make the three tables named above. Every choice has a total order: row order and threads are nothing."""
    _records(store, inputs)
    _leaders(store)
    _members(store)


def disagrees(record: str, leader: str) -> str:
    """True where name and birth date of ``record`` are both known and both contradict ``leader``.

    A masked name (张*, 张某) and an empty one contradict nothing. A birth date contradicts when it is neither
    the one in the id number nor the one that the leader's namesakes state; where only the year is known,
    years are compared.
    """
    return (
        f"coalesce({record}.name_key <> {leader}.name_key "
        f"and not regexp_matches({record}.name_key, '[*＊某]') and not regexp_matches({leader}.name_key, '[*＊某]') "
        f"and not {_same_birth(record, f'{leader}.id_birth')} "
        f"and not coalesce({_same_birth(record, f'{leader}.named_birth')}, false), false)"
    )


def _same_birth(record: str, date: str) -> str:
    return (
        f"(case when coalesce({record}.birth_date_precision, 'day') = 'year' then year({record}.birth_date) = year({date}) "
        f"when {record}.birth_date_precision = 'month' then date_trunc('month', {record}.birth_date) = date_trunc('month', {date}) "
        f"else {record}.birth_date = {date} end)"
    )


def _records(store: Store, inputs: LinkInputs) -> None:
    valid = ", ".join(literal(status) for status in VALID_ID)
    store.con.execute(f"create or replace temp table link_restored as {restored(inputs.residents)}")
    store.con.execute(
        f"""
        create or replace temp table link_record as
        select r.source, r.edition_id, r.record_key, r.record_no, r.row_number, r.as_of,
            case when r.id_status in ({valid}) and length(r.id_number) = 18 then r.id_number else x.id_number end as anchor,
            x.id_number is not null as recovered, r.name_key, r.birth_date, r.birth_date_precision
        from {inputs.residents} r
        left join link_restored x on x.edition_id = r.edition_id and {same_key("x", "r")}
        """
    )
    # A person may stand in two current editions of one source (files by street, one of them older): the
    # latest row speaks for the key.
    store.con.execute(
        f"""
        create or replace temp table link_node as
        select {", ".join(KEY)}, anchor, recovered, name_key, birth_date, birth_date_precision from (
            select *, row_number() over (
                partition by {", ".join(KEY)} order by as_of desc, edition_id desc, row_number desc
            ) as place from link_record
        ) where place = 1
        """
    )


def _leaders(store: Store) -> None:
    """The owner of each id number: the most frequent name, those whose birth date is the number's own first."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table link_name as
        select anchor, name_key, id_birth from (
            select *, row_number() over (partition by anchor order by agree desc, n desc, name_key) as place
            from (
                select anchor, name_key, min(id_birth) as id_birth, count(*) as n,
                    count(*) filter (where {_same_birth("r", "r.id_birth")}) as agree
                from (select *, {_id_birth("anchor")} as id_birth from link_node) r
                where anchor is not null and name_key is not null group by anchor, name_key
            )
        ) where place = 1
        """
    )
    con.execute(
        """
        create or replace temp table link_birth as
        select anchor, birth_date as named_birth from (
            select *, row_number() over (partition by anchor order by n desc, birth_date) as place from (
                select n.anchor, n.birth_date, count(*) as n
                from link_node n join link_name l on l.anchor = n.anchor and l.name_key = n.name_key
                where n.birth_date is not null and coalesce(n.birth_date_precision, 'day') = 'day'
                group by n.anchor, n.birth_date
            )
        ) where place = 1
        """
    )
    con.execute(
        """
        create or replace temp table link_leader as
        select l.anchor, l.name_key, l.id_birth, b.named_birth
        from link_name l left join link_birth b on b.anchor = l.anchor
        """
    )


def _id_birth(id_number: str) -> str:
    return f"try_cast(substr({id_number}, 7, 4) || '-' || substr({id_number}, 11, 2) || '-' || substr({id_number}, 13, 2) as date)"


def _members(store: Store) -> None:
    alone = "'k' || n.source || chr(31) || n.record_key || chr(31) || cast(n.record_no as varchar)"
    store.con.execute(
        f"""
        create or replace temp table link_member as
        select {", ".join(KEY)}, name_key, birth_date, birth_date_precision, anchor, cluster,
            case when aside then 'id_conflict' when n > 1 and recovered then 'recovered_id' when n > 1 then 'id_number'
                else 'single' end as match_rule,
            1.0 as match_probability,
            case when aside then '证件号码与他人相同，而姓名和出生日期均与号码所属者不符，疑似借用，另立一人'
                when n > 1 and recovered then '受损的证件号码按其他来源唯一同名的号码恢复后相同'
                when n > 1 then '有效证件号码与其他记录相同，姓名或出生日期相符'
                when anchor is null then '没有可用于匹配的有效证件号码'
                else '没有其他记录使用该证件号码' end as reason
        from (
            select *, count(*) over (partition by cluster) as n from (
                select n.source, n.record_key, n.record_no, n.name_key, n.birth_date, n.birth_date_precision,
                    aside, n.recovered, case when not aside then n.anchor end as anchor,
                    case when n.anchor is null or aside then {alone} else 'i' || n.anchor end as cluster
                from (
                    select n.*, l.anchor is not null and {disagrees("n", "l")} as aside
                    from link_node n left join link_leader l on l.anchor = n.anchor
                ) n
            )
        )
        """
    )
