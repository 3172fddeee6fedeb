"""The time of day as people and systems write it: 8:09, 8:09:10.123, 下午3点20分, 8:09 PM, 08.09.10 (DB2), 080910.

Does not belong here: the day before it (``day_forms.py``), what both make together (``timestamps.py``).
"""

from __future__ import annotations

_MORNING = "凌晨|清晨|早上|早晨|上午|AM"
_NOON = "中午"
_EVENING = "傍晚|晚上|夜间|晚"
_AFTERNOON = f"下午|PM|{_EVENING}"
_PART = f"{_MORNING}|{_NOON}|{_AFTERNOON}"
_ZONE = "Z|GMT|UTC|CST|[+-][0-9]{2}(:?[0-9]{2})?"
# A moment that says how far its clock is from UTC.
ZONED = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
)
# All in upper case and half width, at the end of a cell.
_SPOKEN = f"({_PART})? ?[0-9]{{1,2}}[:时点](半|[0-9]{{1,2}}([:分][0-9]{{1,2}})?)?[分秒整]?([.,][0-9]+)?( ?({_PART}))?( ?({_ZONE}))?"
# The databases' own: 1990-03-12-08.09.10.123456 (DB2), 12-MAR-90 08.09.10.123456 AM (Oracle)
_DOTTED = f"[0-9]{{2}}\\.[0-9]{{2}}\\.[0-9]{{2}}(\\.[0-9]+)?( ?({_PART}))?"
_CLOCK = f"([T, ]*({_SPOKEN})|[- ]{_DOTTED}|[T ][0-9]{{6}}(\\.[0-9]+)?)$"
_PARTS = {
    "hour": "^[^0-9]*([0-9]{1,2})",
    "minute": "^[^0-9]*[0-9]{1,2}[:时点.]([0-9]{1,2})",
    "second": "^[^0-9]*[0-9]{1,2}[:时点.][0-9]{1,2}[:分.]([0-9]{1,2})",
    "fraction": "^[^0-9]*[0-9]{1,2}[:时点.][0-9]{1,2}[:分.][0-9]{1,2}秒?[.,]([0-9]+)",
}


def without_clock(x: str) -> str:
    """SQL of the column ``x`` (upper case, half width) without a time of day at its end."""
    return (
        f"case when og_matches({x}, '[:时点]|[ -][0-9]{{2}}\\.[0-9]{{2}}\\.[0-9]{{2}}|[0-9][T ][0-9]{{6}}') "
        f"then og_replaced({x}, '{_CLOCK}', '') else {x} end"
    )


def clock_of(x: str, day: str) -> str:
    """SQL of the clock behind the text ``day`` at the beginning of the column ``x``, null where there is none."""
    rest = f"substr({x}, length({day}) + 1)"
    return (
        f"case when {day} = {x} then null when og_is({rest}, '[T ][0-9]{{6}}(\\.[0-9]+)?') "
        f"then og_replaced({rest}, '([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})', '\\1:\\2:\\3') else {rest} end"
    )


def clock_part(clock: str, part: str) -> str:
    """SQL of the digits of hour, minute, second or fraction in the text ``clock``; '' where there are none."""
    found = f"og_group({clock}, '{_PARTS[part]}', 1)"
    return f"case when contains({clock}, '点半') then '30' else {found} end" if part == "minute" else found


def after_noon(clock: str, hour: str) -> str:
    """SQL of the hour from 0 to 24 that the number ``hour`` means beside the words in ``clock``."""
    return (
        f"case when {clock} is null then {hour} "
        f"when {hour} = 12 and og_matches({clock}, '{_EVENING}') then 24 "
        f"when {hour} = 12 and og_matches({clock}, '{_MORNING}') then 0 "
        f"when {hour} < 12 and og_matches({clock}, '{_AFTERNOON}') or {hour} < 6 and contains({clock}, '{_NOON}') "
        f"then {hour} + 12 else {hour} end"
    )
