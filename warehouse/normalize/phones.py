"""Telephone numbers: all that a cell holds, mobile and landline, and which of them is the first valid one.

Mobile numbers are eleven digits; landlines ``0411-88881234``, a local number getting the city's area code from the
settings; numbers of other countries and of Hong Kong, Macau and Taiwan ``+85291234567``. Several numbers, names,
country codes, extensions (转801) and grouping may stand around them. A telephone is never an identity.
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading
from warehouse.store import literal

# 140 to 144 are numbers of things, not of people.
_MOBILE = "1(?:3[0-9]|4[5-9]|[5-9][0-9])[0-9]{8}"
_LANDLINE = "0(10|2[0-9])-?[2-9][0-9]{7}|0[3-9][0-9]{2}-?[2-9][0-9]{6,7}"
_EIGHT_DIGITS = ("010", "02")  # area codes whose local numbers all have eight digits


def _number(t: str, area: str) -> str:
    """SQL of one token ``t`` (digits and dashes) as a number, null if it is none."""
    local = f"{literal(area + '-')} || replace({t}, '-', '')" if area else f"replace({t}, '-', '')"
    digits = "[2-9][0-9]{3}" if area.startswith(_EIGHT_DIGITS) else "[2-9][0-9]{2,3}"
    return (
        f"case when og_is({t}, '(86)?-?0?{_MOBILE}') then right({t}, 11) "
        f"when og_is({t}, '(86-?)?({_LANDLINE})(-[0-9]{{1,6}})?') then "
        f"og_replaced({t}, '^(86-?)?(010|02[0-9]|0[3-9][0-9]{{2}})-?([0-9]{{7,8}})(-[0-9]+)?$', '\\2-\\3') "
        f"when og_is({t}, '[48]00-?[0-9]{{3}}-?[0-9]{{4}}') then replace({t}, '-', '') "
        f"when og_is({t}, '([+]|00)[1-9][0-9-]{{6,16}}') then '+' || og_replaced({t}, '^([+]|00)|-', '') "
        f"when og_is({t}, '{digits}-?[0-9]{{4}}') then {local} else null end"
    )


def _invented(t: str) -> str:
    """SQL: the number is one that people type when they have none (13800000000)."""
    return f"(length({t}) = 11 and replace(substr({t}, 4), substr({t}, 4, 1), '') = '')"


def phone(cell: Cell, options: Options) -> Reading:
    """Telephone numbers of a cell. Value: the first valid one. Output ``all``: all of them, each once, joined by ','.

    Issues: phone_masked, phone_invalid (none valid, or one of several not).
    """
    number, simple, plain, half, tidy, tokens, numbers, valid, first, told = (
        cell(name)
        for name in (
            "number",
            "simple",
            "plain",
            "half",
            "tidy",
            "tokens",
            "numbers",
            "valid",
            "first",
            "told",
        )
    )
    return Reading(
        steps=(
            # by numbers alone: eleven digits, and not one that people type when they have none
            {number: f"case when strlen({cell.raw}) = 11 then og_integer({cell.raw}) else null end"},
            {
                simple: (
                    f"case when {number} between 13000000000 and 19999999999 and {number} // 100000000 not between 140 and 144 "
                    f"and {number} % 100000000 % 11111111 <> 0 and cast({number} as varchar) = {cell.raw} then {cell.raw} else null end"
                ),
            },
            {plain: f"case when {simple} is null then og_plain({cell.raw}) else null end"},
            {half: f"og_half({plain})"},
            {
                tidy: (
                    f"case when og_nothing({half}) or og_cell_error({half}) then null "
                    # nothing but one number and its grouping
                    f"when og_is({half}, '1[0-9 -]{{10,14}}') and og_is(replace(replace({half}, ' ', ''), '-', ''), '{_MOBILE}') "
                    f"then replace(replace({half}, ' ', ''), '-', '') "
                    f"when og_is({half}, '0[0-9]{{2,3}}-?[0-9]{{7,8}}|[2-9][0-9]{{6,7}}') then {half} "
                    # a number that a spreadsheet wrote in full as 1.3912345678E10
                    f"when og_is({half}, '1[.][0-9]{{10}}[eE][+]?10') then replace(substr({half}, 1, 12), '.', '') else "
                    # one after another: country code, extensions, '.0' of floats, grouping, brackets and blanks, glued mobiles
                    + "og_replaced(" * 8
                    + f"{half}, '(^|[^0-9])(00|[+])?86[- ]?([2-9][0-9]{{1,2}}-[2-9][0-9]{{6,7}})', '\\1 0\\3'), "
                    "'(^|[^0-9])\\(?(00|[+])?86\\)?[- ]?([01][0-9])', '\\1\\3'), "
                    "'(^|[^0-9])(00|[+])([1-9][0-9]{0,2})[ -]([0-9]{3,5})[ -]?([0-9]{3,5})', '\\1 +\\3\\4\\5'), "
                    "'(转|分机|ext\\.?|EXT\\.?|#|x)[:： -]?[0-9]+|\\.0+$', ''), "
                    "'(1[3-9][0-9])[- ]([0-9]{4})[- ]([0-9]{4})', '\\1\\2\\3'), "
                    "'\\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\\)? ?[-—–]? ?([2-9][0-9]{2,3})[ -]?([0-9]{4})', ' \\1-\\2\\3'), "
                    f"'({_MOBILE})({_MOBILE})', '\\1,\\2'), "
                    "'[—–‐]', '-') end"
                ),
            },
            {
                tokens: (
                    f"case when {tidy} is null then null "
                    f"else regexp_extract_all({tidy}, '[+]?[0-9*×＊xX][0-9*×＊xX-]{{3,}}[0-9*×＊xX]') end"
                )
            },
            {
                numbers: (
                    f"case when {tokens} is null then null else list_filter(list_transform({tokens}, "
                    f"lambda t: {_number('t', options.landline_area)}), lambda t: t is not null and not {_invented('t')}) end"
                ),
            },
            {
                valid: (
                    f"case when len({numbers}) > 1 then list_filter({numbers}, lambda t, i: list_position({numbers}, t) = i) "
                    f"else {numbers} end"
                ),
            },
            {
                first: (
                    f"case when {plain} is null then {simple} when len({valid}) > 0 then list_extract({valid}, 1) else null end"
                ),
            },
            {
                told: (
                    f"case when {plain} is null then null when {tidy} is null then "
                    f"case when og_cell_error({half}) then 'cell_error' else null end "
                    f"when {first} is null or len({numbers}) < len({tokens}) then "
                    f"case when og_matches({half}, '[0-9][*×＊xX]{{2,}}') then 'phone_masked' else 'phone_invalid' end else null end"
                ),
            },
        ),
        value=first,
        issue=told,
        outputs={
            "all": (
                f"case when {first} is null then null when {plain} is null then {simple} else array_to_string({valid}, ',') end"
            ),
        },
    )  # fmt: skip
