"""Units without an anchor join the person they fit: their best anchor, then their neighbours' one.

Makes ``assign_pull`` (each loose unit's anchors, the best first), ``assign_member`` (loose units that joined: the
``anchor``'s unit, ``how``: anchor or follow, ``w``, ``here`` and ``via``: the pair of nodes it came by, ``margin`` and
``next_w``: before and of the second anchor) and ``assign_refused`` (units that would have joined, and why they did not).

Belongs here: the choice among anchors. Does not belong here: what stands without any anchor (``grouping.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

if TYPE_CHECKING:
    from warehouse.link.assign import AssignSettings


def anchor_units(con: DuckDBPyConnection, settings: AssignSettings) -> None:
    """Make the tables named above."""
    from warehouse.link.assign import bits

    con.execute(
        """
        create or replace temp table assign_pull as
        select *, row_number() over best as place, lead(w) over best as next_w, lead(anchor) over best as next_anchor
        from (
            select case when x.anchored then b else a end as unit, case when x.anchored then a else b end as anchor, e.w,
                case when x.anchored then nb else na end as here, case when x.anchored then na else nb end as via
            from assign_edge e join assign_unit x on x.unit = e.a join assign_unit y on y.unit = e.b
            where x.anchored <> y.anchored
        )
        window best as (partition by unit order by w desc, anchor)
        """
    )
    con.execute(
        f"""
        create or replace temp table assign_member as
        select unit, anchor, 'anchor' as how, w, here, via, w - next_w as margin, next_w
        from assign_pull where place = 1 and w >= {bits(settings.link)}
            and (next_w is null or w - next_w >= {bits(settings.margin)})
        """
    )
    con.execute("create or replace temp table assign_refused (unit integer, anchor integer, why varchar)")
    _settle(con)
    for _ in range(settings.rounds):
        if not _follow(con, bits(settings.follow), bits(settings.unsure)):
            break
        _settle(con)
    _too_large(con, settings.most)


def _follow(con: DuckDBPyConnection, follow: int, unsure: int) -> int:
    """Units join the anchor that all their neighbours and all their own pulls point to; returns how many did."""
    con.execute(
        f"""
        create or replace temp table assign_verdict as
        with beside as (
            select e.unit, m.anchor, e.w, e.here, e.via from (
                select a as unit, b as other, w, na as here, nb as via from assign_edge
                union all select b, a, w, nb, na from assign_edge
            ) e join assign_member m on m.unit = e.other
            where e.w >= {follow} and not exists (select 1 from assign_member o where o.unit = e.unit)
        ),
        pointed as (
            select unit, min(anchor) as anchor, max({{w: w, here: -here, via: -via}}) as best from beside
            group by unit having min(anchor) = max(anchor)
        )
        select p.unit, p.anchor, 'follow' as how, best.w as w, -best.here as here, -best.via as via
        from pointed p join assign_unit u on u.unit = p.unit and not u.anchored
        where not exists (select 1 from assign_pull d where d.unit = p.unit and d.anchor <> p.anchor and d.w >= {unsure})
            and not exists (select 1 from assign_refused f where f.unit = p.unit)
        """
    )
    con.execute(
        "insert into assign_member select unit, anchor, how, w, here, via, null, null from assign_verdict"
    )
    return int(con.execute("select count(*) from assign_verdict").fetchall()[0][0])


def _settle(con: DuckDBPyConnection) -> None:
    """Members of one anchor who may not be together: the better ones stay.

    Such clusters are few (two living records of one source, decisions), so they are settled one by one.
    """
    conflicts = con.execute(
        """
        with here as (
            select unit, anchor, w from assign_member union all select distinct anchor, anchor, null from assign_member
        ),
        slotted as (select * from here join assign_slot using (unit))
        select x.anchor, x.unit, x.w, y.unit, y.w, h.why from assign_hard h
        join here x on x.unit = h.a join here y on y.unit = h.b and y.anchor = x.anchor
        union all
        select x.anchor, x.unit, x.w, y.unit, y.w, 'slot' from slotted x join slotted y using (anchor)
        where x.unit < y.unit and list_has_any(x.slots, y.slots)
        """
    ).fetchall()
    if not conflicts:
        return
    clusters: dict[int, dict[int, float]] = {}
    enemies: dict[int, dict[int, str]] = {}
    for anchor, one, one_w, other, other_w, why in conflicts:
        weights = clusters.setdefault(anchor, {})
        for unit, w, enemy in ((one, one_w, other), (other, other_w, one)):
            # The anchor itself stays.
            weights[unit] = float("inf") if w is None else w
            reasons = enemies.setdefault(unit, {})
            reasons[enemy] = min(why, reasons.get(enemy, why))
    refused = []
    for anchor, weights in sorted(clusters.items()):
        stay: set[int] = set()
        for unit in sorted(weights, key=lambda u: (-weights[u], u)):
            against = [enemies[unit][other] for other in stay & enemies[unit].keys()]
            if against:
                refused.append((unit, anchor, min(against)))
            else:
                stay.add(unit)
    con.executemany("insert into assign_refused values (?, ?, ?)", refused)
    con.execute("delete from assign_member where unit in (select unit from assign_refused)")


def _too_large(con: DuckDBPyConnection, most: int) -> None:
    """More records than one person has: what joined by weights alone is let go, and waits for a person."""
    con.execute(
        f"""
        create or replace temp table assign_verdict as
        select m.anchor from assign_member m join assign_unit u using (unit) join assign_unit a on a.unit = m.anchor
        group by m.anchor having sum(u.records) + min(a.records) > {most}
        """
    )
    con.execute(
        """
        insert into assign_refused
        select unit, anchor, 'oversize' from assign_member where anchor in (select anchor from assign_verdict)
        """
    )
    con.execute("delete from assign_member where anchor in (select anchor from assign_verdict)")
