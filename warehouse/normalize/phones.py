"""Telephone numbers: all that a cell holds, mobile and landline, and which of them is the first valid one.

Mobile numbers are eleven digits; landlines ``0411-88881234``, a local number getting the city's area code from the
settings. Several numbers, names, country codes, extensions (转801) and grouping may stand around them. A telephone
is never an identity.
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading
from warehouse.store import literal

_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "0(10|2[0-9])-?[2-9][0-9]{7}|0[3-9][0-9]{2}-?[2-9][0-9]{6,7}"


def _number(t: str, area: str) -> str:
    """SQL of one token ``t`` (digits and dashes) as a number, null if it is none."""
    local = f"{literal(area + '-')} || replace({t}, '-', '')" if area else f"replace({t}, '-', '')"
    return (
        f"case when og_is({t}, '(0086|86)?-?0?{_MOBILE}') then substr({t}, length({t}) - 10) "
        f"when og_is({t}, '(86-?)?({_LANDLINE})') then "
        f"og_replaced(og_replaced({t}, '^86-?', ''), '^(010|02[0-9]|0[3-9][0-9]{{2}})-?', '\\1-') "
        f"when og_is({t}, '[48]00-?[0-9]{{3}}-?[0-9]{{4}}') then replace({t}, '-', '') "
        f"when og_is({t}, '[2-9][0-9]{{2,3}}-?[0-9]{{4}}') then {local} else null end"
    )


def _invented(t: str) -> str:
    """SQL: the number is one that people type when they have none (13800000000)."""
    return f"(length({t}) = 11 and replace(substr({t}, 4), substr({t}, 4, 1), '') = '')"


def phone(cell: Cell, options: Options) -> Reading:
    """Telephone numbers of a cell. Value: the first valid one. Output ``all``: all of them, joined by ','.

    Issues: phone_masked, phone_invalid (none valid, or one of several not).
    """
    plain, tidy, tokens, valid = cell("plain"), cell("tidy"), cell("tokens"), cell("valid")
    simple = f"og_is({plain}, '{_MOBILE}')"
    return Reading(
        steps=(
            {plain: f"og_half(og_plain({cell.raw}))"},
            {
                tidy: (
                    f"case when og_nothing({plain}) or og_cell_error({plain}) or {simple} then null else "
                    # one after another: country code, extensions, '.0' of floats, grouping, brackets and blanks, glued mobiles
                    "og_replaced(og_replaced(og_replaced(og_replaced(og_replaced(og_replaced("
                    f"{plain}, '(^|[^0-9])(00|[+])86[- ]?', '\\1'), '(转|分机|ext\\.?|EXT\\.?)[:： -]?[0-9]+|\\.0+$', ''), "
                    "'(1[3-9][0-9])[- ]([0-9]{4})[- ]([0-9]{4})', '\\1\\2\\3'), "
                    "'\\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\\)? ?[-—–]? ?([2-9][0-9]{2,3})[ -]?([0-9]{4})', ' \\1-\\2\\3'), "
                    f"'({_MOBILE})({_MOBILE})', '\\1,\\2'), "
                    "'[—–‐]', '-') end"
                ),
            },
            {
                tokens: f"case when {tidy} is null then null else regexp_extract_all({tidy}, '[0-9*][0-9*-]{{3,}}[0-9*]') end",
            },
            {
                valid: (
                    f"case when {tokens} is null then null else list_filter(list_transform({tokens}, "
                    f"lambda t: {_number('t', options.landline_area)}), lambda t: t is not null and not {_invented('t')}) end"
                ),
            },
            {
                cell("value"): (
                    f"case when {tidy} is null then case when {simple} and not {_invented(plain)} then {plain} else null end "
                    f"when len({valid}) > 0 then list_extract({valid}, 1) else null end"
                ),
            },
        ),
        value=cell("value"),
        issue=(
            f"case when {plain} is null or og_nothing({plain}) then null when og_cell_error({plain}) then 'cell_error' "
            f"when {cell('value')} is null then case when contains({plain}, '*') then 'phone_masked' else 'phone_invalid' end "
            f"when {tidy} is not null and len({valid}) < len({tokens}) then "
            f"case when contains({plain}, '*') then 'phone_masked' else 'phone_invalid' end else null end"
        ),
        outputs={
            "all": (
                f"case when {cell('value')} is null then null when {tidy} is null then {plain} "
                f"else array_to_string({valid}, ',') end"
            ),
        },
    )
