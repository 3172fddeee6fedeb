"""民政: monthly allowances for the old (xls with a header of two levels) and low-income households (a row a household).

Belongs here: sources ``minzheng_gaoling`` and ``minzheng_dibao``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.demo import records as r
from pipelines.demo.agencies.police import remark
from pipelines.demo.biff import write_xls
from pipelines.demo.city import City
from pipelines.demo.damage import Damage
from pipelines.demo.text_files import delimited, stream, write_text
from pipelines.demo.truth import Truth
from pipelines.demo.workbooks import number_if, typed

ROWS_A_FILE = 60_000
MEMBERS = 5


def gaoling(city: City, damage: Damage, truth: Truth) -> int:
    """高龄津贴发放表: everybody registered here who is 80, in files of at most 60,000 rows."""
    c = city.chance
    cells = (
        r.name_cell(),
        r.id_cell(),
        r.sex_cell(),
        r.birth_cell("%Y.%m.%d"),
        r.live_cell("a_short"),
        r.phone_cell(),
    )
    level = "CASE WHEN years >= 100 THEN '百岁老人' WHEN years >= 90 THEN '90-99周岁' ELSE '80-89周岁' END"
    carry = {
        "number": "'GL' || lpad((person_id * 5 + 7)::VARCHAR, 9, '0')", "street": "coalesce(l_street, e_street)", "community": "coalesce(l_community_short, e_community_short)",
        "street_code": "coalesce(l_street_code, e_street_code)", "level": level,
        "amount": "CASE WHEN years >= 100 THEN 500 WHEN years >= 90 THEN 200 ELSE 100 END::DOUBLE",
        "since": "strftime(greatest(birth_date + INTERVAL 80 YEAR, DATE '2012-01-01'), '%Y%m')",
        "state": f"CASE WHEN status = 'deceased' AND {c.under(0.5, 'stopped')} THEN '停发' ELSE '发放' END", "remark": remark(city, "minzheng_gaoling"),
    }  # fmt: skip
    where = r.listed(city, damage, "minzheng_gaoling", 0.93, "resident_kind = 'hukou' AND years >= 80")
    part = f"(row_number() OVER (ORDER BY street_code, number, rid) - 1) // {ROWS_A_FILE} + 1"
    feed = r.Feed(
        "minzheng_gaoling", cells, where, key="number", file=f"'高龄津贴发放表_{city.stamp}_' || ({part})::VARCHAR || '.xls'", sheet="'发放表'",
        carry=carry, order="street_code, number", top="6", roster=True,
    )  # fmt: skip
    total = r.write_rows(city, damage, feed)
    for (file,) in city.con.execute("SELECT DISTINCT file FROM w ORDER BY file").fetchall():
        write_xls(
            city.inbox("minzheng_gaoling") / str(file), "发放表", _allowance_rows(city, str(file)),
            merges=[(0, 0, 0, 14), (3, 4, 0, 0), (3, 4, 1, 1), (3, 3, 2, 5), (3, 3, 6, 9), (3, 3, 10, 12), (3, 4, 13, 13), (3, 4, 14, 14)],
        )  # fmt: skip
    truth.note(feed)
    return total


def _allowance_rows(city: City, file: str) -> Iterator[list[object]]:
    upper: list[object] = [
        "序号",
        "津贴编号",
        "个人信息",
        None,
        None,
        None,
        "居住信息",
        None,
        None,
        None,
        "津贴发放",
        None,
        None,
        "发放状态",
        "备注",
    ]
    lower: list[object] = [
        None,
        None,
        "姓名",
        "性别",
        "公民身份号码",
        "出生年月",
        "所属街道",
        "所属社区",
        "居住地址",
        "联系电话",
        "补贴类别",
        "金额（元/月）",
        "起发年月",
        None,
        None,
    ]
    yield [f"{city.as_of:%Y年%m月}80周岁以上老年人高龄津贴发放表"]
    yield [
        "填报单位：大连市民政局",
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        f"填报日期：{city.as_of:%Y-%m-%d}",
    ]
    yield []
    yield upper
    yield lower
    n, amount = 0, 0.0
    query = f"""
        SELECT blank, again, n::DOUBLE, number, w_name, w_sex, {number_if("k_id_number", "w_id_number")}, w_birth_date, street, community, w_live_address, w_phone,
               level, amount, since, state, remark FROM w WHERE file = '{file}' ORDER BY row_number"""
    for blank, again, *cells in stream(city.con, query):
        if blank:
            yield []
        if again:
            yield [a or b for a, b in zip(lower, upper, strict=True)]
        n, amount = n + 1, amount + float(str(cells[11]))
        yield typed(cells)
    yield ["合计", None, f"{n}人", None, None, None, None, None, None, None, None, amount]
    yield []
    yield ["制表人：赵某", None, None, None, "复核人：孙某", None, None, None, "负责人：于某"]


def dibao(city: City, damage: Damage, truth: Truth) -> int:
    """城乡低保家庭: one row a household, its members side by side (成员1 … 成员5)."""
    c = city.chance
    city.con.execute("""
        CREATE VIEW poor_member AS
        SELECT *, row_number() OVER (PARTITION BY household_id ORDER BY slot)::BIGINT AS member, count(*) OVER (PARTITION BY household_id) AS members
        FROM pv WHERE poor AND status <> 'moved_out'
    """)
    cells = (
        r.name_cell(),
        r.id_cell(),
        r.sex_cell(),
        r.live_cell("a_mid"),
        r.phone_cell(),
        r.code_cell("relation_to_head", "relation_to_head", "relation"),
    )
    carry = {
        "card": "'DB2102' || lpad((household_id * 11 + 5)::VARCHAR, 8, '0')", "member": "member", "members": "members", "household_id": "household_id",
        "street": "coalesce(l_street, e_street)", "street_code": "coalesce(l_street_code, e_street_code)",
        "amount": c.between(300, 1400, "amount", "household_id"), "since": f"strftime({city.today} - {c.between(100, 3000, 'since', 'household_id')}, '%Y-%m-%d')",
        "kind": c.one_of(["城市低保", "城市低保", "农村低保", "低保边缘"], "kind", "household_id"), "remark": remark(city, "minzheng_dibao"),
    }  # fmt: skip
    file = f"城乡低保家庭台账_{city.stamp}最终版2.csv"
    feed = r.Feed(
        "minzheng_dibao", cells, "true", key="card", file=f"'{file}'", carry=carry, base="poor_member", copies="[0]", order="street_code, card",
        record_no="member",
    )  # fmt: skip
    r.write_rows(city, damage, feed)
    # All members of a household stand in one row.
    city.con.execute("""
        CREATE OR REPLACE TABLE w AS
        SELECT * EXCLUDE (row_number, blank), (1 + dense_rank() OVER (ORDER BY street_code, card))::BIGINT AS row_number, false AS blank FROM w
    """)
    # The row has one address and one phone, the first member's: for the others they are that person's word.
    for f in ("live_address", "phone"):
        city.con.execute(f"""
            UPDATE w SET w_{f} = head.w_{f}, a_{f} = 0,
              k_{f} = CASE WHEN head.k_{f} IS NOT NULL THEN head.k_{f} WHEN w.t_{f} IS DISTINCT FROM head.t_{f} THEN 'of_the_head' END
            FROM (SELECT card, w_{f}, k_{f}, t_{f} FROM w WHERE member = 1) head WHERE head.card = w.card AND w.member > 1""")
    heads = [
        "低保证号",
        "街道",
        "户主姓名",
        "户主身份证号",
        "家庭住址",
        "联系电话",
        "保障人口",
        "月保障金额（元）",
        "救助类别",
        "享受起始日期",
        "备注",
    ]
    columns = ["card", "min(street)", *(f"max(CASE WHEN member = 1 THEN {x} END)" for x in ("w_name", "w_id_number", "w_live_address", "w_phone")),
               "min(members)::VARCHAR", "min(amount)::VARCHAR || '.00'", "min(kind)", "min(since)", "max(CASE WHEN member = 1 THEN remark END)"]  # fmt: skip
    for i in range(1, MEMBERS + 1):
        heads += [f"成员{i}姓名", f"成员{i}身份证号", f"成员{i}性别", f"成员{i}与户主关系"]
        columns += [
            f"max(CASE WHEN member = {i} THEN {x} END)"
            for x in ("w_name", "w_id_number", "w_sex", "w_relation_to_head")
        ]
    named = {f"c{i}": sql for i, sql in enumerate(columns)}
    query = f"SELECT {', '.join(f'{sql} AS {n}' for n, sql in named.items())}, min(row_number) AS row_number FROM w GROUP BY card"
    write_text(
        city.con, city.inbox("minzheng_dibao") / file, f"SELECT {delimited(named)}, false FROM ({query}) ORDER BY row_number", encoding="utf-8-sig", top=[",".join(heads)],
    )  # fmt: skip
    truth.note(feed)
    return city.count("SELECT count(DISTINCT row_number) FROM w")
