"""The areas, the road and the house's number that an address begins with.

Belongs here: the steps that read them from the left, each guarded by a cheap test. Does not belong here: what follows
the house's number (``addresses.py``), whether the areas exist (``place/``).
"""

from __future__ import annotations

from warehouse.normalize.address_forms import GROUP, NUMBER, NUMERAL
from warehouse.normalize.steps import Cell, Options, Step

_PROVINCE = "^(中国)?[^省市区县0-9街路镇乡村]{2,7}(省|自治区)"
_CITY = "^[^省市区县0-9街路镇乡]{2,9}?(市|自治州|地区|盟)"
# A city is one that a county, street or town follows (阳光都市3号楼 is none).
_CITY_GOES_ON = _CITY + "[^0-9]{1,7}([^小社园校厂院]区|县|旗|市|街道|镇|乡)"
_COUNTY = "^[^省市区县旗0-9街路镇乡]{1,12}[区县旗市]"
# 红旗街5号, 红旗镇, 红旗街道: no banner, the name of what follows
_COUNTY_GOES_ON = "^(街|路|巷|胡同|镇|乡)"
_COUNTY_NEVER = "[小社校厂院景库]区$|花园|苑|小区"
_ZONE = "^高新(技术产业)?园区"
# State farms are townships: 大连华侨果树农场南沟村186号
_FARM = "^[^0-9街路镇乡村区]{2,10}?(农场|林场|牧场|渔场|盐场|良种场|原种场)"
_COMMUNITY = "(社区居民委员会|社区居委会|社区村委会|社区|居民委员会|居委会|村民委员会|村委会)"
_VILLAGE = "^[^0-9街路巷社村]{1,8}村"
# 工人村3号楼, 东村街5号: the village's name is an estate's or a road's
_NO_VILLAGE = (
    f"^[^0-9街路巷社村]{{0,8}}新村|^[^0-9街路巷社村]{{1,8}}[村屯](小区|{NUMBER}(号楼|号栋|号幢|号座|栋|幢|座|-|单元)"
    "|[东西南北中]?(大街|路|街|巷|胡同))"
)
_HAMLET = "^[^0-9街路巷社村区号]{1,6}[屯庄堡窑沟][0-9]+[号#]"
_ROAD = f"^[^0-9]{{1,12}}?(大街|大道|路|街|巷|胡同)([东西南北中]?段|第?(?:[0-9]+|{NUMERAL}+)(巷|支路|段|条|胡同))?"
_LANE = "^[^0-9]{1,8}(里|道|弄|线|坡|沟)"
# What follows a word like 南街 or 黄河路 when it is the beginning of an estate's name.
_ESTATE_GOES_ON = (
    "^(小区|花园|花苑|新村|新区|新城|公寓|家园|片区|住宅|大厦|国际|广场|市场|商|一号院|公馆|庭院|区)"
)
_BUILDING_WORD = "号楼|号栋|号幢|号座|栋|幢|座|#楼"
_HOUSE = f"^(?:[0-9]+|{NUMERAL}+|[甲乙丙丁][0-9]+)(?:[甲乙丙丁附之]+[0-9]*)?(号[附之][0-9]+号?|号[甲乙丙丁]$|号院|号大院|号|弄|院)"


def cut(found: str, rest: str, new: str) -> dict[str, str]:
    """A step: what remains of ``rest`` behind the text in column ``found``."""
    return {new: f"case when {found} = '' then {rest} else substr({rest}, length({found}) + 1) end"}


def area_steps(cell: Cell, text: str, options: Options) -> tuple[list[Step], str]:
    """The steps that read ``text``, and the column of what remains. They make county, street, community, group, road and
    road_no ('' where there is none), other_province and other_city (not the workspace's)."""
    r = [cell(f"r{n}") for n in range(9)]
    province, city, county, street = (cell(x) for x in ("province", "city", "county", "street"))
    community, group, road, number = (cell(x) for x in ("community", "group", "road", "road_no"))
    near, county0, road0 = cell("near"), cell("county0"), cell("road0")
    own = options.city.removesuffix("市").replace("'", "''")
    own_city = f"starts_with({r[1]}, '{own}市')" if own else "false"
    # 大连中山区; but 大连路, 大连湾街道
    own_bare = (
        f"starts_with({r[1]}, '{own}') and og_matches({r[1]}, '^{own}[^省市区县旗0-9街路镇乡]{{1,8}}([^小社园校厂院景]区|县|市)')"
        if own
        else "false"
    )
    # 中山区辽宁省大连市中山区…, as columns joined to a whole address give it
    again = f"strpos({text}, '{own}市')" if own else "0"
    steps: list[Step] = [
        {
            r[0]: (
                f"case when {again} > 1 and og_matches(substr({text}, 1, {again} - 1), '^[^省0-9]{{1,8}}[区县市]') "
                f"then substr({text}, {again}) else {text} end"
            ),
        },
        {
            province: f"case when contains({r[0]}, '省') or contains({r[0]}, '自治区') then og_part({r[0]}, '{_PROVINCE}') else '' end",
        },
        cut(province, r[0], r[1]),
        {
            city: (
                f"case when {own_city} then '{own}市' when {own_bare} then '{own}' "
                f"when og_matches({r[1]}, '{_CITY_GOES_ON}') then og_part(og_part({r[1]}, '{_CITY_GOES_ON}'), '{_CITY}') else '' end"
            ),
        },
        cut(city, r[1], r[2]),
        {
            county0: f"case when og_matches({r[2]}, '{_ZONE}') then og_part({r[2]}, '{_ZONE}') else og_part({r[2]}, '{_COUNTY}') end",
            cell("other_city"): f"case when {city} in ('{own}', '{own}市') then '' else {city} end",
            cell("other_province"): f"case when {city} in ('{own}', '{own}市') then '' else {province} end",
        },
        {
            county: (
                f"case when {county0} = '' or og_matches({county0}, '{_COUNTY_NEVER}') "
                f"or substr({r[2]}, length({county0}) + 1, 1) between '0' and 'z' "
                f"or og_matches(substr({r[2]}, length({county0}) + 1, 2), '{_COUNTY_GOES_ON}') then '' else {county0} end"
            ),
        },
        {near: f"case when {county} = '' then {r[2]} else substr({r[2]}, length({county}) + 1) end"},
        # a county or street that is stated twice is one
        {
            r[
                3
            ]: f"case when {county} <> '' and starts_with({near}, {county}) then substr({near}, length({county}) + 1) else {near} end"
        },
        {
            street: (
                f"case when contains({r[3]}, '街道') and og_matches({r[3]}, '^[^0-9]{{1,8}}街道') then "
                f"og_part({r[3]}, '^[^0-9]{{1,8}}?街道(办事处|办)?') "
                f"when contains({r[3]}, '办事处') then og_part({r[3]}, '^[^0-9街镇乡]{{1,8}}办事处') "
                f"when contains({r[3]}, '场') and og_matches({r[3]}, '{_FARM}[^0-9场]{{1,8}}(村|社区|队|屯)') then og_part({r[3]}, '{_FARM}') "
                f"when not og_matches({r[3]}, '^[^0-9街路镇乡]{{1,7}}(镇|乡|苏木)') "
                f"or og_matches({r[3]}, '^[^0-9街路镇乡]{{1,7}}(小镇|(镇|乡|苏木)([0-9]|[东西南北中大]?(路|街|巷)))') then '' "
                f"else og_part({r[3]}, '^[^0-9街路镇乡]{{1,7}}(镇|乡|苏木)(人民政府|政府)?') end"
            ),
        },
        cut(street, r[3], r[4]),
        {
            community: (
                f"case when (contains({r[4]}, '社区') or contains({r[4]}, '委')) and og_matches({r[4]}, '^[^0-9]{{1,12}}{_COMMUNITY}') then "
                f"og_part({r[4]}, '^[^0-9]{{1,12}}?{_COMMUNITY}') "
                f"when not contains({r[4]}, '村') and not contains({r[4]}, '屯') then '' "
                f"when og_matches({r[4]}, '{_NO_VILLAGE}') then '' "
                f"when og_matches({r[4]}, '{_VILLAGE}') then og_part({r[4]}, '{_VILLAGE}') "
                f"else og_part(og_part({r[4]}, '^[^0-9街路巷社村]{{1,8}}屯[0-9]+[号#]'), '^[^0-9]+') end"
            ),
        },
        cut(community, r[4], cell("r4b")),
        {
            # 五组, 三队, 李屯: between a village and its house numbers
            group: (
                f"case when {community} = '' then '' when og_matches({cell('r4b')}, '{_HAMLET}') then og_part({cell('r4b')}, '^[^0-9]+') "
                f"else og_part({cell('r4b')}, '^{GROUP}') end"
            ),
        },
        cut(group, cell("r4b"), r[5]),
        {
            road0: (
                f"case when og_matches({r[5]}, '{_ROAD}') then og_part({r[5]}, '{_ROAD}') "
                f"when og_matches({r[5]}, '{_LANE}[0-9]+(-[0-9]+)?(号$|号[^楼栋幢座]|弄)') then og_part({r[5]}, '{_LANE}') else '' end"
            ),
        },
        {
            # 南街小区 is an estate
            road: (
                f"case when {road0} = '' or og_matches(substr({r[5]}, length({road0}) + 1, 4), '{_ESTATE_GOES_ON}') then '' else {road0} end"
            ),
        },
        cut(road, r[5], r[6]),
        {
            # a number before 号 is the house's behind a road, a village or nothing, the building's behind an estate
            number: (
                f"case when og_matches({r[6]}, '^{NUMBER}({_BUILDING_WORD})') then '' "
                f"when contains({r[6]}, '-') and {road} <> '' and og_matches({r[6]}, '^[0-9]+-[0-9]{{1,3}}号($|[^楼栋幢座])') "
                f"then og_part({r[6]}, '^[0-9]+-[0-9]+号') "
                f"when ({road} <> '' or {community} <> '') and og_matches({r[6]}, '^[0-9]+[#-]') then og_part({r[6]}, '^[0-9]+[#-]') "
                f"else og_part({r[6]}, '{_HOUSE}') end"
            ),
        },
        cut(number, r[6], r[7]),
    ]
    return steps, r[7]
