"""Papers and phones: citizen identity numbers, other documents, mobile and landline numbers.

Belongs here: table ``papers`` (GB 11643-1999 numbers with real, also abolished, area codes; documents of those who
have none). Does not belong here: how agencies spoil them. Every number is made up; a real person's can only be hit by chance.
"""

from __future__ import annotations

from collections import defaultdict

from pipelines.demo.chance import slot_table
from pipelines.demo.city import City, shipped, terms
from pipelines.demo.hard import copy_numbers

BIRTH_SLOTS = 512
TABLE_YEAR = 2024
MOBILE = terms(
    "130 131 132 133 134 135 136 137 138 139 150 151 152 155 156 157 158 159 166 173 176 177 178 180 181 182 183 185 186 187 188 189 191 198 199"
)
TOWNS = terms("兴旺 永安 太平 双河 新民 福兴 红星 东风 前进 和平 长山 石桥 大岭 清河 龙泉 柳树")
VILLAGES = terms("团结 胜利 永丰 东兴 西沟 大榆树 新立 光荣 民主 双龙 小河 前屯 后屯 王家 李家 三道")


def check_digit(body: str) -> str:
    """SQL of the ISO 7064 MOD 11-2 character over the 17 digits of ``body``."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(f"(ascii(substr({body}, {i}, 1)) - 48) * {w}" for i, w in enumerate(weights, 1))
    return f"substr('10X98765432', (({total}) % 11)::INTEGER + 1, 1)"


def mobile(city: City, purpose: str, ident: str) -> str:
    """SQL of an eleven-digit mobile number."""
    return f"{city.chance.one_of(MOBILE, purpose + ' prefix', ident)} || lpad({city.chance.below(100_000_000, purpose, ident)}::VARCHAR, 8, '0')"


def _birth_slots(city: City) -> None:
    """Area codes by region and birth year: a number bears the code that was in force when it was first assigned."""
    groups: dict[str, list[tuple[float, tuple[str, ...]]]] = defaultdict(list)
    for row in shipped("data/birthplaces.csv"):
        value = (row["code"], row["province"] + row["city"] + row["county"])
        if row["region"] == "away":
            groups["away"].append((float(row["weight"]), value))
            if row["code"].startswith("65"):
                groups["xinjiang"].append((1.0, value))
        else:
            last = int(row["last_birth_year"])
            # The table ends with the year it was made in; what was in force then still is.
            until = max(last, city.as_of.year) if last == TABLE_YEAR else last
            for year in range(int(row["first_birth_year"]), until + 1):
                groups[f"{row['region']}{year}"].append((float(row["weight"]), value))
    slot_table(city.con, "birth_slot", ["code", "place"], groups, BIRTH_SLOTS)


def make_papers(city: City) -> None:
    """Table ``papers``: person_id, doc_type (GA/T code), id_number, id15, family_id, migrant, overseas, origin."""
    _birth_slots(city)
    c, own = city.chance, "(household_id * 16 + slot)"
    place_ident = f"(CASE WHEN migrant_home AND role NOT IN ('spouse', 'mother', 'mate') THEN household_id * 16 ELSE {own} END)"
    city.con.execute(f"""
        CREATE TABLE numbered AS
        WITH kept AS (
          SELECT *, migrant_home AND NOT (role = 'spouse' AND nation = '01' AND {c.under(0.1, "local spouse", own)}) AS migrant,
                 kind IN ('single_young', 'couple', 'flat_share') AND nation = '01' AND {c.under(0.016, "overseas", "household_id")} AS overseas,
                 year(birth_date) AS y
          FROM member
        ), placed AS (
          SELECT kept.*, CASE WHEN nation IN ('05', '17') THEN 'xinjiang' WHEN migrant OR {c.under(0.16, "born away", own)} THEN 'away'
                              WHEN yantai THEN 'yantai' || y ELSE 'dalian' || y END AS grp
          FROM kept
        ), area AS (
          SELECT placed.*, b.code, b.place FROM placed
          JOIN birth_slot b ON b.grp = placed.grp AND b.pick = {c.below(BIRTH_SLOTS, "birth place", place_ident)}
        ), sequenced AS (
          SELECT *, row_number() OVER (PARTITION BY code, birth_date, male ORDER BY person_id) - 1 AS n FROM area
        ), body AS (
          SELECT *, code || strftime(birth_date, '%Y%m%d')
                 || lpad((2 * (({c.below(500, "sequence", "code::BIGINT * 100000 + (birth_date - DATE '1900-01-01')")} + 37 * n) % 500) + male::INT)::VARCHAR, 3, '0') AS body
          FROM sequenced
        )
        SELECT person_id, household_id, slot, role, male, birth_date, migrant, overseas, place, {own} AS own, body || {check_digit("body")} AS citizen_id,
               {c.u("document", own)} AS document
        FROM body
    """)
    if city.hard:
        copy_numbers(city)
    _other_documents(city)


def _other_documents(city: City) -> None:
    """Papers of foreigners and of residents of Hong Kong, Macau and Taiwan; then the number a relative's row may borrow."""
    c = city.chance
    residence = "(CASE WHEN document < 0.60 THEN '810000' WHEN document < 0.68 THEN '820000' ELSE '830000' END || substr(citizen_id, 7, 11))"
    permanent = f"('9' || '21' || {c.one_of(['840', '392', '410', '643', '276', '826'], 'country', 'own')} || substr(citizen_id, 7, 8) || substr(citizen_id, 15, 3))"
    city.con.execute(f"""
        CREATE TABLE papers AS
        WITH document AS (
          SELECT *, {residence} AS residence, {permanent} AS permanent,
                 lpad({c.below(100_000_000, "passport", "own")}::VARCHAR, 8, '0') AS digits FROM numbered
        ), stated AS (
          SELECT *, CASE WHEN NOT overseas THEN '111' WHEN document < 0.30 THEN '414' WHEN document < 0.36 THEN '553' WHEN document < 0.40 THEN '554'
                         WHEN document < 0.68 THEN CASE WHEN document < 0.55 THEN '516' ELSE '111' END WHEN document < 0.85 THEN '511' ELSE '111' END AS doc_type,
                 CASE WHEN NOT overseas THEN citizen_id
                      WHEN document < 0.30 THEN {c.one_of(list("EGMTK"), "passport letter", "own")} || digits
                      WHEN document < 0.36 THEN permanent || {check_digit("permanent")}
                      WHEN document < 0.40 THEN 'USA2102' || substr(citizen_id, 9, 6) || '1' || substr(digits, 1, 1)
                      WHEN document < 0.55 THEN CASE WHEN document < 0.52 THEN 'H' ELSE 'M' END || digits
                      WHEN document < 0.68 THEN residence || {check_digit("residence")}
                      WHEN document < 0.85 THEN digits ELSE residence || {check_digit("residence")} END AS id_number
          FROM document
        )
        SELECT a.person_id, a.doc_type, a.id_number, a.migrant, a.overseas, a.document < 0.40 AND a.overseas AS foreigner, a.place AS origin,
               -- sequences 996 to 999 of 15 digits were kept for people of over a hundred
               CASE WHEN NOT a.overseas AND year(a.birth_date) BETWEEN 1900 AND 1999 AND substr(a.id_number, 15, 3) < '996' THEN left(a.id_number, 6) || substr(a.id_number, 9, 9) END AS id15,
               b.id_number AS family_id
        FROM stated a LEFT JOIN stated b ON b.household_id = a.household_id AND b.slot = CASE WHEN a.slot = 0 THEN 1 ELSE 0 END
    """)
    city.con.execute("DROP TABLE numbered")
