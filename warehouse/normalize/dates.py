"""Days and times as people and systems write them, told apart by shape, with the precision that was stated.

``1990.3`` is a month, not its first day: the value is the first day and ``precision`` says month. A day that does
not exist is no value. Two-digit years, the order of day and month and lunar dates are never guessed silently.

Does not belong here: which of several stated birth dates is right (``unify/``), lunar calendars.
"""

from __future__ import annotations

from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Options, Reading

_OPEN_ENDED = (
    "长期", "永久", "长期有效", "至今", "99991231", "9999-12-31", "9999/12/31", "9999.12.31", "29991231", "2999-12-31",
    "9999年12月31日", "99990101",
)  # fmt: skip
_PLACEHOLDERS = (
    "00000000", "0000-00-00", "0000/00/00", "0000.00.00", "1900-01-00", "1900/1/0", "0", "00", "0000", "19000101",
    "1900-01-01", "1900/1/1", "1900-1-1", "1900/01/01", "1900.01.01", "11111111", "1899-12-30", "1899-12-31",
)  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HAN_DIGIT = "[〇零○Oo一二三四五六七八九0-9]"
_HAN_COUNT = "[一二三四五六七八九十廿0-9]{1,3}"
_CLOCK = (
    r"(上午|下午|AM|PM|am|pm)? ?[0-9]{1,2}[:时]([0-9]{1,2}([:分][0-9]{1,2})?)?[分秒]?([.,][0-9]+)?( ?[APap][Mm])?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_FIRST_YEAR, _LAST_YEAR = 1850, 2150


def _shapes(d: str) -> str:
    """SQL that names the shape of a tidied date ``d`` (the time of day is off already)."""
    return (
        f"case when {d} is null then null "
        f"when og_is({d}, '[0-9]{{8}}') then 'ymd' "
        f"when og_is({d}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}日?号?') then 'y-m-d' "
        f"when og_is({d}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?份?[-/.]?') then 'y-m' "
        f"when og_is({d}, '[0-9]{{6}}') then case when substr({d}, 1, 4) between '1850' and '2149' "
        f"and substr({d}, 5, 2) between '00' and '12' then 'ym' else 'yymmdd' end "
        f"when og_is({d}, '(18|19|20|21)[0-9]{{2}}年?') then 'y' "
        f"when og_is({d}, '[0-9]{{4,5}}') then 'serial' "
        f"when og_is({d}, '[0-9]{{4,5}}\\.[0-9]+') then 'serial' "
        f"when og_is({d}, '[0-9]{{14}}(\\.0)?|(18|19|20)[0-9]{{10}}') then 'ymd' "
        f"when og_is({d}, '-?[0-9]{{11,13}}') then 'epoch' "
        f"when og_is({d}, '[0-9]{{2}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}日?') then 'yy-m-d' "
        f"when og_is({d}, '[0-9]{{2}}[.年/-][0-9]{{1,2}}月?') then 'yy-m' "
        f"when og_is({d}, '[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}') then 'd-m-y' "
        f"when og_is({d}, '[0-9]{{1,2}}[- ]?([A-Za-z]{{3}}|[0-9]{{1,2}}月 ?)[- ]?([0-9]{{4}}|[0-9]{{2}})') then 'd-mon-y' "
        f"when og_matches({d}, '农历|阴历|旧历|初[一二三四五六七八九十]|正月|腊月|冬月|闰') then 'lunar' "
        f"when og_is({d}, '{_HAN_DIGIT}{{4}}年({_HAN_COUNT}月份?({_HAN_COUNT}[日号]?)?)?') then 'han' "
        f"when og_is({d}, '(中华)?民国(元|{_HAN_COUNT})年({_HAN_COUNT}月({_HAN_COUNT}[日号]?)?)?') then 'republic' "
        "else 'other' end"
    )


def _count(x: str) -> str:
    """SQL of the number that Chinese or Arabic numerals up to 99 say (廿 is 二十)."""
    return f"og_han_number(replace({x}, '廿', '二十'))"


def date(cell: Cell, options: Options) -> Reading:
    """A day. Output ``precision``: day, month or year.

    Issues: placeholder (null; 0000-00-00, 1900-01-01), date_open_ended (null; 长期, 99991231), date_invalid (null: no such
    day, or not between 1850 and 2150), date_out_of_range (null; births only), date_ambiguous (null: 3/4/1990),
    date_lunar (null), date_two_digit_year and date_serial (read, and said so), date_invalid (null).
    """
    plain, d, shape, y, m, day, value = (
        cell("plain"), cell("d"), cell("shape"), cell("y"), cell("m"), cell("day"), cell("value"),
    )  # fmt: skip
    two = cell("two")
    separated = (
        f"og_group({d}, '^([0-9]+)[-/.年]([0-9]+)', 1)",
        f"og_group({d}, '^([0-9]+)[-/.年]([0-9]+)', 2)",
    )
    third = f"og_group({d}, '^[0-9]+[-/.年][0-9]+[-/.月]([0-9]+)', 1)"
    born = cell.born
    month_word = f"lower(og_part({d}, '[A-Za-z]{{3}}'))"
    named_month = (
        "case "
        + " ".join(f"when {month_word} = '{name}' then '{n}'" for n, name in enumerate(_MONTHS, 1))
        + f" when contains({d}, '月') then og_group({d}, '([0-9]{{1,2}})月', 1) else null end"
    )
    # A two-digit year is of the past: of this century up to the edition's year, else of the last one.
    century = (
        f"case when cast({two} as integer) <= coalesce(extract(year from {cell.as_of}), 2030) % 100 "
        "then '20' else '19' end"
    )
    han_year = f"og_han_digits(og_group({d}, '^({_HAN_DIGIT}{{4}})年', 1))"
    republic = (
        f"cast(1911 + cast(case when contains({d}, '元年') then '1' else "
        + _count(f"og_group({d}, '国({_HAN_COUNT})年', 1)")
        + " end as integer) as varchar)"
    )
    han_month = _count(f"og_group({d}, '年({_HAN_COUNT})月', 1)")
    han_day = _count(f"og_group({d}, '月份?({_HAN_COUNT})', 1)")
    us = f"cast({separated[0]} as integer) <= 12 and cast({separated[1]} as integer) > 12"
    return Reading(
        steps=(
            {plain: f"og_half(og_plain({cell.raw}))"},
            {
                d: (
                    f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                    f"when og_is({plain}, '[0-9]{{8}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') then {plain} else "
                    "og_replaced(og_replaced(og_replaced(og_replaced("
                    f"{plain}, '([ T]+|日 ?){_CLOCK}$', ''), "
                    "'([0-9]) +([0-9])', '\\1-\\2'), '([-年月日./]) +', '\\1'), "
                    "'(出生|生|左右|前后|许|[。.,、 ])+$|^([0-9]{8})\\.0+$', '\\2') end"
                ),
            },
            {shape: _shapes(d)},
            {
                two: (
                    f"case when {shape} in ('yymmdd', 'yy-m-d', 'yy-m') then substr({d}, 1, 2) "
                    f"when {shape} = 'd-mon-y' and not og_matches({d}, '[0-9]{{4}}$') then og_part({d}, '[0-9]{{2}}$') "
                    "else null end"
                ),
            },
            {
                y: (
                    f"case {shape} when 'ymd' then substr({d}, 1, 4) when 'y-m-d' then substr({d}, 1, 4) "
                    f"when 'y-m' then substr({d}, 1, 4) when 'ym' then substr({d}, 1, 4) when 'y' then substr({d}, 1, 4) "
                    f"when 'd-m-y' then og_part({d}, '[0-9]{{4}}$') when 'han' then {han_year} "
                    f"when 'republic' then {republic} "
                    f"when 'd-mon-y' then case when {two} is null then og_part({d}, '[0-9]{{4}}$') "
                    f"else {century} || {two} end "
                    f"when 'yymmdd' then {century} || {two} when 'yy-m-d' then {century} || {two} "
                    f"when 'yy-m' then {century} || {two} else null end"
                ),
                m: (
                    f"case {shape} when 'ymd' then substr({d}, 5, 2) when 'ym' then substr({d}, 5, 2) "
                    f"when 'yymmdd' then substr({d}, 3, 2) when 'y-m-d' then {separated[1]} when 'y-m' then {separated[1]} "
                    f"when 'yy-m-d' then {separated[1]} when 'yy-m' then {separated[1]} "
                    f"when 'd-m-y' then case when {us} then {separated[0]} else {separated[1]} end "
                    f"when 'd-mon-y' then {named_month} when 'han' then {han_month} when 'republic' then {han_month} "
                    "else null end"
                ),
                day: (
                    f"case {shape} when 'ymd' then substr({d}, 7, 2) when 'yymmdd' then substr({d}, 5, 2) "
                    f"when 'y-m-d' then {third} when 'yy-m-d' then {third} "
                    f"when 'd-m-y' then case when {us} then {separated[1]} else {separated[0]} end "
                    f"when 'd-mon-y' then og_part({d}, '^[0-9]{{1,2}}') "
                    f"when 'han' then {han_day} when 'republic' then {han_day} else null end"
                ),
            },
            {
                cell("mm"): f"case when coalesce({m}, '') in ('', '0', '00') then null else {m} end",
                cell("dd"): f"case when coalesce({day}, '') in ('', '0', '00') then null else {day} end",
                cell(
                    "placed"
                ): f"coalesce({plain} in ({sql_list(_PLACEHOLDERS)}) or {d} in ({sql_list(_PLACEHOLDERS)}), false)",
                cell(
                    "open"
                ): f"coalesce({plain} in ({sql_list(_OPEN_ENDED)}) or {d} in ({sql_list(_OPEN_ENDED)}), false)",
            },
            {
                cell("read"): (
                    f"case when {cell('placed')} or {cell('open')} then null "
                    f"when {shape} = 'serial' then case when og_number({d}) between 2 and 91000 "
                    f"then og_serial_day(floor(og_number({d}))) else null end "
                    f"when {shape} = 'epoch' then case when abs(og_number({d})) < 4500000000000 then og_epoch_day({d}) else null end "
                    f"when {shape} = 'd-m-y' and cast({separated[0]} as integer) <= 12 and cast({separated[1]} as integer) <= 12 "
                    f"and {separated[0]} <> {separated[1]} then null "
                    f"when {y} is not null then og_day({y}, coalesce({cell('mm')}, '1'), coalesce({cell('dd')}, '1')) "
                    "else null end"
                ),
            },
            {
                value: (
                    f"case when extract(year from {cell('read')}) between {_FIRST_YEAR} and {_LAST_YEAR} "
                    + (f"and {cell('read')} <= coalesce({cell.as_of}, date '2150-01-01') " if born else "")
                    + f"then {cell('read')} else null end"
                ),
            },
        ),
        value=value,
        issue=(
            f"case when {plain} is null or og_nothing({plain}) then null when og_cell_error({plain}) then 'cell_error' "
            f"when {cell('open')} then 'date_open_ended' when {cell('placed')} then 'date_placeholder' "
            f"when {value} is not null then case when {two} is not null then 'date_two_digit_year' "
            f"when {shape} in ('serial', 'epoch') then 'date_serial' else null end "
            f"when {shape} = 'lunar' then 'date_lunar' when {shape} = 'other' then 'date_invalid' "
            f"when {shape} = 'd-m-y' and {cell('read')} is null and og_day({y}, {m}, {day}) is not null then 'date_ambiguous' "
            + (f"when {cell('read')} > {cell.as_of} then 'date_out_of_range' " if born else "")
            + "else 'date_invalid' end"
        ),
        outputs={
            "precision": (
                f"case when {value} is null then null when {shape} in ('serial', 'epoch') then 'day' "
                f"when {cell('mm')} is null then 'year' when {cell('dd')} is null then 'month' else 'day' end"
            ),
        },
    )


def timestamp(cell: Cell, options: Options) -> Reading:
    """A moment, in the city's local time as stated (offsets are not applied). Issue: timestamp_invalid, placeholder."""
    plain, t, shape, read = cell("plain"), cell("t"), cell("shape"), cell("read")
    hour = f"coalesce(nullif(og_group({t}, '[ T日](?:上午|下午|AM|PM)? ?([0-9]{{1,2}})[:时]', 1), ''), '0')"
    minute = f"coalesce(nullif(og_group({t}, '[0-9][:时]([0-9]{{1,2}})', 1), ''), '0')"
    second = f"coalesce(nullif(og_group({t}, '[0-9][:时][0-9]{{1,2}}[:分]([0-9]{{1,2}})', 1), ''), '0')"
    return Reading(
        steps=(
            {plain: f"og_half(og_plain({cell.raw}))"},
            {
                t: f"case when og_nothing({plain}) or og_cell_error({plain}) then null else upper({plain}) end",
            },
            {
                shape: (
                    f"case when {t} is null then null "
                    f"when og_is({t}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ T][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,9}})?') then 'iso' "
                    f"when og_is({t}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}(日|[ T])*({_CLOCK})?') then 'parts' "
                    f"when og_is({t}, '[0-9]{{14}}(\\.0)?|[0-9]{{12}}') and substr({t}, 1, 2) in ('19', '20') then 'digits' "
                    f"when og_is({t}, '[0-9]{{8}}') then 'digits' "
                    f"when og_is({t}, '[0-9]{{5}}(\\.[0-9]+)?') then 'serial' "
                    f"when og_is({t}, '[0-9]{{13}}') then 'epoch' else 'other' end"
                ),
            },
            {
                cell("hour"): (
                    f"case when {shape} <> 'parts' then null "
                    f"when og_matches({t}, '下午|PM') and cast({hour} as integer) < 12 then cast(cast({hour} as integer) + 12 as varchar) "
                    f"when og_matches({t}, '上午|AM') and {hour} = '12' then '0' else {hour} end"
                ),
            },
            {
                read: (
                    f"case {shape} when 'iso' then try_cast({t} as timestamp) "
                    f"when 'parts' then try_cast(og_group({t}, '^([0-9]+)', 1) || '-' || og_group({t}, '^[0-9]+[-/.年]([0-9]+)', 1) || '-' || "
                    f"og_group({t}, '^[0-9]+[-/.年][0-9]+[-/.月]([0-9]+)', 1) || ' ' || {cell('hour')} || ':' || {minute} || ':' || {second} as timestamp) "
                    f"when 'digits' then try_cast(substr({t}, 1, 4) || '-' || substr({t}, 5, 2) || '-' || substr({t}, 7, 2) || ' ' || "
                    f"rpad(substr({t}, 9, 2), 2, '0') || ':' || rpad(substr({t}, 11, 2), 2, '0') || ':' || "
                    f"rpad(substr({t}, 13, 2), 2, '0') as timestamp) "
                    f"when 'serial' then timestamp '1899-12-30' + to_seconds(round(og_number({t}) * 86400)) "
                    f"when 'epoch' then epoch_ms(og_integer({t})) else null end"
                ),
            },
        ),
        value=f"case when extract(year from {read}) between 1900 and {_LAST_YEAR} then {read} else null end",
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {t} is null then null "
            f"when starts_with({t}, '0000') or starts_with({t}, '9999') then 'date_placeholder' "
            f"when coalesce(extract(year from {read}) between 1900 and {_LAST_YEAR}, false) then null else 'timestamp_invalid' end"
        ),
    )
