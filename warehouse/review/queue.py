"""The queue: what of a night's linkage a person should decide, as SQL over the tables of the link stage.

``make_queue`` makes the temporary tables ``review_found`` (an item a row) and ``review_found_record`` (the records of
its two sides) from ``link_node_record``, ``link_node``, ``link_edge``, ``link_cluster``, ``link_doubt``,
``link_apart``, ``link_member``, ``link_identity``, ``link_event``, ``link_before``, the ledger of identities and the decisions in force.
Doubts between the nodes of tonight are found in ``queue_of_pairs.py``, those that the ledger tells of (merged ids, keys
given to another person) in ``queue_of_ids.py``.

A side is the records of one node, or of one person as published before, never a whole cluster: what a person says of
it must hold however the clusters move. An item is gone once any decision speaks of a record of each side.

Does not belong here: how items are shown (``desk.py``), what a decision does (``warehouse/link``).
"""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from warehouse.link.inputs import KEY
from warehouse.link.keyed_hash import hmac_sql, message_sql
from warehouse.review.queue_of_ids import find_of_ids
from warehouse.review.queue_of_pairs import QueueSettings, find_of_pairs

TABLES = (
    "review_node", "review_cluster", "review_edge", "review_pair", "review_numbered", "review_of_ids", "review_side",
    "review_lead", "review_decided", "review_found", "review_found_record",
)  # fmt: skip
ID_DIGITS = 16
# Among items about the same two sides the first of these stands: it says most about what is wrong.
_FIRST = (
    "contradiction", "id_conflict", "twins", "two_ids", "merge_of_published", "oversize", "same_source", "low_margin",
    "vetoed", "grey_zone", "key_reused",
)  # fmt: skip

# What came out true most often on the demo (seed 7): two numbers of one name that tell one day and place of birth
# are a number corrected; the best candidate of somebody who found no person is that person in eight of ten.
_SUGGESTION = """
    case when reason in ('id_conflict', 'twins', 'oversize', 'key_reused') then 'different'
        when reason in ('merge_of_published', 'low_margin') then 'same'
        when reason in ('vetoed', 'same_source', 'contradiction') then 'unsure'
        when reason = 'two_ids' then case when one_name and (one_birth_and_place or probability > 0.999) then 'same' else 'different' end
        when probability >= 0.2 then 'same' else 'unsure' end"""


__all__ = ["QueueSettings", "drop_queue", "make_queue"]


def make_queue(
    con: DuckDBPyConnection,
    settings: QueueSettings,
    key_parameters: Mapping[str, bytes],
    judgements: str | None,
    ledger: tuple[str, str] | None,
) -> None:
    """Make the two tables. ``key_parameters`` are those of ``keyed_hash.key_blocks``, ``judgements`` the decisions in
    force (``Judgements.in_force``), ``ledger`` the names of the ledger's tables of records and of changes."""
    find_of_pairs(con, settings)
    _number(con)
    find_of_ids(con, ledger)
    _sides(con)
    _decided(con, judgements)
    _found(con, key_parameters)


def drop_queue(con: DuckDBPyConnection) -> None:
    """Remove what ``make_queue`` made."""
    for table in TABLES:
        con.execute(f"drop table if exists temp.{table}")


def _number(con: DuckDBPyConnection) -> None:
    """One item for two sides, whichever way round they were found, numbered in a total order."""
    order = " ".join(f"when '{reason}' then {n}" for n, reason in enumerate(_FIRST))
    con.execute(
        f"""
        create or replace temp table review_numbered as
        select row_number() over (order by reason, left_node, right_node) as n, * exclude (place) from (
            select *, row_number() over (
                partition by least(left_node, coalesce(right_node, '')), greatest(left_node, coalesce(right_node, ''))
                order by case reason {order} end, left_node
            ) as place
            from review_pair
        ) where place = 1
        """
    )


def _sides(con: DuckDBPyConnection) -> None:
    key = ", ".join(f"r.{name}" for name in KEY)
    con.execute(
        f"""
        create or replace temp table review_side as
        select p.n, 'left' as side, {key} from review_numbered p join link_node_record r on r.node_id = p.left_node
        union all
        select p.n, 'right', {key} from review_numbered p join link_node_record r on r.node_id = p.right_node
        union all
        select p.n, 'right', {key} from review_numbered p join review_node l on l.node_id = p.left_node
        join review_node o on o.cluster = l.cluster and o.node_id <> l.node_id
        join link_node_record r on r.node_id = o.node_id
        where p.reason = 'oversize'
        union all
        select -n, side, {", ".join(KEY)} from review_of_ids
        """
    )
    # The first record of each side names it.
    con.execute(
        f"""
        create or replace temp table review_lead as
        select * from (
            select *, count(*) over (partition by n, side) as records,
                row_number() over (partition by n, side order by {", ".join(KEY)}) as place
            from review_side
        ) where place = 1
        """
    )


def _decided(con: DuckDBPyConnection, judgements: str | None) -> None:
    """Items about which a person has said something: of a record of either side, one way round or the other."""
    if judgements is None:
        con.execute("create or replace temp table review_decided (n bigint, item_id varchar)")
        return
    left = " and ".join(f"l.{name} = j.left_{name}" for name in KEY)
    right = " and ".join(f"r.{name} = j.right_{name}" for name in KEY)
    con.execute(
        f"""
        create or replace temp table review_decided as
        select distinct l.n, null::varchar as item_id
        from {judgements} j join review_side l on {left} join review_side r on {right}
        where l.n = r.n and l.side <> r.side
        union all select distinct null, item_id from {judgements} where item_id is not null
        """
    )


def _found(con: DuckDBPyConnection, key_parameters: Mapping[str, bytes]) -> None:
    names = ", ".join(
        f"{side[0]}.{name} as {side}_{name}" for side in ("left", "right") for name in (*KEY, "records")
    )
    texts = [message_sql([f"i.{side}_{name}" for name in KEY]) for side in ("left", "right")]
    message = message_sql(
        ["'review'", "i.reason", f"least({texts[0]}, {texts[1]})", f"greatest({texts[0]}, {texts[1]})"]
    )
    con.execute(
        f"""
        create or replace temp table review_found as
        with p as (
            select p.n, p.reason, p.status, p.weight, p.probability, p.margin, e.one_name, e.one_birth_and_place
            from review_numbered p left join review_edge e on e.node = p.left_node and e.other = p.right_node
            union all select distinct -n, reason, 'waiting', weight, probability, null, null, null from review_of_ids
        ), i as (
            select p.*, {names}
            from p join review_lead l on l.n = p.n and l.side = 'left'
            left join review_lead r on r.n = p.n and r.side = 'right'
            anti join review_decided d on d.n = p.n and p.reason <> 'contradiction'
        ), u as (
            select i.*, {hmac_sql(message, prefix="q", digits=ID_DIGITS)} as item_id,
                case when probability is null then 0.5 when reason in ('twins', 'two_ids', 'id_conflict') then probability
                    else 1 - abs(2 * probability - 1) end as doubt
            from i
        ), w as (
            select u.* from u anti join review_decided d on d.item_id = u.item_id and u.reason <> 'contradiction'
        )
        select n, item_id, row_number() over (
                order by status = 'aside', round(priority, 4) desc, reason, item_id) as rank, * exclude (n, item_id, doubt)
        from (
            select *, greatest(round(doubt, 4), 0.01) as uncertainty,
                round((left_records + coalesce(right_records, 0)) * greatest(doubt, 0.01), 4) as priority,
                {_SUGGESTION} as suggestion
            from w
        )
        """,
        dict(key_parameters),
    )
    con.execute(
        f"""
        create or replace temp table review_found_record as
        select f.item_id, s.side, {", ".join(f"s.{name}" for name in KEY)} from review_side s join review_found f using (n)
        """
    )
