"""The hard city: people who are easily taken for each other, beyond what damage to cells can do.

Belongs here: table ``double``, who is made to resemble whom, and what is copied from the one to the other: name and
birth date (``namesake``), number and birth date (``shared_number``: one number was issued twice), the number alone
(``wrong_number``). They live apart. Does not belong here: the rates (hard.csv), damage to cells (damage).

Doubles are people without children in their household, so that no surname and no age of a family is disturbed.
"""

from __future__ import annotations

from pipelines.demo.city import City
from pipelines.demo.damage import HARD, rates_of

CHILDLESS = ("single_young", "single_old", "couple", "couple_old", "flat_share")
KINDS = ("namesake", "shared_number", "wrong_number")
SAME_DAY = ("namesake", "shared_number")


def choose_doubles(city: City) -> None:
    """Table ``double (person_id, like_id, kind)``, and members' birth date as that of whom they resemble.

    Whoever is drawn is resembled by the next by birth of the same sex, for a wrong number by one of quite another age.
    Call between the making of households and that of names. Everybody else stays as they are.
    """
    c = city.chance
    rates = rates_of(HARD)["*", "person"]
    start, cases = 0.0, []
    for kind in KINDS:
        half = rates[kind] / 2  # each double is two people
        cases.append(f"WHEN u >= {start!r} AND u < {start + half!r} THEN '{kind}'")
        start += half
    kinds = ", ".join(f"'{kind}'" for kind in CHILDLESS)
    city.con.execute(f"""
        CREATE TABLE double AS
        WITH able AS (
          SELECT person_id, household_id, male, birth_date, {c.u("double")} AS u, count(*) OVER (PARTITION BY male) AS people,
                 row_number() OVER (PARTITION BY male ORDER BY birth_date, {c.bits("double order", "person_id")}, person_id) - 1 AS n
          FROM member WHERE kind IN ({kinds}) AND nation = '01'
        ), chosen AS (SELECT *, CASE {" ".join(cases)} END AS double FROM able)
        SELECT b.person_id, a.person_id AS like_id, a.double AS kind, a.birth_date AS like_birth
        FROM chosen a JOIN chosen b ON b.male = a.male
          AND b.n = CASE a.double WHEN 'wrong_number' THEN (a.n + a.people // 2) % a.people ELSE a.n + 1 END
        WHERE a.double IS NOT NULL AND b.double IS NULL AND a.household_id <> b.household_id
        QUALIFY row_number() OVER (PARTITION BY b.person_id ORDER BY a.person_id) = 1
    """)
    city.con.execute(f"""
        UPDATE member SET birth_date = double.like_birth FROM double
        WHERE double.person_id = member.person_id AND double.kind IN {SAME_DAY!r}
    """)


def made_doubles() -> str:
    """SQL of the doubles as they came out (whoever has foreign papers keeps their own name and number)."""
    return """
        SELECT b.person_id, a.person_id AS like_id, d.kind
        FROM double d JOIN person a ON a.person_id = d.like_id JOIN person b ON b.person_id = d.person_id
        WHERE CASE d.kind WHEN 'namesake' THEN a.name = b.name ELSE a.id_number = b.id_number END
    """


def double_tally() -> str:
    """SQL of the rows that the doubles add to the tally of damage: people who could be one, and who are."""
    rates = rates_of(HARD)["*", "person"]
    told = ", ".join(f"('{kind}', {rate!r})" for kind, rate in rates.items())
    kinds = ", ".join(f"'{kind}'" for kind in CHILDLESS)
    return f"""
        SELECT '*' AS source, 'person' AS field, kind, rate, able, able, 2 * count(d.person_id)
        FROM (VALUES {told}) AS told(kind, rate) LEFT JOIN ({made_doubles()}) d USING (kind),
          (SELECT count(*) AS able FROM member WHERE kind IN ({kinds}) AND nation = '01') GROUP BY ALL
    """


def copy_names(city: City) -> None:
    """Namesakes get the name of whom they resemble. Call when table ``named`` is made."""
    columns = ("name", "surname", "given", "name_pinyin", "rare")
    told = ", ".join(f"{x} = other.{x}" for x in columns)
    city.con.execute(f"""
        UPDATE named SET {told}, former_name = NULL
        FROM double JOIN named other ON other.person_id = double.like_id
        WHERE double.person_id = named.person_id AND double.kind = 'namesake'
    """)


def copy_numbers(city: City) -> None:
    """Two people get one number. Call while table ``numbered`` stands; whoever has foreign papers keeps their own."""
    city.con.execute("""
        UPDATE numbered SET citizen_id = other.citizen_id
        FROM double JOIN numbered other ON other.person_id = double.like_id
        WHERE double.person_id = numbered.person_id AND double.kind IN ('shared_number', 'wrong_number')
          AND NOT numbered.overseas AND NOT other.overseas
    """)
