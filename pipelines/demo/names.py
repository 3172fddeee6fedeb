"""What people are called: surnames by frequency, given names by sex and generation, names with a dot, rare characters.

Belongs here: table ``named`` (person_id, name, its parts and its pinyin) and the character maps that errors in
names are made with. Does not belong here: the errors themselves (see damage_kinds).
"""

from __future__ import annotations

from collections import defaultdict

from pipelines.demo.chance import quoted, slot_table
from pipelines.demo.city import City, shipped

WESTERN = "SMITH JOHN|MILLER ANNA|TANAKA HIROSHI|SATO YUKI|KIM MINJUN|PARK JIWOO|IVANOV SERGEI|PETROVA OLGA|MUELLER THOMAS|SUZUKI KENJI|LEE SEOYEON|BROWN DAVID"
TRADITIONAL = (
    "张刘陈杨赵黄吴孙马罗郑谢许邓韩冯肖萧叶苏吕丁卢钟谭陆范汪贾夏邹孟闫龙严汤赖纪关国华军伟丽兰凤珍云荣义庆东强",
    "張劉陳楊趙黃吳孫馬羅鄭謝許鄧韓馮蕭蕭葉蘇呂丁盧鐘譚陸範汪賈夏鄒孟閆龍嚴湯賴紀關國華軍偉麗蘭鳳珍雲榮義慶東強",
)
# Rare characters that GBK carries only as private-use code points, as old exports have them.
PRIVATE_USE = ("䶮㭎䏝䲟", "\ue863\ue82d\ue83f\ue857")


def make_names(city: City) -> None:
    """Table ``named``: person_id, name, surname, given, name_pinyin, former_name."""
    c = city.chance
    surnames: dict[str, list[tuple[float, tuple[str, ...]]]] = defaultdict(list)
    for row in shipped("data/surnames.csv"):
        surnames["01"].append((float(row["weight"]), (row["surname"], row["pinyin"])))
    parts: dict[str, list[tuple[float, tuple[str, ...]]]] = defaultdict(list)
    for row in shipped("data/minority_names.csv"):
        value = (row["text"], row["pinyin"])
        if row["part"] == "surname":
            surnames[row["nation"]].append((1.0, value))
        else:
            for sex in ("M", "F") if row["sex"] == "*" else (row["sex"],):
                parts[f"{row['nation']}{sex}{row['part']}"].append((1.0, value))
    given: dict[str, list[tuple[float, tuple[str, ...]]]] = defaultdict(list)
    for row in shipped("data/given_names.csv"):
        key = "rare" if row["kind"] == "rare" else row["era"] + row["kind"]
        given[key].append((float(row["weight"]), (row["text"], row["pinyin"])))
    slot_table(city.con, "surname_slot", ["t", "py"], surnames)
    slot_table(city.con, "given_slot", ["t", "py"], given)
    slot_table(city.con, "part_slot", ["t", "py"], parts)
    city.con.execute(f"""
        CREATE TABLE named AS
        WITH keyed AS (
          SELECT person_id, household_id, household_id * 16 + slot AS own, line, name_ident, nation, CASE WHEN male THEN 'M' ELSE 'F' END AS sex,
                 CASE WHEN nation IN ('10', '03') AND {c.under(0.8, "own surname", "line")} THEN nation ELSE '01' END AS surname_group,
                 CASE WHEN year(birth_date) < 1950 THEN 1 WHEN year(birth_date) < 1976 THEN 2 WHEN year(birth_date) < 1998 THEN 3 ELSE 4 END AS era,
                 nation IN ('05', '17', '04') OR (nation = '02' AND {c.under(0.5, "own names", "household_id")}) AS own_names,
                 {c.u("shape", "name_ident")} AS shape, {c.under(0.004, "rare", "household_id * 16 + slot")} AS rare, {c.under(0.02, "former", "household_id * 16 + slot")} AS renamed
          FROM member
        ), drawn AS (
          SELECT k.*, s.t AS surname, s.py AS surname_py,
                 CASE WHEN shape < 0.25 THEN '' WHEN shape < 0.25 + ([0.05, 0.12, 0.3, 0.08])[era] THEN '' ELSE g1.t END AS one,
                 CASE WHEN shape < 0.25 THEN '' WHEN shape < 0.25 + ([0.05, 0.12, 0.3, 0.08])[era] THEN '' ELSE g1.py END AS one_py,
                 CASE WHEN rare THEN r.t WHEN shape < 0.25 THEN w.t ELSE g2.t END AS two, CASE WHEN rare THEN r.py WHEN shape < 0.25 THEN w.py ELSE g2.py END AS two_py,
                 f.t AS other_given, p.t AS own_given, p.py AS own_given_py, q.t AS father, q.py AS father_py
          FROM keyed k
          JOIN surname_slot s ON s.grp = surname_group AND s.pick = {c.below(4096, "surname", "line")}
          JOIN given_slot g1 ON g1.grp = sex || era || 'char' AND g1.pick = {c.below(4096, "first character", "name_ident")}
          JOIN given_slot g2 ON g2.grp = sex || era || 'char' AND g2.pick = {c.below(4096, "second character", "own")}
          JOIN given_slot w ON w.grp = sex || era || 'whole' AND w.pick = {c.below(4096, "given name", "own")}
          JOIN given_slot f ON f.grp = sex || era || 'whole' AND f.pick = {c.below(4096, "former name", "own")}
          JOIN given_slot r ON r.grp = 'rare' AND r.pick = {c.below(4096, "rare character", "own")}
          LEFT JOIN part_slot p ON p.grp = nation || sex || 'given' AND p.pick = {c.below(4096, "own given", "own")}
          LEFT JOIN part_slot q ON q.grp = nation || sex || 'father' AND q.pick = {c.below(4096, "father", "line")}
        ), put AS (
          SELECT person_id, rare, renamed, other_given, own_names,
                 CASE WHEN own_names THEN '' ELSE surname END AS surname,
                 CASE WHEN NOT own_names THEN one || two WHEN father IS NULL THEN own_given ELSE own_given || '·' || father END AS given,
                 CASE WHEN NOT own_names THEN surname_py || ' ' || one_py || two_py WHEN father IS NULL THEN own_given_py
                      ELSE own_given_py || ' ' || father_py END AS pinyin
          FROM drawn
        )
        SELECT person_id, surname || given AS name, surname, given, upper(pinyin) AS name_pinyin, rare AND NOT own_names AS rare,
               CASE WHEN renamed AND NOT own_names AND other_given <> given THEN surname || other_given END AS former_name
        FROM put
    """)


def homophone_map() -> tuple[str, str]:
    """Two texts for SQL ``translate``: each given-name character and another that sounds the same."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for row in shipped("data/given_names.csv"):
        if row["kind"] == "char" and row["text"] not in by_sound[row["pinyin"]]:
            by_sound[row["pinyin"]].append(row["text"])
    ring = [
        (chars[i], chars[(i + 1) % len(chars)])
        for chars in by_sound.values()
        if len(chars) > 1
        for i in range(len(chars))
    ]
    return "".join(a for a, _ in ring), "".join(b for _, b in ring)


def variant_map() -> tuple[str, str]:
    """Two texts for SQL ``translate``: surnames that clerks write in another character (肖/萧, 付/傅 …)."""
    pairs = [
        (r["surname"], r["variant"])
        for r in shipped("data/surnames.csv")
        if len(r["variant"]) == 1 and len(r["surname"]) == 1
    ]
    return "".join(a for a, _ in pairs), "".join(b for _, b in pairs)


def beyond_gbk() -> str:
    """Characters of the shipped names that GBK cannot write."""
    chars = {ch for row in shipped("data/given_names.csv") for ch in row["text"]}
    return "".join(sorted(ch for ch in chars if not _in_gbk(ch)))


def _in_gbk(ch: str) -> bool:
    try:
        ch.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def translated(sql: str, pair: tuple[str, str]) -> str:
    """SQL that replaces each character of one text by its partner in the other."""
    return f"translate({sql}, {quoted(pair[0])}, {quoted(pair[1])})"
