"""Units that no anchor took are grouped among themselves, by the mean weight between groups.

Average linkage: two groups are put together while the mean weight over all pairs between them is at least
``settings.group``; a pair that was not compared counts ``settings.unscored``. One strong pair therefore does not join
two groups whose other pairs speak against it, as it would in connected components, and a group need not be compared
completely to stand. In each round all groups that are each other's best partner are joined, which for average linkage
gives what joining the best pair of all, one at a time, gives: the mean to a joined group is never above the better of
the means to its parts. For the same reason a group without a partner never finds one and is left out of later rounds.

The mean asks much of a unit that met few of a large group's pairs in any block, so at the end a group of at most
``settings.small`` units may join a larger one as a unit joins an anchor: by its best pair, well before the second.

Makes ``assign_group`` (``unit`` → ``c``, the smallest unit of the group; only of groups of several) and
``assign_oversize`` (pairs of groups that would have been joined, but for their size).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

if TYPE_CHECKING:
    from warehouse.link.assign import AssignSettings


def group_units(con: DuckDBPyConnection, settings: AssignSettings) -> None:
    """Make the tables named above."""
    from warehouse.link.assign import bits, drop

    link, unscored = bits(settings.group), bits(settings.unscored)
    _loose(con, bits(settings.link))
    con.execute("create or replace temp table group_large (a integer, b integer, mean double, size bigint)")
    slots = bool(con.execute("select count(*) from group_slot").fetchall()[0][0])
    while True:
        _partners(con, link, unscored, shared_slots=slots)
        con.execute(f"insert into group_large select * from group_partner where size > {settings.most}")
        con.execute(f"delete from group_partner where size > {settings.most}")
        if not con.execute("select count(*) from group_partner").fetchall()[0][0]:
            break
        _join(con, moved_slots=slots)
    con.execute(
        """
        create or replace temp table assign_oversize as
        select least(x.c, y.c) as a, greatest(x.c, y.c) as b, max(mean) as mean, max(size) as size
        from group_large l join group_unit x on x.unit = l.a join group_unit y on y.unit = l.b
        where x.c <> y.c group by all
        """
    )
    if settings.small:
        _gather(con, settings)
    con.execute(
        """
        create or replace temp table assign_group as
        select unit, c from group_unit where c in (select c from group_unit group by c having count(*) > 1)
        """
    )
    drop(
        con,
        (
            "group_unit",
            "group_size",
            "group_edge",
            "group_slot",
            "group_partner",
            "group_best",
            "group_join",
            "group_large",
            "group_way",
        ),
    )


def _loose(con: DuckDBPyConnection, link: int) -> None:
    # ``pull``: the anchor that a unit could not be told to belong to or not; units of different pulls stay apart.
    con.execute(
        f"""
        create or replace temp table group_unit as
        select u.unit, u.unit as c, u.records, p.anchor as pull from assign_unit u
        left join assign_pull p on p.unit = u.unit and p.place = 1 and p.w >= {link}
        where not u.anchored and not exists (select 1 from assign_member m where m.unit = u.unit)
        """
    )
    con.execute(
        """
        create or replace temp table group_edge as
        select a, b, w as s, cast(1 as bigint) as k, false as hard from assign_edge
        where a in (select unit from group_unit) and b in (select unit from group_unit)
        union all
        select a, b, 0, 0, true from assign_hard
        where a in (select unit from group_unit) and b in (select unit from group_unit)
        """
    )
    # Whoever has no pair at all takes no part.
    con.execute(
        "delete from group_unit where unit not in (select a from group_edge union all select b from group_edge)"
    )
    con.execute(
        """
        create or replace temp table group_slot as
        select s.unit as c, s.slots from assign_slot s join group_unit using (unit)
        """
    )


def _partners(con: DuckDBPyConnection, link: int, unscored: int, *, shared_slots: bool) -> None:
    """``group_partner``: the pairs of groups whose mean weight is good enough and that may be together."""
    con.execute(
        """
        create or replace temp table group_size as
        select c, count(*) as units, cast(sum(records) as bigint) as records, min(pull) as pull from group_unit group by c
        """
    )
    joined, apart = (
        ("left join group_slot s on s.c = e.a left join group_slot t on t.c = e.b",
         "and not coalesce(list_has_any(s.slots, t.slots), false)") if shared_slots else ("", "")
    )  # fmt: skip
    # The sum and the number of pairs are whole numbers, so the mean is the same in any order of rows.
    con.execute(
        f"""
        create or replace temp table group_partner as
        select a, b, mean, size from (
            select e.a, e.b, x.records + y.records as size,
                (e.s + (x.units * y.units - e.k) * {unscored}) / cast(x.units * y.units as double) as mean
            from group_edge e join group_size x on x.c = e.a join group_size y on y.c = e.b {joined}
            where not e.hard and coalesce(x.pull = y.pull, true) {apart}
        ) where mean >= {link}
        """
    )


def _join(con: DuckDBPyConnection, *, moved_slots: bool) -> None:
    """Join the groups that are each other's best partner; the pair best of all is always among them."""
    con.execute(
        """
        create or replace temp table group_best as
        select c, max({mean: mean, a: -a, b: -b}) as best from (
            select a as c, mean, a, b from group_partner union all select b, mean, a, b from group_partner
        ) group by c
        """
    )
    con.execute(
        """
        create or replace temp table group_join as
        select x.c as a, y.c as b from group_best x join group_best y on y.c = -x.best.b and y.best = x.best
        where x.c = -x.best.a
        """
    )
    con.execute("update group_unit set c = j.a from group_join j where j.b = group_unit.c")
    # A group with no partner will have none: its pairs are needed no more.
    con.execute(
        """
        create or replace temp table group_edge as
        select least(a, b) as a, greatest(a, b) as b, cast(sum(s) as bigint) as s, cast(sum(k) as bigint) as k, bool_or(hard) as hard
        from (
            select coalesce(x.a, e.a) as a, coalesce(y.a, e.b) as b, e.s, e.k, e.hard
            from group_edge e left join group_join x on x.b = e.a left join group_join y on y.b = e.b
            where e.a in (select c from group_best) and e.b in (select c from group_best)
        ) where a <> b group by all
        """
    )
    if moved_slots:
        con.execute(
            """
            create or replace temp table group_slot as
            select coalesce(j.a, s.c) as c, list_distinct(flatten(list(s.slots))) as slots
            from group_slot s left join group_join j on j.b = s.c group by all
            """
        )


def _gather(con: DuckDBPyConnection, settings: AssignSettings) -> None:
    """Small groups join the larger group of their best pair; of those that may not be together there the better one."""
    from warehouse.link.assign import bits

    con.execute(
        """
        create or replace temp table group_size as
        select c, count(*) as units, cast(sum(records) as bigint) as records, min(pull) as pull from group_unit group by c
        """
    )
    con.execute(
        f"""
        create or replace temp table group_way as
        with pairs as (
            select x.c, y.c as other, max(e.w) as w from (
                select a, b, w from assign_edge union all select b, a, w from assign_edge
            ) e join group_unit x on x.unit = e.a join group_unit y on y.unit = e.b
            where x.c <> y.c and e.w >= {bits(settings.link) - bits(settings.margin)}
            group by all
        ),
        ways as (
            select p.c, p.other, p.w, s.records, t.records as there,
                lead(p.w) over best as next_w, row_number() over best as place
            from pairs p join group_size s on s.c = p.c join group_size t on t.c = p.other
            where s.units <= {settings.small} and t.units > {settings.small} and coalesce(s.pull = t.pull, true)
            window best as (partition by p.c order by p.w desc, p.other)
        )
        select c, other, w, row_number() over (partition by other order by w desc, c) as place,
            there + sum(records) over (partition by other order by w desc, c) as size
        from ways w
        where place = 1 and w >= {bits(settings.link)} and (next_w is null or w - next_w >= {bits(settings.margin)})
        """
    )
    con.execute(
        f"""
        delete from group_way using (
            with whole as (select c, c as there, 0 as place from group_size
                union all select c, other, place from group_way),
            foes as (
                select x.c as one, y.c as two from assign_hard h join group_unit x on x.unit = h.a join group_unit y on y.unit = h.b
                union
                select s.c, t.c from (select * from whole join group_slot using (c)) s
                join (select * from whole join group_slot using (c)) t using (there)
                where s.c <> t.c and list_has_any(s.slots, t.slots)
            )
            select w.c from (select one, two from foes union select two, one from foes) f
            join group_way w on w.c = f.one join whole o on o.c = f.two and o.there = w.other and o.place < w.place
            union select c from group_way where size > {settings.most}
        ) gone where gone.c = group_way.c
        """
    )
    con.execute("update group_unit set c = g.other from group_way g where g.c = group_unit.c")
