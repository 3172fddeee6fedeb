"""The lunar calendar (农历) as a table of its months, and what it says of a day.

A lunar month is known by its year, number and whether it is a leap month (闰); it begins on a day of the common
calendar and has 29 or 30 days. That table, some 2,500 rows, stands among the spellings, so that a lunar date costs a
join and no calendar is reckoned row by row.

Does not belong here: how a lunar date is written (``day_forms.py``).
"""

from __future__ import annotations

import functools

from warehouse.normalize.steps import Lookup

LUNAR = "lunar.month"  # key 199001, or 194907L for a leap month; code 1990-01-27/30: its first day, how many it has


@functools.cache
def lunar_months() -> tuple[tuple[str, str], ...]:
    """Every lunar month from 1900 to 2100 as (key, code)."""
    from borax.calendars.lunardate import LCalendars, LunarDate

    rows = []
    for year in range(1900, 2101):
        for month, days, leap in LCalendars.iter_year_month(year):
            first = LunarDate(year, month, 1, leap).to_solar_date()
            rows.append((f"{year}{month:02d}{'L' if leap else ''}", f"{first.isoformat()}/{days}"))
    return tuple(rows)


def month_key(year: str, month: str) -> str:
    """SQL of the key of a lunar month from texts of year and month."""
    return f"{year} || lpad({month}, 2, '0')"


def month(key: str) -> Lookup:
    """The lookup of a lunar month by the column ``key``."""
    return Lookup(LUNAR, key)


def solar_day(found: str, day: str) -> str:
    """SQL of the common day that is day number ``day`` of the lunar month ``found``; null where it has no such day."""
    return (
        f"case when {day} between 1 and cast(substr({found}, 12) as integer) "
        f"then cast(substr({found}, 1, 10) as date) + ({day} - 1) else null end"
    )
