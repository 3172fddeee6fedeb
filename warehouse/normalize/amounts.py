"""Numbers: amounts of money, integers, decimals, yes and no.

Does not belong here: numbers that name something (keys, codes): those stay text.
"""

from __future__ import annotations

from warehouse.normalize.functions import sql_list
from warehouse.normalize.steps import Cell, Options, Reading

_TRUE = (
    "是", "是的", "有", "y", "yes", "true", "t", "on", "1", "1-是", "1.是", "是(1)", "√", "✓", "✔", "☑", "对", "已", "已参保", "参保",
    "参加", "已参加", "在保", "属于", "享受", "需要", "同意",
)  # fmt: skip
_FALSE = (
    "否", "不是", "无", "没有", "没", "n", "no", "false", "f", "off", "0", "0-否", "0.否", "否(0)", "×", "✗", "✘", "☐", "x", "错", "不", "未",
    "未参保", "未参加", "不参加", "不属于", "未享受", "不享受", "不需要", "不同意",
)  # fmt: skip
_UNIT = "元整?|圆整?|块钱?|人民币|人|口|户|岁|周岁|个|名|位|套|间|平方米|平米|平方|㎡|m2|M2|m²|/?月|/?年|每月|每人|每年|/人|整|正"
_FORMAL = ("零〇○壹贰叁肆伍陆柒捌玖两一二三四五六七八九拾佰仟萬億", "0001234567892123456789十百千万亿")
_PLAIN = "[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]{1,2})?"


def _number(cell: Cell) -> tuple[tuple[dict[str, str], ...], str]:
    """Steps to the number of a cell, as a decimal text where it is one at once (``quick``), else read closely."""
    quick, plain, half, tidy, han, number = (
        cell(name) for name in ("quick", "plain", "half", "tidy", "han", "number")
    )
    steps = (
        # a cast takes nothing but digits, a sign and a point here; 15 digits are exact
        {
            quick: (
                f"case when strlen({cell.raw}) <= 15 and not og_matches({cell.raw}, '[^0-9.-]') then og_number({cell.raw}) else null end"
            ),
        },
        {plain: f"case when {quick} is null then og_plain({cell.raw}) else null end"},
        {half: f"og_half({plain})"},
        {
            tidy: (
                f"case when og_nothing({half}) or og_cell_error({half}) then null else "
                "og_replaced(og_replaced("
                f"case when contains({half}, ',') and not og_matches({half}, ',([^0-9]|[0-9]{{1,2}}([^0-9]|$)|[0-9]{{5}})|,$') "
                f"then replace({half}, ',', '') else {half} end, '^(¥|￥|RMB|CNY|人民币|每人|每月|每年|约|共|计| )+|[−–—]$', ''), "
                f"'({_UNIT}| )+$| ', '') end"
            ),
        },
        {
            han: (
                f"case when og_is({tidy}, '[0-9.零〇○壹贰叁肆伍陆柒捌玖拾佰仟两一二三四五六七八九十百千万萬亿億元圆角分整正]+') "
                f"and og_matches({tidy}, '[0-9壹贰叁肆伍陆柒捌玖拾两一二三四五六七八九十零〇]') "
                f"then translate(og_replaced({tidy}, '整|正', ''), '{_FORMAL[0]}', '{_FORMAL[1]}') else null end"
            ),
        },
        {
            cell(
                "yuan"
            ): f"case when {han} is null then null else og_group({han}, '^([^元圆角分]*)(元|圆|$)', 1) end"
        },
        {
            # 三千五 is 3500: a numeral behind a unit counts in the next lower one
            cell("whole"): (
                f"case when {cell('yuan')} is null then null else og_replaced(og_replaced(og_replaced({cell('yuan')}, "
                "'亿([1-9])$', '亿\\1千万'), '万([1-9])$', '万\\1千'), '千([1-9])$', '千\\1百') end"
            ),
        },
        {
            cell("whole2"): (
                f"case when {cell('whole')} is null then null else og_replaced({cell('whole')}, '百([1-9])$', '百\\1十') end"
            ),
        },
        {
            cell(
                "high"
            ): f"case when contains({cell('whole2')}, '亿') then split_part({cell('whole2')}, '亿', 1) else null end",
            cell(
                "rest"
            ): f"case when contains({cell('whole2')}, '亿') then split_part({cell('whole2')}, '亿', 2) else {cell('whole2')} end",
        },
        {
            cell(
                "middle"
            ): f"case when contains({cell('rest')}, '万') then split_part({cell('rest')}, '万', 1) else null end",
            cell(
                "low"
            ): f"case when contains({cell('rest')}, '万') then split_part({cell('rest')}, '万', 2) else {cell('rest')} end",
        },
        {
            number: (
                f"case when {quick} is not null then {quick} when {tidy} is null then null "
                f"when og_is({tidy}, '{_PLAIN}') then og_number({tidy}) "
                f"when og_is({tidy}, '[0-9]+(\\.[0-9]*)?-') then - og_number(replace({tidy}, '-', '')) "
                f"when og_is({tidy}, '−[0-9]+(\\.[0-9]*)?') then - og_number(replace({tidy}, '−', '')) "
                f"when og_is({tidy}, '\\([0-9]+(\\.[0-9]*)?\\)') then - og_number(substr({tidy}, 2, length({tidy}) - 2)) "
                f"when {han} is null or {han} = '' then null else "
                f"coalesce({_section(cell('high'))}, 0) * 100000000 + coalesce({_section(cell('middle'))}, 0) * 10000 "
                f"+ {_section(cell('low'))} + {_digit(han, '([1-9])角')} / 10 + {_digit(han, '([1-9])分')} / 100 end"
            ),
        },
    )
    return steps, number


def _digit(x: str, pattern: str) -> str:
    """SQL of the digit that ``pattern`` finds in ``x``, 0 where it finds none."""
    return f"coalesce(og_number(nullif(og_group({x}, '{pattern}', 1), '')), 0)"


def _section(x: str) -> str:
    """SQL of the number up to 9999 that ``x`` says in digits and 千, 百, 十; null where it says none."""
    return (
        f"case when {x} is null then null when {x} = '' then 0 when og_is({x}, '[0-9]+(\\.[0-9]+)?') then og_number({x}) "
        f"when og_is({x}, '0*([1-9]千)?0*([1-9]百)?0*([1-9]?十)?0*[1-9]?') then "
        f"{_digit(x, '([1-9])千')} * 1000 + {_digit(x, '([1-9])百')} * 100 "
        f"+ case when contains({x}, '十') then greatest({_digit(x, '([1-9])十')}, 1) * 10 else 0 end + {_digit(x, '([1-9])$')} "
        f"when og_is({x}, '[0-9]+(\\.[0-9]+)?[千百]') then og_number(og_replaced({x}, '[千百]', '')) * "
        f"case when contains({x}, '千') then 1000 else 100 end else null end"
    )


def _issue(cell: Cell, bad: str, code: str) -> str:
    return (
        f"case when {cell('quick')} is null and og_cell_error({cell('half')}) then 'cell_error' "
        f"when {cell('quick')} is null and {cell('tidy')} is null then null when {bad} then '{code}' else null end"
    )


def amount(cell: Cell, options: Options) -> Reading:
    """Money in yuan, to the fen. Accepts ¥, 元, thousands separators, 万, accounting brackets.

    Issues: amount_invalid (null), amount_out_of_range (null; 10^12 and more).
    """
    steps, number = _number(cell)
    return Reading(
        steps=steps,
        # to the fen by the text itself, where it can be: 1.005 is no binary number
        value=(
            f"case when abs({number}) >= 1e12 then null when {cell('quick')} is not null then try_cast({cell.raw} as decimal(18, 2)) "
            f"else try_cast({number} as decimal(18, 2)) end"
        ),
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
    """Yes or no. Issue: boolean_invalid (null; a form left as printed, 是/否, too)."""
    half, tidy, said = cell("half"), cell("tidy"), cell("said")
    plain = cell("plain")
    return Reading(
        steps=(
            {plain: f"og_plain({cell.raw})"},
            {half: f"og_half({plain})"},
            {tidy: f"og_replaced(lower({half}), '[。.]+$|\\.0+$| ', '')"},
            {
                said: f"case when {tidy} in ({sql_list(_TRUE)}) then true when {tidy} in ({sql_list(_FALSE)}) then false else null end"
            },
        ),
        value=said,
        issue=(
            f"case when {said} is not null or {plain} is null then null when og_cell_error({half}) then 'cell_error' "
            f"when not og_nothing({half}) then 'boolean_invalid' else null end"
        ),
    )
