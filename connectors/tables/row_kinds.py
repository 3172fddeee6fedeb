"""What a row is by its words: a title, a note, a total, a unit line, a section.

Belongs here: the words and shapes by which a clerk's sheet tells data from what stands around it.
Does not belong here: where the header is (``header.py``), the walk over the rows (``body.py``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# White space and the invisible characters that exports leave in "empty" cells (DOS end of file, NUL,
# byte order mark, zero-width space, word joiner).
INVISIBLE = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x1a\x00\x85\xa0\ufeff\u200b\u200c\u200d\u2060\u3000\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f"

_TOTAL = re.compile(
    r"(本页|本表|本月|本年|本期|全市|全区|全县|全街道|全镇|全乡|全村|全社区|以上|各项|人数|户数|金额)?"
    r"(合计|小计|总计|共计|累计|合計|小計|總計|共計|累計)(人数|户数|金额)?"
    r"([:：(（\d].*)?"
)
_NOTE = re.compile(
    r"(注\d*|附注|备注|備註|註|说明|說明|填表说明|填报说明|填写说明|数据来源|資料來源|资料来源|来源|填表人|填报人|制表人?|"
    r"製表人?|制表单位|审核人?|審核人?|复核人?|负责人|单位负责人|分管领导|主要领导|经办人?|录入人|联系人|联系电话|填报单位|填表单位|"
    r"上报单位|报送单位|编制单位|单位名称|单位|單位|单位盖章|盖章|填报日期|填表日期|填报时间|填表时间|上报时间|制表日期|"
    r"制表时间|统计时间|统计日期|截止日期|截至日期|报送时间|打印日期|打印时间|导出时间|导出日期|日期|时间|数据库|指标|表号|制定机关|"
    r"批准机关|批准文号|有效期至|有效期|文号|所属年月|所属期)"
    r"([(（][^)）]{1,8}[)）])?\s*[:：]"
)
_LOOSE_NOTE = re.compile(
    r"(注[:：\d.、]|[*※★☆▲]\s*\S|[(（]?(说明|备注|注释)[)）]?[:：]|[(（]?第\d+页|[(（]?共\d+页"
    r"|(?i:notes?|sources?|remarks?)[:：])"
)
_UNIT = re.compile(r"[(（\[【][^()（）]{1,12}[)）\]】]")
_NUMBER = re.compile(r"[-+−]?[¥￥$]?\d{1,3}(,\d{3})+(\.\d+)?%?|[-+−]?\d+(\.\d+)?([eE][-+]?\d+)?[%‰]?")
_DATE = re.compile(
    r"\d{2,4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?([ T]\d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}:\d{2}(:\d{2})?"
)
# Six digits make a code; fewer may stand in a database name (MZ2010, pop2013).
_CODE = re.compile(r"(?=(\D*\d){6})[0-9A-Za-z'][0-9A-Za-z_\-/*]{5,}")
_LONG_DIGITS = re.compile(r"\d{9}")
_DIGIT = re.compile(r"\d")
# What texts of these patterns begin with, squeezed: most rows are told by it, without a pattern.
_TOTAL_STARTS = frozenset("本全以各人户金合小总共累總")
_NOTE_STARTS = frozenset(
    "注附备備註说說填数資资来來制製審审复複複負负分主经录联上报編编单單盖打导统截日时数指表批文有所*※★☆▲[(第共nNsSrR"
)
_COUNT_STARTS = frozenset("(共总")
_STARTS = _TOTAL_STARTS | _NOTE_STARTS | _COUNT_STARTS
# As they may stand in a cell, wide forms too: what begins otherwise is neither a total nor a note.
LONE_STARTS = _STARTS | {chr(ord(sign) + 0xFEE0) for sign in _STARTS if "!" <= sign <= "~"}
# A cell of more characters is a text: no number, no heading, no label. (Excel's cells hold no more.)
LONG_TEXT = 32_767
BETWEEN = " | "  # cells in the text of a skipped row
_UNITS = "所院校|所|个|人|户|家|名|件|条|项|处|栋|间|位|村|社区|单位|宗|台|辆|笔"
_COUNT = re.compile(rf"(共计?|总?计|合计|小计|总数|[:：])*(\d{{1,3}}(,\d{{3}})+|\d+)({_UNITS})?")
_ONLY_COUNT = re.compile(rf"[(]?(共[计有]?|总数[:：]?)(\d{{1,3}}(,\d{{3}})+|\d+)({_UNITS})[)]?[。.]?")
_BRACKETS = re.compile(r"(.*)[(（]([^()（）]*)[)）]\s*", re.S)
_COUNTED_TAIL = re.compile(rf"(.*\D)共[计有]?\s*(\d{{1,3}}(?:,\d{{3}})+|\d+)\s*({_UNITS})\s*", re.S)
_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
YEAR = re.compile(r"(19|20)\d{2}(年度?)?|(19|20)\d{2}[-.年](0?[1-9]|1[0-2])月?")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def shown(cell: str) -> str:
    """A cell with its invisible ends trimmed."""
    return cell.strip(INVISIBLE)


def is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing can be seen in a row."""
    return not any(cells) or not any(shown(c) for c in cells)


def filled(cells: Sequence[str]) -> list[int]:
    """Positions (from 0) of the cells in which something can be seen."""
    return [i for i, c in enumerate(cells) if c and shown(c)]


def folded(text: str) -> str:
    """A header for comparison: NFKC, case and white space folded."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def squeezed(text: str) -> str:
    """A cell for matching words: without any white space, width folded."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_total(cells: Sequence[str]) -> bool:
    """A total row: the word stands in the first filled cell, or further left than any cell that is no number."""
    at = filled(cells)
    if not at:
        return False
    first = squeezed(cells[at[0]])
    if _is_total_word(first) or (
        len(at) == 1 and first[:1] in _COUNT_STARTS and _ONLY_COUNT.fullmatch(first)
    ):
        return True
    # "12 | 合计 | | 500": a running number may stand before the word; all else is empty or a number.
    if len(at) < 2 or len(at) * 2 > len(cells) + 1 or not _is_total_word(squeezed(cells[at[1]])):
        return False
    return all(is_value(cells[i]) for i in (at[0], *at[2:]))


def lone_kind(text: str) -> str | None:
    """What the only filled cell of a row says that the row is: ``total``, ``note`` or None. As ``is_total`` and
    ``is_note``, for tables where such rows are many."""
    word = squeezed(text)
    first = word[:1]
    if first in _TOTAL_STARTS and (_TOTAL.fullmatch(word) or _ONLY_COUNT.fullmatch(word)):
        return "total"
    if first == "(" and _ONLY_COUNT.fullmatch(word):
        return "total"
    return "note" if _is_note_word(word) else None


def _is_total_word(text: str) -> bool:
    return text[:1] in _TOTAL_STARTS and _TOTAL.fullmatch(text) is not None


def _is_note_word(text: str) -> bool:
    return text[:1] in _NOTE_STARTS and bool(_NOTE.match(text) or _LOOSE_NOTE.match(text))


def is_note(cells: Sequence[str], width: int | None = None) -> bool:
    """A note or a form line: ``注：…``, ``数据来源：…``, ``填表人： | 审核人：``, ``单位：元``, in a sparse row.

    ``width`` is the usual number of cells of the table, where it is known.
    """
    at = filled(cells)
    if not at:
        return False
    if len(at) == 1:
        return _is_note_word(squeezed(cells[at[0]]))
    words = [squeezed(cells[i]) for i in at]
    if not _is_note_word(words[0]):
        return False
    # "填表人： | 张三 | 审核人： | 李四": names of persons stand beside the labels.
    labels = sum(1 for w in words if _NOTE.match(w))
    return labels * 2 >= len(words) or len(at) * 2 <= (len(cells) if width is None else width)


def is_section(cells: Sequence[str]) -> bool:
    """A heading between data rows with its own count, as ``北京市（82所）``: the only filled cell."""
    at = filled(cells)
    return len(at) == 1 and _counted(cells[at[0]]) is not None


def section_label(text: str) -> str:
    """The words of a heading without its count: ``北京市（82所）`` → ``北京市``."""
    found = _counted(text)
    words = shown(text if found is None else found[0]).strip(":：,，")
    return " ".join(_GAP.sub("", words).split())


def section_count(text: str) -> int | None:
    """The count that a heading states: ``北京市（82所）`` → 82."""
    found = _counted(text)
    return found[1] if found is not None else None


def _counted(text: str) -> tuple[str, int] | None:
    """(words, count) of ``北京市（82所）`` or ``北京市 共82所``; None without words or without a count."""
    if len(text) > LONG_TEXT or _DIGIT.search(text) is None:
        return None
    found = _BRACKETS.fullmatch(shown(text))
    if found is not None and shown(found[1]) and (count := _COUNT.fullmatch(squeezed(found[2]))):
        return found[1], int(count[2].replace(",", ""))
    tail = _COUNTED_TAIL.fullmatch(unicodedata.normalize("NFKC", shown(text)))
    return (tail[1], int(tail[2].replace(",", ""))) if tail is not None else None


def only_count(text: str) -> int | None:
    """The count in a cell that says nothing else: ``（共2101所）`` → 2101."""
    found = _ONLY_COUNT.fullmatch(squeezed(text))
    return int(found[2].replace(",", "")) if found is not None else None


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a date, or a code of digits: what a header is not made of."""
    text = shown(cell[:LONG_TEXT])
    return bool(
        _NUMBER.fullmatch(text) or _DATE.fullmatch(text) or _CODE.fullmatch(text) or _LONG_DIGITS.search(text)
    )


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    return _NUMBER.fullmatch(shown(cell)) is not None


def is_unit(cell: str) -> bool:
    """Whether a header cell is nothing but a unit in brackets: ``（元/月）``, ``(女=100)``."""
    return _UNIT.fullmatch(shown(cell)) is not None


def is_numbering(cells: Sequence[str]) -> bool:
    """A row that numbers the columns: ``甲 乙 1 2 3 …``, ``(1) (2) (3) …``."""
    words = [squeezed(c).strip("()[]") for c in cells if shown(c)]
    if len(words) < 4:
        return False
    letters = "甲乙丙丁戊己庚辛壬癸"
    lead = 0
    while lead < len(words) and lead < len(letters) and words[lead] == letters[lead]:
        lead += 1
    return list(words[lead:]) == [str(n) for n in range(1, len(words) - lead + 1)]


def outside(cells: Sequence[str]) -> str:
    """What a row above the header is: ``blank``, ``note`` (a form line) or ``title``."""
    return "blank" if is_blank(cells) else "note" if is_note(cells) else "title"


def text_of(cells: Sequence[str], limit: int = 200) -> str:
    """The words of a skipped row for the report, at most ``limit`` characters."""
    text = BETWEEN.join(shown(cells[i]) for i in filled(cells))
    return text if len(text) <= limit else text[: limit - 1] + "…"
