"""The one exception that users see, in Chinese and English.

Belongs here: what a fault of the data or of the configuration is, and how it is put into words.
Does not belong here: faults of the program itself, which stay ordinary Python exceptions.
"""

from __future__ import annotations

import contextvars
import os
from typing import Literal

Language = Literal["en", "zh"]


def locale_language() -> Language:
    """Language of the messages by ``ONCEGRID_LANG``, else the locale: ``zh*`` is Chinese, all else English."""
    for name in ("ONCEGRID_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


_language: contextvars.ContextVar[Language | None] = contextvars.ContextVar("oncegrid_language", default=None)


def language() -> Language:
    """The language that messages are given in."""
    return _language.get() or locale_language()


def speak(choice: Language) -> None:
    """Choose the language of all later messages."""
    _language.set(choice)


def told(en: str, zh: str) -> str:
    """One of two wordings of one message, by the current language."""
    return zh if language() == "zh" else en


class Problem(Exception):
    """A fault of the data or of the configuration: what it is, where it is, what to do.

    ``en`` and ``zh`` are whole sentences that end in what the reader can do. They never hold a personal
    value. ``file`` is shown as given (relative to the workspace where it can be), ``row`` as Excel numbers it,
    ``line`` is the line of a YAML or text file.
    """

    def __init__(
        self,
        en: str,
        zh: str,
        *,
        file: str | None = None,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh
        self.file, self.sheet, self.row, self.column, self.line = file, sheet, row, column, line

    def where(self, lang: Language | None = None) -> str:
        """Place of the fault: ``file:line, sheet, row, column``, as far as known."""
        zh = (lang or language()) == "zh"
        parts = []
        if self.file is not None:
            parts.append(self.file + (f":{self.line}" if self.line is not None else ""))
        if self.sheet is not None:
            parts.append(f"工作表 {self.sheet}" if zh else f"sheet {self.sheet}")
        if self.row is not None:
            parts.append(f"第 {self.row} 行" if zh else f"row {self.row}")
        if self.column is not None:
            parts.append(f"列 {self.column}" if zh else f"column {self.column}")
        return ("，" if zh else ", ").join(parts)

    def text(self, lang: Language | None = None) -> str:
        """The whole message in one language (the current one by default)."""
        lang = lang or language()
        where, words = self.where(lang), self.zh if lang == "zh" else self.en
        return f"{where}: {words}" if where else words

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[object, ...]:
        # Problems cross the process border of the reader child; the default reduce would lose the keywords.
        state = {k: getattr(self, k) for k in ("file", "sheet", "row", "column", "line")}
        return (_rebuild, (self.en, self.zh, state))


def _rebuild(en: str, zh: str, state: dict[str, object]) -> Problem:
    return Problem(en, zh, **state)  # type: ignore[arg-type]
