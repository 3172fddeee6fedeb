"""Names of persons: the legal characters as they are, notes and stray signs taken off, and a key for matching.

The separator of names of several parts is U+00B7 (民委发〔2016〕33号). Traditional characters stay: turning them
into simplified ones changes legal names (张乾, 刘徵); only ``key`` folds them, together with variant surnames.

Does not belong here: pinyin and the comparison of names (``link/``).
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import schemas
from connectors.text.encoding import private_use
from warehouse.normalize.steps import Cell, Lookup, Options, Reading

_HAN = r"[\p{Han}〇\x{e000}-\x{f8ff}]"
_SEPARATORS = r"[·・･•‧∙⋅．.●○。·▪◦᛫－\-—]"
# What people write behind a name in the name's cell. Kept as the note.
_NOTE_WORDS = (
    "户主|本人|已?故|已?死亡|死|亡|去世|病故|身故|已?迁出|已?迁走|迁入|已?搬走|外出|务工|在外|空挂|租户|租客|房主|业主|"
    "配偶|妻|妻子|夫|丈夫|之妻|之夫|之子|之女|儿|儿子|女|女儿|父|父亲|母|母亲|长子|次子|三子|长女|次女|三女|孙|孙子|孙女|"
    "儿媳|女婿|媳妇|老伴|爷爷|奶奶|大|小|老|男|女|残疾|残|低保|低保户|五保|特困|党员|预备党员|团员|退役|退休|学生|婴儿|新生儿|"
    "监护人|代|代理|代领|联系人|负责人|网格员|网格长|楼长|组长|曾用名|原名|又名|别名|外籍|港|澳|台|户籍|非户籍|集体户|"
    "空|重复|注销|已注销|新增"
)
_NOTE = (
    rf"(\((?:{_NOTE_WORDS}|(?:原名|曾用名|又名|别名|小名|配偶|父亲?|母亲?|监护人|电话|手机|身份证)[:： ]?[^()]+|[^()]*[0-9]{{4,}}[^()]*"
    r"|[^()]*(?:已故|死亡|去世|迁出|注销)[^()]*)\))+$"
)
_NOT_NAMES = (
    "无名", "无名氏", "未知", "不详", "未取名", "未起名", "未命名", "未填", "测试", "姓名", "同上", "待定", "空户", "空房",
    "暂无", "无", "无人", "XXX", "XX", "某某", "某某某", "查无此人", "保密",
)  # fmt: skip
# Surnames that registers write both ways. For matching only.
_SURNAMES = {
    "肖": "萧", "付": "傅", "闫": "阎", "代": "戴", "兰": "蓝", "邱": "丘", "候": "侯",
}  # fmt: skip
_PLACES = (1, 2, 3, 4)


@functools.cache
def characters(kind: str) -> tuple[tuple[str, str], ...]:
    """Pairs (as found, as meant): ``private`` (private-use code points of GB18030-2000 text), ``radical``
    (radicals standing for characters), ``simplified`` (for keys only)."""
    if kind == "private":
        return tuple((found, meant) for found, meant in private_use().items() if len(meant) == 1)
    path = Path(schemas.__file__).with_name("characters.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["found"], row["meant"]) for row in csv.DictReader(file) if row["kind"] == kind]
    return tuple((chr(int(found[2:], 16)), meant) for found, meant in rows)


def exchanged(x: str, kind: str) -> str:
    """SQL of the column ``x`` with the characters of one short kind exchanged (rows without any pass by)."""
    found, meant = ("".join(pair[at] for pair in characters(kind)) for at in (0, 1))
    return (
        f"case when strlen({x}) = length({x}) or not og_matches({x}, '[{found}]') then {x} "
        f"else translate({x}, '{found}', '{meant}') end"
    )


def name(cell: Cell, options: Options) -> Reading:
    """A person's name.

    Outputs: ``key`` (for matching), ``note`` (what stood behind the name). Issues: name_missing and name_invalid
    (null), name_masked (null: 张* is no name), name_several (the first is taken), name_newborn, name_unreadable,
    cell_error.
    """
    raw, plain, real, bare, joined, dotted, value = (
        cell.raw, cell("plain"), cell("real"), cell("bare"), cell("joined"), cell("dotted"), cell("value"),
    )  # fmt: skip
    note, several, issue, key = cell("note"), cell("several"), cell("issue"), cell("fold")
    tight = f"(\\p{{Han}}|[〇·\\x{{e000}}-\\x{{f8ff}}]) +({_HAN}|·)"
    dots = f"({_HAN}) ?{_SEPARATORS} ?({_HAN})"
    return Reading(
        steps=(
            {plain: f"og_nfc(og_half(og_plain({raw})))"},
            {cell("meant"): exchanged(plain, "private")},
            {real: exchanged(cell("meant"), "radical")},
            {
                # two notes may follow one another: 张三(户主)(已故); a telephone number may follow the name
                note: (
                    f"case when og_matches({real}, '^[^0-9(].*[()0-9]') then nullif(trim("
                    f"og_part({real}, '{_NOTE}') || og_part({real}, '[ :,、/]*[0-9][0-9 -]{{6,}}$')), '') else null end"
                ),
            },
            {
                bare: (
                    f"case when {note} is null then {real} else "
                    f"og_replaced(og_replaced({real}, '{_NOTE}', ''), '[ :,、/]*[0-9][0-9 -]{{6,}}$', '') end"
                ),
            },
            {
                joined: (
                    f"case when contains({bare}, ' ') then "
                    f"og_replaced(og_replaced(og_replaced({bare}, ' +', ' '), '{tight}', '\\1\\2'), '{tight}', '\\1\\2') else {bare} end"
                ),
            },
            {
                dotted: (
                    f"case when og_matches({joined}, '{_SEPARATORS}') then "
                    f"og_replaced(og_replaced({joined}, '{dots}', '\\1·\\2'), '{dots}', '\\1·\\2') else {joined} end"
                ),
            },
            {
                cell("ends"): (
                    f"case when og_matches({dotted}, '^[^\\p{{Han}}A-Za-z]|[^\\p{{Han}}A-Za-z]$') then "
                    f"og_replaced(og_replaced({dotted}, '^[ ,、;:\\x22\\x27`‘’“”_/|~!@^&+=<>]+', ''),"
                    f" '[ ,、;:.。·\\x22\\x27`‘’“”_/|~!@^&+=<>]+$', '') else {dotted} end"
                ),
            },
            {
                several: (
                    f"case when og_matches({cell('ends')}, '[/,、;|]|[\\p{{Han}}]{{2,}}等([0-9一二两三四五六七八九十]+人)?$') then "
                    f"og_part({cell('ends')}, '^[^/,、;|]+') else null end"
                ),
            },
            {
                value: (
                    f"case when {several} is null then {cell('ends')} else "
                    f"trim(og_replaced({several}, '(\\p{{Han}}{{2,}}?)等([0-9一二两三四五六七八九十]+人)?$', '\\1')) end"
                ),
            },
            {
                issue: (
                    f"case when {plain} is null then null when og_cell_error({plain}) then 'cell_error' "
                    f"when og_nothing({plain}) or {value} is null or {value} = '' "
                    f"or upper({value}) in ({', '.join(chr(39) + word + chr(39) for word in _NOT_NAMES)}) then 'name_missing' "
                    f"when og_matches({value}, '[*＊]|[某]{{2}}|^[Xx]{{2,}}$') then 'name_masked' "
                    f"when og_undecodable({value}) or og_matches({value}, '[?□■\\x{{e000}}-\\x{{f8ff}}]') then 'name_unreadable' "
                    f"when og_matches({value}, '[0-9]') or not og_matches({value}, '[\\p{{Han}}〇A-Za-z\\p{{L}}]') "
                    f"or length({value}) > 60 then 'name_invalid' "
                    f"when og_matches({value}, '某|之(子|女|婴|长子|次子|长女|次女)$') then 'name_newborn' "
                    f"when {several} is not null then 'name_several' "
                    f"when og_matches({value}, '[()\\[\\]【】]') then 'name_unreadable' else null end"
                ),
            },
            {
                cell("first"): (
                    f"case when {issue} in ('name_missing', 'name_masked', 'name_invalid', 'cell_error') then null else {value} end"
                ),
            },
            {
                key: (
                    f"case when og_matches({cell('first')}, '[^\\p{{Han}}]') then nullif(lower(og_replaced("
                    f"{cell('first')}, '[^\\p{{L}}〇\\x{{e000}}-\\x{{f8ff}}]', '')), '') else {cell('first')} end"
                ),
            },
            # Thousands of traditional characters: found by a join for each place. Names longer than this many
            # characters are transcriptions, which have none.
            {cell(f"c{n}"): f"substr({key}, {n}, 1)" for n in _PLACES},
            {cell(f"m{n}"): Lookup("character.simplified", cell(f"c{n}")) for n in _PLACES},
            {
                cell("key"): (
                    " || ".join(f"coalesce({cell(f'm{n}')}, {cell(f'c{n}')})" for n in _PLACES)
                    + f" || substr({key}, {len(_PLACES) + 1})"
                ),
            },
        ),
        value=cell("first"),
        issue=issue,
        outputs={"key": _surname_folded(cell("key")), "note": note},
    )


def _surname_folded(x: str) -> str:
    found, meant = "".join(_SURNAMES), "".join(_SURNAMES.values())
    return (
        f"case when og_matches({x}, '^[{found}]') then translate(substr({x}, 1, 1), '{found}', '{meant}') "
        f"|| substr({x}, 2) else {x} end"
    )
