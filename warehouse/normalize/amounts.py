"""Numbers: amounts of money, integers, decimals, yes and no.

Does not belong here: numbers that name something (keys, codes): those stay text.
"""

from __future__ import annotations

from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Options, Reading

_TRUE = ("是", "有", "y", "yes", "true", "t", "1", "√", "✓", "✔", "对", "已", "参保", "已参保", "在保")
_FALSE = ("否", "无", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "未", "没有", "未参保", "不是")
_UNIT = "元整?|圆整?|块|人民币|人|口|户|岁|周岁|个|名|位|套|间|平方米|平米|平方|㎡|m2|M2|m²|/?月|/?年|每月|每人|/人"


def _number(cell: Cell) -> tuple[tuple[dict[str, str], ...], str]:
    plain, tidy, number = cell("plain"), cell("tidy"), cell("number")
    steps = (
        {plain: f"og_half(og_plain({cell.raw}))"},
        {
            tidy: (
                f"case when og_nothing({plain}) or og_cell_error({plain}) then null "
                f"when og_is({plain}, '-?[0-9]+(\\.[0-9]+)?') then {plain} else "
                f"og_replaced(og_replaced(replace({plain}, ',', ''), '^(¥|￥|RMB|约|共|计)+|(万)?({_UNIT})+$', '\\2'), ' ', '') end"
            ),
        },
        {
            number: (
                f"case when {tidy} is null then null "
                f"when og_is({tidy}, '[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]{{1,2}})?') then og_number({tidy}) "
                f"when og_is({tidy}, '\\([0-9]+(\\.[0-9]*)?\\)') then - og_number(substr({tidy}, 2, length({tidy}) - 2)) "
                f"when og_is({tidy}, '[0-9]+(\\.[0-9]+)?万') then og_number(replace({tidy}, '万', '')) * 10000 "
                f"when og_is({tidy}, '[〇零一二两三四五六七八九十百]+') then og_number(og_han_number({tidy})) else null end"
            ),
        },
    )
    return steps, number


def _issue(cell: Cell, bad: str, code: str) -> str:
    return (
        f"case when og_cell_error({cell('plain')}) then 'cell_error' when {cell('tidy')} is null then null "
        f"when {bad} then '{code}' else null end"
    )


def amount(cell: Cell, options: Options) -> Reading:
    """Money in yuan, to the fen. Accepts ¥, 元, thousands separators, 万, accounting brackets.

    Issues: amount_invalid (null), amount_out_of_range (null; 10^12 and more).
    """
    steps, number = _number(cell)
    return Reading(
        steps=steps,
        value=f"case when abs({number}) < 1e12 then round({number}, 2) else null end",
        issue=(
            f"case when abs({number}) >= 1e12 then 'amount_out_of_range' "
            f"else {_issue(cell, f'{number} is null', 'amount_invalid')} end"
        ),
    )


def decimal(cell: Cell, options: Options) -> Reading:
    """A measure. Issue: number_invalid (null)."""
    steps, number = _number(cell)
    value = f"case when abs({number}) < 1e15 then {number} else null end"
    return Reading(steps=steps, value=value, issue=_issue(cell, f"({value}) is null", "number_invalid"))


def integer(cell: Cell, options: Options) -> Reading:
    """A whole number (4, 4.0, 4人, 四). Issue: number_invalid (null; a fraction too)."""
    steps, number = _number(cell)
    whole = f"abs({number}) < 9e15 and {number} = floor({number})"
    value = f"case when {whole} then cast({number} as bigint) else null end"
    return Reading(
        steps=steps, value=value, issue=_issue(cell, f"not coalesce({whole}, false)", "number_invalid")
    )


def boolean(cell: Cell, options: Options) -> Reading:
    """Yes or no. Issue: boolean_invalid (null)."""
    plain, tidy = cell("plain"), cell("tidy")
    value = f"case when {tidy} in ({sql_list(_TRUE)}) then true when {tidy} in ({sql_list(_FALSE)}) then false else null end"
    return Reading(
        steps=(
            {plain: f"og_plain({cell.raw})"},
            {tidy: f"og_replaced(lower(og_half({plain})), '\\.0+$', '')"},
        ),
        value=value,
        issue=(
            f"case when {plain} is null then null when og_cell_error({plain}) then 'cell_error' "
            f"when ({value}) is null and not og_nothing({plain}) then 'boolean_invalid' else null end"
        ),
    )
