"""公安: the household register (常口, bitemporal, GB18030 CSV) and the register of migrants (xlsx).

Belongs here: sources ``gongan_hukou`` and ``gongan_liudong``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.chance import text_list
from pipelines.demo.city import City, terms
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.text_files import delimited, stream, write_text
from pipelines.demo.truth import Truth
from pipelines.demo.workbooks import Book, number_if

HUKOU = terms(
    "RYNBID RYID GMSFHM XM CYM XB MZ CSRQ WHCD HYZK HH YHZGX SSXQ XZJD JCWH HJDZ LXDH FWCS QYSJ JSSJ JLBZ CXBZ RYZT GXSJ"
)
LIUDONG = (
    "序号", "登记编号*", "姓名*", "性别", "公民身份号码*", "出生日期", "民族", "文化程度", "户籍地址", "现居住地址*",
    "派出所", "来本地日期", "居住事由", "联系电话", "服务处所", "备注",
)  # fmt: skip


def remark(city: City, source: str) -> str:
    """SQL of 备注: now and then it says that somebody died or left, and rarely anything else."""
    c = city.chance
    dead, gone = (
        text_list(["已故", "死亡", "已去世", "已销户"]),
        text_list(["迁出", "已搬走", "人户分离", "空挂户"]),
    )
    other = text_list(["独居", "租房", "行动不便", "党员", "房屋出租", "白天无人", "双胞胎", "军属"])
    pick = f"{source} remark"
    return f"""CASE WHEN status = 'deceased' AND {c.under(0.6, pick + " dead", "draw")} THEN ({dead})[1 + {c.below(4, pick, "draw")}]
        WHEN status = 'moved_out' AND {c.under(0.4, pick + " gone", "draw")} THEN ({gone})[1 + {c.below(4, pick, "draw")}]
        WHEN {c.under(0.03, pick + " other", "draw")} THEN ({other})[1 + {c.below(8, pick, "draw")}] END"""


def hukou(city: City, damage: Damage, truth: Truth) -> int:
    """常住人口登记: the current version of each registered person, earlier and cancelled versions among them."""
    c = city.chance
    address = "coalesce(CASE WHEN copy = 3 THEN e_a_mid END, h_a_mid)"
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell("sex"), r.birth_cell("%Y%m%d"),
        Cell("hukou_address", "h_a_full", address, "address", "h"), r.phone_cell(),
        r.code_cell("ethnicity", None, "nation"), r.code_cell("education", None), r.code_cell("marital_status", None),
        r.text_cell("household_no", "household_no"), r.code_cell("relation_to_head", None, "relation"), r.text_cell("employer", "employer"),
    )  # fmt: skip
    since = f"coalesce(move_date, {city.today} - {c.between(200, 9000, 'hukou since')})"
    carry = {
        "RYNBID": "'2102' || lpad((person_id * 7 + 13)::VARCHAR, 10, '0')",
        "RYID": "'2102' || lpad((person_id * 7 + 13)::VARCHAR, 10, '0') || copy",
        "CYM": "former_name", "SSXQ": "h_county_code", "XZJD": "h_street_code", "JCWH": "h_community",
        "QYSJ": f"strftime(CASE WHEN copy = 3 THEN {since} - 2400 ELSE {since} END, '%Y%m%d')",
        "JSSJ": f"CASE WHEN copy = 3 THEN strftime({since}, '%Y%m%d') ELSE '99991231' END",
        "JLBZ": "CASE WHEN copy = 3 THEN '0' ELSE '1' END", "CXBZ": "CASE WHEN copy = 4 THEN '1' ELSE '0' END",
        "RYZT": f"CASE WHEN status = 'deceased' AND {c.under(0.75, 'cancelled', 'person_id')} THEN '1' ELSE '0' END",
        "GXSJ": f"strftime({city.today}::TIMESTAMP - INTERVAL (({c.below(4000, 'updated', 'draw')}) || ' hours'), '%Y%m%d%H%M%S')",
    }  # fmt: skip
    earlier = f"CASE WHEN {c.under(0.12, 'earlier version')} THEN [3] ELSE [] END, CASE WHEN {c.under(0.008, 'cancelled version')} THEN [4] ELSE [] END"
    feed = r.Feed(
        "gongan_hukou", cells, f"resident_kind = 'hukou' AND {c.under(0.985, 'hukou covers')}", key="RYNBID",
        file=f"'CZRK_{city.stamp}.csv'", carry=carry, order="XZJD, RYNBID, RYID", copies=f"list_concat({r.COPIES}, {earlier})",
        kept="JLBZ = '1' AND CXBZ = '0'",
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    source = {
        "GMSFHM": "w_id_number", "XM": "w_name", "XB": "w_sex", "MZ": "w_ethnicity", "CSRQ": "w_birth_date", "WHCD": "w_education", "HYZK": "w_marital_status",
        "HH": "w_household_no", "YHZGX": "w_relation_to_head", "HJDZ": "w_hukou_address", "LXDH": "w_phone", "FWCS": "w_employer",
    }  # fmt: skip
    line = delimited([source.get(h, h) for h in HUKOU])
    path = city.inbox("gongan_hukou") / f"CZRK_{city.stamp}.csv"
    write_text(
        city.con,
        path,
        f"SELECT {line}, blank FROM w ORDER BY row_number",
        encoding="gb18030",
        top=[",".join(HUKOU)],
    )
    truth.note(feed)
    return n


def liudong(city: City, damage: Damage, truth: Truth) -> int:
    """流动人口登记信息: a workbook with a title, who filled it in, a total and notes."""
    c = city.chance
    cells = (
        r.name_cell(), r.id_cell(), r.sex_cell(), r.birth_cell("%Y-%m-%d"), r.hukou_cell(), r.live_cell("a_mid"), r.phone_cell(),
        r.code_cell("ethnicity", "ethnicity", "nation"), r.code_cell("education", "education"), r.text_cell("employer", "employer"),
    )  # fmt: skip
    name = f"流动人口登记信息_{city.stamp}.xlsx"
    carry = {
        "number": "'LD2102' || lpad((person_id * 3 + 101)::VARCHAR, 9, '0')", "station": "replace(coalesce(l_street, e_street), '街道', '') || '派出所'",
        "street": "coalesce(l_street_code, e_street_code)", "arrived": "strftime(move_date, '%Y-%m-%d')",
        "reason": c.one_of(["务工", "经商", "投靠亲友", "就学", "随迁", "其他"], "reason"), "remark": remark(city, "gongan_liudong"),
    }  # fmt: skip
    feed = r.Feed(
        "gongan_liudong", cells, r.listed(city, damage, "gongan_liudong", 0.86, "resident_kind = 'migrant'"), key="number",
        file=f"'{name}'", sheet="'流动人口'", carry=carry, order="street, number", top="5", roster=True,
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    book = Book(city.inbox("gongan_liudong") / name, city.as_of)
    sheet = book.sheet("流动人口", [6, 18, 12, 6, 22, 12, 8, 10, 40, 40])
    sheet.titled("附件1  流动人口登记信息表", len(LIUDONG))
    sheet.row(
        [
            "填报单位：大连市公安局人口管理支队",
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            f"填报日期：{city.as_of:%Y年%m月%d日}",
        ]
    )
    sheet.blank()
    sheet.row(LIUDONG, head=True)
    sheet.rows(stream(city.con, f"""
        SELECT blank, again, n::DOUBLE, number, w_name, w_sex, {number_if('k_id_number', 'w_id_number')}, w_birth_date, w_ethnicity, w_education, w_hukou_address,
               w_live_address, station, arrived, reason, w_phone, w_employer, remark FROM w ORDER BY row_number"""), LIUDONG)  # fmt: skip
    sheet.row(["合计", f"{n}人"])
    sheet.blank()
    sheet.row(["注：1.本表由派出所社区民警采集；2.带*项为必填项。"])
    sheet.row(["填表人：王某", None, None, None, "审核人：李某", None, None, None, "联系电话：0411-88000000"])
    book.close()
    truth.note(feed)
    return n
