"""JSON of any length, taken value by value out of chunks of text, in bounded memory.

Belongs here: where values begin and end. Does not belong here: which of them are records (``json_document.py``), what
they are as cells (``json_values.py``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.records.json_values import DECODER
from schemas.problem import Problem

LONGEST = 1 << 26  # characters of one value that is taken whole
DEEPEST = 10_000  # levels that are passed over; what is deeper was made to harm
# A mark of Unicode, of DOS or nothing at all may stand around values.
_BLANK = re.compile(r"[\s\ufeff\x00\x1a]*+")
_MARK = re.compile(r'["\[\]{}]')
_IN_TEXT = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.S)
_NEAR = 16  # characters in which a word such as -Infinity may be cut


class Broken(ValueError):
    """The text is no JSON at the place reached, or ends there."""


class JsonText:
    """A cursor over JSON. Every method raises Broken where the text is none, or ends too early; ``skip`` a
    Problem for what is nested without measure."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks, self._ended = iter(chunks), False
        self._text, self._at = "", 0

    def _more(self) -> bool:
        """Take up at least as much again as is held. False at the end."""
        if self._ended:
            return False
        held = [self._text[self._at :]]
        want, got = max(1, len(held[0])), 0
        for chunk in self._chunks:
            held.append(chunk)
            got += len(chunk)
            if got >= want:
                break
        else:
            self._ended = True
        self._text, self._at = "".join(held), 0
        return got > 0

    def peek(self) -> str:
        """The sign with which the next value goes on, ``""`` at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, sign: str) -> None:
        """Pass over one sign."""
        if self.peek() != sign:
            raise Broken
        self._at += 1

    def value(self, decoder: json.JSONDecoder = DECODER) -> Any:
        """The next value, whole. The place stays where it was when it is none or longer than ``LONGEST``."""
        self.peek()
        while True:
            held = len(self._text) - self._at
            try:
                found, end = decoder.scan_once(self._text, self._at)  # type: ignore[attr-defined]  # not in the stubs
                if end < len(self._text):
                    self._at = end
                    return found
                # What ends with all that is held may go on, as a number does.
                if not self._more():
                    self._at = len(self._text)
                    return found
                continue
            except StopIteration as error:
                place, cut = error.value, False
            except json.JSONDecodeError as error:
                place, cut = error.pos, error.msg.startswith("Unterminated")
            except RecursionError:
                raise Broken from None
            if held > LONGEST or (not cut and place + _NEAR < len(self._text)) or not self._more():
                raise Broken

    def cut(self, pattern: re.Pattern[str]) -> tuple[str, ...] | None:
        """The groups of a pattern (``""`` for one that takes no part) where it fits the whole next value, which is then
        passed over; None where it does not, or may not."""
        self.peek()
        found = pattern.match(self._text, self._at)
        if found is None or found.end() == len(self._text):
            return None
        self._at = found.end()
        return found.groups("")

    def skip(self) -> None:
        """Pass over the next value, however long."""
        if self.peek() not in ("{", "[", '"'):
            self.value()
            return
        depth = 0
        while True:
            found = _MARK.search(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                if not self._more():
                    raise Broken
                continue
            self._at = found.end()
            sign = found.group()
            if sign == '"':
                self._to_quote()
            else:
                depth += 1 if sign in "[{" else -1
            if depth <= 0:
                return
            if depth > DEEPEST:
                raise Problem(
                    f"this JSON is refused: it is nested deeper than {DEEPEST} levels, which data never needs; ask the agency "
                    "for a plain export.",
                    f"该 JSON 被拒绝：嵌套超过 {DEEPEST} 层，数据不需要这样；请对方改为普通导出。",
                )

    def _to_quote(self) -> None:
        while True:
            found = _IN_TEXT.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._text[self._at : self._at + 1] == '"':
                self._at += 1
                return
            if not self._more():
                raise Broken

    def members(self) -> Iterator[str]:
        """The names of an object's members; whoever asks for the next one has passed over the value."""
        self.take("{")
        while self.peek() != "}":
            key = self.value()
            if type(key) is not str:
                raise Broken
            self.take(":")
            yield key
            self._comma("}")
        self.take("}")

    def elements(self) -> Iterator[int]:
        """The places from 0 of an array's elements; whoever asks for the next one has passed over the value."""
        self.take("[")
        n = 0
        while self.peek() != "]":
            yield n
            n += 1
            self._comma("]")
        self.take("]")

    def _comma(self, end: str) -> None:
        sign = self.peek()
        if sign == ",":
            self._at += 1
        elif sign != end:
            raise Broken
