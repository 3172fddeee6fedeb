"""Unified social credit codes (GB 32100-2015), those of collectives (N…), the army (A…) and others (Y…) included."""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(cell: Cell, options: Options) -> Reading:
    """A unified social credit code: 18 characters, check character by weights 3^i mod 31. Issue: uscc_invalid (null)."""
    plain, tidy, weighed = cell("plain"), cell("tidy"), cell("weighed")
    total = " + ".join(
        f"(strpos('{_ALPHABET}', substr({weighed}, {i + 1}, 1)) - 1) * {pow(3, i, 31)}" for i in range(17)
    )
    check = f"substr('{_ALPHABET}', cast((31 - ({total}) % 31) % 31 + 1 as integer), 1)"
    ok = f"coalesce({cell('check')} = substr({tidy}, 18, 1), false)"
    return Reading(
        steps=(
            {plain: f"upper(og_half(og_plain({cell.raw})))"},
            {
                tidy: (
                    f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                    f"else og_replaced({plain}, '[ \\x27`\\x22\\-]', '') end"
                ),
            },
            {
                weighed: f"case when og_is({tidy}, '[0-9A-HJ-NPQRTUWXY]{{18}}') and not {cell.long} then {tidy} else null end"
            },
            {cell("check"): f"case when {weighed} is null then null else {check} end"},
        ),
        value=f"case when {ok} then {tidy} else null end",
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when {cell.long} then 'long_number_damaged' when {ok} then null else 'uscc_invalid' end"
        ),
    )
