"""Which nodes are one person: scored pairs, anchors and prohibitions become a partition of the nodes.

``assign`` reads four temporary tables (``TAKEN`` makes the empty ones of those that a caller has no use for):

* ``link_node``: ``node_id``, ``anchor`` (null, or that by which the node is a person of its own), ``n_records``;
* ``link_edge``: ``node_l`` < ``node_r``, ``weight`` (bits), ``probability``, ``rule``, ``veto``, ``reason``;
* ``link_apart``: ``node_l``, ``node_r``: never one person; ``link_together``: one person, by a person's word
  (``judgement_id``); ``link_slot``: ``node_id``, ``slot``: two nodes of one slot are never one person.

and makes ``link_cluster``, one row a node: ``cluster`` (the smallest node id with an anchor, else the smallest),
``match_rule``, ``match_weight``, ``match_probability``, ``via_node`` (the node of the cluster it fits best), ``margin``
(bits before the second anchor, also where it kept a node from joining), ``reason``; and ``link_doubt`` (``doubts.py``).

In this order: what a person joined is one unit; each unit without an anchor takes its best anchor, if that is good
enough and well before the second (``anchoring.py``); the rest is grouped by the mean weight between groups
(``grouping.py``). A cluster holds one unit with an anchor at most, whatever the weights say, so that no chain of fair
pairs joins two known persons. Weights are whole thousandths of a bit within: their sums do not depend on the order of
rows. Knows nothing of sources, agencies or id numbers, so that it serves any set of records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from duckdb import DuckDBPyConnection

from warehouse.link.anchoring import anchor_units
from warehouse.link.doubts import find_doubts
from warehouse.link.grouping import group_units
from warehouse.link.judged import judged_units

TAKEN = {
    "link_apart": "node_l varchar, node_r varchar, why varchar",
    "link_together": "node_l varchar, node_r varchar, judgement_id varchar",
    "link_slot": "node_id varchar, slot varchar",
}
TABLES = ("link_cluster", "link_doubt")
_WITHIN = (
    "assign_node", "assign_unit", "assign_edge", "assign_hard", "assign_slot", "assign_pull", "assign_member",
    "assign_refused", "assign_group", "assign_tie", "assign_oversize", "assign_verdict", "assign_broken",
)  # fmt: skip


@dataclass(frozen=True)
class AssignSettings:
    """When records are taken for one person. Weights are bits: 0 is even odds, 10 about a thousand to one."""

    floor: float = -6.0
    """Pairs below it count as pairs that were never compared."""
    link: float = 2.0
    """The weight from which a node takes an anchor …"""
    margin: float = 3.0
    """… if it is that much above the weight of the second best anchor."""
    follow: float = 6.0
    """The weight from which an unassigned node follows its neighbours to their anchor."""
    rounds: int = 3
    """How often in a row nodes may follow nodes that followed."""
    group: float = 2.0
    """The mean weight from which two groups without an anchor are put together."""
    unscored: float = -0.5
    """What a pair that was not compared counts in that mean: little evidence against, no blocking rule having met."""
    small: int = 0
    """Groups of so many units or fewer may at last join a larger one by their best pair, as a node joins an anchor."""
    most: int = 25
    """The most records of a cluster that weights alone may form; a larger one waits for a person."""
    unsure: float = -1.0
    """A node does not follow its neighbours while another anchor fits it with this weight or more."""
    binding: tuple[str, ...] = ()
    """Vetoes that keep two nodes apart in any company; other vetoes only stop their own pair from linking them."""

    @classmethod
    def of(cls, told: dict[str, Any]) -> AssignSettings:
        """From the mapping of a settings file. Raises ValueError for a name that is no setting."""
        unknown = sorted(set(told) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"no setting of assignment: {', '.join(unknown)}")
        listed: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in told.items()}
        return cls(**listed)


def bits(weight: float) -> int:
    """A weight of the settings in the whole numbers in which weights are added up."""
    return round(weight * 1000)


def assign(con: DuckDBPyConnection, settings: AssignSettings, agreement: str = "e.reason") -> None:
    """Make ``link_cluster`` and ``link_doubt`` from the tables named above, all temporary.

    ``agreement``: SQL of what an edge ``e`` agrees in, in words.
    """
    for name, columns in TAKEN.items():
        con.execute(f"create temp table if not exists {name} ({columns})")
    _units(con)
    _edges(con, settings)
    anchor_units(con, settings)
    group_units(con, settings)
    _clusters(con, settings, agreement)
    find_doubts(con)
    drop(con, _WITHIN)


def drop(con: DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Drop temporary tables where they are."""
    for table in tables:
        con.execute(f"drop table if exists temp.{table}")


def _units(con: DuckDBPyConnection) -> None:
    """``assign_node`` (numbers in the order of node ids, and units) and ``assign_unit``."""
    con.execute(
        """
        create or replace temp table assign_node as
        select cast(row_number() over (order by node_id) as integer) as n, node_id, anchor is not null as anchored, n_records
        from link_node
        """
    )
    judged_units(con)
    con.execute(
        """
        create or replace temp table assign_unit as
        select unit, bool_or(anchored) as anchored, cast(sum(n_records) as bigint) as records
        from (select coalesce(t.unit, n.n) as unit, n.anchored, n.n_records from assign_node n left join assign_tie t using (n))
        group by unit
        """
    )


def _edges(con: DuckDBPyConnection, settings: AssignSettings) -> None:
    """Pairs of units: ``assign_hard`` may never be together, ``assign_edge`` may (``w``; ``na``, ``nb``: by which nodes)."""
    con.execute(
        f"""
        create or replace temp table assign_numbered as
        select l.n as l, r.n as r, coalesce(tl.unit, l.n) as ul, coalesce(tr.unit, r.n) as ur,
            cast(round(e.weight * 1000) as bigint) as w, e.veto
        from link_edge e join assign_node l on l.node_id = e.node_l join assign_node r on r.node_id = e.node_r
        left join assign_tie tl on tl.n = l.n left join assign_tie tr on tr.n = r.n
        where e.weight >= {settings.floor} or e.veto is not null
        """
    )
    con.execute(
        """
        create or replace temp table assign_hard as
        select least(ul, ur) as a, greatest(ul, ur) as b, min(why) as why from (
            select coalesce(tl.unit, l.n) as ul, coalesce(tr.unit, r.n) as ur, x.why
            from link_apart x join assign_node l on l.node_id = x.node_l join assign_node r on r.node_id = x.node_r
            left join assign_tie tl on tl.n = l.n left join assign_tie tr on tr.n = r.n
            union all
            select ul, ur, veto from assign_numbered where list_contains($binding, veto)
        ) where ul <> ur group by all
        """,
        {"binding": list(settings.binding)},
    )
    con.execute(
        """
        create or replace temp table assign_slot as
        select coalesce(t.unit, n.n) as unit, list_sort(list(distinct s.slot)) as slots
        from link_slot s join assign_node n using (node_id) left join assign_tie t on t.n = n.n group by all
        """
    )
    # Of several pairs of nodes between two units the best speaks for them.
    con.execute(
        """
        create or replace temp table assign_edge as
        select a, b, best.w as w, -best.l as na, -best.r as nb from (
            select least(ul, ur) as a, greatest(ul, ur) as b,
                max({w: w, l: case when ul < ur then -l else -r end, r: case when ul < ur then -r else -l end}) as best
            from assign_numbered where veto is null and ul <> ur group by all
        ) e
        left join assign_slot x on x.unit = e.a left join assign_slot y on y.unit = e.b
        where not exists (select 1 from assign_hard h where h.a = e.a and h.b = e.b)
            and not coalesce(list_has_any(x.slots, y.slots), false)
        """
    )
    con.execute("drop table temp.assign_numbered")


def _clusters(con: DuckDBPyConnection, settings: AssignSettings, agreement: str) -> None:
    con.execute(
        f"""
        create or replace temp table link_cluster as
        with within as (
            -- a unit of a group came by its best pair within the group
            select unit, max({{w: w, here: -here, via: -via}}) as best from (
                select a as unit, b as other, w, na as here, nb as via from assign_edge
                union all select b, a, w, nb, na from assign_edge
            ) e join assign_group x using (unit) join assign_group y on y.unit = e.other and y.c = x.c
            group by unit
        ),
        thin as (
            select unit, w - next_w as margin from assign_pull where place = 1 and w >= $link and w - next_w < $margin
        ),
        placed as (
            select u.unit, coalesce(m.anchor, g.c, u.unit) as c, m.how, coalesce(m.margin, t.margin) as margin, m.next_w,
                coalesce(m.w, g.best.w) as w, coalesce(m.here, -g.best.here) as here, coalesce(m.via, -g.best.via) as via
            from assign_unit u left join assign_member m using (unit)
            left join (select g.unit, g.c, w.best from assign_group g left join within w using (unit)) g using (unit)
            left join thin t on t.unit = u.unit and m.unit is null
        ),
        named as (
            select n.n, n.node_id, p.* exclude (unit), t.unit is not null as tied, coalesce(t.lead, true) as lead, t.via as tied_via,
                coalesce(min(n.n) filter (where n.anchored) over (partition by p.c), min(n.n) over (partition by p.c)) as first,
                count(*) over (partition by p.c) as size
            from assign_node n left join assign_tie t using (n) join placed p on p.unit = coalesce(t.unit, n.n)
        ),
        spoken as (
            select *, case when not lead then 'judgement' when size = 1 then 'single'
                when n = first or w is null then 'first' else 'pair' end as kind
            from named
        )
        select s.node_id, f.node_id as cluster, case when kind = 'pair' then 'probable' else kind end as match_rule,
            case when kind = 'pair' then s.w / 1000.0 end as match_weight,
            -- beside a stranger, the second anchor is the alternative
            case when kind <> 'pair' then 1.0
                else 1 / (1 + pow(2, -s.w / 1000.0) + coalesce(pow(2, (s.next_w - s.w) / 1000.0), 0)) end as match_probability,
            v.node_id as via_node, s.margin / 1000.0 as margin,
            case kind when 'judgement' then '人工判定为同一人' when 'first' then '此人的首条记录'
                when 'single' then '没有其他记录与之相符'
                else case s.how when 'anchor' then '与有证件号码的记录相符：' when 'follow' then '与归于此人的另一条记录相符：'
                    else '与另一条没有证件号码的记录相符：' end || coalesce({agreement}, '')
                    || '；匹配权重 ' || printf('%.1f', s.w / 1000.0)
                    || coalesce('，比次优人选高 ' || printf('%.1f', s.margin / 1000.0), '') end as reason
        from spoken s join assign_node f on f.n = s.first
        left join assign_node v on v.n = case kind when 'pair' then s.via when 'judgement' then s.tied_via end
        left join assign_node h on h.n = s.here and kind = 'pair'
        left join link_edge e on e.node_l = least(h.node_id, v.node_id) and e.node_r = greatest(h.node_id, v.node_id)
        """,
        {"link": bits(settings.link), "margin": bits(settings.margin)},
    )
