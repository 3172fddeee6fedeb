"""Doubts that only the ledger of identities can tell: two published persons became one, a key changed its person.

Makes ``review_of_ids``: an item's number ``n`` with its reason, side and records. Unlike the events of one night these
doubts stay until somebody decides them, so they are read from the ledger as well as from tonight's tables.

Does not belong here: doubts between nodes of one night (``queue.py``).
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from warehouse.link.inputs import KEY, same_key

_NONE = (
    "select null::varchar as resident_id, null::varchar as other_id, 0 as serial where false",
    "select null::varchar as source, null::varchar as record_key, 0 as record_no, null::varchar as resident_id, "
    "0 as serial where false",
)


def find_of_ids(con: DuckDBPyConnection, ledger: tuple[str, str] | None) -> None:
    """Make ``review_of_ids``. ``ledger``: the names of the ledger's tables of records and of changes."""
    key = ", ".join(KEY)
    con.execute(
        f"""
        create or replace temp table review_of_ids as
        select dense_rank() over (order by reason, item) as n, reason, side, {key}, weight, probability
        from ({_merges(ledger)} union all {_reused(ledger)})
        """
    )


def _merges(ledger: tuple[str, str] | None) -> str:
    """Residents that ended in another by evidence that was weighed: the records that were the one's and the other's
    before. Where one node holds records of both, an id number says that they are one, which needs no person."""
    records, changes = ledger or (f"({_NONE[1]})", f"({_NONE[0]})")
    past = (
        f"select resident_id, other_id, serial from {changes} where change = 'merged'" if ledger else _NONE[0]
    )
    before = f"select {', '.join(KEY)}, resident_id, serial from {records}" if ledger else _NONE[1]
    key = ", ".join(f"m.{name}" for name in KEY)
    return f"""
        select * from (
            with merged as (
                {past}
                union all select resident_id, other_id, 9223372036854775807 from link_event where change = 'merged'
            ), was as (
                select distinct {", ".join(f"b.{name}" for name in KEY)}, m.resident_id as ended, m.other_id as stands,
                    case when b.resident_id = m.resident_id then 'left' else 'right' end as side
                from merged m join ({before}) b
                    on (b.resident_id = m.resident_id or b.resident_id = m.other_id) and b.serial < m.serial
            ), now as (
                select w.ended, w.stands, w.side, {key}, m.cluster, r.node_id
                from was w join link_member m on {same_key("m", "w")} join link_node_record r on {same_key("r", "w")}
            ), two as (
                select ended, stands, cluster from now group by all
                having count(*) filter (where side = 'left') > 0 and count(*) filter (where side = 'right') > 0
            ), one_node as (
                select ended, stands, cluster from now group by ended, stands, cluster, node_id
                having count(distinct side) > 1
            ), weighed as (
                select l.ended, l.stands, l.cluster, max(e.weight) as weight, max(e.probability) as probability
                from now l join now o using (ended, stands, cluster)
                join link_edge e on e.node_l = least(l.node_id, o.node_id) and e.node_r = greatest(l.node_id, o.node_id)
                    and e.veto is null
                where l.side = 'left' and o.side = 'right' group by all
            )
            select 'merge_of_published' as reason, n.ended || ' ' || n.stands || ' ' || n.cluster as item, n.side,
                {", ".join(f"n.{name}" for name in KEY)}, w.weight, w.probability
            from now n semi join two t using (ended, stands, cluster) anti join one_node o using (ended, stands, cluster)
            left join weighed w using (ended, stands, cluster)
        )
    """


def _reused(ledger: tuple[str, str] | None) -> str:
    """Record keys under which an agency now writes another name and birth date: the record, and the other records of
    the person that it was before."""
    key = ", ".join(f"b.{name}" for name in KEY)
    past = (
        f"""
        select {key}, b.resident_id from (
            select *, row_number() over (partition by {", ".join(KEY)} order by serial) as step from {ledger[0]}
        ) b join (
            select *, row_number() over (partition by {", ".join(KEY)} order by serial) as step from {ledger[0]}
        ) a on {same_key("a", "b")} and a.step = b.step + 1
        where a.resident_id <> b.resident_id and a.name_key <> b.name_key and a.birth_date <> b.birth_date
            and not coalesce(a.id_number = b.id_number, false)
        """
        if ledger
        else f"select {', '.join(KEY)}, resident_id from ({_NONE[1]})"
    )
    return f"""
        select * from (
            with reused as (
                select distinct * from (
                    select {key}, b.resident_id from link_before b where b.how = 'reused' union all {past}
                )
            ), item as (
                select {", ".join(f"u.{name}" for name in KEY)}, u.resident_id, m.cluster,
                    concat_ws(chr(31), u.source, u.record_key, u.record_no, u.resident_id) as item
                from reused u join link_member m on {same_key("m", "u")}
            )
            select 'key_reused' as reason, item, 'left' as side, {", ".join(KEY)}, null::double as weight,
                null::double as probability
            from item
            union all
            select 'key_reused', i.item, 'right', {", ".join(f"m.{name}" for name in KEY)}, null, null
            from item i join link_identity d on d.resident_id = i.resident_id
            join link_member m on m.cluster = d.cluster
            where m.cluster <> i.cluster
        )
    """
