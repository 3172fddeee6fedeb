"""Moments, in the city's local time: a day and a time of day in one cell.

A cell that states its offset, or counts from 1970, is put on the city's clock; every other is that clock already.

Does not belong here: the ways of writing a day (``day_forms.py``) and a clock (``clock.py``).
"""

from __future__ import annotations

from warehouse.normalize.clock import ZONED, after_noon, clock_of, clock_part, without_clock
from warehouse.normalize.dates import LAST_YEAR, OPEN_YEARS
from warehouse.normalize.day_forms import day_form, java_order, swapped
from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Options, Reading
from warehouse.store import literal

# Days that systems put where none was given. No event of a city's records is of 1970.
_DEFAULTS = ("1900-01-01", "1899-12-30", "1899-12-31", "1753-01-01", "0001-01-01", "1970-01-01")


def timestamp(cell: Cell, options: Options) -> Reading:
    """A moment.

    Issues, without a value: timestamp_invalid, date_placeholder, date_open_ended (9999), date_ambiguous. With a
    value: date_two_digit_year, date_serial (a number counting days or milliseconds).
    """
    cast_, quick, plain, half, known, text, clock = (
        cell(name) for name in ("cast", "quick", "plain", "half", "known", "text", "clock")
    )
    day, hour, minute, second, part, seconds, read, issue = (
        cell(name) for name in ("at", "hour", "minute", "second", "fraction", "seconds", "read", "told")
    )
    form = day_form(cell, text)
    shape = form.shape
    digits = f"{shape} = 'ymd' and length({form.text}) > 8"
    in_bounds = f"{read} between timestamp '1900-01-01' and timestamp '{LAST_YEAR}-12-31 23:59:59.999999'"
    zone = literal(options.timezone)
    return Reading(
        steps=(
            {cast_: f"og_quick_moment({cell.raw})"},
            {
                quick: f"case when {cast_} between timestamp '1970-01-03' and timestamp '{LAST_YEAR}-12-31' then {cast_} else null end"
            },
            {plain: f"case when {quick} is null then og_plain({cell.raw}) else null end"},
            {half: f"upper(og_half({plain}))"},
            {
                known: (
                    f"case when og_nothing({half}) then null when og_cell_error({half}) then null "
                    f"when og_is({half}, '(19|20)[0-9]{{15}}') then substr({half}, 1, 14) else {java_order(half)} end"
                ),
            },
            {
                text: without_clock(known),
                cell("zoned"): (
                    f"case when og_is({known}, '{ZONED}') then og_zoned_moment({known}, {zone}) else null end"
                ),
            },
            {clock: clock_of(known, text)},
            *form.steps,
            {
                day: (
                    f"case when {shape} is null or {form.lunar} or {form.day} is null or {swapped(form)} then null "
                    f"else og_day({form.year}, {form.month}, {form.day}) end"
                ),
                hour: f"case when {clock} is not null then {clock_part(clock, 'hour')} when {digits} then substr({form.text}, 9, 2) else null end",
                minute: f"case when {clock} is not null then {clock_part(clock, 'minute')} when {digits} then substr({form.text}, 11, 2) else null end",
                second: f"case when {clock} is not null then {clock_part(clock, 'second')} when {digits} then substr({form.text}, 13, 2) else null end",
                part: f"case when {clock} is not null then og_number('0.' || {clock_part(clock, 'fraction')}) else null end",
            },
            {
                seconds: (
                    f"case when {shape} is null then null when coalesce(og_integer(nullif({minute}, '')), 0) > 59 "
                    f"or coalesce(og_integer(nullif({second}, '')), 0) > 59 then null else "
                    f"{after_noon(clock, f'''coalesce(og_integer(nullif({hour}, '')), 0)''')} * 3600 "
                    f"+ coalesce(og_integer(nullif({minute}, '')), 0) * 60 + coalesce(og_integer(nullif({second}, '')), 0) end"
                ),
            },
            {
                read: (
                    f"case when {quick} is not null then {quick} when {shape} is null then null "
                    f"when {cell('zoned')} is not null then {cell('zoned')} "
                    f"when {shape} = 'serial' and {clock} is null and length({form.text}) >= 5 and og_number({form.text}) < 91000 "
                    f"then og_serial_moment(og_number({form.text})) "
                    f"when {shape} = 'epoch' and abs(og_number({form.text})) < 4500000000000 then og_epoch_moment({form.text}, {zone}) "
                    f"when {shape} = 'seconds' then og_epoch_moment({form.text} || '000', {zone}) "
                    f"when {seconds} <= 86400 then og_later({day}, {seconds}, coalesce({part}, 0)) else null end"
                ),
            },
            {
                issue: (
                    f"case when {quick} is not null or {half} is null then null "
                    f"when {known} is null then case when og_cell_error({half}) then 'cell_error' else null end "
                    f"when {form.year} in ({sql_list(OPEN_YEARS)}) then 'date_open_ended' "
                    f"when {form.year} = '0000' or {day} in ({', '.join(f'''date '{one}' ''' for one in _DEFAULTS)}) "
                    f"or og_is({form.text}, '0+') then 'date_placeholder' "
                    f"when coalesce({in_bounds}, false) then case when {form.two} is not null then 'date_two_digit_year' "
                    f"when {shape} in ('serial', 'epoch', 'seconds') then 'date_serial' else null end "
                    f"when {swapped(form)} then 'date_ambiguous' else 'timestamp_invalid' end"
                ),
            },
        ),
        value=f"case when {in_bounds} and coalesce({issue} <> 'date_placeholder', true) then {read} else null end",
        issue=issue,
    )  # fmt: skip
