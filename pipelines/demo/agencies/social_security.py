"""人社: the insured, in a table of their database (AC01 with its AAC… columns; a SQLite file stands for the server).

Belongs here: source ``renshe``.
"""

from __future__ import annotations

import sqlite3

from pipelines.demo import records as r
from pipelines.demo.city import City, terms
from pipelines.demo.damage import Damage
from pipelines.demo.text_files import stream
from pipelines.demo.truth import Truth

COLUMNS = terms("AAC001 AAC002 AAC003 AAC004 AAC005 AAC006 AAC008 AAC031 AAB004 AAE005 AAE006 AAE036")


def renshe(city: City, damage: Damage, truth: Truth) -> int:
    """基本养老保险参保人员 (table AC01)."""
    c = city.chance
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell("sex"), r.birth_cell("%Y%m%d"), r.phone_cell(), r.live_cell("a_city"),
        r.code_cell("ethnicity", None, "nation"), r.text_cell("employer", "employer"),
    )  # fmt: skip
    carry = {
        "AAC001": "'1' || lpad((person_id * 3 + 11)::VARCHAR, 9, '0')", "AAC008": "CASE WHEN years >= 60 THEN '2' ELSE '1' END",
        "AAC031": f"CASE WHEN status = 'deceased' THEN '4' ELSE {c.one_of(['1', '1', '1', '2'], 'paying')} END",
        "AAE036": f"strftime({city.today}::TIMESTAMP - INTERVAL (({c.below(60000, 'handled', 'draw')}) || ' hours'), '%Y-%m-%d %H:%M:%S')",
    }  # fmt: skip
    feed = r.Feed(
        "renshe", cells, r.listed(city, damage, "renshe", 0.62, "years >= 16 AND NOT overseas"), key="AAC001", file="'renshe.db'", sheet="'AC01'",
        carry=carry, order="AAC001", top="1", blanks=False,
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    path = city.inbox("renshe") / "renshe.db"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute(f"CREATE TABLE AC01 ({', '.join(f'{x} TEXT' for x in COLUMNS)})")
    query = """SELECT AAC001, w_id_number, w_name, w_sex, w_ethnicity, w_birth_date, AAC008, AAC031, w_employer, w_phone, w_live_address, AAE036
               FROM w ORDER BY row_number"""
    with database:
        database.executemany(
            f"INSERT INTO AC01 VALUES ({', '.join('?' * len(COLUMNS))})", stream(city.con, query)
        )
    database.close()
    truth.note(feed)
    return n
