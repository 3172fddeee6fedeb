"""Which agency's word on each field becomes the golden value: the rules of ``fields.yaml``, a field at a time.

Writes one Parquet file a field into a scratch folder: ``field``, ``rid``, ``n`` (the record), ``value`` (text),
``chosen``, ``agrees`` (says the same as the chosen one), ``reason``. Every non-null word of every record is in it;
of the parts of the residence, which stage place makes of addresses, those of the chosen record.

Reasons of a chosen word: ``only`` (nobody else has a word), ``agreed`` (all say the same), ``authority``, ``latest``,
``agreement`` (what decided against the strongest other word), ``order`` (equal in all that; the first by source and
record key), ``from_id`` (derived from the id number), ``presumed`` (nobody states it), ``with_<field>`` (follows the
record chosen for that field), ``presumed_hukou`` (the residence follows the registered address), ``placed`` (no
address, but a place is stated); of the live address (see ``residence.py``) ``residence`` (where the agency that knows best
says) and ``home`` (names the home there); of the status (see ``standing.py``) ``ended`` and ``returned``. Of one not chosen: ``same``, ``less_authority``, ``older``, ``outvoted``, ``order``,
``id_outranks``, ``other_record``, ``id_conflict`` (the id number is borrowed and no word at all), ``elsewhere``, ``no_home``,
``not_ended``, ``superseded``.

Does not belong here: which records are one person; how a value is cleaned.
"""

from __future__ import annotations

from pathlib import Path

from schemas.model import Survivorship
from warehouse.store import Store, literal
from warehouse.unify import residence, standing
from warehouse.unify.records import authorities, governed, placed_fields, value_column

TABLES = ("one_id", "one_word", "one_choice")
# Words by their standing: derived from the id number, stated, presumed because nobody states it.
FROM_ID, STATED, PRESUMED = 0, 1, 2


def choose_values(store: Store, folder: Path) -> None:
    """Choose the golden value of every governed field; see the module for the files written to ``folder``."""
    _holding_ids(store)
    residence.make_residences(store)
    rules = {name: f.survivorship for name, f in governed().items() if f.survivorship is not None}
    for name, rule in rules.items():
        if rule.rule != "with":
            _gather(store, name, rule)
            _write(store, folder, name, f"{_agreed()} union all {_disputed(rule)}{_borrowed(name)}")
    for name, rule in rules.items():
        if name in placed_fields():
            _write(store, folder, name, _placed(folder, name))
        elif rule.rule == "with":
            _write(store, folder, name, _following(folder, name, str(rule.with_field)))


def value_file(folder: Path, name: str) -> str:
    """The scan of the words on one field."""
    return f"read_parquet({literal(str(folder / f'{name}.parquet'))})"


def value_files(folder: Path) -> str:
    """The scan of the words on all fields."""
    return f"read_parquet({literal(str(folder / '*.parquet'))})"


def _write(store: Store, folder: Path, name: str, select: str) -> None:
    target = literal(str(folder / f"{name}.parquet"))
    store.con.execute(
        f"copy (select {literal(name)} as field, rid, n, value, chosen, agrees, reason from ({select})) "
        f"to {target} (format parquet, compression zstd)"
    )


def _order(rule: Survivorship) -> list[tuple[str, str, str, str]]:
    """The criteria of a rule, strongest first: column, direction, what it is called in winning and in losing."""
    authority = ("authority", "asc", "authority", "less_authority")
    latest = ("as_of", "desc", "latest", "older")
    agreement = ("agree", "desc", "agreement", "outvoted")
    return {
        "residence": list(residence.CRITERIA),
        "ending": list(standing.CRITERIA),
        "authority": [authority, latest, agreement],
        "latest": [latest, agreement],
        "agreement": [agreement, latest],
    }[rule.rule]


def _words(name: str, rule: Survivorship) -> str:
    authority, value = authorities()[rule.authority], value_column(name)
    stated = f"select rid, n, as_of, {authority} as authority, {value} as value, {STATED} as standing from one_record"
    if name == "id_number":
        # A borrowed number is somebody else's: it is no candidate, and is added as a word afterwards.
        return f"{stated} where {value} is not null and not aside"
    words = f"{stated} where {value} is not null"
    if rule.rule == "residence":
        # An address that leads nowhere is a word too, the last one.
        return f"""
            select w.* exclude (authority), coalesce(s.authority, w.authority) as authority, coalesce(s.elsewhere, true) as elsewhere,
                coalesce(s.homeless, true) as homeless, coalesce(s.told, 0) as told
            from ({words}) w left join one_stay s on s.n = w.n and s.kind = {residence.LIVES}
        """
    if name in ("birth_date", "sex"):
        words += f" union all select rid, n, as_of, 0, {name}, {FROM_ID} from one_id"
    if name == "status":
        words += f"""
            union all select rid, n, as_of, authority, 'active', {PRESUMED} from (
                select rid, n, as_of, {authority} as authority,
                    row_number() over (partition by rid order by as_of desc, n) as place,
                    count(status) over (partition by rid) as stated
                from one_record
            ) where place = 1 and stated = 0
        """
    return standing.weighed(words) if rule.rule == "ending" else words


def _gather(store: Store, name: str, rule: Survivorship) -> None:
    """``one_word``: all words on a field; ``one_choice``: for each resident their number, the best of them by
    all criteria but agreement, and whether they differ at all. Where they do not, there is little to do."""
    # The criteria packed into one number, so that the best is a plain minimum: standing, authority and day
    # (or day alone), then the record's own number (below a billion), which no other word of the field has.
    days = "(100000 - date_diff('day', date '1970-01-01', as_of))"
    first = f"authority * 1000000 + {days}" if rule.rule == "authority" else days
    rank = f"(cast(standing as bigint) * 1000000000 + {first}) * 1000000000 + n"
    ranked = {"residence": residence.order(), "ending": f"standing, {standing.order()}"}
    if rule.rule in ranked:
        rank = f"row_number() over (partition by rid order by {ranked[rule.rule]}, n)"
    store.con.execute(
        f"create or replace temp table one_word as select *, {rank} as rank from ({_words(name, rule)})"
    )
    store.con.execute(
        """
        create or replace temp table one_choice as
        select rid, count(*) as words, min(rank) as best, min(value) <> max(value) as disputed
        from one_word group by rid
        """
    )


def _agreed() -> str:
    return f"""
        select w.rid, w.n, w.value, w.rank = c.best as chosen, true as agrees,
            case when w.rank <> c.best then 'same' when w.standing = {FROM_ID} then 'from_id'
                when w.standing = {PRESUMED} then 'presumed' when c.words = 1 then 'only' else 'agreed' end as reason
        from one_word w join one_choice c on c.rid = w.rid where not c.disputed
    """


def _disputed(rule: Survivorship) -> str:
    criteria = _order(rule)
    order = ", ".join(["standing", *(f"{column} {direction}" for column, direction, _, _ in criteria), "n"])
    lost, won = [], []
    for i, (column, direction, gain, _) in enumerate(criteria, start=1):
        worse = ">" if direction == "asc" else "<"
        lost.append(f"when {column} {worse} first_value({column}) over best then {i}")
        won.append(f"when {i} then '{gain}'")
    last = len(criteria) + 1
    losses = " ".join(f"when {i} then '{loss}'" for i, (_, _, _, loss) in enumerate(criteria, start=1))
    return f"""
        select rid, n, value, place = 1 as chosen, lost_by = 0 as agrees,
            case when place = 1 then
                case when standing = {FROM_ID} then 'from_id' else case hardest {" ".join(won)} else 'order' end end
            else case lost_by when -1 then 'id_outranks' when 0 then 'same' {losses} else 'order' end end as reason
        from (
            select *, max(lost_by) over (partition by rid) as hardest from (
                select rid, n, value, standing, row_number() over best as place,
                    case when value = first_value(value) over best then 0
                        when standing > first_value(standing) over best then -1
                        {" ".join(lost)} else {last} end as lost_by
                from (
                    select w.*, count(*) over (partition by w.rid, w.value) as agree
                    from one_word w join one_choice c on c.rid = w.rid where c.disputed
                )
                window best as (partition by rid order by {order} rows between unbounded preceding and current row)
            )
        )
    """


def _borrowed(name: str) -> str:
    """The id numbers that records carry but that are somebody else's: words, and never chosen."""
    if name != "id_number":
        return ""
    return f"""
        union all
        select rid, n, {value_column(name)}, false, false, 'id_conflict' from one_record
        where aside and {value_column(name)} is not null"""


def _holding_ids(store: Store) -> None:
    """``one_id``: for each resident the id number that holds, what it says of birth date and sex, and its record."""
    rule = governed()["id_number"].survivorship
    assert rule is not None
    store.con.execute(
        f"""
        create or replace temp table one_id as
        select rid, n, as_of,
            substr(id_number, 7, 4) || '-' || substr(id_number, 11, 2) || '-' || substr(id_number, 13, 2) as birth_date,
            case cast(substr(id_number, 17, 1) as integer) % 2 when 1 then '1' else '2' end as sex
        from (
            select rid, n, as_of, id_number, row_number() over (
                partition by rid order by {authorities()[rule.authority]}, as_of desc, n
            ) as place
            from one_record where id_holds
        ) where place = 1
        """
    )


def _placed(folder: Path, name: str) -> str:
    """A part of the residence: what stage place made of the chosen record. What it made of the others is no
    agency's word (their addresses are), but a grid that a roster states is one."""
    value = value_column(name)
    chosen = f"""
        select r.rid, r.n, {value} as value, true as chosen, true as agrees,
            case when l.n is not null then 'with_live_address' when h.kind = {residence.PRESUMED} then 'presumed_hukou'
                else 'placed' end as reason
        from one_residence h join one_record r on r.n = h.n
        left join (select n from {value_file(folder, "live_address")} where chosen) l on l.n = h.n
        where {value} is not null
    """
    if name != "grid_code":
        return chosen
    return f"""{chosen} union all
        select r.rid, r.n, r.grid_code, false, coalesce(g.grid_code = r.grid_code, false), 'other_record'
        from one_record r left join one_residence h on h.rid = r.rid left join one_record g on g.n = h.n
        where r.grid_rule = 'stated' and r.grid_code is not null and h.n is distinct from r.n
    """


def _following(folder: Path, name: str, leader: str) -> str:
    """Words on a field that comes from the record chosen for another field, ``leader``."""
    value = value_column(name)
    chosen = (
        f"(select rid, n, case reason when 'from_id' then 'from_id' else 'with_{leader}' end as reason "
        f"from {value_file(folder, leader)} where chosen)"
    )
    following = f"""
        select r.rid, r.n, r.value, c.n is not null as chosen, coalesce(r.value = g.value, false) as agrees,
            coalesce(c.reason, 'other_record') as reason
        from (select rid, n, {value} as value from one_record where {value} is not null) r
        left join (select * from {chosen} where reason <> 'from_id') c on c.n = r.n
        left join (
            select r.rid, {value} as value from one_record r join {chosen} c on c.n = r.n
        ) g on g.rid = r.rid
    """
    if name == "birth_date_precision":
        # The birth date in an id number is a day; the record's own word on precision is about its own date.
        following += f"""
            union all select rid, n, 'day', true, true, 'from_id' from {chosen} where reason = 'from_id'
        """
    return following
