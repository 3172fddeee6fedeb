"""Objects of JSON that all look alike, cut into cells by one pattern instead of being decoded one by one.

Belongs here: the pattern, learned from objects that were decoded; the cells of those that it fits. Does not belong
here: where objects stand (``json_records.py``, ``json_document.py``), all others (``json_values.py``).

The pattern takes nothing that the decoder would not take, and gives what it would give: flat objects with just the
columns, in their order, texts without escapes, numbers as the grammar of JSON has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from connectors.records.json_values import Number, Pairs, is_long
from connectors.records.record_table import Columns

_BLANK = r"[ \t\r\n]*+"
_BARE = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+|true|false|null"
_FORMS = {
    # A null in a column of texts takes no part in the group: an empty cell.
    "text": r'(?:"([^"\\]*+)"|null)',
    "bare": f"({_BARE})",
    "any": rf'("[^"\\]*+"|{_BARE})',
}
_WORDS = {"null": "", "true": "TRUE", "false": "FALSE"}
_WIDEST = 500
AT_ONCE = 1_000
_PATIENCE = 64  # lines that may miss before the hits are counted


class Alike:
    """The pattern for objects with the columns ``keys``, a group a column; None as long as there is none. What it does
    not fit must be decoded. Cells that were cut are gathered (``add``) until ``gathered`` hands them on."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        self.pattern: re.Pattern[str] | None = None
        self.hits = self._misses = 0
        self._numbers, self._rows = list[int](), list[tuple[str, ...]]()
        self._forms: list[str | None] = [None] * len(keys)
        nested = {key[:at] for key in keys for at, sign in enumerate(key) if sign == "."}
        self._hopeful = 0 < len(keys) <= _WIDEST and nested.isdisjoint(keys)

    def learn(self, pairs: Pairs | None) -> None:
        """Widen the pattern by a line that it missed, or give up where that does not help."""
        if not self._hopeful:
            return
        self._misses += 1
        if self._misses > _PATIENCE and self._misses > self.hits:
            self._hopeful, self.pattern = False, None
            return
        if pairs is None or [key for key, _ in pairs] != self.keys:
            return
        forms = list(self._forms)
        for at, (_, value) in enumerate(pairs):
            if value is None:
                continue
            if type(value) is not str and type(value) is not Number and type(value) is not bool:
                return
            form = "text" if type(value) is str else "bare"
            forms[at] = form if forms[at] in (None, form) else "any"
        if forms != self._forms or self.pattern is None:
            self._forms = forms
            self.pattern = _pattern(self.keys, [form or "text" for form in forms])

    def add(self, number: int, cells: tuple[str, ...]) -> bool:
        """Gather the groups of one object. True when there are enough to hand on."""
        self._numbers.append(number)
        self._rows.append(cells)
        return len(self._rows) >= AT_ONCE

    def gathered(self) -> Iterator[tuple[int, Columns]]:
        """What was gathered, if anything."""
        if self._rows:
            self.hits += len(self._rows)
            numbers, rows = self._numbers, self._rows
            self._numbers, self._rows = [], []
            yield numbers[0], Columns(numbers, *self.columns(rows))

    def columns(self, rows: Sequence[tuple[str, ...]]) -> tuple[list[Sequence[str]], dict[int, list[int]]]:
        """The groups of lines as columns of text, and the places of numbers of more than 15 digits."""
        columns, long = list[Sequence[str]](), dict[int, list[int]]()
        for at, cells in enumerate(zip(*rows, strict=True)):
            form = self._forms[at]
            if form in (None, "text"):
                columns.append(cells)
                continue
            found = [i for i, c in enumerate(cells) if len(c) > 15 or "e" in c or "E" in c]
            if form == "any":
                found = [i for i in found if cells[i][0] != '"']
                columns.append([c[1:-1] if c[0] == '"' else _WORDS.get(c, c) for c in cells])
            else:
                columns.append(cells if "".join(cells).isdecimal() else [_WORDS.get(c, c) for c in cells])
            long[at] = [i for i in found if cells[i] not in _WORDS and is_long(Number(cells[i]))]
        return columns, long


def _pattern(keys: Sequence[str], forms: Sequence[str]) -> re.Pattern[str] | None:
    parts = []
    for key, form in zip(keys, forms, strict=True):
        if json.dumps(key, ensure_ascii=False) != f'"{key}"':
            return None
        parts.append(f'{_BLANK}"{re.escape(key)}"{_BLANK}:{_BLANK}{_FORMS[form]}{_BLANK}')
    return re.compile(r"\{" + ",".join(parts) + r"\}")
