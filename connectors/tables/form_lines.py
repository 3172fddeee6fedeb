"""What the form lines around a table say: 填报单位, 日期, 单位, 制表人 and the like, as labels with their values.

Belongs here: labels and values out of the cells of titles and notes. Does not belong here: which rows are notes
(``row_kinds.py``). Names and numbers of persons (制表人, 审核人, 联系电话 …) are left out: the label stands with "".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from connectors.report import Skip
from connectors.tables.row_kinds import BETWEEN

LONGEST = 100  # characters of a value; what is longer is a text, no entry of a form

_PERSONS = (
    "填表人 填报人 填 表人 制表人 製表人 制表 製表 审核人 審核人 审核 審核 复核人 复核 核对人 负责人 单位负责人 部门负责人 "
    "分管领导 主要领导 分管负责人 主要负责人 经办人 经办 录入人 联系人 联系电话 联系方式 电话 手机 签字 签名 法定代表人 局长 处长 "
    "科长 主任 会计 出纳 统计负责人 报送人 打印人 导出人 操作员 操作人 经手人 填写人 采集人 网格员"
)
_FACTS = (
    "填报单位 填表单位 上报单位 报送单位 编制单位 制表单位 单位名称 单位 單位 计量单位 金额单位 填报部门 填报机构 主管部门 填报日期 "
    "填表日期 填报时间 填表时间 上报时间 上报日期 制表日期 制表时间 统计时间 统计日期 统计期间 统计范围 统计口径 截止日期 "
    "截至日期 截止时间 截至 报送时间 报送日期 报表日期 报告期 打印日期 打印时间 导出时间 导出日期 查询时间 生成时间 数据时间 "
    "发布时间 发布日期 更新时间 更新日期 日期 时间 数据库 指标 表号 文号 制定机关 批准机关 批准文号 有效期至 有效期 所属年月 "
    "所属期 所属时期 期间 地区 区划 街道 社区 村 乡镇 县区 区县 数据来源 資料來源 资料来源 来源"
)
_KNOWN = sorted(set((_PERSONS + " " + _FACTS).split()), key=len, reverse=True)
# Any words before a colon end the value before them; only those known are told.
_LABEL = re.compile(
    r"(?:^|(?<=[\s,;、。()]))(?:(?P<known>"
    + "|".join(r"\s*".join(w) for w in _KNOWN)
    + r")\s*(?:[(][^()]{1,8}[)])?|[\u3400-\u9fff][\u3400-\u9fff()]{0,9})\s*:"
)
_UNTIL = re.compile(
    r"[(]?截[至止](?:到)?\s*(?P<day>(?:19|20)\d{2}\s*[-年./]\s*\d{1,2}\s*(?:[-月./]\s*(?:\d{1,2}\s*日?)?)?)[)]?"
)
_PERSONAL = frozenset(_PERSONS.split())
_DIGITS = re.compile(r"\d{7,}")


def stated(skipped: Iterable[Skip]) -> dict[str, str]:
    """Label → value of the titles and notes among skipped rows, such as ``{"填报单位": "某街道", "制表人": ""}``.

    A value stands behind its label, or in the next filled cell. The first value of a label holds.
    """
    told: dict[str, str] = {}
    for line in skipped:
        if line.why not in ("title", "note"):
            continue
        open_label: str | None = None
        for word in line.text.split(BETWEEN):
            text = unicodedata.normalize("NFKC", word)
            found = list(_LABEL.finditer(text))
            if not found:
                if open_label is not None:
                    _tell(told, open_label, text)
                elif day := _UNTIL.fullmatch(text):
                    _tell(told, "截至", "".join(day["day"].split()))
                open_label = None
                continue
            for n, label in enumerate(found):
                end = found[n + 1].start() if n + 1 < len(found) else len(text)
                value = text[label.end() : end].strip(" \t\n,;、。")
                value = value.rstrip(")") if value.count(")") > value.count("(") else value.rstrip("(")
                open_label = "".join(label["known"].split()) if label["known"] else None
                if open_label is None:
                    continue
                _tell(told, open_label, value)
                if value:
                    open_label = None
    return told


def _tell(told: dict[str, str], label: str, value: str) -> None:
    if label in _PERSONAL:
        value = ""
    elif not label.endswith(("日期", "时间", "期", "号", "截至")):
        value = _DIGITS.sub("…", value)  # a telephone number, say
    if len(value) <= LONGEST and not told.get(label):
        told[label] = " ".join(value.split())
