"""The ways in which a day is written: told apart by shape, and the year, month and day that each states.

One pass of cleaning, one name of a shape, three texts. Nothing here decides whether there is such a day.

Does not belong here: what is done with it (``dates.py``, ``timestamps.py``), hours and minutes (``clock.py``),
the lunar calendar (``lunar.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.normalize.steps import Cell, Step

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = f"({'|'.join(_MONTHS)})[A-Z]*"
_DIGIT = "[〇零○O一二三四五六七八九壹贰叁肆伍陆柒捌玖0-9]"
_COUNT = "[一二三四五六七八九十廿卅壹贰叁肆伍陆柒捌玖拾0-9]{1,3}"
_NUMERALS = ("〇零○O一二三四五六七八九壹贰叁肆伍陆柒捌玖拾", "0000123456789123456789十")
_LUNAR = "农历|阴历|旧历|夏历|初[一二三四五六七八九十]|正月|腊月|冬月|闰"
# Words around a day that say nothing of which day it is.
_WORDS = (
    "公元|公历|阳历|新历|国历|农历|阴历|旧历|夏历|出生日期|日期|出生于|生于|出生|诞生|生$|左右|前后|许$|大约|大概|约|"
    "(星期|礼拜|周)[一二三四五六日天]|^(MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*[, ]|[()\\[\\]:;\\x27\\x22`‘’“”]"
)
_JAVA = "^([A-Z]{3},? )?([A-Z]{3} +[0-9]{1,2}) ([0-9:]{5,8}) [A-Z]{3,4} ([0-9]{4})$"
# Half a month or a season behind a month or a year.
_VAGUE = "(初|中|末|底|上旬|中旬|下旬|上半年|下半年|春|夏|秋|冬)?"
# Twelve digits are a moment to the minute only if they can be; else they count milliseconds.
_TO_THE_MINUTE = "(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]"
_TO_THE_HOUR = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])"
_BY_YEAR = "('ymd', 'y-m-d', 'y-m', 'ym', 'y')"


@dataclass(frozen=True)
class DayForm:
    """The columns that ``day_form`` makes: texts of year, month and day (month and day null where not stated or 00),
    the shape, whether the year had two digits (``two``), the calendar is lunar (``lunar``, ``leap``) and letters
    were read as digits (``retyped``). ``text`` is the tidied text."""

    steps: tuple[Step, ...]
    text: str
    shape: str
    year: str
    month: str
    day: str
    two: str
    lunar: str
    leap: str
    retyped: str


def java_order(x: str) -> str:
    """SQL of ``x`` (upper case) with the clock of ``Mon Mar 12 08:09:10 CST 1990`` behind its day."""
    return f"og_replaced({x}, '{_JAVA}', '\\2 \\4 \\3')"


def day_form(cell: Cell, text: str) -> DayForm:
    """What the column ``text`` (half width, upper case, without a clock) states."""
    c = {name: cell(f"day_{name}") for name in (
        "quick", "words", "d", "shape", "two", "year", "m", "n", "month", "day", "lunar", "leap", "retyped", "joined",
    )}  # fmt: skip
    d, shape = c["d"], c["shape"]
    first, second = (f"og_group({d}, '^([0-9]+)[-/.年]([0-9]+)', {n})" for n in (1, 2))
    third = f"og_group({d}, '^[0-9]+[-/.年][0-9]+[-/.月]([0-9]+)', 1)"
    # A two-digit year is of the past: of this century up to the edition's year, else of the last one.
    century = (
        f"case when cast({c['two']} as integer) <= coalesce(extract(year from {cell.as_of}), 2030) % 100 "
        f"then '20' else '19' end || {c['two']}"
    )
    us = f"cast({first} as integer) <= 12 and cast({second} as integer) > 12"
    month_name = f"og_part({d}, '{'|'.join(_MONTHS)}')"
    named = (
        "case "
        + " ".join(f"when {month_name} = '{name}' then '{n}'" for n, name in enumerate(_MONTHS, 1))
        + f" else og_group({d}, '([0-9]{{1,2}})月', 1) end"
    )
    return DayForm(
        steps=(
            {
                c["quick"]: (
                    f"case when {text} is null then null when og_is({text}, '[0-9]{{8}}') then 'ymd' "
                    f"when og_is({text}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}[日号]?') then 'y-m-d' "
                    f"when og_is({text}, '-?[0-9]{{9,14}}') then 'digits' else null end"
                ),
            },
            {
                c["lunar"]: f"case when {c['quick']} is null then coalesce(og_matches({text}, '{_LUNAR}'), false) else false end",
                c["words"]: (
                    f"case when {text} is null or {c['quick']} is not null then {text} else "
                    f"og_replaced(og_replaced({text}, '{_WORDS}', ''), '^([0-9]{{5,14}})\\.0+$', '\\1') end"
                ),
            },
            {
                c["joined"]: (
                    f"case when {text} is null or {c['quick']} is not null then {text} else "
                    # blanks and other separators between numbers are one dash; none stands beside 年, 月, '.' or '/'
                    "og_replaced(og_replaced(og_replaced("
                    f"{c['words']}, '[ ,、。~_\\\\—–‐‑―－-]+', '-'), '-?([./年月日])-?', '\\1'), '^[-/.]+|[-/.]+$', '') end"
                ),
                c["leap"]: f"{c['lunar']} and contains({text}, '闰')",
            },
            {
                c["retyped"]: (
                    f"coalesce({c['quick']} is null and og_matches({c['joined']}, '[OIL]') and og_is({c['joined']}, "
                    "'[0-9OIL]{8}|[0-9OIL]{4}[-/.年][0-9OIL]{1,2}[-/.月][0-9OIL]{1,2}日?'), false)"
                ),
            },
            {
                d: (
                    f"case when {c['retyped']} then translate({c['joined']}, 'OIL', '011') "
                    f"when {c['lunar']} then og_replaced(og_replaced(og_replaced(og_replaced({c['joined']}, '正月', '1月'), "
                    "'冬月', '11月'), '腊月', '12月'), '闰|初', '') "
                    f"else {c['joined']} end"
                ),
            },
            {
                shape: (
                    f"case when {d} is null then null when {c['quick']} in ('ymd', 'y-m-d') then {c['quick']} "
                    f"when {c['quick']} = 'digits' then case when length({d}) = 14 then 'ymd' "
                    f"when og_is({d}, '{_TO_THE_MINUTE}|{_TO_THE_HOUR}') then 'ymd' "
                    f"when og_is({d}, '-?[0-9]{{11,13}}') then 'epoch' when og_is({d}, '1[0-8][0-9]{{8}}') then 'seconds' else 'other' end "
                    f"when og_is({d}, '[0-9]+') then case when length({d}) = 8 then 'ymd' "
                    f"when length({d}) = 6 then case when substr({d}, 1, 4) between '1850' and '2149' "
                    f"and substr({d}, 5, 2) between '00' and '12' then 'ym' else 'yymmdd' end "
                    f"when length({d}) = 4 and {d} between '1800' and '2199' then 'y' "
                    f"when length({d}) in (4, 5) and {d} >= '1' then 'serial' else 'other' end "
                    f"when og_is({d}, '[1-9][0-9]{{3,4}}\\.[0-9]{{3,}}|[1-9][0-9]{{4}}\\.[0-9]+') then 'serial' "
                    f"when og_matches({d}, '[A-Z]') then case "
                    f"when og_is({d}, '[0-9]{{1,2}}-?{_MONTH}-?([0-9]{{4}}|[0-9]{{2}})') then 'd-mon-y' "
                    f"when og_is({d}, '{_MONTH}-?[0-9]{{1,2}}-[0-9]{{4}}') then 'mon-d-y' else 'other' end "
                    f"when og_matches({d}, '[^-0-9./年月日号份初中末底上下旬半春夏秋冬]') or og_matches({d}, '[半旬]?年[一二三四五六七八九十]') then case "
                    f"when og_is({d}, '({_DIGIT}{{4}}|{_DIGIT}{{2}})年({_COUNT}月份?({_COUNT}[日号]?)?)?{_VAGUE}') then 'han' "
                    f"when og_is({d}, '(中华)?民国(元|{_COUNT})年({_COUNT}月份?({_COUNT}[日号]?)?)?') then 'republic' "
                    f"when og_is({d}, '(中华)?民国?[0-9]{{1,3}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}') then 'republic' else 'other' end "
                    f"when og_is({d}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}[日号]?') then 'y-m-d' "
                    f"when og_is({d}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?份?{_VAGUE}') then 'y-m' "
                    f"when og_is({d}, '(18|19|20|21)[0-9]{{2}}年{_VAGUE}') then 'y' "
                    f"when og_is({d}, '[0-9]{{2}}([-/.][0-9]{{1,2}}[-/.]|年[0-9]{{1,2}}月)([0-2]?[0-9]|3[01])[日号]?') then 'yy-m-d' "
                    f"when og_is({d}, '[0-9]{{2}}[-/.年][0-9]{{1,2}}月?份?{_VAGUE}') then 'yy-m' "
                    f"when og_is({d}, '[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.]([0-9]{{4}}|3[2-9]|[4-9][0-9])') then 'd-m-y' "
                    f"when og_is({d}, '[0-9]{{1,2}}-?[0-9]{{1,2}}月-?([0-9]{{4}}|[0-9]{{2}})') then 'd-mon-y' "
                    "else 'other' end"
                ),
            },
            {
                # numerals as digits and 十: 廿一 is 2十1
                cell("day_plain"): (
                    f"case when {shape} in ('han', 'republic') then translate(replace(replace({d}, '廿', '二十'), '卅', '三十'), "
                    f"'{_NUMERALS[0]}', '{_NUMERALS[1]}') else {d} end"
                ),
            },
            {
                cell("day_reign"): (
                    f"case when {shape} = 'republic' then og_group({cell('day_plain')}, '[国民]({_COUNT})', 1) else null end"
                ),
                c["two"]: (
                    f"case when {shape} in ('yymmdd', 'yy-m-d', 'yy-m') then substr({d}, 1, 2) "
                    f"when {shape} in ('d-mon-y', 'd-m-y') and not og_matches({d}, '[0-9]{{4}}$') then og_part({d}, '[0-9]{{2}}$') "
                    f"when {shape} = 'han' and substr({d}, 3, 1) = '年' then substr({cell('day_plain')}, 1, 2) else null end"
                ),
            },
            {
                c["year"]: (
                    f"case when {shape} is null then null when {c['two']} is not null then {century} "
                    f"when {shape} in {_BY_YEAR} then substr({d}, 1, 4) "
                    f"when {shape} in ('d-m-y', 'd-mon-y', 'mon-d-y') then og_part({d}, '[0-9]{{4}}$') "
                    f"when {shape} = 'han' then substr({cell('day_plain')}, 1, 4) "
                    f"when {shape} = 'republic' then cast(1911 + try_cast(case when contains({d}, '元年') then '1' else "
                    f"{_counted(cell('day_reign'))} end as integer) as varchar) else null end"
                ),
                c["m"]: (
                    f"case when {shape} is null then null when {shape} in ('ymd', 'ym') then substr({d}, 5, 2) "
                    f"when {shape} = 'yymmdd' then substr({d}, 3, 2) "
                    f"when {shape} in ('y-m-d', 'y-m', 'yy-m-d', 'yy-m') then {second} "
                    f"when {shape} = 'd-m-y' then case when {us} then {first} else {second} end "
                    f"when {shape} in ('d-mon-y', 'mon-d-y') then {named} "
                    f"when {shape} in ('han', 'republic') and contains({d}, '年') then og_group({cell('day_plain')}, '年({_COUNT})月', 1) "
                    f"when {shape} = 'republic' then og_group({d}, '[-/.]([0-9]+)[-/.]', 1) else null end"
                ),
                c["n"]: (
                    f"case when {shape} is null then null when {shape} = 'ymd' then substr({d}, 7, 2) "
                    f"when {shape} = 'yymmdd' then substr({d}, 5, 2) when {shape} in ('y-m-d', 'yy-m-d') then {third} "
                    f"when {shape} = 'd-m-y' then case when {us} then {second} else {first} end "
                    f"when {shape} = 'd-mon-y' then og_part({d}, '^[0-9]{{1,2}}') "
                    f"when {shape} = 'mon-d-y' then og_group({d}, '[A-Z]-?([0-9]{{1,2}})-', 1) "
                    f"when {shape} in ('han', 'republic') and contains({d}, '年') then og_group({cell('day_plain')}, '月份?({_COUNT})', 1) "
                    f"when {shape} = 'republic' then og_part({d}, '[0-9]+$') else null end"
                ),
            },
            {
                c["month"]: f"case when coalesce({c['m']}, '') in ('', '0', '00') then null else {_counted(c['m'])} end",
                c["day"]: f"case when coalesce({c['n']}, '') in ('', '0', '00') then null else {_counted(c['n'])} end",
            },
        ),
        text=d, shape=shape, year=c["year"], month=c["month"], day=c["day"], two=c["two"], lunar=c["lunar"],
        leap=c["leap"], retyped=c["retyped"],
    )  # fmt: skip


def swapped(form: DayForm) -> str:
    """SQL: day and month could be exchanged (3/12/1990)."""
    return (
        f"({form.shape} = 'd-m-y' and try_cast({form.month} as integer) <= 12 and try_cast({form.day} as integer) <= 12 "
        f"and try_cast({form.month} as integer) <> try_cast({form.day} as integer))"
    )


def _counted(x: str) -> str:
    """SQL of the number up to 99 that digits and 十 say (十, 十2, 2十, 2十1)."""
    return (
        f"case when contains({x}, '十') then coalesce(nullif(split_part({x}, '十', 1), ''), '1') || "
        f"coalesce(nullif(split_part({x}, '十', 2), ''), '0') else {x} end"
    )
