"""Of which day a file speaks, and of which part, by its name or its manifest.

Belongs here: dates and parts out of file names (``as_of.pattern``, ``part.pattern``) and manifests.
Does not belong here: landing (``landing.py``).
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from schemas.problem import Problem

Inside = Callable[[], Sequence[str]]
AsOfFrom = Literal["name", "manifest", "landing"]
MANIFEST_KEYS = ("as_of", "date", "数据日期", "日期", "截止日期", "统计日期")

_CHINESE = re.compile(r"(\d{4})年(?:度)?(?:(\d{1,2})月(?:份)?)?(?:(\d{1,2})[日号]?)?")
_PARTS = re.compile(r"(\d{4})[-_./](\d{1,2})(?:[-_./](\d{1,2}))?(?:[T _].*)?")
_QUARTER = re.compile(r"(\d{4})(?:年)?(?:第?([1-4一二三四])季度?|[Qq]([1-4]))")
_DIGITS = re.compile(r"\d{4}|\d{6}|\d{8}|\d{10}|\d{12}|\d{14}")


def date_of(text: str) -> dt.date | None:
    """The date that a piece of a file name means: yyyymmdd (also with a time after it), yyyy-mm-dd, yyyy年m月d日.

    A month (yyyymm, 2024年3月), a quarter or a year means its last day. None when it is no date.
    """
    word = unicodedata.normalize("NFKC", text).strip()
    if _DIGITS.fullmatch(word):
        pieces = (word[:4], word[4:6], word[6:8])
    elif match := _QUARTER.fullmatch(word):
        quarter = match[3] or str("一二三四".find(match[2]) + 1 or match[2])
        pieces = (match[1], str(int(quarter) * 3), "")
    elif match := _CHINESE.fullmatch(word) or _PARTS.fullmatch(word):
        pieces = (match[1], match[2] or "", match[3] or "")
    else:
        return None
    year, month = int(pieces[0]), int(pieces[1] or 12)
    try:
        day = int(pieces[2]) if pieces[2] else calendar.monthrange(year, month)[1]
        return dt.date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None


def _group(pattern: str, name: str, what: str) -> str | None:
    try:
        match = re.search(pattern, name)
    except re.error as error:
        raise Problem(
            f"{what} is no regular expression: {error}.", f"{what} 不是正确的正则表达式：{error}。"
        ) from None
    return None if match is None else match[1] if match.re.groups else match[0]


def _manifest(file: Path) -> dict[str, Any]:
    """``<file>.manifest.json``, else the entry of this file in (or the whole of) ``manifest.json`` beside it."""
    for place in (file.with_name(file.name + ".manifest.json"), file.with_name("manifest.json")):
        if not place.is_file():
            continue
        try:
            told = json.loads(place.read_text("utf-8-sig"))
        except (ValueError, OSError):
            raise Problem(
                "the manifest is not JSON; correct it or take it away.",
                "manifest 不是有效的 JSON；请改正或移走。",
                file=place.name,
            ) from None
        if isinstance(told, dict):
            files = told.get("files")
            entry = files.get(file.name) if isinstance(files, dict) else None
            if isinstance(files, list):
                entry = next(
                    (f for f in files if isinstance(f, dict) and file.name in (f.get("file"), f.get("name"))),
                    None,
                )
            return {**told, **(entry if isinstance(entry, dict) else {})}
    return {}


def _nothing_inside() -> Sequence[str]:
    return ()


def as_of(
    file: Path, pattern: str | None, landed: dt.date, inside: Inside = _nothing_inside
) -> tuple[dt.date, AsOfFrom]:
    """(date, where it was taken from) of a file in the inbox: its name, else the names of the files in it (an archive;
    ``inside`` lists them) where those that tell a date agree, else a manifest, else the landing date.

    Raises Problem when the manifest or the pattern is broken, or the manifest's date is none.
    """
    if pattern is not None:
        found = _date(pattern, file.name)
        if found is None:
            dates = {d for name in inside() if (d := _date(pattern, name)) is not None}
            found = dates.pop() if len(dates) == 1 else None
        if found is not None:
            return found, "name"
    told = _manifest(file)
    for key in MANIFEST_KEYS:
        if told.get(key) is not None:
            found = date_of(str(told[key]))
            if found is None:
                raise Problem(
                    f"the manifest's {key} is no date; write it as 2024-11-01.",
                    f"manifest 中的 {key} 不是日期；请写成 2024-11-01。",
                    file=file.name,
                )
            return found, "manifest"
    return landed, "landing"


def _date(pattern: str, name: str) -> dt.date | None:
    word = _group(pattern, name, "as_of.pattern")
    return date_of(word) if word is not None else None


def part_of(file: Path, pattern: str | None, inside: Inside = _nothing_inside) -> str | None:
    """The part (a street …) that a file covers: the pattern's group in its name, else in the names of the files in it
    where they agree, else the manifest's ``part``."""
    if pattern is None:
        return None
    found = _group(pattern, file.name, "part.pattern")
    if found is None:
        parts = {p for name in inside() if (p := _group(pattern, name, "part.pattern")) is not None}
        found = parts.pop() if len(parts) == 1 else None
    if found is not None:
        return found
    told = _manifest(file).get("part")
    return None if told is None else str(told)
