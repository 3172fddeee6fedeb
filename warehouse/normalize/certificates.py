"""Numbers that hold an identity number: the certificate of a disabled person and the number of a pupil.

Belongs here: their form, and what they say of their holder. Does not belong here: the identity number itself, and
certificates that stand in the cell of an identity number (``identity.py``).
"""

from __future__ import annotations

from dataclasses import replace

from warehouse.normalize.identity import CERTIFICATE, STUDENT, id_number
from warehouse.normalize.steps import Cell, Options, Reading


def disability_no(cell: Cell, options: Options) -> Reading:
    """残疾人证号: the identity number, one digit of the kind, one of the degree, B and a count for a new copy.

    Outputs: ``id`` (the identity number), ``type``, ``level``. Issues: disability_no_invalid (null),
    long_number_damaged (null), cell_error.
    """
    whole = cell("whole")
    made = _embedding(cell, options, CERTIFICATE, 1, "disability_no_invalid")
    known = made.value
    return replace(
        made,
        outputs={
            "id": made.outputs["id"],
            "type": f"case when {known} is null then null else substr({whole}, 19, 1) end",
            "level": f"case when {known} is null then null else substr({whole}, 20, 1) end",
        },
    )


def student_no(cell: Cell, options: Options) -> Reading:
    """学籍号: G (L for the time being) and the identity number; schools' own numbers are kept as they are.

    Output: ``id`` (the identity number). Issues: student_no_invalid (the form of 学籍号 with a wrong identity number:
    null), long_number_damaged (null), cell_error.
    """
    return _embedding(cell, options, STUDENT, 2, "student_no_invalid", own="[A-Z0-9\\-_.]{1,17}")


def _embedding(cell: Cell, options: Options, form: str, start: int, invalid: str, own: str = "") -> Reading:
    plain, half, whole, inner, value = (
        cell("plain"),
        cell("half"),
        cell("whole"),
        cell("inner"),
        cell("value"),
    )
    within = id_number(Cell(f"{cell.field}_id", inner, "false", cell.as_of), options)
    damaged = f"coalesce({cell.long} or og_is({whole}, '[0-9](\\.[0-9]+)?E[+]?[0-9]{{1,3}}'), false)"
    nothing = f"({whole} is null or og_nothing({plain}) or og_cell_error({plain}))"
    good = f"{inner} is not null and ({within.value}) is not null"
    # What has no form of the country's stays as written only where such numbers exist.
    kept = f"when {inner} is null and og_is({whole}, '{own}') then {whole} " if own else ""
    return Reading(
        steps=(
            {plain: f"og_plain({cell.raw})"},
            {half: f"upper(og_half({plain}))"},
            {whole: f"nullif(translate(og_replaced({half}, '[ \\x27`\\x22]', ''), '×✕', 'XX'), '')"},
            {inner: f"case when og_is({whole}, '{form}') then substr({whole}, {start}, 18) else null end"},
            *within.steps,
            {
                value: f"case when {nothing} or {damaged} then null when {good} then {whole} {kept}else null end"
            },
        ),
        value=value,
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {nothing} then null "
            f"when {damaged} then 'long_number_damaged' when {value} is null then '{invalid}' else null end"
        ),
        outputs={"id": f"case when {good} then {within.value} else null end"},
    )
