"""Names of the division tree as lists and headings use them: 省, 市, 县, 街道, 村.

Belongs here: which level a bare name is of, from the names of provinces and counties and from the last characters.
Does not belong here: codes and their history (``warehouse``), what a heading does in a table (``sections.py``,
``outline.py``).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from connectors.tables.row_kinds import squeezed

LEVELS = ("省", "市", "县", "街道", "村")

_PROVINCES = (
    "北京市 天津市 河北省 山西省 内蒙古自治区 辽宁省 吉林省 黑龙江省 上海市 江苏省 浙江省 安徽省 福建省 江西省 山东省 "
    "河南省 湖北省 湖南省 广东省 广西壮族自治区 海南省 重庆市 四川省 贵州省 云南省 西藏自治区 陕西省 甘肃省 青海省 "
    "宁夏回族自治区 新疆维吾尔自治区 台湾省 香港特别行政区 澳门特别行政区 新疆生产建设兵团"
)
_PARTS = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
_CITY = ("自治州", "地区", "盟", "市", "州")
_COUNTY = ("自治县", "自治旗", "林区", "特区", "县", "区", "旗", "市")
_TOWN = ("街道办事处", "街道", "民族乡", "苏木", "镇", "乡")
_VILLAGE = ("居民委员会", "村民委员会", "居委会", "村委会", "社区", "嘎查", "村")


def _short(province: str) -> str:
    return next((province[: -len(p)] for p in _PARTS if province.endswith(p)), province)


@cache
def provinces() -> frozenset[str]:
    """Names of provinces, in full (``安徽省``) and short (``安徽``)."""
    return frozenset(_PROVINCES.split()) | {_short(p) for p in _PROVINCES.split()}


@cache
def counties() -> frozenset[str]:
    """Names of counties, districts and county cities that there are (not those that have been)."""
    import schemas

    path = Path(schemas.__file__).with_name("county_history.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["name"] for row in csv.DictReader(stream) if not row["last_year"])


def level_of(text: str) -> str | None:
    """The level of a name, one of ``LEVELS``; None for what is no name of a division.

    ``…市`` is a county city where the list of counties has it, else a city of the level above.
    """
    name = squeezed(text)
    if not 2 <= len(name) <= 20 or not name.isalpha() or name.isascii():
        return None
    if name in provinces():
        return "省"
    if name in counties():
        return "县"
    for level, endings in (("村", _VILLAGE), ("街道", _TOWN), ("市", _CITY), ("县", _COUNTY)):
        if name.endswith(endings):
            return level
    return None
