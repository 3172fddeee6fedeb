"""统计局: the statistical division codes of both cities, five levels (NBS, cut-off 2023-06-30).

Belongs here: source ``tongji_quhua``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City, terms
from pipelines.demo.damage import Damage
from pipelines.demo.text_files import delimited, write_text
from pipelines.demo.truth import Truth

HEADS = terms("区划代码 名称 级别 上级代码")
LEVELS = {"province": "省级", "city": "地级", "county": "县级", "town": "乡级", "village": "村级"}


def tongji(city: City, damage: Damage, truth: Truth) -> int:
    """统计用区划代码: all divisions, also those without a generated resident."""
    whens = " ".join(f"WHEN '{a}' THEN '{b}'" for a, b in LEVELS.items())
    city.con.execute(f"""
        CREATE VIEW division_row AS
        SELECT row_number() OVER (ORDER BY code)::BIGINT AS division_no, NULL::BIGINT AS person_id, code, name, CASE level {whens} END AS level, parent_code FROM division
    """)
    file = "tjyqhdm_20230630.csv"
    feed = r.Feed(
        "tongji_quhua", (), "true", key="code", file=f"'{file}'", carry={x: x for x in ("code", "name", "level", "parent_code")}, base="division_row",
        ident="division_no", copies="[0]", order="code", kind="area",
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    line = delimited(["code", "name", "level", "parent_code"])
    write_text(
        city.con,
        city.inbox("tongji_quhua") / file,
        f"SELECT {line}, blank FROM w ORDER BY row_number",
        encoding="utf-8",
        top=[",".join(HEADS)],
    )
    truth.note(feed)
    return n
