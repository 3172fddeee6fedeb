"""Days as people and systems write them, with the precision that was stated.

``1990.3`` is a month, not its first day: the value is the first day and ``precision`` says month. A day that does
not exist is no value. Two-digit years, the order of day and month and lunar dates are never guessed silently.

What the common ways hold is read by casts alone; only the rest is looked at closely.

Does not belong here: the ways of writing (``day_forms.py``), what the id number says against a birth date
(``births.py``), which of several stated birth dates is right (``unify/``).
"""

from __future__ import annotations

from warehouse.normalize import lunar
from warehouse.normalize.clock import ZONED, without_clock
from warehouse.normalize.day_forms import day_form, java_order, swapped
from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Options, Reading
from warehouse.store import literal

_OPEN_WORDS = ("长期", "永久", "长期有效", "永久有效", "至今", "无固定期限", "无期限")
OPEN_YEARS = ("9999", "2999")
# Days that systems put where none was given: the first of their calendars.
_DEFAULTS = ("1900-01-01", "1899-12-30", "1899-12-31", "1753-01-01", "0001-01-01", "1111-11-11")
FIRST_YEAR, LAST_YEAR = 1850, 2150


def date(cell: Cell, options: Options) -> Reading:
    """A day. Output ``precision``: day, month or year; ``serial``: the number of a spreadsheet's day; ``year``,
    ``month``, ``day``: what was stated closely (null where the cell was read by casts).

    Issues, without a value: date_placeholder (0000-00-00, 1900-01-01), date_open_ended (长期, 99991231), date_invalid
    (no such day, no day at all), date_out_of_range (before 1850, after 2150; births after the edition's day),
    date_ambiguous (3/4/1990), date_lunar_incomplete. With a value: date_lunar, date_two_digit_year, date_serial,
    date_retyped.
    """
    quick, plain, half, text, known = (cell(name) for name in ("quick", "plain", "half", "text", "known"))
    at, read, value, issue, placed, opened, month = (
        cell(name) for name in ("at", "read", "taken", "told", "placed", "opened", "lunar_month")
    )
    form = day_form(cell, text)
    shape, key = form.shape, cell("lunar_key")
    in_bounds = f"between date '{FIRST_YEAR}-01-01' and date '{LAST_YEAR}-12-31'"
    last = f"coalesce({cell.as_of}, date '{LAST_YEAR}-12-31')" if cell.born else None

    def quickly(x: str) -> str:
        bounds = f"{x} {in_bounds} and {x} <> date '1900-01-01'" + (f" and {x} <= {last}" if last else "")
        return f"case when {bounds} then {x} else null end"

    return Reading(
        steps=(
            {cell("cast"): f"og_quick_day({cell.raw})"},
            {cell("first"): quickly(cell("cast"))},
            {plain: f"case when {cell('first')} is null then og_plain({cell.raw}) else null end"},
            {half: f"upper(og_half({plain}))"},
            {
                cell("again"): (
                    f"case when og_is({half}, '[0-9]{{4}}[.年][0-9]{{1,2}}[.月][0-9]{{1,2}}[日号]?') "
                    f"then og_day_of_signs({half}) else null end"
                )
            },
            {quick: f"coalesce({cell('first')}, {quickly(cell('again'))})"},
            {
                known: (
                    f"case when {quick} is not null or og_nothing({half}) or og_cell_error({half}) then null "
                    f"else {java_order(half)} end"
                ),
            },
            {text: without_clock(known)},
            *form.steps,
            {
                at: (
                    f"case when {shape} is null then null when {shape} = 'serial' then case when og_number({form.text}) < 91000 "
                    f"then og_serial_day(floor(og_number({form.text}))) else null end "
                    f"when {shape} = 'epoch' then case when abs(og_number({form.text})) < 4500000000000 "
                    f"then cast(og_epoch_moment({form.text}, {literal(options.timezone)}) as date) else null end "
                    f"when {shape} = 'seconds' then cast(og_epoch_moment({form.text} || '000', {literal(options.timezone)}) as date) "
                    f"when og_is({known}, '{ZONED}') then cast(og_zoned_moment({known}, {literal(options.timezone)}) as date) "
                    f"when {form.lunar} or {swapped(form)} or {form.month} is null and {form.day} is not null then null "
                    f"when {form.year} is not null then og_day({form.year}, coalesce({form.month}, '1'), coalesce({form.day}, '1')) "
                    "else null end"
                ),
                key: (
                    f"case when {form.lunar} and {form.day} is not null then {lunar.month_key(form.year, form.month)} "
                    f"|| case when {form.leap} then 'L' else '' end else null end"
                ),
            },
            {
                month: lunar.month(key),
                opened: (
                    f"coalesce({known} in ({sql_list(_OPEN_WORDS)}) or {form.year} in ({sql_list(OPEN_YEARS)}), false)"
                ),
                placed: (
                    f"coalesce({at} in ({', '.join(f'''date '{day}' ''' for day in _DEFAULTS)}) or {form.year} = '0000' "
                    f"or replace({form.text}, substr({form.text}, 1, 1), '') = '' and og_is({form.text}, '0+|[0-9]{{8}}'), false)"
                ),
            },
            {
                read: (
                    f"case when {quick} is not null then {quick} when {shape} is null or {placed} or {opened} then null "
                    f"when {form.lunar} then {lunar.solar_day(month, f'try_cast({form.day} as integer)')} else {at} end"
                ),
            },
            {
                value: (
                    f"case when {read} {in_bounds} " + (f"and {read} <= {last} " if last else "") + f"then {read} else null end"
                ),
            },
            {
                issue: (
                    f"case when {quick} is not null then null when {half} is null then null "
                    f"when {known} is null then case when og_cell_error({half}) then 'cell_error' else null end "
                    f"when {opened} then 'date_open_ended' when {placed} then 'date_placeholder' "
                    f"when {value} is not null then case when {form.lunar} then 'date_lunar' "
                    f"when {form.two} is not null then 'date_two_digit_year' "
                    f"when {shape} in ('serial', 'epoch', 'seconds') then 'date_serial' "
                    f"when {form.retyped} then 'date_retyped' else null end "
                    f"when {read} is not null then 'date_out_of_range' "
                    f"when {form.lunar} then case when {form.year} is null or {form.day} is null then 'date_lunar_incomplete' "
                    "else 'date_invalid' end "
                    f"when {swapped(form)} then 'date_ambiguous' else 'date_invalid' end"
                ),
            },
        ),
        value=value,
        issue=issue,
        outputs={
            "precision": (
                f"case when {value} is null then null when {quick} is not null or {form.lunar} then 'day' "
                f"when {shape} in ('serial', 'epoch', 'seconds') then 'day' "
                f"when {form.month} is null then 'year' when {form.day} is null then 'month' else 'day' end"
            ),
            "serial": f"case when {shape} = 'serial' then cast(floor(og_number({form.text})) as integer) else null end",
            "two": form.two,
            "year": form.year, "month": form.month, "day": form.day,
        },
    )  # fmt: skip
