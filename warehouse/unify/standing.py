"""Who is alive and here: how several agencies' words on a person's status are weighed.

That somebody died or left is noted down by whoever learns of it; "active" in a register mostly means that nobody has noted
anything. So an end, once told, is not undone by a register that still lists the person:

* ``deceased`` outranks everything, whoever says it; who says it wrongly must correct its record (issue
  ``deceased_active`` tells both sides);
* ``moved_out`` outranks ``active``, unless an agency that knows at least as well (``authority`` of ``status``) says, with
  data that are no older, that the person is here: people come back, and the grid next door lists who left this one.

Within that, authority, then the latest. ``unseen`` as a source's own word comes last; ``active`` is presumed where nobody
says anything. Does not belong here: residents whom no current record mentions (``people.py``).
"""

from __future__ import annotations

CRITERIA = (
    # column, direction, what it is called in winning and in losing; strongest first
    ("alive", "asc", "ended", "not_ended"),
    ("superseded", "asc", "returned", "superseded"),
    ("here", "asc", "ended", "not_ended"),
    ("authority", "asc", "authority", "less_authority"),
    ("as_of", "desc", "latest", "older"),
)


def weighed(words: str) -> str:
    """The words on ``status`` (rid, n, as_of, authority, value, standing) with the columns of the criteria."""
    return f"""
        select w.*, case w.value when 'deceased' then 0 else 1 end as alive,
            case when s.n is null then 0 else 1 end as superseded,
            case w.value when 'moved_out' then 0 when 'active' then 1 else 2 end as here
        from ({words}) w left join (
            select distinct m.n from ({words}) m join ({words}) a using (rid)
            where m.value = 'moved_out' and a.value = 'active' and a.standing = m.standing
                and a.authority <= m.authority and a.as_of >= m.as_of
        ) s on s.n = w.n
    """


def order() -> str:
    """The criteria as a SQL order."""
    return ", ".join(f"{column} {direction}" for column, direction, _, _ in CRITERIA)


def conflict_rows(valued: str) -> str:
    """The SELECT of the issues of status (n, field, code, shown): of records that list as active whom the resident's
    status has as deceased or moved out, and of those that say so. ``valued``: the words on ``status``."""
    return f"""
        select w.n, 'status' as field, case g.golden when 'deceased' then 'deceased_active' else 'status_conflict' end as code,
            w.value as shown
        from {valued} w
        join (
            select rid, max(case when chosen then value end) as golden, min(value) as low, max(value) as high
            from {valued} where reason <> 'presumed' group by rid
        ) g using (rid)
        where g.low <> g.high and g.golden in ('deceased', 'moved_out') and w.value in ('active', g.golden)
            and exists (select 1 from {valued} a where a.rid = w.rid and a.value = 'active' and a.reason <> 'presumed')
    """
