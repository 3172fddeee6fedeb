"""Names of persons: the legal characters as they are, notes and stray signs taken off.

The separator of names of several parts is U+00B7 (民委发〔2016〕33号). Traditional characters stay: turning them
into simplified ones changes legal names (张乾, 刘徵); only the keys fold them.

Does not belong here: keys for matching (``match_keys.py``) and the comparison of names (``link/``).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from connectors.text.encoding import private_use
from warehouse.normalize.functions import NOTHING_SAID, sql_list
from warehouse.normalize.match_keys import exchanges, key_steps
from warehouse.normalize.steps import Cell, Options, Reading, Step

_HAN = r"[\p{Han}〇\x{e000}-\x{f8ff}]"
_SEPARATORS = r"[·・･•‧∙⋅．.﹒˙●○。·▪◦᛫－\-—]"
# What people write behind a name in the name's cell. Kept as the note. Without brackets, behind a blank, only words
# that are no given name.
_PLAIN_NOTES = (
    "户主|本人|已故|已?死亡|去世|病故|身故|已?迁出|已?迁走|已?搬走|已?注销|低保户?|五保户?|特困|新生儿"
)
_NOTE_WORDS = (
    f"{_PLAIN_NOTES}|故|死|亡|迁入|外出|务工|在外|空挂|租户|租客|房主|业主|"
    "配偶|妻|妻子|夫|丈夫|之妻|之夫|之子|之女|儿|儿子|女|女儿|父|父亲|母|母亲|长子|次子|三子|长女|次女|三女|孙|孙子|孙女|"
    "儿媳|女婿|媳妇|老伴|爷爷|奶奶|大|小|老|男|女|残疾|残|党员|预备党员|团员|退役|退休|学生|婴儿|"
    "监护人|代|代理|代领|联系人|负责人|网格员|网格长|楼长|组长|曾用名|原名|又名|别名|外籍|港|澳|台|户籍|非户籍|集体户|"
    "空|重复|新增"
)
_NOTE = (
    rf"(\((?:{_NOTE_WORDS}|(?:原名|曾用名|又名|别名|小名|配偶|父亲?|母亲?|监护人|电话|手机|身份证)[:： ]?[^()]+|[^()]*[0-9]{{4,}}[^()]*"
    r"|[^()]*(?:已故|死亡|去世|迁出|注销)[^()]*)\))+$"
)
# A telephone number, or the 2 of a second 王伟, behind the name. A digit is part of no name.
_NUMBER = "[ :,、/]*[0-9][0-9 -]{6,}$"
_COUNT = "[0-9]{1,2}$"
_NOT_NAMES = (
    "无名", "无名氏", "未知", "不详", "未取名", "未起名", "未命名", "未填", "测试", "姓名", "同上", "待定", "空户", "空房",
    "暂无", "无", "无人", "XXX", "XX", "查无此人", "保密",
)  # fmt: skip
_STYLES = "先生|女士|小姐|师傅|大爷|大妈|大姐|大哥|阿姨|同志|老师"
_COMPOUND = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|宇文|长孙|端木|百里|南宫|西门|独孤|呼延|澹台"
)
_COUNTED = "等([0-9一二两三四五六七八九十]+人)?$"
# 李平等 is a name, 李四等 is several people
_OTHERS = rf"\p{{Han}}[^平]{_COUNTED}|\p{{Han}}平等[0-9一二两三四五六七八九十]+人$"


@functools.cache
def characters(kind: str) -> Mapping[str, str]:
    """As found → as meant: ``private`` (private-use code points of GB18030-2000 text), or a kind of
    ``schemas/characters.csv`` (``radical``: radicals standing for characters)."""
    if kind == "private":
        return {found: meant for found, meant in private_use().items() if len(meant) == 1}
    return exchanges(kind)


def exchanged(x: str, kind: str) -> str:
    """SQL of the column ``x`` with the characters of one short kind exchanged (rows without any pass by)."""
    found, meant = "".join(characters(kind)), "".join(characters(kind).values())
    return (
        f"case when strlen({x}) = length({x}) or not og_matches({x}, '[{found}]') then {x} "
        f"else translate({x}, '{found}', '{meant}') end"
    )


def _ranges(first: int, last: int, without: Iterable[str]) -> str:
    """The inside of a character class: all code points from ``first`` to ``last`` but some."""
    made, start = "", first
    for point in sorted({ord(one) for one in without if first <= ord(one) <= last} | {last + 1}):
        if start < point:
            made += f"\\x{{{start:x}}}-\\x{{{point - 1:x}}}"
        start = point + 1
    return made


@functools.cache
def _clean() -> str:
    """A pattern of names that need nothing: two to four plain characters without any sign of something else."""
    firsts = {word[0] for word in (*_NOT_NAMES, *NOTHING_SAID)}
    lasts = {word[-1] for word in _STYLES.split("|")}
    body = _ranges(0x4E00, 0x9FFF, {*firsts, *"某等之"})
    last = _ranges(0x4E00, 0x9FFF, {*firsts, *"某等之", *lasts})
    return f"[{body}]{{1,3}}[{last}]"


def name(cell: Cell, options: Options) -> Reading:
    """A person's name.

    Outputs: ``note`` (what stood behind the name), and for matching ``key`` and ``pinyin`` (null where the name is
    not the whole one). Issues: name_missing and name_invalid (null), name_masked (null: 张* is no name), name_several
    (the first is taken), name_newborn, name_partial (王先生), name_unreadable, text_undecodable, cell_error.
    """
    written = unkeyed(cell, options)
    whole = cell("whole")
    steps, keys = key_steps(cell, whole, cell("clean"))
    kept: Step = {whole: f"case when {written.issue} = 'name_partial' then null else {written.value} end"}
    return Reading((*written.steps, kept, *steps), written.value, written.issue, {**written.outputs, **keys})


def unkeyed(cell: Cell, options: Options) -> Reading:
    """A name that nobody is found by: as ``name``, without the keys."""
    clean, plain, real, note, bare, joined, dotted, ends, several, value, issue, first = (
        cell(suffix) for suffix in ("clean", "plain", "real", "note", "bare", "joined", "dotted", "ends", "several",
                                    "value", "issue", "first")
    )  # fmt: skip
    tight = f"(\\p{{Han}}|[〇·\\x{{e000}}-\\x{{f8ff}}]) +({_HAN}|·)"
    dots = f"({_HAN}) ?{_SEPARATORS} ?({_HAN})"
    # Names that need nothing take the short way through every step.
    kept = f"case when {clean} then {cell.raw}"
    return Reading(
        steps=(
            {clean: f"coalesce(og_is({cell.raw}, '{_clean()}'), false)"},
            {cell("cell"): f"{kept} else og_plain({cell.raw}) end"},
            {cell("half"): f"{kept} else og_half({cell('cell')}) end"},
            {plain: f"{kept} else og_nfc({cell('half')}) end"},
            {cell("meant"): f"{kept} else {exchanged(plain, 'private')} end"},
            {real: f"{kept} else {exchanged(cell('meant'), 'radical')} end"},
            {
                # two notes may follow one another: 张三(户主)(已故); a telephone number may follow the name
                note: (
                    f"case when {clean} then null when og_matches({real}, '^[^0-9(].*[()0-9 ]') then nullif(trim("
                    f"og_part({real}, '{_NOTE}') || og_part({real}, '{_NUMBER}') || og_part({real}, ' +({_PLAIN_NOTES})$') || "
                    f"case when og_is({real}, '\\p{{Han}}{{2,}} ?{_COUNT}') then og_part({real}, '{_COUNT}') else '' end), '') "
                    "else null end"
                ),
            },
            {
                bare: (
                    f"case when {note} is null then {real} else og_replaced({real}, "
                    f"'{_NOTE}|{_NUMBER}| +({_PLAIN_NOTES})$|{_COUNT}', '') end"
                ),
            },
            {
                joined: (
                    f"case when {clean} then {bare} when contains({bare}, ' ') then "
                    f"og_replaced(og_replaced(og_replaced({bare}, ' +', ' '), '{tight}', '\\1\\2'), '{tight}', '\\1\\2') else {bare} end"
                ),
            },
            {
                dotted: (
                    f"case when {clean} then {joined} when og_matches({joined}, '{_SEPARATORS}') then "
                    f"og_replaced(og_replaced({joined}, '{dots}', '\\1·\\2'), '{dots}', '\\1·\\2') else {joined} end"
                ),
            },
            {
                ends: (
                    f"case when not {clean} and og_matches({dotted}, '^[^\\p{{Han}}A-Za-z]|[^\\p{{Han}}A-Za-z]$') then "
                    # signs and a running number before the name, signs behind it
                    f"og_replaced(og_replaced(og_replaced({dotted}, '^[ ,、;:·\\x22\\x27`‘’“”_/|~!@^&+=<>]+', ''), "
                    f"'^[0-9]{{1,4}}[.、,): ]+', ''), '[ ,、;:.。·\\x22\\x27`‘’“”_/|~!@^&+=<>]+$', '') else {dotted} end"
                ),
            },
            {
                several: (
                    f"case when not {clean} and og_matches({ends}, '[/,、;|]|{_OTHERS}') then "
                    f"og_part({ends}, '^[^/,、;|]+') else null end"
                ),
            },
            {
                value: (
                    f"case when {several} is null then {ends} when og_matches({several}, '{_OTHERS}') then "
                    f"trim(og_replaced({several}, '{_COUNTED}', '')) else trim({several}) end"
                ),
            },
            {issue: f"case when {clean} then null else {_issue(plain, value, several)} end"},
            {
                first: (
                    f"case when {clean} then {cell.raw} "
                    f"when {issue} in ('name_missing', 'name_masked', 'name_invalid', 'cell_error') then null else {value} end"
                ),
            },
        ),
        value=first,
        issue=issue,
        outputs={"note": note},
    )


def _issue(plain: str, value: str, several: str) -> str:
    return (
        f"case when {plain} is null then null when og_cell_error({plain}) then 'cell_error' "
        f"when og_nothing({plain}) or {value} is null or {value} = '' or upper({value}) in ({sql_list(_NOT_NAMES)}) "
        "then 'name_missing' "
        f"when og_matches({value}, '[*＊]|某{{2}}|某$|^[Xx]{{2,}}$|^\\p{{Han}}[Xx]{{1,2}}$') then 'name_masked' "
        f"when og_undecodable({value}) or og_matches({value}, '[?□■\\x{{e000}}-\\x{{f8ff}}]') then 'name_unreadable' "
        f"when og_matches({value}, '[0-9]') or not og_matches({value}, '[\\p{{Han}}〇A-Za-z\\p{{L}}]') "
        f"or length({value}) > 60 then 'name_invalid' "
        f"when og_matches({value}, '某|之(子|女|婴|长子|次子|长女|次女)$') then 'name_newborn' "
        f"when og_is({value}, '(\\p{{Han}}|{_COMPOUND})({_STYLES})') then 'name_partial' "
        f"when {several} is not null then 'name_several' "
        f"when og_matches({value}, '[()\\[\\]【】]') then 'name_unreadable' else null end"
    )
