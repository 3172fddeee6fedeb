"""Which records a valid id number holds together, and which bear somebody else's: ``link_node_record``.

``make_anchors`` makes the temporary tables

* ``link_leader``: for each id number its owner's name and birth date, as most records of the number tell them;
* ``link_node_record``: for each record the node it is in. Node ``'i' || number``: the number's owner; else
  ``'k' || key``: the record alone. ``rule``: id_number (others bear the number too), recovered_id (through a number
  found again), id_conflict (bears a number of another: set apart), single. ``owner``: for id_conflict the node of the
  number. ``birth_sure``: false where the record's birth date may have come with the strange number.

A borrowed number is far more often a parent's on a child's record than a mistake in the name and the birth date at
once; wrong merges hurt more than missed ones, so a record stays only where something speaks for it.

Does not belong here: what else links records (``comparisons``, ``blocking.py``), what a person decided (judgements
come in here only where they part two records of one number).
"""

from __future__ import annotations

from warehouse.link.inputs import KEY, LinkInputs, same_key
from warehouse.store import Store

TABLES = ("link_leader", "link_bearer", "link_parted", "link_node_record")


def make_anchors(store: Store, inputs: LinkInputs) -> None:
    """Make the tables named above from ``link_record``. Every choice has a total order."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table link_bearer as
        select {", ".join(KEY)}, name_key, pinyin, former_key, birth_date, birth_date_precision, sex, anchor, recovered,
            {id_birth("anchor")} as id_birth,
            case when cast(substr(anchor, 17, 1) as integer) % 2 = 1 then '1' else '2' end as id_sex
        from link_record where anchor is not null
        """
    )
    _leaders(store)
    _parted(store, inputs)
    _nodes(store)


def id_birth(id_number: str) -> str:
    """SQL of the birth date in an id number of 18 signs."""
    return (
        f"try_cast(substr({id_number}, 7, 4) || '-' || substr({id_number}, 11, 2) || '-' || "
        f"substr({id_number}, 13, 2) as date)"
    )


def same_birth(record: str, date: str) -> str:
    """SQL: the birth date of ``record``, to its own precision, is ``date``; null where either is not known."""
    return (
        f"(case when coalesce({record}.birth_date_precision, 'day') = 'year' then year({record}.birth_date) = year({date}) "
        f"when {record}.birth_date_precision = 'month' then date_trunc('month', {record}.birth_date) = date_trunc('month', {date}) "
        f"else {record}.birth_date = {date} end)"
    )


def disagrees(record: str, leader: str) -> str:
    """SQL: name and birth date of ``record`` are both known and both contradict ``leader``.

    A masked name contradicts nothing. A birth date contradicts when it is neither the one in the id number nor the
    one that the leader's namesakes state.
    """
    return (
        f"coalesce({record}.name_key <> {leader}.name_key "
        f"and not og_matches({record}.name_key, '[*某]') and not og_matches({leader}.name_key, '[*某]') "
        f"and not {same_birth(record, f'{leader}.id_birth')} "
        f"and not coalesce({same_birth(record, f'{leader}.named_birth')}, false), false)"
    )


def near_birth(stated: str, true: str) -> str:
    """SQL: two days that one birth may well be written as: the slips of clerks, the lunar day, only the year known.

    A lunar date read as a common one is 17 to 50 days early. No two members of a family but twins are so near.
    """
    return (
        f"({stated} between {true} - interval 62 day and {true} + interval 62 day "
        f"or (day({stated}) = 1 and month({stated}) = 1 and year({stated}) = year({true})) "
        f"or (strftime({stated}, '%m%d') = strftime({true}, '%m%d') and abs(year({stated}) - year({true})) in (1, 2, 10)) "
        f"or (year({stated}) = year({true}) and month({stated}) = day({true}) and day({stated}) = month({true})))"
    )


def _leaders(store: Store) -> None:
    """The owner of each number: the name whose records state the number's own birth date and sex, then the most frequent."""
    con = store.con
    con.execute(
        f"""
        create or replace temp table link_leader as
        with named as (
            select anchor, name_key, min(pinyin) as pinyin, min(id_birth) as id_birth, count(*) as n,
                count(*) filter (where {same_birth("b", "b.id_birth")}) as agree,
                count(*) filter (where sex = id_sex) as of_sex
            from link_bearer b where name_key is not null group by anchor, name_key
        ),
        first as (
            select * from (
                select *, row_number() over (
                    partition by anchor
                    -- letters stand for a Chinese name more often than the other way round
                    order by agree desc, of_sex desc, strlen(name_key) = length(name_key), n desc, name_key
                ) as place from named
            ) where place = 1
        ),
        born as (
            select anchor, birth_date from (
                select anchor, birth_date, row_number() over (partition by anchor order by n desc, birth_date) as place
                from (
                    select b.anchor, b.birth_date, count(*) as n
                    from link_bearer b join first f on f.anchor = b.anchor and f.name_key = b.name_key
                    where b.birth_date is not null and coalesce(b.birth_date_precision, 'day') = 'day'
                    group by b.anchor, b.birth_date
                )
            ) where place = 1
        )
        select f.anchor, f.name_key, f.pinyin, f.id_birth, f.agree, f.of_sex, f.n, d.birth_date as named_birth
        from first f left join born d on d.anchor = f.anchor
        """
    )


def _parted(store: Store, inputs: LinkInputs) -> None:
    """Records that a person judged to be different from another bearer of the same number: the later key stands apart."""
    pairs = (
        "select null as source, null as record_key, null as record_no where false"
        if inputs.judgements is None
        else f"""
            select distinct greatest(l, r).source as source, greatest(l, r).record_key as record_key,
                greatest(l, r).record_no as record_no
            from (
                select {_packed("l")} as l, {_packed("r")} as r
                from {inputs.judgements} j
                join link_bearer l on {_judged("left", "l")}
                join link_bearer r on {_judged("right", "r")} and r.anchor = l.anchor
                where j.verdict = 'different'
            )
        """
    )
    store.con.execute(f"create or replace temp table link_parted as {pairs}")


def _packed(alias: str) -> str:
    return "{" + ", ".join(f"{name}: {alias}.{name}" for name in KEY) + "}"


def _judged(side: str, alias: str) -> str:
    return " and ".join(f"{alias}.{name} = j.{side}_{name}" for name in KEY)


def _nodes(store: Store) -> None:
    """``apart``: why a bearer of a number is not its owner; null evidence contradicts nothing."""
    alone = "'k' || r.source || chr(31) || r.record_key || chr(31) || cast(r.record_no as varchar)"
    exact = "coalesce(b.birth_date_precision, 'day') = 'day'"
    store.con.execute(
        f"""
        create or replace temp table link_node_record as
        with compared as materialized (
            select {", ".join(f"b.{name}" for name in KEY)}, b.anchor, b.recovered, l.n, l.agree, p.source is not null as parted,
                og_name_relation(b.name_key, b.pinyin, b.former_key, l.name_key, l.pinyin) as relation,
                {same_birth("b", "b.id_birth")} as of_number,
                coalesce({same_birth("b", "b.id_birth")} or {exact} and {near_birth("b.birth_date", "b.id_birth")}, false) as fits_number,
                coalesce({same_birth("b", "l.named_birth")}, false) as fits_owner,
                b.birth_date is not null as birth_told,
                -- another year and another day of the year: no slip
                coalesce({exact} and abs(year(b.birth_date) - year(b.id_birth)) > 1
                    and strftime(b.birth_date, '%m%d') <> strftime(b.id_birth, '%m%d'), false) as birth_far,
                coalesce(b.sex <> b.id_sex, false) as other_sex
            from link_bearer b
            left join link_leader l on l.anchor = b.anchor
            left join link_parted p on {same_key("p", "b")}
        ),
        judged as materialized (
            select *, case when parted then 'judged'
                when relation is null then case when birth_told and not fits_number and not (fits_owner and agree > 0) or not birth_told and other_sex then 'birth' end
                when relation = 'same' then case when birth_told and not fits_number and agree = 0 and (n = 1 or birth_far) then 'birth' end
                when relation = 'alike' then case when birth_told and not fits_number and not fits_owner then 'name_birth' end
                when relation = 'kin' then case when not fits_number and not fits_owner or other_sex then 'name' end
                else 'name' end as apart
            from compared
        )
        select r.source, r.record_key, r.record_no,
            case when j.anchor is null or j.apart is not null then {alone} else 'i' || j.anchor end as node_id,
            case when j.apart is not null then 'id_conflict' when j.anchor is null then 'single'
                when g.n_records = 1 then 'single' when j.recovered then 'recovered_id' else 'id_number' end as rule,
            coalesce(case when j.apart is null then g.n_records end, 1) as n_records,
            case when j.apart is not null then 'i' || j.anchor end as owner,
            case when j.apart is null then j.anchor end as anchor,
            not coalesce(j.apart is not null and j.of_number, false) as birth_sure,
            case j.apart when 'judged' then '人工判定与同号码的另一条记录不是同一人'
                when 'birth' then '所填出生日期或性别与证件号码不符，且姓名不足以佐证，疑似误用他人号码'
                when 'name_birth' then '证件号码与他人相同，姓名相近但出生日期不符，疑似借用'
                when 'name' then '证件号码与他人相同，而姓名与号码所属者不符，疑似借用' end as reason
        from link_record r left join judged j on {same_key("j", "r")}
        left join (select anchor, count(*) as n_records from judged where apart is null group by anchor) g on g.anchor = j.anchor
        """
    )
