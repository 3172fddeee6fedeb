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
    plain = cell("plain")
    damaged = f"({cell.long} or coalesce(og_is({plain}, '[0-9](\\.[0-9]+)?[eE]\\+?[0-9]{{1,3}}'), false))"
    return Reading(
        steps=(
            {plain: f"og_half(og_plain({cell.raw}))"},
            {cell("tidy"): f"og_replaced({plain}, '^([0-9]{{4,}})\\.0+$', '\\1')"},
        ),
        value=(
            f"case when og_nothing({plain}) or og_cell_error({plain}) or {damaged} then null "
            f"else {cell('tidy')} end"
        ),
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {plain} is not null and {damaged} "
            f"then 'long_number_damaged' when og_undecodable({plain}) then 'text_undecodable' else null end"
        ),
    )
