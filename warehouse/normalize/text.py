"""Free text and keys: the cell without hidden characters; nothing else is changed.

Does not belong here: cleaning that every type begins with (``functions.py``).
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading


def text(cell: Cell, options: Options) -> Reading:
    """Text. Value: the text with every kind of white space as one blank. Issues: cell_error, text_undecodable,
    long_number_damaged (null; a number of more than 15 digits typed into a spreadsheet)."""
    plain = cell("plain")
    return Reading(
        steps=({plain: f"og_plain({cell.raw})"},),
        value=f"case when og_nothing({plain}) or og_cell_error({plain}) or {cell.long} then null else {plain} end",
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' "
            f"when {cell.long} and {plain} is not null then 'long_number_damaged' "
            f"when og_undecodable({plain}) then 'text_undecodable' else null end"
        ),
    )


def key(cell: Cell, options: Options) -> Reading:
    """An agency's own number (household number, event number). Value: as text, without the '.0' of a float.

    Issue: long_number_damaged where a spreadsheet rounded it (15 significant digits, or 1.2E+17), then null.
    """
    # Digits, and letters behind them but the E of 1.2E+17, are a number as it stands: most cells are nothing else.
    clean, plain, half, tidy, damaged = (cell(name) for name in ("clean", "plain", "half", "tidy", "damaged"))
    return Reading(
        steps=(
            {clean: f"coalesce(og_is({cell.raw}, '[0-9][0-9A-DF-Za-df-z-]*') and not {cell.long}, false)"},
            {plain: f"case when {clean} then null else og_plain({cell.raw}) end"},
            {half: f"og_half({plain})"},
            {
                tidy: f"og_replaced({half}, '^([0-9]{{4,}})\\.0+$', '\\1')",
                damaged: f"({cell.long} or coalesce(og_is({half}, '[0-9](\\.[0-9]+)?[eE]\\+?[0-9]{{1,3}}'), false))",
            },
        ),
        value=(
            f"case when {clean} then {cell.raw} when og_nothing({half}) or og_cell_error({half}) or {damaged} then null "
            f"else {tidy} end"
        ),
        issue=(
            f"case when {half} is null then null when og_cell_error({half}) then 'cell_error' when {damaged} "
            f"then 'long_number_damaged' when og_undecodable({half}) then 'text_undecodable' else null end"
        ),
    )
