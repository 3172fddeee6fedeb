"""Addresses: the text tidied, and its parts by grammar: county, street, community, road, number, estate, building,
unit, room.

The text is read from the left (province, city, county, street, community, road, number), then the first sign of a
building, unit or room ends the name of the estate. Building, unit and room are bare: ``3号楼``, ``三幢`` and ``03#``
are all 3. Dashed forms are building-unit-room behind an estate, unit-room or unit-floor-door
behind a building or a house's number; behind a road the first number is the house's.

Does not belong here: which area of the tree the names mean, and which dwelling it is (``place/``).
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading, Step

PARTS = ("county", "street", "community", "road", "road_no", "estate", "building", "unit", "room")

_NUMERAL = "[〇零一二两三四五六七八九十百]"
_NUMBER = f"(?:[0-9]+[A-Za-z甲乙丙丁]?|[A-Za-z]-?[0-9]*|{_NUMERAL}+|[甲乙丙丁])"
_BUILDING_WORD = "号楼|号栋|号幢|号座|栋|幢|座"
_BUILDING = "号楼|号栋|号幢|号座|栋楼?|幢楼?|座|#楼|#|楼"
# What follows a word like 南街 or 黄河路 when it is the beginning of an estate's name.
_ESTATE_GOES_ON = (
    "^(小区|花园|花苑|新村|新区|新城|公寓|家园|片区|住宅|大厦|国际|广场|市场|商|一号院|公馆|庭院)"
)
_NOTES = "[(（][^()（）]*[)）]?|[,，;；。、!！][^0-9〇一二三四五六七八九十]*$|(楼下|楼上|附近|旁边|对面|门口|隔壁|租住|出租)[^0-9]*$"
_COUNTY_NEVER = "[小社校厂院景库]区$|花园|苑|小区"
_FIRST_SIGN = f"{_NUMBER}(?:{_BUILDING}|号|单元|门|梯|层|室|户)|[0-9A-Za-z]+-[0-9]+|#[0-9]+|[0-9]{{1,5}}$"


def bare(x: str) -> str:
    """SQL of a part's number without its word: 3号楼, 三幢, 03# → 3; 0501室 → 501; A座 → A; 内3号 → 3."""
    word = (
        "(号楼|号栋|号幢|号座|号院|栋楼?|幢楼?|座|单元|门洞|门|梯|室|户|房间|房|号|#楼|#|楼|层|弄|院|第|内)"
    )
    stripped = f"og_replaced(og_replaced(upper(og_half({x})), '^(第|内|NO\\.?)|{word}+$', ''), '^0+([0-9A-Z])', '\\1')"
    # Nearly all are plain: a number and perhaps one word.
    return (
        f"case when {x} = '' then null when og_is({x}, '[1-9][0-9]*(号楼|栋|幢|座|单元|室|号|#)?') "
        f"then og_part({x}, '^[0-9]+') else nullif(og_han_number({stripped}), '') end"
    )


def part(cell: Cell, options: Options) -> Reading:
    """A part in a cell of its own (building, unit, room, house number): the bare number, or the text if none."""
    plain = cell("plain")
    return Reading(
        steps=({plain: f"og_plain({cell.raw})"},),
        value=f"case when og_nothing({plain}) or og_cell_error({plain}) then null else {bare(plain)} end",
        issue=f"case when og_cell_error({plain}) then 'cell_error' else null end",
    )


def _cut(found: str, rest: str, new: str) -> dict[str, str]:
    """A step: what remains of ``rest`` behind the text in column ``found``."""
    return {new: f"case when {found} = '' then {rest} else substr({rest}, length({found}) + 1) end"}


def address(cell: Cell, options: Options) -> Reading:
    """An address. Value: the text tidied. Outputs: PARTS. Issues: address_unparsed, address_ambiguous."""
    plain, tidy = cell("plain"), cell("tidy")
    city = options.city.removesuffix("市")
    r = [cell(f"r{n}") for n in range(9)]
    c = {
        name: cell(name)
        for name in ("province", "city", *PARTS, "floor", "sign", "tail", "dash", "t1", "t2", "t3")
    }
    own_city = f"og_part({r[1]}, '^{city}市')" if city else "''"
    county_pattern = "^[^省市区县旗0-9街路镇乡]{1,8}[区县旗市]"
    steps: list[Step] = [
        {plain: f"og_plain({cell.raw})"},
        {
            tidy: (
                f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                f"when og_matches({plain}, '[ ,，、。;；—–‐‑−＃－０-９Ａ-Ｚａ-ｚ（）／]') then og_replaced(og_replaced(og_replaced("
                f"og_half({plain}), '[—–‐‑−]+', '-'), '([^A-Za-z]) +| +([^A-Za-z])', '\\1\\2'), '[,、。;]+$', '') else {plain} end"
            ),
        },
        {
            r[0]: (
                # notes: in brackets, behind a comma without a number, and where beside the home
                f"case when og_matches({tidy}, '{_NOTES}|[,;、|/]') then "
                f"og_replaced(og_replaced({tidy}, '{_NOTES}', ''), '([^0-9A-Za-z])[,;、|/]+', '\\1') else {tidy} end"
            ),
        },
        {c["province"]: f"og_part({r[0]}, '^(中国)?[^省市区县0-9街路镇乡村]{{2,7}}(省|自治区)')"},
        _cut(c["province"], r[0], r[1]),
        {
            # a city is the workspace's own, or one that a county, street or town follows (阳光都市3号楼 is none)
            c["city"]: (
                f"case when {own_city} <> '' then {own_city} else og_part(og_part({r[1]}, "
                "'^[^省市区县0-9街路镇乡]{2,6}(市|自治州|地区)[^0-9]{1,7}([^小社园校厂院]区|县|旗|市|街道|镇|乡)'), "
                "'^[^省市区县0-9街路镇乡]{2,6}(市|自治州|地区)') end"
            ),
        },
        _cut(c["city"], r[1], r[2]),
        {
            c["county"]: (
                f"case when og_matches({r[2]}, '^高新(技术产业)?园区') then og_part({r[2]}, '^高新(技术产业)?园区') "
                f"when og_matches(og_part({r[2]}, '{county_pattern}'), '{_COUNTY_NEVER}') "
                f"or og_matches({r[2]}, '{county_pattern}[0-9A-Za-z]') then '' "
                f"else og_part({r[2]}, '{county_pattern}') end"
            ),
        },
        _cut(c["county"], r[2], r[3]),
        {
            c["street"]: (
                f"case when contains({r[3]}, '街道') and og_matches({r[3]}, '^[^0-9]{{1,8}}街道') then "
                f"og_part({r[3]}, '^[^0-9]{{1,8}}?街道(办事处|办)?') "
                f"when og_matches({r[3]}, '^[^0-9街路镇乡]{{1,7}}(镇|乡|苏木)[东西南北中大]?(路|街|巷)') then '' "
                f"else og_part({r[3]}, '^[^0-9街路镇乡]{{1,7}}(镇|乡|苏木)') end"
            ),
        },
        _cut(c["street"], r[3], r[4]),
        {
            c["community"]: (
                f"case when og_matches({r[4]}, '^[^0-9]{{1,12}}(社区|居委会|村委会|委员会)') then "
                f"og_part({r[4]}, '^[^0-9]{{1,12}}?(社区居民委员会|社区居委会|社区|居民委员会|居委会|村民委员会|村委会)') "
                f"when not og_matches({r[4]}, '[村屯]') or og_matches({r[4]}, '^[^0-9街路巷社村]{{0,8}}新村') "
                f"or og_matches({r[4]}, '^[^0-9街路巷社村]{{1,8}}[村屯](小区|{_NUMBER}({_BUILDING_WORD}|-|单元))') then '' "
                f"when og_matches({r[4]}, '^[^0-9街路巷社村]{{1,8}}村') then og_part({r[4]}, '^[^0-9街路巷社村]{{1,8}}村') "
                f"else og_part(og_part({r[4]}, '^[^0-9街路巷社村]{{1,8}}屯[0-9]+[号#]'), '^[^0-9]+') end"
            ),
        },
        _cut(c["community"], r[4], cell("r4b")),
        {
            # 五组, 三队: between a village and its house numbers
            cell("group"): (
                f"case when {c['community']} = '' then '' "
                f"else og_part({cell('r4b')}, '^第?([0-9]+|{_NUMERAL}+)(村民)?(小组|组|队)') end"
            ),
        },
        _cut(cell("group"), cell("r4b"), r[5]),
        {
            c["road"]: (
                f"case when og_matches({r[5]}, '^[^0-9]{{1,12}}?(大街|大道|路|街|巷|胡同)') then "
                f"og_part({r[5]}, '^[^0-9]{{1,12}}?(大街|大道|路|街|巷|胡同)([东西南北中]?段)?') "
                f"when og_matches({r[5]}, '^[^0-9]{{1,8}}(里|道|弄|线|坡|沟)[0-9]+(-[0-9]+)?(号$|号[^楼栋幢座]|弄)') then "
                f"og_part({r[5]}, '^[^0-9]{{1,8}}(里|道|弄|线|坡|沟)') else '' end"
            ),
        },
        {
            # 南街小区 is an estate; so is whatever looks like a road behind a sign of a building
            c["road"] + "2": (
                f"case when og_matches(substr({r[5]}, length({c['road']}) + 1), '{_ESTATE_GOES_ON}') then '' else {c['road']} end"
            ),
        },
        _cut(c["road"] + "2", r[5], r[6]),
        {
            # a number before 号 is the house's behind a road, a village or nothing, the building's behind an estate
            c["road_no"]: (
                f"case when og_matches({r[6]}, '^{_NUMBER}({_BUILDING_WORD})') then '' "
                f"when ({c['road']}2 <> '' or {c['community']} <> '') and og_matches({r[6]}, '^[0-9]+[#-]') then og_part({r[6]}, '^[0-9]+[#-]') "
                f"else og_part({r[6]}, '^([0-9]+|{_NUMERAL}+)([甲乙丙丁附之]+[0-9]*)?(号院|号大院|号|弄|院)') end"
            ),
        },
        _cut(c["road_no"], r[6], r[7]),
        {c["sign"]: f"og_part({r[7]}, '{_FIRST_SIGN}')"},
        {
            c["estate"]: (
                f"case when {c['sign']} = '' then {r[7]} else substr({r[7]}, 1, strpos({r[7]}, {c['sign']}) - 1) end"
            ),
        },
        {
            c[
                "tail"
            ]: f"og_replaced(substr({r[7]}, length({c['estate']}) + 1), '(室|户|号房|房|号)?(东|西|南|北)?$', '')",
            c["estate"] + "2": (
                f"og_replaced(og_replaced({c['estate']}, '^[内第,\\-]+|[第,\\-]+$', ''), '^(小区|院|内)$', '')"
            ),
        },
        {
            # the dashed forms, and what is left when the words are read
            c["building"]: (
                f"case when og_matches({c['tail']}, '^{_NUMBER}(楼|层)$') then '' "
                f"when og_matches({c['tail']}, '^{_NUMBER}({_BUILDING})') then og_part({c['tail']}, '^{_NUMBER}({_BUILDING})') "
                f"when {c['road_no']} = '' and og_matches({c['tail']}, '^{_NUMBER}号.') then og_part({c['tail']}, '^{_NUMBER}号') "
                "else '' end"
            ),
        },
        _cut(c["building"], c["tail"], c["t1"]),
        {c["unit"]: f"og_part({c['t1']}, '^(第)?{_NUMBER}(单元|门洞|门|梯)')"},
        _cut(c["unit"], c["t1"], c["t2"]),
        {c["floor"]: f"og_part({c['t2']}, '^{_NUMBER}(层|楼)')"},
        {
            c["t3"]: (f"og_replaced(substr({c['t2']}, length({c['floor']}) + 1), '^[-#,]+|[-#,]+$', '')"),
        },
        {
            c["dash"]: (
                f"case when not og_is({c['t3']}, '[0-9A-Za-z]+(-[0-9A-Za-z]+){{1,3}}') then 0 "
                f"else length({c['t3']}) - length(replace({c['t3']}, '-', '')) end"
            ),
            # a number alone at the end of an estate without any word
            cell("alone"): (
                f"case when {c['building']} = '' and {c['unit']} = '' and {c['road_no']} = '' "
                f"and og_is({c['tail']}, '{_NUMBER}') then 1 else 0 end"
            ),
        },
        {
            cell("o_building"): (
                f"case when {c['building']} <> '' then {c['building']} "
                f"when {c['dash']} > 0 and {c['unit']} = '' and {c['road_no']} = '' then split_part({c['t3']}, '-', 1) "
                f"when {cell('alone')} = 1 and og_matches({r[7]}, '号$') then {c['t3']} else '' end"
            ),
        },
        {
            cell("left"): (
                f"case when {c['dash']} > 0 and {c['building']} = '' and {cell('o_building')} <> '' then "
                f"substr({c['t3']}, length({cell('o_building')}) + 2) "
                f"when {cell('alone')} = 1 and {cell('o_building')} <> '' then '' else {c['t3']} end"
            ),
        },
        {
            cell("o_unit"): (
                f"case when {c['unit']} <> '' then {c['unit']} "
                f"when contains({cell('left')}, '-') and {c['dash']} > 0 then split_part({cell('left')}, '-', 1) else '' end"
            ),
        },
        {
            cell("o_room"): (
                # unit-floor-door: 2-3-4 is the room 304 of unit 2, unless the door is numbered through (2-3-304)
                f"case when og_is({cell('left')}, '[0-9A-Za-z]+-[0-9]{{1,2}}-[0-9]{{1,2}}') then "
                f"split_part({cell('left')}, '-', 2) || lpad(split_part({cell('left')}, '-', 3), 2, '0') "
                f"when og_is({cell('left')}, '[0-9A-Za-z]+-[0-9]{{1,2}}-[0-9A-Za-z]{{3,}}') then split_part({cell('left')}, '-', 3) "
                f"when {c['unit']} = '' and {cell('o_unit')} <> '' then substr({cell('left')}, length({cell('o_unit')}) + 2) "
                f"else og_part({cell('left')}, '^[0-9A-Za-z〇零一二两三四五六七八九十百\\-]+$') end"
            ),
        },
        {
            cell("b"): bare(cell("o_building")),
            cell("u"): bare(cell("o_unit")),
            cell("m"): bare(cell("o_room")),
            cell("n"): f"nullif(og_replaced({c['road_no']}, '(号院|号大院|号|弄|院|#|-)$', ''), '')",
        },
    ]
    outputs = {
        # 瓦房店市 with nothing between it and its streets is of a county's rank
        "county": (
            f"case when {c['county']} <> '' then {c['county']} when {c['city']} not in ('', '{city}市') then {c['city']} "
            "else null end"
        ),
        "street": f"nullif({c['street']}, '')",
        "community": f"nullif({c['community']}, '')",
        "road": f"nullif({c['road']}2, '')",
        "road_no": f"og_han_number({cell('n')})",
        "estate": f"nullif({cell('group')} || {c['estate']}2, '')",
        "building": cell("b"),
        "unit": cell("u"),
        "room": cell("m"),
    }
    found = f"coalesce({cell('b')}, {cell('u')}, {cell('m')}, {cell('n')})"
    return Reading(
        steps=tuple(steps),
        value=tidy,
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when og_undecodable({tidy}) then 'text_undecodable' "
            f"when {found} is null and {c['street']} = '' and {c['community']} = '' and {c['road']}2 = '' then 'address_unparsed' "
            f"when {c['dash']} > 1 and {c['road_no']} <> '' then 'address_ambiguous' else null end"
        ),
        outputs=outputs,
    )
