"""What the names of several files of one source have in common: a pattern, a date, a part.

Belongs here: proposing ``files``, ``as_of`` and ``part`` of a source YAML. Does not belong here: applying them
(``as_of.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.as_of import date_of

# Each pattern has one group, and cannot take a piece out of a longer number (a code of an area is no date).
_DATES = (
    r"(?<!\d)((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)",
    r"(?<!\d)((?:19|20)\d{2}-\d{1,2}-\d{1,2})(?!\d)",
    r"(?<!\d)((?:19|20)\d{2}[._]\d{1,2}[._]\d{1,2})(?!\d)",
    r"((?:19|20)\d{2}年\d{1,2}月\d{1,2}[日号])",
    r"((?:19|20)\d{2}年\d{1,2}月)",
    r"(?<!\d)((?:19|20)\d{2}(?:0[1-9]|1[0-2]))(?!\d)",
    r"(?<!\d)((?:19|20)\d{2}-(?:0[1-9]|1[0-2]))(?![\d-])",
    r"((?:19|20)\d{2}年第?[1-4一二三四]季度)",
    r"(?<!\d)((?:19|20)\d{2})年?(?!\d)",
)
_PLACE = re.compile(r"[\u3400-\u9fff]{1,12}?(?:街道|镇|乡|社区|村|区|县|市|网格)")
_BEHIND_DATE = re.compile(
    r"\0([-_ ]?)(?:\d{1,3}|[(（\[]?(?:最终|最新|终稿|定稿|修订|修改|更新|副本|新版|final|copy|v\d|\d+[)）])[^.\0]*)(?=\.[^.]*$)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\u3400-\u9fff][\w\u3400-\u9fff]*[\u3400-\u9fff]")
_PROGRAM = re.compile(r"[\u3400-\u9fff]{0,6}?(?:津贴|补贴|补助|低保|救助|供养|慰问金|保障金)")
_KINDS = (
    ("流动人口|暂住人口|居住证", "migrant"),
    ("境外人员", "overseas"),
    ("户籍人口|常住人口登记|CZRK", "hukou"),
)
_DELTA = re.compile(r"增量|变更|变动|新增|delta|incr|每日|日报|周报|本周|第\d+周", re.IGNORECASE)


@dataclass(frozen=True)
class FileNames:
    """``files`` is a glob; ``as_of`` and ``part`` are patterns with one group, or None; ``several_parts`` tells that
    names differ by more than a date; ``delta`` that a name speaks of changes. ``title`` is what the names call it
    ("" where they do not), ``says`` the fields that they give to all rows (a programme, a kind of resident)."""

    files: str
    as_of: str | None
    part: str | None
    differing: tuple[str, ...]
    delta: bool
    title: str = ""
    says: Mapping[str, str] = field(default_factory=dict)


def read_names(names: Sequence[str]) -> FileNames:
    """What ``names`` (base names of files) have in common."""
    pattern = next((p for p in _DATES if all(_dated(p, name) for name in names)), None)
    masked = [re.sub(pattern, "\0", name, count=1) if pattern else name for name in names]
    # What stands behind the date will not stay: a version, the number of a part of the file.
    masked = [_BEHIND_DATE.sub("\0\\1\0", name) for name in masked]
    head, tail = _common(masked)
    middles = [name[len(head) : len(name) - len(tail) or None] for name in masked]
    different = tuple(sorted(set(middles))) if len(set(masked)) > 1 else ()
    part = _part(different, head) if different else None
    glob = head + ("*" if different else "") + tail
    title = max(_WORDS.findall(f"{head}\0{tail}"), key=len, default="")
    return FileNames(
        _glob(glob), pattern, part, different, any(_DELTA.search(name) for name in names), title, _says(names)
    )


def _says(names: Sequence[str]) -> dict[str, str]:
    said = dict[str, str]()
    programs = {found[0] for name in names if (found := _PROGRAM.search(name))}
    if len(programs) == 1:
        said["program"] = programs.pop()
    kinds = {next((kind for word, kind in _KINDS if re.search(word, name)), None) for name in names}
    if len(kinds) == 1 and (kind := kinds.pop()) is not None:
        said["resident_kind"] = kind
    return said


def _dated(pattern: str, name: str) -> bool:
    found = re.search(pattern, name)
    return found is not None and date_of(found[1]) is not None


def _common(names: Sequence[str]) -> tuple[str, str]:
    if len(set(names)) == 1:
        return names[0], ""
    head = _prefix(names)
    tail = _prefix([name[len(head) :][::-1] for name in names])[::-1]
    # A common digit may be part of the number that differs.
    head = head.rstrip("0123456789")
    return head, tail.lstrip("0123456789")


def _prefix(texts: Sequence[str]) -> str:
    """The longest text that all of ``texts`` begin with."""
    first, last = min(texts), max(texts)
    same = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:same]


def _part(different: Sequence[str], head: str) -> str | None:
    codes = [re.match(r"(\d{6,15})(?!\d)", text) for text in different]
    if all(codes) and len({len(c[1]) for c in codes if c}) == 1:
        digits = len(codes[0][1]) if codes[0] else 0
        return (
            f"^{re.escape(head)}(\\d{{{digits}}})"
            if "\0" not in head
            else f"(?<!\\d)(\\d{{{digits}}})(?!\\d)"
        )
    if "\0" not in head and all(_PLACE.match(text) for text in different):
        return f"^{re.escape(head)}(.+?(?:街道|镇|乡|社区|村|区|县|市|网格))"
    return None


def _glob(text: str) -> str:
    text = re.sub(r"[\[\]?]", "?", text.replace("\0", "*"))
    return re.sub(r"\*+", "*", text)
