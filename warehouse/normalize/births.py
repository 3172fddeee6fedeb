"""What the id number says of a birth date that is stated otherwise in the same record.

Ledgers hold lunar birthdays, days counted from 1904, and years of two digits read as a century too late. Where the id
number's day is exactly what such a reading gives, the cause is known: a lunar birthday is flagged and stays as it was
stated (the id number is not overwritten, nor is the statement), the other two are read as the id number confirms.

Does not belong here: dates on their own (``dates.py``), whose word becomes the golden value (``unify/``).
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.normalize import lunar
from warehouse.normalize.steps import Cell, Reading, Step

_DAYS_TO_1904 = 1462
_CELL = Cell("f_birth_date__beside", "")


def birth(readings: Mapping[str, Reading]) -> Reading | None:
    """The birth date of a record that also states an id number, in further steps after those of both cells: its value
    is what the record says in the end, its issue what is between the two cells. None where not both are stated."""
    if "id_number" not in readings or "birth_date" not in readings:
        return None
    stated, number = readings["birth_date"], readings["id_number"].outputs["birth"]
    if "serial" not in stated.outputs:
        return None
    differs, key, leap, day, usual, later, cause = (
        _CELL(name) for name in ("differs", "key", "leap_key", "day", "month", "leap_month", "cause")
    )
    value, of = stated.value, stated.outputs
    after: tuple[Step, ...] = (
        {
            differs: (
                f"case when {number} is null then null when {value} = {number} then null "
                f"when {value} is null and {of['day']} is null and {of['serial']} is null then null "
                f"when {value} is not null and {of['precision']} <> 'day' then null else {number} end"
            ),
        },
        {
            key: (
                f"case when {differs} is null or {of['serial']} is not null then null "
                f"when {value} is not null then strftime({value}, '%Y%m') else {lunar.month_key(of['year'], of['month'])} end"
            ),
            day: f"case when {differs} is null then null else cast(coalesce(extract(day from {value}), og_integer({of['day']})) as integer) end",
        },
        {leap: f"{key} || 'L'"},
        {usual: lunar.month(key), later: lunar.month(leap)},
        {
            cause: (
                f"case when {differs} is null then null "
                f"when {differs} in ({lunar.solar_day(usual, day)}, {lunar.solar_day(later, day)}) then 'date_lunar_suspect' "
                f"when og_serial_day({of['serial']} + {_DAYS_TO_1904}) = {differs} then 'date_serial_1904' "
                f"when {of['two']} is not null and {value} - interval 100 year = {differs} then 'date_two_digit_year' "
                f"when {value} is null then null else 'id_birth_conflict' end"
            ),
        },
    )
    depth = max(len(readings[name].steps) for name in ("id_number", "birth_date"))
    padding: tuple[Step, ...] = ({},) * depth
    return Reading(
        (*padding, *after),
        f"case when {cause} in ('date_serial_1904', 'date_two_digit_year') then {differs} else {value} end",
        # a year of two digits is told by the cell itself
        f"nullif({cause}, 'date_two_digit_year')",
    )
