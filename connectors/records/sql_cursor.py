"""A cursor over an SQL script in bounded memory: what is passed over.

Belongs here: text taken up as it is needed, comments, the ends of statements. Does not belong here: what the statements
are (``sql_text.py``), their forms (``sql_grammar.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.records.sql_grammar import AGAIN, BLANK, COMMENT, HIDES, STOP, closing

LONGEST = 1 << 25  # characters of one row


class SqlCursor:
    """A place in a script. ``escapes``: whether a backslash in a text is an escape."""

    def __init__(self, chunks: Iterable[str], escapes: bool) -> None:
        self._chunks, self._ended = iter(chunks), False
        self._text, self._at = "", 0
        self._passed = 0  # line ends before the text that is held
        self.escapes = escapes

    def _more(self, least: int = 1) -> bool:
        """Take up more, as much as is held or ``least``. False at the end."""
        if self._ended:
            return False
        held, got = [self._text[self._at :]], 0
        for chunk in self._chunks:
            held.append(chunk)
            got += len(chunk)
            if got >= max(least, len(held[0])):
                break
        else:
            self._ended = True
        self._passed += self._text.count("\n", 0, self._at)
        self._text, self._at = "".join(held), 0
        return got > 0

    def _line(self) -> int:
        """The line of the script (from 1) at the present place."""
        return self._passed + self._text.count("\n", 0, self._at) + 1

    def _comment(self) -> bool:
        """Past a comment. False for one without end: what opens it is passed over, and what it hides is read."""
        while (found := COMMENT.match(self._text, self._at)) is None:
            if len(self._text) - self._at > LONGEST or not self._more():
                self._at += 2
                return False
        self._at = found.end()
        return True

    def _to(self, end: re.Pattern[str]) -> bool:
        """Past what ends a block. False where nothing does within reach: the place stays."""
        while (found := end.search(self._text, self._at)) is None:
            if len(self._text) - self._at > LONGEST or not self._more():
                return False
        self._at = found.end()
        return True

    def _skip(self) -> str:
        """Past a statement: to the semicolon, or SQL Server's GO. Its text, cut where it is long."""
        parts, size = list[str](), 0

        def keep(end: int) -> None:
            nonlocal size
            if size < 1 << 20:
                parts.append(self._text[self._at : end])
                size += len(parts[-1])
            self._at = end

        while True:
            found = STOP.search(self._text, self._at)
            if found is None:
                keep(max(self._at, len(self._text) - 100))  # a sign may be cut by the end
                if not self._more():
                    keep(len(self._text))
                    return "".join(parts)
                continue
            keep(found.start())
            sign = found[0]
            if sign == ";" or sign.startswith("\n"):
                if found.end() == len(self._text) and sign != ";" and self._more():
                    continue
                self._at += len(sign)
                return "".join(parts)
            close = closing(sign, self.escapes).match(self._text, found.end())
            if close is not None and sign in ("'", '"') and HIDES.search(close[0]) is not None:
                keep(found.end())  # a quote that nothing closes: what it seems to hold are statements
            elif close is not None:
                keep(close.end())
            elif len(self._text) - self._at > LONGEST or not self._more():
                self._at = len(self._text)
                return "".join(parts)

    def _resume(self) -> bool:
        """Behind a broken row: at the next row (True), else at the end of the statement."""
        while True:
            found = AGAIN.search(self._text, self._at + 1)
            if found is not None and (found.end() < len(self._text) or self._ended):
                self._at = found.end()
                return found[0].startswith(")")
            if len(self._text) - self._at > LONGEST:
                self._at = len(self._text) - 200
            if not self._more():
                self._at = len(self._text)
                return False

    def _opens(self) -> bool:
        """Whether a row opens behind blanks and comments."""
        while True:
            if (blank := BLANK.match(self._text, self._at)) is not None:
                self._at = blank.end()
            if len(self._text) - self._at < 2 and self._more():
                continue
            if not self._text.startswith(("--", "/*"), self._at):
                return self._text.startswith("(", self._at)
            self._comment()
