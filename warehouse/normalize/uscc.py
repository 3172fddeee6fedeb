"""Unified social credit codes (GB 32100-2015), those of collectives (N…), the army (A…) and others (Y…) included.

Does not belong here: what kind of organisation a code speaks of.
"""

from __future__ import annotations

from warehouse.normalize.steps import Cell, Options, Reading

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
# The letters that no code has are typed for the digits that they look like.
_TYPED, _MEANT = "OIZSV", "0125U"
# What organisations had before: the code of GB 11714 (nine characters), the register's number (thirteen or fifteen).
_OLDER = "[0-9A-Z]{8}-?[0-9X]|[0-9]{13}|[0-9]{15}"


def uscc(cell: Cell, options: Options) -> Reading:
    """A unified social credit code: 18 characters, check character by weights 3^i mod 31.

    Issues: uscc_invalid, uscc_older (an organisation code or a register's number), long_number_damaged (all null),
    uscc_retyped (letters O, I, Z, S, V put right, the check holds), cell_error.
    """
    clean, plain, tidy, s, weighed, ok = (
        cell("clean"), cell("plain"), cell("tidy"), cell("s"), cell("weighed"), cell("ok"),
    )  # fmt: skip
    total = " + ".join(
        f"(strpos('{_ALPHABET}', substr({weighed}, {i + 1}, 1)) - 1) * {pow(3, i, 31)}" for i in range(17)
    )
    check = f"substr('{_ALPHABET}', cast((31 - ({total}) % 31) % 31 + 1 as integer), 1)"
    damaged = f"({cell.long} or coalesce(og_is({tidy}, '[0-9](\\.[0-9]+)?E[+]?[0-9]{{1,3}}'), false))"
    return Reading(
        steps=(
            {clean: f"coalesce(og_is({cell.raw}, '{_FORM}'), false)"},
            {plain: f"case when {clean} then {cell.raw} else og_plain({cell.raw}) end"},
            {cell("half"): f"case when {clean} then {plain} else upper(og_half({plain})) end"},
            {
                tidy: (
                    f"case when {clean} then {plain} when og_nothing({plain}) or og_cell_error({plain}) then null "
                    f"else nullif(og_replaced({cell('half')}, '^(统一社会信用代码|统一代码|信用代码|社会信用代码)[:：]|[ \\x27`\\x22\\-—]', ''), '') end"
                ),
            },
            {
                s: (
                    f"case when {clean} or length({tidy}) <> 18 or not og_matches({tidy}, '[{_TYPED}]') then {tidy} "
                    f"else translate({tidy}, '{_TYPED}', '{_MEANT}') end"
                ),
            },
            {
                weighed: f"case when not {cell.long} and ({clean} or og_is({s}, '{_FORM}')) then {s} else null end"
            },
            # 0000… has a right check character
            {
                ok: f"case when {weighed} is null or starts_with({s}, '000000') then false else {check} = substr({s}, 18, 1) end"
            },
        ),
        value=f"case when {ok} then {s} else null end",
        issue=(
            f"case when og_cell_error({plain}) then 'cell_error' when {tidy} is null then null "
            f"when {ok} then case when {s} = {tidy} then null else 'uscc_retyped' end "
            f"when {damaged} then 'long_number_damaged' "
            f"when og_is({tidy}, '{_OLDER}') then 'uscc_older' else 'uscc_invalid' end"
        ),
    )
