"""卫健: residents' health files as JSON lines with nested objects.

Belongs here: source ``weijian``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City
from pipelines.demo.damage import Damage
from pipelines.demo.text_files import write_text
from pipelines.demo.truth import Truth


def weijian(city: City, damage: Damage, truth: Truth) -> int:
    """居民健康档案: file number (12-digit community and a running number), person, contact, illness.

    Sex is 0 for men and 1 for women here, against GB/T 2261.1.
    """
    c = city.chance
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell("CASE sex WHEN '1' THEN '0' ELSE '1' END"), r.birth_cell("%Y-%m-%d"), r.phone_cell(), r.live_cell("a_mid"), r.hukou_cell("a_city"),
        r.code_cell("ethnicity", None, "nation"), r.code_cell("marital_status", None),
    )  # fmt: skip
    community = "coalesce(l_community_code, e_community_code)"
    carry = {
        "number": f"{community} || lpad((dense_rank() OVER (PARTITION BY {community} ORDER BY person_id))::VARCHAR, 5, '0')",
        "clinic": "coalesce(l_street, e_street) || '社区卫生服务中心'", "id_kind": "CASE doc_type WHEN '111' THEN '01' WHEN '414' THEN '03' ELSE '99' END",
        "made": f"strftime({city.today} - {c.between(10, 4200, 'file made')}, '%Y-%m-%d')", "years": "years",
        "chronic": f"CASE WHEN years > 45 AND {c.under(0.3, 'pressure')} THEN ['高血压'] ELSE []::VARCHAR[] END || CASE WHEN years > 45 AND {c.under(0.13, 'sugar')} THEN ['糖尿病'] ELSE []::VARCHAR[] END",
        "dead": f"CASE WHEN status = 'deceased' AND {c.under(0.4, 'known dead')} THEN '1' ELSE '0' END",
    }  # fmt: skip
    file = f"jkda_{city.stamp}.jsonl"
    where = r.listed(city, damage, "weijian", 0.74, f"{community} IS NOT NULL")
    feed = r.Feed(
        "weijian",
        cells,
        where,
        key="number",
        file=f"'{file}'",
        carry=carry,
        order="number",
        top="1",
        blanks=False,
    )
    n = r.write_rows(city, damage, feed)
    line = """to_json({archive: {no: number, org: clinic, created: made, cancelled: dead},
        person: {name: w_name, id: {type: id_kind, no: w_id_number}, sex: w_sex, birth: w_birth_date, nation: w_ethnicity, marriage: w_marital_status},
        contact: {phone: w_phone, address: {live: w_live_address, register: w_hukou_address}},
        health: {chronic: chronic, elderly: years >= 65}})"""
    write_text(
        city.con,
        city.inbox("weijian") / file,
        f"SELECT {line}, blank FROM w ORDER BY row_number",
        encoding="utf-8",
        end="\n",
    )
    truth.note(feed)
    return n
