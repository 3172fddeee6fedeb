"""Addresses: the text tidied, and its parts by grammar: county, street, community, road, number, estate, building,
unit, room.

The text is read from the left (province, city, county, street, community, road, number: ``address_areas.py``), then
the first sign of a building, unit or room ends the name of the estate. Building, unit and room are bare: ``3号楼``,
``三幢`` and ``03#`` are all 3. Dashed forms are building-unit-room behind an estate, unit-room or unit-floor-door behind
a building or a house's number; behind a road the first number is the house's.

Does not belong here: which area of the tree the names mean, and which dwelling it is (``place/``); the standard form
(``address_forms.py``).
"""

from __future__ import annotations

from warehouse.normalize.address_areas import area_steps, cut
from warehouse.normalize.address_forms import AS_HUKOU, NUMBER, NUMERAL, bare, level, standard
from warehouse.normalize.steps import Cell, Options, Reading, Step

PARTS = ("county", "street", "community", "road", "road_no", "estate", "building", "unit", "room")

_BUILDING = "号楼|号栋|号幢|号座|栋楼?|幢楼?|座|#楼|#|楼"
_UNIT = f"^第?(?:{NUMBER}|[东西南北中])(单元|门洞|门|梯)"
_FIRST_SIGN = (
    f"{NUMBER}(?:{_BUILDING}|号|单元|门洞|门[0-9]|梯|层|室|户)|[0-9]门$|[东西南北中]单元"
    "|[0-9A-Za-z]+-[0-9]+|#[0-9]+|[0-9]{1,5}$"
)
_DASHED = "[0-9A-Za-z]+(-[0-9A-Za-z]+){1,3}"
_BESIDE = "楼下|楼上|附近|旁边|对面|门口|隔壁|租住|出租"
# Notes: in brackets, behind a comma without a number, and where beside the home.
_NOTES = f"[(（][^()（）]*[)）]?|[,，;；。、!！][^0-9〇一二三四五六七八九十]*$|({_BESIDE})[^0-9]*$"
_UNTIDY = "[ ,，、。;；—–‐‑−＃－．０-９Ａ-Ｚａ-ｚ（）／]"
_SEPARATORS = " ,;、|/."
_TWO_ROOMS = "[0-9]{3,}[/、,][0-9]{3,}"


def address(cell: Cell, options: Options) -> Reading:
    """An address. Value: the text tidied. Outputs: PARTS, standard (the standard form), level (the finest part known),
    certainty (worded: each number has its word; patterned: read by the order of numbers; ambiguous).
    Issues: address_unparsed, address_ambiguous."""
    plain, tidy, text = cell("plain"), cell("tidy"), cell("text")
    areas, rest = area_steps(cell, text, options)
    steps: list[Step] = [*_text_steps(cell), *areas, *_home_steps(cell, rest)]
    b, u, m, n = (cell(x) for x in ("b", "u", "m", "n"))
    county, street, community, road = (cell(x) for x in ("county", "street", "community", "road"))
    outputs = {
        # 瓦房店市 with nothing between it and its streets is of a county's rank
        "county": (
            f"case when {county} <> '' then {county} when {cell('other_city')} <> '' then {cell('other_city')} else null end"
        ),
        "street": f"nullif({street}, '')",
        "community": f"nullif({community}, '')",
        "road": f"nullif({road}, '')",
        "road_no": n,
        "estate": cell("e"),
        "building": b,
        "unit": u,
        "room": m,
    }
    # A city of its own stands before its counties; the workspace's city needs no word.
    named = f"concat({cell('other_province')}, {cell('other_city')}, {county}, {street}, {community})"
    there = f"({cell('found')} or concat({county}, {street}, {community}, {road}) <> '')"
    made = standard(named, outputs["road"], n, cell("e"), b, u, m)
    return Reading(
        steps=tuple(steps),
        value=tidy,
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when og_undecodable({tidy}) then 'text_undecodable' "
            f"when not {there} then case when og_matches({tidy}, '{AS_HUKOU}') then null else 'address_unparsed' end "
            f"when {cell('ambiguous')} then 'address_ambiguous' else null end"
        ),
        outputs={
            **outputs,
            # what is no address at all (同户籍地址, 外出) has no standard form
            "standard": f"case when {there} then {made} end",
            "level": f"case when {there} then {level(outputs)} end",
            "certainty": (
                f"case when not {cell('found')} then null when {cell('ambiguous')} then 'ambiguous' "
                f"when {cell('patterned')} then 'patterned' else 'worded' end"
            ),
        },
    )


def _text_steps(cell: Cell) -> list[Step]:
    """``tidy``, the value; ``text``, what of it is read: without notes, with ``-`` for whatever separates numbers and
    nothing for whatever separates words."""
    plain, tidy, read, text = cell("plain"), cell("tidy"), cell("read"), cell("text")
    return [
        {plain: f"og_plain({cell.raw})"},
        {
            tidy: (
                f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                f"when og_matches({plain}, '{_UNTIDY}') then og_replaced(og_replaced(og_replaced("
                f"og_half({plain}), '[—–‐‑−]+', '-'), '([^A-Za-z0-9]) +| +([^A-Za-z0-9])', '\\1\\2'), '([^,、。;])[,、。;]+$', '\\1') else {plain} end"
            ),
        },
        {
            read: (
                f"case when og_matches({tidy}, '[(,;。、!|/. -]|{_BESIDE}|[^0-9]1[3-9][0-9]{{9}}$') then "
                f"og_replaced(og_replaced(og_replaced({tidy}, '{_NOTES}', ''), '([^0-9 -])1[3-9][0-9]{{9}}$|[ -]+1[3-9][0-9]{{9}}$', '\\1'), "
                f"'({_TWO_ROOMS[:9]})[/、,][0-9]{{3,}}', '\\1') else {tidy} end"
            ),
        },
        {
            # twice: a number between two separators belongs to both
            text: (
                f"case when not og_matches({read}, '[-{_SEPARATORS}]') then {read} else "
                f"og_replaced(og_replaced(og_replaced({read}, '([0-9A-Za-z])[{_SEPARATORS}]+([0-9])', '\\1-\\2'), "
                f"'([0-9A-Za-z])[{_SEPARATORS}]+([0-9])', '\\1-\\2'), '([^0-9A-Za-z])[-{_SEPARATORS}]+|[,;、|/]+', '\\1') end"
            ),
        },
    ]


def _home_steps(cell: Cell, rest: str) -> list[Step]:
    """Estate, building, unit and room of what remains behind the house's number."""
    road_no, community, group = cell("road_no"), cell("community"), cell("group")
    sign, estate, named, tail = (cell(x) for x in ("sign", "estate0", "estate", "tail"))
    building, unit, floor = cell("building"), cell("unit"), cell("floor")
    t0, t1, t2, t3 = (cell(x) for x in ("t0", "t1", "t2", "t3"))
    dash, left = cell("dash"), cell("left")
    w_building, w_unit, w_number = (cell(x) for x in ("w_building", "w_unit", "w_number"))
    o_building, o_unit, o_room, alone = (cell(x) for x in ("o_building", "o_unit", "o_room", "alone"))
    third = f"split_part({t3}, '-', 3)"
    b, u, m, n = (cell(x) for x in ("b", "u", "m", "n"))
    # 5号3-2-501: the room is not on the floor that the number before it would be
    through = f"({dash} = 2 and og_is({third}, '[0-9]{{3,4}}') and left({third}, length({third}) - 2) <> split_part({t3}, '-', 2))"
    return [
        {sign: f"og_part({rest}, '{_FIRST_SIGN}')"},
        {
            estate: (
                f"case when {sign} = '' then {rest} else substr({rest}, 1, strpos({rest}, {sign}) - 1) end"
            ),
        },
        {
            t0: f"substr({rest}, length({estate}) + 1)",
            named: (
                f"case when {estate} = '' then '' when not og_matches({estate}, '^[内,#.\\-]|[第,.\\-]$|^(小区|院|院内)$') then {estate} "
                f"else og_replaced(og_replaced({estate}, '^[内,#.\\-]+|[第,.\\-]+$', ''), '^(小区|院|院内|内|附)$', '') end"
            ),
        },
        {
            tail: (
                f"case when right({t0}, 1) between '0' and '9' then {t0} "
                f"when ends_with({t0}, '室') and right({t0}, 2) between '0' and '9~' then left({t0}, length({t0}) - 1) "
                f"else og_replaced({t0}, '(东|西|南|北|中)?(室|户|号房|房间|房|号|屋)?(东|西|南|北)?$', '') end"
            ),
        },
        {
            building: (
                f"case when {tail} = '' or og_matches({tail}, '^{NUMBER}(楼|层)$') then '' "
                # 12楼1205 is on the 12th floor
                f"when og_is({tail}, '[0-9]+楼[0-9]{{3,4}}') and starts_with(split_part({tail}, '楼', 2), split_part({tail}, '楼', 1)) then '' "
                f"when og_matches({tail}, '^{NUMBER}({_BUILDING})') then og_part({tail}, '^{NUMBER}({_BUILDING})') "
                f"when contains({tail}, '号') and og_matches({tail}, '^{NUMBER}号.') and ({road_no} = '' or {named} <> '' or ends_with({road_no}, '弄') "
                f"or og_matches({tail}, '^{NUMBER}号第?{NUMBER}(单元|门)')) then og_part({tail}, '^{NUMBER}号') else '' end"
            ),
        },
        cut(building, tail, t1),
        {
            unit: f"case when {t1} = '' or og_is({t1}, '[0-9]+') then '' else og_part({t1}, '{_UNIT}') end",
        },
        cut(unit, t1, t2),
        {
            floor: f"case when {t2} = '' or og_is({t2}, '[0-9]+') then '' else og_part({t2}, '^{NUMBER}(层|楼)') end"
        },
        {
            t3: f"case when og_is({t2}, '[0-9]*') then {t2} else og_replaced(substr({t2}, length({floor}) + 1), '^[-#,.]+|[-#,.]+$', '') end"
        },
        {
            dash: (
                f"case when not contains({t3}, '-') then 0 when not og_is({t3}, '{_DASHED}') then 0 "
                f"else length({t3}) - length(replace({t3}, '-', '')) end"
            ),
            # a number alone at the end of an estate without any word
            alone: f"{building} = '' and {unit} = '' and {road_no} = '' and og_is({tail}, '{NUMBER}')",
        },
        {
            o_building: (
                f"case when {building} <> '' then {building} "
                f"when {dash} > 0 and {unit} = '' and ({road_no} = '' or {dash} = 3 or {through}) then split_part({t3}, '-', 1) "
                f"when {alone} and ends_with({rest}, '号') then {t3} else '' end"
            ),
        },
        {
            left: (
                f"case when {dash} > 0 and {building} = '' and {o_building} <> '' then substr({t3}, length({o_building}) + 2) "
                f"when {alone} and {o_building} <> '' then '' else {t3} end"
            ),
        },
        {
            o_unit: (
                f"case when {unit} <> '' then {unit} "
                f"when {dash} > 0 and contains({left}, '-') then split_part({left}, '-', 1) else '' end"
            ),
        },
        {
            o_room: (
                f"case when {left} = '' then '' when og_is({left}, '[0-9]+') then "
                # 5层1号 is the first door of the fifth floor
                f"case when {floor} <> '' and length({left}) < 3 then og_han_number(og_replaced({floor}, '(层|楼)$', '')) || lpad({left}, 2, '0') else {left} end "
                # unit-floor-door: 2-3-4 is the room 304 of unit 2, unless the door is numbered through (2-3-304)
                f"when og_is({left}, '[0-9A-Za-z]+-[0-9]{{1,2}}-[0-9]{{1,2}}') then split_part({left}, '-', 2) || lpad(split_part({left}, '-', 3), 2, '0') "
                f"when og_is({left}, '[0-9A-Za-z]+-[0-9]{{1,2}}-[0-9A-Za-z]{{3,}}') then split_part({left}, '-', 3) "
                f"when {unit} <> '' and og_is({left}, '[0-9]{{1,2}}-[0-9]{{1,2}}') then split_part({left}, '-', 1) || lpad(split_part({left}, '-', 2), 2, '0') "
                f"when {unit} = '' and {o_unit} <> '' then substr({left}, length({o_unit}) + 2) "
                f"else og_part({left}, '^[0-9A-Za-z{NUMERAL[1:-1]}\\-]+$') end"
            ),
        },
        {
            # without the commonest words, most are plain numbers
            w_building: f"rtrim({o_building}, '号楼栋幢座#')",
            w_unit: f"rtrim({o_unit}, '单元门')",
            w_number: f"rtrim({road_no}, '号#-')",
        },
        {
            b: bare(o_building, w_building),
            u: bare(o_unit, w_unit),
            m: bare(o_room, o_room),
            n: (
                f"case when {w_number} = '' then null when og_is({w_number}, '[0-9]+') then {w_number} "
                f"else og_han_number(nullif(og_replaced({road_no}, '号大院|号院|号|弄|院|[#-]$', ''), '')) end"
            ),
            cell("e"): f"nullif(case when {community} = '' then {named} else {group} || {named} end, '')",
            cell(
                "patterned"
            ): f"{dash} > 0 or {floor} <> '' and length({left}) < 3 and {left} <> '' or contains({left}, '-') "
            f"or ends_with({o_building}, '#') or ends_with({road_no}, '#') or ends_with({road_no}, '-') or {alone}",
            # OR would work out every side for every row, CASE does not
            cell("ambiguous"): (
                f"case when {dash} = 2 and {unit} = '' and {building} = '' then case when {road_no} = '' then length({third}) < 3 else not {through} end "
                f"when {dash} = 1 and {road_no} <> '' then {building} = '' and {unit} = '' and length(split_part({t3}, '-', 2)) < 3 "
                f"when {cell('read')} <> {cell('tidy')} then og_matches({cell('tidy')}, '{_TWO_ROOMS}') else false end"
            ),
        },
        {cell("found"): f"coalesce({b}, {u}, {m}, {n}) is not null"},
    ]
