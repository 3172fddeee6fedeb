"""Codes of areas (2, 4, 6, 9, 12 digits) and of grids, as sources state them, without the damage of spreadsheets.

A code is as long as its level: ``210202001000`` is the street ``210202001``, ``210202000000`` the county.
Does not belong here: whether the code exists and which place it is (``place/``).
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading

_SCIENTIFIC = "[0-9](\\.[0-9]+)?E[+]?[0-9]{1,3}"


def area_code(cell: Cell, options: Options) -> Reading:
    """An area code. Issues: long_number_damaged (null; 2.1E+11), area_unknown (null; not the shape of a code)."""
    plain, tidy = cell("plain"), cell("tidy")
    shape = f"og_is({tidy}, '[1-9][0-9](([0-9]{{2}}){{0,2}}|[0-9]{{7}}|[0-9]{{10}})')"
    return Reading(
        steps=(
            {plain: f"upper(og_half(og_plain({cell.raw})))"},
            {
                tidy: (
                    f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                    f"else og_replaced(og_replaced({plain}, '\\.0+$|[ \\x27`\\x22]', ''), '^([0-9]{{12}})0{{3}}$', '\\1') end"
                ),
            },
        ),
        value=(
            f"case when not {shape} then null when length({tidy}) = 12 and substr({tidy}, 7) = '000000' then substr({tidy}, 1, 6) "
            f"when length({tidy}) = 12 and substr({tidy}, 10) = '000' then substr({tidy}, 1, 9) "
            f"when length({tidy}) = 9 and substr({tidy}, 7) = '000' then substr({tidy}, 1, 6) else {tidy} end"
        ),
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when og_is({tidy}, '{_SCIENTIFIC}') then 'long_number_damaged' when not {shape} then 'area_unknown' else null end"
        ),
    )


def grid_code(cell: Cell, options: Options) -> Reading:
    """A grid's code or name as stated; the community's code and the cell's number are joined. Issue: long_number_damaged (null)."""
    plain, tidy = cell("plain"), cell("tidy")
    damaged = f"({cell.long} or og_is({tidy}, '{_SCIENTIFIC}'))"
    return Reading(
        steps=(
            {plain: f"upper(og_half(og_plain({cell.raw})))"},
            {
                tidy: (
                    f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                    f"else nullif(og_replaced(og_replaced({plain}, '^([0-9]{{6,}})\\.0+$|[ \\x27`\\x22]', '\\1'), '^([0-9]{{12}})[-_/]([0-9]{{3}})$', '\\1\\2'), '') end"
                ),
            },
        ),
        value=f"case when {tidy} is null or {damaged} then null else {tidy} end",
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when {damaged} then 'long_number_damaged' else null end"
        ),
    )
