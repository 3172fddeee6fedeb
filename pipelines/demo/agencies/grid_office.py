"""综治网格: rosters of residents, a file a street, each street with its own headers and format; and the list of grid cells.

Belongs here: sources ``zongzhi_wangge`` and ``wangge_qingdan``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.agencies.police import remark
from pipelines.demo.chance import text_list
from pipelines.demo.city import City, terms
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.identity import mobile
from pipelines.demo.labels import RESIDENT_KIND, cases
from pipelines.demo.text_files import delimited, stream, write_text
from pipelines.demo.truth import Truth
from pipelines.demo.workbooks import Book, number_if

SURNAMES = terms("王 李 张 刘 孙 于 姜 曲 赵 徐")
WORKER_NAMES = terms("丽华 淑敏 晓燕 海波 志强 玉梅 建军 红霞 春玲 永刚 秀芳 立新")
FORMATS = ("xlsx", "csv", "txt", "xlsx", "csv")

# What each format's streets call a column; None: they do not keep it.
HEADS: dict[str, dict[str, str]] = {
    "xlsx": {
        "number": "人员编号", "grid_code": "网格编号", "grid_worker": "网格员", "estate": "小区", "building": "楼栋", "unit": "单元", "room": "门牌号",
        "w_name": "姓名", "w_sex": "性别", "w_id_number": "身份证号码", "w_birth_date": "出生年月", "w_phone": "联系电话", "w_relation_to_head": "与户主关系",
        "w_live_address": "现住址", "w_resident_kind": "人员类别", "w_ethnicity": "民族", "remark": "备注",
    },
    "csv": {
        "number": "编号", "grid_code": "所属网格编码", "w_name": "居民姓名", "w_sex": "性别", "w_id_number": "公民身份号码", "w_phone": "手机号码",
        "w_live_address": "居住地址", "w_hukou_address": "户籍地址", "w_resident_kind": "人口类型", "w_birth_date": "出生日期", "remark": "说明",
    },
    "txt": {
        "number": "居民编号", "grid_code": "网格代码", "grid_worker": "网格员姓名", "w_name": "姓名", "w_id_number": "身份证", "w_sex": "性别",
        "w_birth_date": "生日", "w_ethnicity": "民族", "w_live_address": "家庭住址", "w_phone": "电话", "w_relation_to_head": "家庭关系", "remark": "备注",
    },
}  # fmt: skip


def _staff(city: City) -> None:
    """Table ``worker``: the full-time worker of each grid cell."""
    c = city.chance
    city.con.execute(f"""
        CREATE TABLE worker AS
        SELECT grid_code, {c.one_of(SURNAMES, "worker surname", "grid_no")} || {c.one_of(WORKER_NAMES, "worker name", "grid_no")} AS worker,
               {mobile(city, "worker phone", "grid_no")} AS worker_phone FROM grid
    """)
    formats = text_list(FORMATS)
    city.con.execute(f"""
        CREATE TABLE street_format AS
        SELECT street_code, street, ({formats})[1 + (row_number() OVER (ORDER BY street_code) - 1) % {len(FORMATS)}] AS format
        FROM (SELECT DISTINCT street_code, street FROM community)
    """)


def rosters(city: City, damage: Damage, truth: Truth) -> int:
    """网格居民信息: who lives in which grid cell, as its worker knows."""
    _staff(city)
    at = {x: f"coalesce(l_{x}, e_{x})" for x in ("street_code", "street", "grid_code", "estate")}
    city.con.execute(f"""
        CREATE VIEW roster AS
        SELECT pv.*, worker.worker, s.format FROM pv JOIN worker ON worker.grid_code = {at["grid_code"]}
        JOIN street_format s ON s.street_code = {at["street_code"]}
    """)
    address = Cell(
        "live_address",
        "coalesce(l_a_full, live_away)",
        "coalesce(l_a_short, e_a_short)",
        "address",
        "l",
        "a_short",
    )
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell(), r.birth_cell("%Y-%m-%d"), r.phone_cell(), address, r.hukou_cell("a_mid"),
        r.code_cell("ethnicity", "ethnicity", "nation"), r.code_cell("relation_to_head", "relation_to_head", "relation"),
        Cell("resident_kind", "resident_kind", cases("resident_kind", RESIDENT_KIND), "text"),
    )  # fmt: skip
    urban = "coalesce(l_style, e_style) = 'estate'"
    carry = {
        "number": "'WG' || lpad((person_id * 9 + 4)::VARCHAR, 9, '0')", "grid_code": at["grid_code"], "grid_worker": "worker", "street_code": at["street_code"],
        "street": at["street"], "format": "format", "estate": at["estate"],
        "building": f"CASE WHEN {urban} THEN coalesce(l_building_no, e_building_no) || '号楼' END",
        "unit": f"CASE WHEN {urban} THEN coalesce(l_unit_no, e_unit_no)::VARCHAR END", "room": f"CASE WHEN {urban} THEN coalesce(l_room, e_room) END",
        "remark": remark(city, "zongzhi_wangge"),
    }  # fmt: skip
    feed = r.Feed(
        "zongzhi_wangge", cells, r.listed(city, damage, "zongzhi_wangge", 0.88), key="number",
        file=f"street_code || '_' || street || '_网格居民信息_{city.stamp}.' || format", sheet="CASE WHEN format = 'xlsx' THEN '居民信息' END",
        carry=carry, base="roster", order="grid_code, number", top="CASE format WHEN 'xlsx' THEN 4 ELSE 2 END", roster=True,
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    # A cell that a street's format does not have is not damaged: it is not there.
    absent = {
        cell.field: [form for form, heads in HEADS.items() if f"w_{cell.field}" not in heads]
        for cell in cells
    }
    city.con.execute("CREATE OR REPLACE TABLE w AS SELECT * REPLACE (" + ", ".join(
        f"CASE WHEN format NOT IN {(*forms, '')!r} THEN {x}_{field} ELSE {other} END AS {x}_{field}"
        for field, forms in absent.items() if forms for x, other in (("w", "NULL"), ("k", "NULL"), ("a", "0"))
    ) + ") FROM w")  # fmt: skip
    for file, street, form in city.con.execute(
        "SELECT DISTINCT file, street, format FROM w ORDER BY 1"
    ).fetchall():
        _write_roster(city, str(file), str(street), str(form))
    truth.note(feed)
    return n


def _write_roster(city: City, file: str, street: str, form: str) -> None:
    path, heads = city.inbox("zongzhi_wangge") / file, HEADS[form]
    if form == "xlsx":
        book = Book(path, city.as_of)
        sheet = book.sheet("居民信息", [16, 18, 10])
        sheet.titled(f"{street}网格居民信息登记表", len(heads) + 1)
        sheet.row([f"填报单位：{street}综治中心", None, None, None, f"日期：{city.as_of:%Y.%m.%d}"])
        header = ["序号", *heads.values()]
        sheet.row(header, head=True)
        columns = [number_if("k_id_number", x) if x == "w_id_number" else x for x in heads]
        n = sheet.rows(
            stream(city.con, f"SELECT blank, again, n::DOUBLE, {', '.join(columns)} FROM w WHERE file = '{file}' ORDER BY row_number"), header,
        )  # fmt: skip
        sheet.row(["合计", f"{n}人"])
        sheet.row(["说明：本表由网格员入户采集，仅供内部使用。"])
        book.close()
        return
    delimiter, encoding = (",", "gb18030") if form == "csv" else ("\t", "utf-16")
    header_line = delimiter.join(heads.values())
    line = delimited(heads, delimiter)
    # A repeated header is a line of its own before the row.
    again = f"CASE WHEN again THEN '{header_line}' || chr(13) || chr(10) ELSE '' END"
    query = f"SELECT {again} || {line}, blank FROM w WHERE file = '{file}' ORDER BY row_number"
    write_text(city.con, path, query, encoding=encoding, top=[header_line])


def grids(city: City, damage: Damage, truth: Truth) -> int:
    """网格清单: each grid cell, its worker and how many households it has."""
    c = city.chance
    city.con.execute(f"""
        CREATE VIEW grid_row AS
        SELECT g.grid_no::BIGINT AS grid_no, NULL::BIGINT AS person_id, g.grid_code, k.community_code, k.community_short || '第' || g.cell || '网格' AS grid_name,
               k.community, k.street_code, k.street, k.county, w.worker, w.worker_phone, h.households,
               {c.one_of(["专职网格员", "专职网格员", "兼职网格员"], "worker kind", "g.grid_no")} AS worker_kind
        FROM grid g JOIN community k USING (community_id) JOIN worker w USING (grid_code)
        LEFT JOIN (SELECT grid_code, count(*) AS households FROM dwelling GROUP BY grid_code) h USING (grid_code)
    """)
    cells = (
        r.text_cell("grid_name", "grid_name"),
        r.text_cell("grid_worker", "worker"),
        r.text_cell("worker_phone", "worker_phone"),
    )
    carry = {
        x: x
        for x in (
            "grid_code",
            "community_code",
            "community",
            "street_code",
            "street",
            "county",
            "worker_kind",
        )
    } | {"households": "households::DOUBLE"}
    name = f"网格清单_{city.stamp}.xlsx"
    feed = r.Feed(
        "wangge_qingdan", cells, "true", key="grid_code", file=f"'{name}'", sheet="'网格清单'", carry=carry, base="grid_row", ident="grid_no", copies="[0]",
        order="grid_code", top="3", kind="grid",
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    heads = [
        "序号",
        "网格编码",
        "网格名称",
        "网格类型",
        "区县",
        "街道",
        "社区",
        "社区编码",
        "户数",
        "网格员",
        "网格员类别",
        "联系电话",
        "启用日期",
    ]
    book = Book(city.inbox("wangge_qingdan") / name, city.as_of)
    sheet = book.sheet("网格清单", [6, 18, 20])
    sheet.titled("大连市、烟台市芝罘区综合网格清单", len(heads))
    sheet.row(heads, head=True)
    sheet.rows(stream(city.con, """
        SELECT blank, again, n::DOUBLE, grid_code, w_grid_name, '综合网格', county, street, community, community_code, households, w_grid_worker, worker_kind,
               w_worker_phone, '2021-07-01' FROM w ORDER BY row_number"""))  # fmt: skip
    sheet.row(["合计", f"{n}个网格"])
    book.close()
    truth.note(feed)
    return n
