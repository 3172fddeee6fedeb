"""Which resident each cluster of records is: ids kept from night to night, minted, merged and split.

Given ``link_member`` (``members.py``), ``link_cluster`` and ``link_leader`` (``anchors.py``) and the ledger, makes the temporary tables
``link_identity`` (cluster → resident_id, and the seed and generation of a minted one) and ``link_event``
(what happened to identities tonight). Set-based, with a total order at every choice:

1. A record of the ledger speaks for the cluster in which its key stands tonight; one that has gone, for the
   cluster of its id number. A key whose name and birth date both changed was given to another person by the
   agency and speaks for none.
2. Each resident claims the cluster with most of its records (splits keep the larger part).
3. Of the residents that claim one cluster the oldest stays (merges keep the oldest); the others end.
4. A cluster that nobody claims gets a new id: a keyed hash over the key of its first record, the one longest
   known, then the first by source and key. If that record founded an identity before, and that one ended in a
   merge, it is the same identity again (an undone merge restores the old id); else the next generation.

Does not belong here: which records are one person; the writing of the ledger (``ledger.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.link.anchors import same_birth
from warehouse.link.inputs import KEY, same_key
from warehouse.link.keyed_hash import hmac_sql, message_sql
from warehouse.link.ledger import CHANGES, MINTED, RECORDS
from warehouse.store import Store

TABLES = ("link_before", "link_claim", "link_kept", "link_minted", "link_identity", "link_event")
ID_DIGITS = 24


def identify(store: Store, key_parameters: Mapping[str, bytes]) -> None:
    """Make ``link_identity`` and ``link_event``. ``key_parameters`` are those of ``keyed_hash.key_blocks``."""
    _before(store)
    _claims(store)
    _mint(store, key_parameters)
    _events(store)


def _disagrees(record: str, leader: str) -> str:
    """SQL: name and birth date of ``record`` are both known and both contradict the owner of its number."""
    return (
        f"coalesce({record}.name_key <> {leader}.name_key "
        f"and not contains({record}.name_key, '*') and not contains({leader}.name_key, '*') "
        f"and not {same_birth(record, f'{leader}.id_birth')} "
        f"and not coalesce({same_birth(record, f'{leader}.named_birth')}, false), false)"
    )


def _before(store: Store) -> None:
    """What the open rows of the ledger say about tonight's clusters (``how``: record, id, reused, gone)."""
    seen = "b.name_key is not null and m.name_key <> b.name_key"
    born = "b.birth_date is not null and m.birth_date <> b.birth_date"
    same_id = "coalesce(b.id_number = m.anchor, false)"
    store.con.execute(
        f"""
        create or replace temp table link_before as
        select b.resident_id, {", ".join(f"b.{name}" for name in KEY)}, b.serial, b.id_number,
            b.name_key, b.birth_date, b.birth_date_precision,
            case when m.cluster is not null and not coalesce({seen} and {born} and not {same_id}, false) then m.cluster
                when m.cluster is null and l.anchor is not null and not {_disagrees("b", "l")} then l.cluster
            end as cluster,
            case when m.cluster is null then case when l.anchor is null then 'gone' else 'id' end
                when coalesce({seen} and {born} and not {same_id}, false) then 'reused' else 'record' end as how
        from {RECORDS} b
        left join link_member m on {same_key("m", "b")}
        left join (
            select l.*, c.cluster from link_leader l join link_cluster c on c.node_id = 'i' || l.anchor
        ) l on l.anchor = b.id_number
        where b.until_version is null
        """
    )


def _claims(store: Store) -> None:
    store.con.execute(
        """
        create or replace temp table link_claim as
        select resident_id, cluster, row_number() over (
            partition by resident_id order by n desc, present desc, oldest, starts_with(cluster, 'i') desc, cluster
        ) as place
        from (
            select resident_id, cluster, count(*) as n, count(*) filter (where how = 'record') as present,
                min(serial) as oldest
            from link_before where cluster is not null group by resident_id, cluster
        )
        """
    )
    store.con.execute(
        f"""
        create or replace temp table link_kept as
        select cluster, resident_id, row_number() over (partition by cluster order by g.serial, c.resident_id) as place
        from link_claim c join {MINTED} g using (resident_id) where c.place = 1
        """
    )


def _mint(store: Store, key_parameters: Mapping[str, bytes]) -> None:
    key = ", ".join(KEY)
    # The founding record of each cluster without an identity, and what it founded before.
    store.con.execute(
        f"""
        create or replace temp table link_minted as
        select f.cluster, {", ".join(f"f.{name}" for name in KEY)},
            coalesce(max(g.generation), -1) as last_generation,
            arg_max(g.resident_id, g.generation) as last_resident
        from (
            select m.*, row_number() over (
                partition by m.cluster order by k.serial nulls last, {", ".join(f"m.{name}" for name in KEY)}
            ) as place
            from link_member m
            left join (select {key}, min(serial) as serial from {RECORDS} group by {key}) k on {same_key("k", "m")}
            where not exists (select 1 from link_kept c where c.cluster = m.cluster)
        ) f left join {MINTED} g on {same_key("g", "f")}
        where f.place = 1 group by f.cluster, {", ".join(f"f.{name}" for name in KEY)}
        """
    )
    # A key that now names another person founds a new identity, never an old one of the person before.
    reused = f"exists (select 1 from link_before b where b.how = 'reused' and {same_key('b', 'm')})"
    # An identity has ended when the last thing that happened to it was a merge into another.
    ended = f"""
        select resident_id from (
            select resident_id, change, row_number() over (
                partition by resident_id order by serial desc, change, other_id
            ) as place from {CHANGES}
        ) where place = 1 and change = 'merged'
    """
    message = message_sql([*KEY, "nullif(generation, 0)"])
    store.con.execute(
        f"""
        create or replace temp table link_identity as
        select cluster, resident_id, null as source, null as record_key, null as record_no, null as generation
        from link_kept where place = 1
        union all
        select cluster, coalesce(restored, {hmac_sql(message, prefix="r", digits=ID_DIGITS)}), {key},
            case when restored is null then generation end
        from (
            select m.*, e.resident_id as restored, m.last_generation + 1 as generation
            from link_minted m left join ({ended}) e on e.resident_id = m.last_resident and not {reused}
        )
        """,
        dict(key_parameters),
    )


def _events(store: Store) -> None:
    """Who ended in whom, who was split from whom, who is new: an event for every id that a record changes."""
    store.con.execute(
        """
        create or replace temp table link_event as
        with moved as (
            select b.resident_id as old_id, i.resident_id as new_id, count(*) as n
            from link_before b join link_identity i using (cluster)
            where b.resident_id <> i.resident_id
            group by b.resident_id, i.resident_id
        ),
        merged as (
            select k.resident_id as old_id, i.resident_id as new_id
            from link_kept k join link_identity i using (cluster) where k.place > 1
        )
        select m.old_id as resident_id, 'merged' as change, m.new_id as other_id,
            '记录归为同一人，并入较早的编号' as reason
        from merged m
        union all
        select v.new_id, 'split', v.old_id, v.n || ' 条记录由该编号分出'
        from moved v anti join merged m on m.old_id = v.old_id and m.new_id = v.new_id
        union all
        select i.resident_id, 'minted', null,
            case when exists (select 1 from link_before b where b.how = 'reused' and b.source = i.source
                    and b.record_key = i.record_key and b.record_no = i.record_no)
                then '首次出现；来源把原记录键改给了他人' else '首次出现' end
        from link_identity i
        where i.generation is not null and not exists (select 1 from moved v where v.new_id = i.resident_id)
        """
    )
