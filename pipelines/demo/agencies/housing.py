"""住建: the register of homes, a workbook a county and a sheet an estate. Village houses are not in it.

Belongs here: source ``zhujian``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.text_files import stream
from pipelines.demo.truth import Truth
from pipelines.demo.workbooks import Book

HEADS = (
    "房屋编码",
    "房屋坐落",
    "小区名称",
    "楼号",
    "单元",
    "楼层",
    "房号",
    "建筑面积（㎡）",
    "房屋用途",
    "权利人",
    "权利人证件号码",
    "登记日期",
)


def zhujian(city: City, damage: Damage, truth: Truth) -> int:
    """房屋台账: every urban home with its parts and one owner (who need not live there)."""
    c = city.chance
    city.con.execute("""
        CREATE VIEW home AS
        SELECT d.*, NULL::BIGINT AS person_id, o.name AS owner_name, o.id_number AS owner_id_number, o.family_id,
               o.id15, o.doc_type, coalesce(d.estate, d.road) || CASE WHEN d.estate IS NULL THEN d.estate_id::VARCHAR ELSE '' END AS sheet_name
        FROM dwelling d LEFT JOIN (
          SELECT live_no, min_by(person_id, slot) AS owner FROM person WHERE resident_kind = 'hukou' AND live_no IS NOT NULL GROUP BY live_no
        ) l ON l.live_no = d.dwelling_no LEFT JOIN person o ON o.person_id = l.owner WHERE d.style <> 'village'
    """)
    building = "CASE WHEN building_no IS NOT NULL THEN building_no || '号楼' END"
    cells = (
        r.text_cell("address", "a_mid"), r.text_cell("estate", "estate"),
        Cell("building", "building_no::VARCHAR", building, "text"), Cell("unit", "unit_no::VARCHAR", "unit_no || '单元'", "text"),
        r.text_cell("room", "room"), r.text_cell("owner_name", "owner_name"), r.text_cell("owner_id_number", "owner_id_number"),
    )  # fmt: skip
    carry = {
        "code": "house_code", "county_code": "county_code", "sheet_name": "sheet_name", "estate_id": "estate_id", "floor_no": "floor_no::VARCHAR",
        "area": "floor_area::DOUBLE", "use": c.one_of(["住宅", "住宅", "住宅", "住宅", "商住"], "use", "dwelling_no"),
        "since": f"strftime(make_date(built, 6, 15) + {c.below(1200, 'since', 'dwelling_no')}, '%Y/%m/%d')",
    }  # fmt: skip
    feed = r.Feed(
        "zhujian", cells, c.under(0.94, "registered", "dwelling_no"), key="code", file=f"'房屋台账_' || county_code || '_{city.stamp}.xlsx'",
        sheet="sheet_name", carry=carry, base="home", ident="dwelling_no", copies="[0]", order="code", top="3", kind="dwelling",
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    for (file,) in city.con.execute("SELECT DISTINCT file FROM w ORDER BY file").fetchall():
        _write_county(city, str(file))
    truth.note(feed)
    return n


def _write_county(city: City, file: str) -> None:
    """One workbook: rows come by sheet, so that each is written and closed in turn."""
    book = Book(city.inbox("zhujian") / file, city.as_of)
    query = f"""
        SELECT sheet, blank, again, code, w_address, w_estate, w_building, w_unit, floor_no, w_room, area, use, w_owner_name, w_owner_id_number, since
        FROM w WHERE file = '{file}' ORDER BY sheet, row_number"""
    name, sheet = None, None
    for title, *row in stream(city.con, query):
        if title != name or sheet is None:
            name = title
            sheet = book.sheet(str(title), [18, 40, 14])
            sheet.titled(f"{title} 房屋登记台账", len(HEADS))
            sheet.row(HEADS, head=True)
        sheet.rows([row])
    book.close()
