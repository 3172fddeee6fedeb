"""Who lives together: households of the usual kinds, and their members' role, sex, birth date and surname line.

Belongs here: tables ``household`` and ``member`` (one row a person, still without name and number).
Does not belong here: names, documents, what became of them since.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyarrow as pa

from pipelines.demo.chance import slot_table
from pipelines.demo.city import City


@dataclass(frozen=True)
class Slot:
    """A member of a kind of household: age is the head's plus ``low`` … ``high`` years."""

    role: str
    low: int = 0
    high: int = 0


HEAD, SPOUSE, MATE = Slot("head"), Slot("spouse", -4, 4), Slot("mate", -6, 6)
CHILD1, CHILD2 = Slot("child1", -33, -23), Slot("child2", -36, -27)
FATHER, MOTHER, INLAW, GRANDCHILD = (
    Slot("father", 23, 32),
    Slot("mother", 22, 30),
    Slot("inlaw", -33, -22),
    Slot("grandchild", -60, -50),
)

# kind: (weight, youngest head, oldest head, members)
KINDS: dict[str, tuple[float, int, int, tuple[Slot, ...]]] = {
    "single_young": (10, 19, 42, (HEAD,)),
    "single_old": (9, 60, 95, (HEAD,)),
    "couple": (13, 24, 59, (HEAD, SPOUSE)),
    "couple_old": (18, 60, 92, (HEAD, SPOUSE)),
    "one_child": (25, 25, 56, (HEAD, SPOUSE, CHILD1)),
    "two_children": (10, 27, 55, (HEAD, SPOUSE, CHILD1, CHILD2)),
    "three_generations": (6, 30, 58, (HEAD, SPOUSE, CHILD1, FATHER, MOTHER)),
    "with_mother": (4, 32, 66, (HEAD, SPOUSE, CHILD1, MOTHER)),
    "one_parent": (4, 26, 55, (HEAD, CHILD1)),
    "grandparents": (5, 52, 74, (HEAD, SPOUSE, CHILD1, INLAW, GRANDCHILD)),
    "flat_share": (4, 18, 45, (HEAD, MATE, MATE)),
}
NATIONS = {"01": 93.2, "11": 4.0, "03": 0.9, "02": 0.5, "10": 0.6, "05": 0.5, "17": 0.1, "04": 0.1, "08": 0.1}


def mean_size() -> float:
    """Members of a household on average."""
    return sum(w * len(slots) for w, _, _, slots in KINDS.values()) / sum(w for w, *_ in KINDS.values())


def needed(people: int) -> int:
    """Households that surely hold ``people`` persons."""
    return math.ceil(people / mean_size() * 1.03) + 12


def make_households(city: City) -> None:
    """Tables ``household`` and ``member``; exactly ``city.people`` persons, numbered from 1."""
    c, h = city.chance, "household_id"
    slot_table(
        city.con, "kind_slot", ["kind", "youngest", "oldest"],
        {"all": [(w, (kind, str(lo), str(hi))) for kind, (w, lo, hi, _) in KINDS.items()]},
    )  # fmt: skip
    slot_table(city.con, "nation_slot", ["nation"], {"all": [(w, (code,)) for code, w in NATIONS.items()]})
    rows = [
        {"kind": kind, "slot": i, "role": s.role, "low": s.low, "high": s.high}
        for kind, (_, _, _, slots) in KINDS.items()
        for i, s in enumerate(slots)
    ]
    city.con.register("slot_rows", pa.Table.from_pylist(rows))
    city.con.execute("CREATE TABLE household_slot AS SELECT * FROM slot_rows")
    city.con.unregister("slot_rows")
    city.con.execute(f"""
        CREATE TABLE household AS
        WITH home AS (
          SELECT dwelling_no, yantai, row_number() OVER (ORDER BY {c.bits("home", "dwelling_no")}, dwelling_no) AS household_id FROM dwelling
        ), drawn AS (
          SELECT home.*, k.kind, k.youngest::INT + pow({c.u("head age", h)}, CASE WHEN k.youngest::INT >= 60 THEN 1.5 ELSE 1 END) * (k.oldest::INT - k.youngest::INT) AS head_age,
                 {c.u("sex", f"{h} * 16")} < 0.64 AS head_male, n.nation
          FROM home JOIN kind_slot k ON k.pick = {c.below(4096, "kind", h)} JOIN nation_slot n ON n.pick = {c.below(4096, "nation", h)}
          WHERE household_id <= {needed(city.people)}
        )
        SELECT *, CASE WHEN kind = 'flat_share' THEN {c.under(0.85, "migrant", h)} WHEN nation IN ('05', '17', '04') THEN true
                       WHEN head_age > 60 THEN {c.under(0.06, "migrant", h)} ELSE {c.under(0.21, "migrant", h)} END AS migrant_home,
               kind = 'two_children' AND {c.under(0.07, "twins", h)} AS twins,
               100000000 + (household_id * 37 % 900000000) AS household_no
        FROM drawn
    """)
    ident, child = f"({h} * 16 + slot)", f"({h} * 16 + 2)"
    drawn_as = f"(CASE WHEN role = 'child2' AND twins THEN {child} ELSE {ident} END)"
    first = f"(CASE kind WHEN 'one_parent' THEN {c.u('sex', f'{h} * 16 + 1')} ELSE {c.u('sex', child)} END < 0.52)"
    city.con.execute(f"""
        CREATE TABLE member AS
        WITH joined AS (
          SELECT household.*, s.slot, s.role, s.low, s.high,
                 row_number() OVER (ORDER BY household_id, s.slot) AS person_id, {first} AS child_male
          FROM household JOIN household_slot s USING (kind)
        ), aged AS (
          SELECT *, CASE role WHEN 'head' THEN head_male WHEN 'spouse' THEN NOT head_male WHEN 'father' THEN true WHEN 'mother' THEN false
                              WHEN 'inlaw' THEN NOT child_male WHEN 'child1' THEN child_male ELSE {c.u("sex", ident)} < 0.52 END AS male,
                 head_age + low + {c.u("age", drawn_as)} * (high - low) + {c.u("month", drawn_as)} AS wanted,
                 3 * {c.u("newborn", drawn_as)} AS newborn
          FROM joined WHERE person_id <= {city.people}
        )
        SELECT person_id, household_id, slot, kind, role, male, age, nation, migrant_home, twins AND role LIKE 'child%' AS twin, dwelling_no, yantai,
               household_no, head_male, ({city.today} - (age * 365.25)::INTEGER)::DATE AS birth_date,
               CASE WHEN role = 'head' THEN {h} * 16 WHEN role = 'father' THEN {h} * 16
                    WHEN role IN ('child1', 'child2') THEN
                      CASE WHEN head_male OR (kind = 'one_parent' AND {c.under(0.3, "mothers name", h)}) THEN {h} * 16 ELSE {h} * 16 + 1 END
                    WHEN role = 'grandchild' THEN
                      CASE WHEN NOT child_male THEN {h} * 16 + 3 WHEN head_male THEN {h} * 16 ELSE {h} * 16 + 1 END
                    ELSE {ident} END AS line,
               CASE WHEN role = 'child2' AND {c.under(0.55, "generation name", h)} THEN {child} ELSE {ident} END AS name_ident,
               CASE role WHEN 'head' THEN '02' WHEN 'spouse' THEN CASE WHEN male THEN '11' ELSE '12' END WHEN 'father' THEN '51' WHEN 'mother' THEN '52'
                         WHEN 'inlaw' THEN CASE WHEN male THEN '28' ELSE '38' END WHEN 'grandchild' THEN CASE WHEN male THEN '41' ELSE '42' END
                         WHEN 'child1' THEN CASE WHEN kind = 'two_children' THEN CASE WHEN male THEN '22' ELSE '32' END
                                                 WHEN male THEN '20' ELSE '30' END
                         WHEN 'child2' THEN CASE WHEN male THEN '23' ELSE '33' END ELSE '99' END AS relation
        FROM (SELECT *, least(106.0, CASE WHEN wanted > 0 THEN wanted ELSE newborn END) AS age FROM aged)
    """)
