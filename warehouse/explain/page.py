"""One resident as a page: an HTML file that needs no network and runs no script, and the same parts as text.

Belongs here: layout and words; every value is escaped. Does not belong here: what is told (``gathering.py``).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from schemas.model import schema
from warehouse.explain.chart import waterfall
from warehouse.explain.gathering import Explanation, Row

PARTS: Mapping[str, str] = {
    "resident": "采用的值",
    "resident_record": "来源记录",
    "resident_value": "各来源的说法",
    "placement": "所在地如何判定",
    "resident_link": "关联依据",
    "review_item": "待核疑问",
    "judgement": "人工判定",
    "resident_change": "编号的变化",
    "resident_history": "历史",
    "resident_record_history": "来源记录的旧版本",
}
"""The parts in the order of the page, with their headings."""
_JUDGEMENT = {
    "judgement_id": "判定编号", "verdict": "判定", "user": "判定人", "at": "时间", "reason": "理由", "item_id": "条目编号",
    "ended_by": "撤销于", "left": "甲方记录", "right": "乙方记录",
}  # fmt: skip
_STYLE = """
body{font:15px/1.6 -apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1d2129;background:#fff}
h1{font-size:1.4rem} h2{font-size:1.1rem;margin:2rem 0 .5rem} h3{font-size:1rem;margin:1rem 0 .3rem}
.scroll{overflow-x:auto} table{border-collapse:collapse;margin:.3rem 0 1rem} th,td{border:1px solid #c9cdd4;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;max-width:26rem}
th{background:#f2f3f5;white-space:nowrap} td.n{text-align:right;white-space:nowrap} tr.chosen td{background:#eef7f1}
.link{border:1px solid #c9cdd4;padding:.5rem .8rem;margin:.5rem 0} .note{color:#4e5969} .veto{color:#a8071a;font-weight:600}
svg.weights{width:100%;max-width:48rem;height:auto;font-size:13px} nav a{margin-right:1rem}
@media print{nav{display:none} .link{break-inside:avoid}}
"""


def render(told: Explanation) -> str:
    """The page."""
    title = f"居民 {told.resident_id}"
    ways = f"（由 {'、'.join(told.aliases)} 并入）" if told.aliases else ""
    shown = [(name, label) for name, label in PARTS.items() if told.parts.get(name)]
    parts = [
        f"<h1>{escape(title)}{escape(ways)}</h1>",
        f"<p class='note'>数据版本 {escape(told.version)}；查询 {escape(told.asked)}。本页含个人信息，请按规定保管。</p>",
        "<nav>" + "".join(f"<a href='#{name}'>{escape(label)}</a>" for name, label in shown) + "</nav>",
    ]
    for name, label in shown:
        rows = told.parts[name]
        parts.append(f"<h2 id='{name}'>{escape(label)}</h2>")
        if name in told.cut:
            parts.append(f"<p class='note'>共 {told.cut[name]} 行，只列前 {len(rows)} 行。</p>")
        parts.append(_FORMS.get(name, _table)(name, rows))
    return (
        f"<!DOCTYPE html>\n<html lang='zh-CN'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><meta name='referrer' content='no-referrer'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def text_rows(name: str, rows: Sequence[Row]) -> tuple[list[str], list[list[Any]]]:
    """Headings and cells of a part for a terminal: columns that are empty throughout are left out."""
    columns = [c for c in rows[0] if any(row[c] not in (None, [], "") for row in rows)]
    if name == "resident_link":
        return columns, [[_weights(row[c]) if c == "levels" else row[c] for c in columns] for row in rows]
    return columns, [[row[c] for c in columns] for row in rows]


def _weights(levels: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(f"{level['label']} {level['words']} {float(level['weight']):+.2f}" for level in levels)


def _one(name: str, rows: Sequence[Row]) -> str:
    """A single row as label and value, code columns by their label."""
    row = rows[0]
    lines = []
    for column, value in row.items():
        if value is None or column.endswith("_label") or column == "resident_id":
            continue
        shown = f"{row[f'{column}_label']}（{value}）" if row.get(f"{column}_label") else _cell(value)
        lines.append(f"<tr><th scope='row'>{escape(_label(name, column))}</th><td>{escape(shown)}</td></tr>")
    return f"<table><tbody>{''.join(lines)}</tbody></table>"


def _table(name: str, rows: Sequence[Row]) -> str:
    columns = [
        c for c in rows[0]
        if any(row[c] not in (None, [], "") for row in rows)
        and not (f"{c}_label" in rows[0] or (c == "resident_id" and name != "resident_change"))
    ]  # fmt: skip
    head = "".join(f"<th scope='col'>{escape(_label(name, c.removesuffix('_label')))}</th>" for c in columns)
    body = []
    for row in rows:
        cells = "".join(
            f"<td{' class=n' if isinstance(row[c], (int, float)) and not isinstance(row[c], bool) else ''}>"
            f"{escape(_cell(_said(name, c, row[c])))}</td>"
            for c in columns
        )
        body.append(f"<tr{' class=chosen' if row.get('chosen') else ''}>{cells}</tr>")
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"


def _links(name: str, rows: Sequence[Row]) -> str:
    parts = []
    for number, row in enumerate(rows):
        ends = [
            f"{row[f'{side}_source']}:{row[f'{side}_record_key']}" + (f"#{row[f'{side}_record_no']}" if row[f"{side}_record_no"] else "")
            for side in ("left", "right")
        ]  # fmt: skip
        one = row["left_resident_id"] == row["right_resident_id"]
        state = "据此归为同一人" if row["used"] else "归为同一人的旁证" if one else "未归为同一人"
        others = "" if one else f"（{row['left_resident_id']} 与 {row['right_resident_id']}）"
        veto = f" <span class='veto'>否决：{escape(str(row['veto']))}</span>" if row["veto"] else ""
        chance = (
            f"，同一人概率 {row['match_probability']:.4f}" if row["match_probability"] is not None else ""
        )
        rule = _said(name, "rule", row["rule"])
        parts.append(
            f"<div class='link'><h3>{escape(' — '.join(ends))}</h3>"
            f"<p>{escape(f'{state}{others}；规则：{rule}{chance}')}{veto}<br>{escape(str(row['reason'] or ''))}</p>"
            + (waterfall(row["levels"], float(row["match_weight"]), number) if row["levels"] and row["match_weight"] is not None else "")
            + "</div>"
        )  # fmt: skip
    return "".join(parts)


_FORMS: Mapping[str, Callable[[str, Sequence[Row]], str]] = {"resident": _one, "resident_link": _links}


def _label(name: str, column: str) -> str:
    if name == "judgement":
        return _JUDGEMENT[column]
    return schema().tables[name].column(column).field.label


def _said(name: str, column: str, value: Any) -> Any:
    """A code in words, where the part holds codes without their labels; a field by its label, a reason in words."""
    if name == "resident_value" and column == "field" and value in schema().fields:
        return schema().fields[value].label
    if name == "resident_value" and column == "reason":
        return _reason(str(value))
    listed = "verdict" if column == "verdict" else "match_rule" if column == "rule" else None
    if listed is None and name in schema().tables and column in schema().tables[name].column_names:
        listed = schema().tables[name].column(column).field.codes
    codes = schema().code_lists[listed].codes if listed else ()
    return next((one.label for one in codes if one.code == value), value)


def _reason(token: str) -> str:
    """Why a value was or was not chosen, in the words with which the table declares it."""
    words: dict[str, str] = {
        word: said
        for line in schema().tables["resident_value"].usage
        if "理由：" in line
        for word, said in re.findall(r"([a-z_]+)(?:<[^>]*>)? ([^；。]+)", line.partition("理由：")[2])
    }
    field = schema().fields.get(token.removeprefix("with_"))
    if token.startswith("with_") and field is not None:
        return f"随{field.label}所取的记录"
    return words.get(token, token)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return "、".join(_cell(one) for one in value)
    return str(value)
