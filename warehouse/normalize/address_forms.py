"""What a read address is called: bare numbers, the standard form, how fine it is and how sure.

Belongs here: SQL over the parts of an address, for readings (``addresses.py``) and for what was placed (``place/``).
Does not belong here: how the text is cut into parts (``addresses.py``), which place it is (``place/``).
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading

NUMERAL = "[〇零一二两三四五六七八九十百]"
NUMBER = f"(?:[0-9]+[A-Za-z甲乙丙丁]?|[A-Za-z]-?[0-9]*|{NUMERAL}+|[甲乙丙丁])"
GROUP = f"第?(?:[0-9]+|{NUMERAL}+)(?:村民)?(?:小组|组|队)"
"""五组, 三队: between a village and its house numbers."""

AS_HUKOU = "^(现住址|现住地|居住地)?(与|同)(户籍|户口).{0,8}$|^同上$"
"""An address that only says that it is the registered one."""


def bare(x: str, without: str) -> str:
    """SQL of a part's number without its word: 3号楼, 三幢, 03# → 3; 0501室 → 501; A座 → A; 内3号 → 3. ``without`` is a
    column that has it already where it is a plain number."""
    word = (
        "(号楼|号栋|号幢|号座|号院|栋楼?|幢楼?|座|单元|门洞|门|梯|室|户|房间|房|号|#楼|#|楼|层|弄|院|第|内)"
    )
    stripped = f"og_replaced(og_replaced(upper(og_half({x})), '^(第|内|NO\\.?)|{word}+$', ''), '^0+([0-9A-Z])', '\\1')"
    return (
        f"case when {x} = '' then null when og_is({without}, '[1-9][0-9]*') then {without} "
        f"else nullif(og_han_number({stripped}), '') end"
    )


def part(cell: Cell, options: Options) -> Reading:
    """A part in a cell of its own (building, unit, room, house number): the bare number, or the text if none."""
    plain, word = cell("plain"), cell("word")
    return Reading(
        steps=({plain: f"og_plain({cell.raw})"}, {word: f"rtrim({plain}, '号楼栋幢座#单元室')"}),
        value=f"case when og_nothing({plain}) or og_cell_error({plain}) then null else {bare(plain, word)} end",
        issue=f"case when og_cell_error({plain}) then 'cell_error' else null end",
    )


def standard(areas: str, road: str, number: str, estate: str, building: str, unit: str, room: str) -> str:
    """SQL of the standard form, from SQL of its parts (null where not known); null where there is nothing.

    ``areas`` is the text of all areas. A building is always 幢, whatever word was written. The group of a village
    (五组) stands before the house's number, an estate behind it.
    """
    group = f"coalesce(og_is({estate}, '{GROUP}') or og_matches({estate}, '[屯庄堡窑]$') and {road} is null, false)"
    house = f"coalesce({number} || '号', '')"
    return (
        f"nullif(concat({areas}, {road}, case when {number} is null then {estate} when {group} then {estate} || {house} "
        f"else {house} || coalesce({estate}, '') end, {building} || '幢', {unit} || '单元', {room} || '室'), '')"
    )


def level(parts: dict[str, str]) -> str:
    """SQL of the finest part that is known: room, unit, building, house, estate, road, community, street, county."""
    finest = {"room": "room", "unit": "unit", "building": "building", "road_no": "house", "estate": "estate"}
    finest |= {name: name for name in ("road", "community", "street", "county")}
    whens = " ".join(f"when {parts[part]} is not null then '{called}'" for part, called in finest.items())
    return f"case {whens} end"
