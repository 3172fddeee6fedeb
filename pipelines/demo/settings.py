"""The demo's oncegrid.yaml, with users whose grid cells are cells of the city just made.

Belongs here: that one file. Does not belong here: source and extract YAML, which are the same for every city.
"""

from __future__ import annotations

from pipelines.demo.city import City


def write_settings(city: City) -> None:
    """Write oncegrid.yaml: a grid worker with two cells, a clerk with a community, an officer with a street, one with nothing."""
    cells = city.con.execute("""
        SELECT g.grid_code, k.community_code, k.street_code FROM grid g JOIN community k USING (community_id)
        WHERE NOT k.rural AND k.community_id = (SELECT min(community_id) FROM community WHERE NOT rural AND NOT yantai)
        ORDER BY g.grid_code LIMIT 2
    """).fetchall()
    own = ", ".join(f'"{row[0]}"' for row in cells)
    text = f"""\
# 演示城市：区划为真，人、证件、房屋皆为虚构。
city: 大连市
division_code: "2102"
timezone: Asia/Shanghai
language: zh
landline_area_code: "0411"
nightly: "02:00"
retention: {{versions: 7}}
users:
  - {{user: wanggeyuan, role: grid_worker, areas: [{own}], purposes: [elderly_visit, dibao_review, registry]}}
  - {{user: shequ, role: community_clerk, areas: ["{cells[0][1]}"], purposes: [elderly_visit, dibao_review, registry]}}
  - {{user: jiedao, role: street_officer, areas: ["{cells[0][2]}"], purposes: [elderly_visit]}}
  - {{user: xinren, role: grid_worker, areas: [], purposes: [elderly_visit]}}
"""
    (city.root / "oncegrid.yaml").write_text(text, encoding="utf-8")
