"""12345 工单: calls of the last weeks, delimited by pipes, with line breaks inside quotes.

Belongs here: source ``hotline_12345``.
"""

from __future__ import annotations

from pipelines.demo import records as r
from pipelines.demo.city import City, terms
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.text_files import delimited, write_text
from pipelines.demo.truth import Truth

HEADS = terms(
    "工单编号 来电人 来电号码 诉求类别 诉求内容 事发地址 承办单位 受理时间 派单时间 反馈时间 办结时间 满意度"
)
# Shares of a published week of Yantai's hotline.
CATEGORIES = (
    ["城市综合"] * 5
    + ["社会事业"] * 4
    + ["人力社保"] * 2
    + ["经济综合"] * 2
    + ["城乡建设"] * 2
    + ["三农", "党风政风"]
)
CONTENTS = (
    "楼道照明灯不亮，希望尽快维修。", "小区供暖温度不足18度，已多次报修。", "市民反映楼下商铺夜间噪音扰民。", "下水道堵塞，污水外溢。", "咨询高龄津贴办理流程。",
    "路面坑洼积水，存在安全隐患。", "咨询社保关系转移。", "垃圾清运不及时，异味较大。", "物业收费不公示。", "电动车在楼道内充电，有火灾隐患。",
)  # fmt: skip


def hotline(city: City, damage: Damage, truth: Truth) -> int:
    """12345 热线工单, one week's delta."""
    c = city.chance
    base = f"{city.today}::TIMESTAMP - INTERVAL ({c.below(604800, 'called at', 'rid')} || ' seconds')"
    cells = (
        r.name_cell(), r.phone_cell(),
        Cell("address", "coalesce(l_a_full, e_a_full)", "coalesce(l_a_short, e_a_short)", "address", "l", "a_short"),
    )  # fmt: skip
    opinion = c.one_of(list(CONTENTS), "content", "rid")
    carry = {
        "number": f"'{city.as_of:%Y%m}' || lpad((person_id * 17 % 100000007)::VARCHAR, 9, '0')", "reported": base,
        "category": c.one_of(CATEGORIES, "category", "rid"), "dispatched": f"INTERVAL ({c.between(60, 7200, 'dispatched', 'rid')} || ' seconds')",
        "responded": f"INTERVAL ({c.between(3000, 170000, 'responded', 'rid')} || ' seconds')", "closed": f"INTERVAL ({c.between(20000, 900000, 'closed', 'rid')} || ' seconds')",
        "content": f"CASE WHEN {c.under(0.3, 'two lines', 'rid')} THEN {opinion} || chr(10) || '附：市民称\"已反映多次|未解决\"' ELSE {opinion} END",
        "department": "coalesce(l_street, e_street) || " + c.one_of(["办事处", "综合执法中队", "社区卫生服务中心", "物业管理科"], "department", "rid"),
        "rating": c.one_of(["满意", "满意", "基本满意", "不满意", "未评价", ""], "rating", "rid"),
    }  # fmt: skip
    file = f"12345工单_{city.stamp}.txt"
    feed = r.Feed(
        "hotline_12345", cells, f"years >= 16 AND status <> 'deceased' AND coalesce(l_street, e_street) IS NOT NULL AND {c.under(0.06, 'calls')}", key="number",
        file=f"'{file}'", carry=carry, order="number", kind="event", copies="[0]",
    )  # fmt: skip
    n = r.write_rows(city, damage, feed)
    stamp = "'%Y-%m-%d %H:%M:%S'"
    source = {
        "工单编号": "number", "来电人": "w_name", "来电号码": "w_phone", "诉求类别": "category", "诉求内容": "content", "事发地址": "w_address", "承办单位": "department",
        "受理时间": f"strftime(reported, {stamp})", "派单时间": f"strftime(reported + dispatched, {stamp})",
        "反馈时间": f"CASE WHEN reported + responded < {city.today} THEN strftime(reported + responded, {stamp}) END",
        "办结时间": f"CASE WHEN reported + closed < {city.today} THEN strftime(reported + closed, {stamp}) END", "满意度": "rating",
    }  # fmt: skip
    line = delimited([source[h] for h in HEADS], "|")
    write_text(
        city.con,
        city.inbox("hotline_12345") / file,
        f"SELECT {line}, blank FROM w ORDER BY row_number",
        encoding="utf-8",
        top=["|".join(HEADS)],
    )
    truth.note(feed)
    return n
