"""JSON lines as rows of text: a JSON object a line, nested names joined by dots.

Belongs here: lines, what an object's values are as text, the columns as the union over the file.
Does not belong here: encodings (``encoding.py``); one JSON array over a whole file, which is no reader's yet.

A line is a row, numbered from 1 as an editor numbers it. There is no header row: the columns are the names of all
lines, in the order in which they turn up; a file that shows a new one late is read twice.

- ``{"person": {"name": …}}`` is the column ``person.name``. A name that comes twice in a line is ``name#2``.
- Numbers stay as they are written; those of more than 15 digits are told (whoever wrote them may have kept them as
  binary numbers). true and false are TRUE and FALSE, as in workbooks; null is an empty cell.
- A list of plain values is joined by ``;`` (``["高血压", "糖尿病"]`` → ``高血压;糖尿病``), unless one of them holds a ``;``.
  Such a list, and one that holds objects or lists, is JSON text.
- A line that is no JSON object, or is nested deeper than 32 levels, is rejected (``structure``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.body import CHUNK_ROWS, WIDEST, Sink
from connectors.byte_cells import TextTable
from connectors.encoding import Characters, decide
from connectors.excel import LONG
from connectors.header_names import unique
from connectors.layout import Layout
from connectors.report import FileReport, TableReport
from connectors.row_kinds import shown
from connectors.sniff import Sniffed, not_readable_yet
from connectors.value_text import without_surrogates
from schemas.problem import Problem

DEPTH = 32
HEAD = 5_000  # lines from the top that show, as a rule, all names
LONGEST = 1 << 26  # characters of a line; more has no line ends
_CELLS = 2_000_000  # held at a time


class _Number(str):
    """A number as it is written."""


class _Object(list[tuple[str, Any]]):
    """An object as its pairs, so that a name may come twice."""


class _TooDeep(ValueError):
    pass


# Tabs and other control characters in a text are no JSON, but nothing is lost by taking them.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False
)


@dataclass(slots=True)
class Record:
    """A line: name → text (None where nothing is said), and the names of numbers of more than 15 digits."""

    cells: dict[str, str | None]
    long: list[str]


def read_json_lines(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read a file of JSON lines into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem where no line is an object, for lines without end, too many columns, an unknown encoding.
    """
    characters = Characters(path, decide(path, encoding))
    _no_array(next((line for _, line in _lines(characters, name) if line), ""), name)
    keys = _columns(_names(islice(_lines(characters, name), HEAD), name))
    walk = _Walk(keys, sink, layout)
    while (found := walk.run(_lines(characters, name), name)) != keys:
        # A name turned up that the head does not show. The walk has seen them all now: one more is the last.
        keys = found
        walk = _Walk(keys, sink, layout)
    decided = characters.encoding
    return FileReport(
        name, "json_lines", "json_lines", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=characters.undecodable + walk.halves, tables=[walk.table.end()],
    )  # fmt: skip


class _Walk:
    """One pass over the lines with the columns as far as they are known. ``halves`` counts lone surrogates."""

    def __init__(self, keys: list[str], sink: Sink, layout: Layout) -> None:
        named = unique({i: shown(without_surrogates(k)) or f"列{i + 1}" for i, k in enumerate(keys)})
        self.report = TableReport(columns=[named[i] for i in range(len(keys))])
        self.table, self.keys, self.halves = TextTable(sink, self.report, layout), keys, 0
        self.numbers, self.rows = list[int](), list[Record]()

    def run(self, lines: Iterable[tuple[int, str]], name: str) -> list[str]:
        """All rows into the table; the columns that the file turned out to have."""
        size = max(1, min(CHUNK_ROWS, _CELLS // max(1, len(self.keys))))
        names = dict[str, bool]()
        first, objects = "", 0
        for number, line in lines:
            if not line:
                self.report.skip(number, "blank", "")
                continue
            first = first or line
            found = record(line)
            if found is None:
                self.table.rejected[number] = "structure"
                continue
            objects += 1
            _note(found, names, name)
            self.numbers.append(number)
            self.rows.append(found)
            if len(self.rows) >= size:
                self._send()
        self._send()
        if first and not objects:
            raise _no_objects(first, name)
        return _columns(names)

    def _send(self) -> None:
        rows, columns, long = self.rows, [], dict[int, list[int]]()
        for key in self.keys:
            cells = [row.cells.get(key) or "" for row in rows]
            joined = "".join(cells)
            if (mended := without_surrogates(joined)) != joined:
                self.halves += mended.count("\ufffd") - joined.count("\ufffd")
                cells = [without_surrogates(c) for c in cells]
            columns.append(cells)
        places = {key: at for at, key in enumerate(self.keys)}
        for i, row in enumerate(rows):
            for key in row.long:
                if key in places:
                    long.setdefault(places[key], []).append(i)
        self.table.add(self.numbers, columns, long)
        self.numbers, self.rows = [], []


def _lines(characters: Characters, name: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, invisible ends trimmed. A DOS end mark behind the last is no line."""
    tail, number = "", 0
    for chunk in characters:
        lines = (tail + chunk).split("\n")
        tail = lines.pop()
        if len(tail) > LONGEST:
            raise Problem(
                f"a line is longer than {LONGEST} characters: these are no JSON lines; ask the agency for one object a line.",
                f"有一行超过 {LONGEST} 个字符：不是 JSON Lines；请对方改为每行一个对象。",
                file=name,
            )
        for line in lines:
            number += 1
            yield number, shown(line)
    if tail.strip("\x1a"):
        yield number + 1, shown(tail)


def _names(lines: Iterable[tuple[int, str]], name: str) -> dict[str, bool]:
    """The names of some lines, in the order in which they turn up, and whether any line has a value for them."""
    names = dict[str, bool]()
    for _, line in lines:
        found = record(line) if line else None
        if found is not None:
            _note(found, names, name)
    return names


def _note(found: Record, names: dict[str, bool], file: str) -> None:
    for key, text in found.cells.items():
        if text is not None:
            names[key] = True
        elif key not in names:
            names[key] = False
    if len(names) > WIDEST:
        raise Problem(
            f"the objects have more than {WIDEST} different names; names that are values (such as dates or numbers "
            "of persons) must become values.",
            f"对象的字段名超过 {WIDEST} 种；作为字段名的值（如日期、编号）须改为字段值。",
            file=file,
        )


def _columns(names: dict[str, bool]) -> list[str]:
    """The names that are columns: {"person": null} in one line says nothing that person.name of the others does not."""
    nested = {key[:at] for key in names for at, sign in enumerate(key) if sign == "."}
    return [key for key, has in names.items() if has or key not in nested]


def _no_array(first: str, name: str) -> None:
    """Raises Problem where the first line opens an array that goes on over the lines."""
    if first.startswith("["):
        try:
            _DECODER.decode(first)
        except ValueError:
            raise not_readable_yet(Sniffed("json", "json", ""), name) from None
        except RecursionError:
            return


def _no_objects(first: str, name: str) -> Problem:
    if first.startswith("["):
        return not_readable_yet(Sniffed("json", "json", ""), name)
    return Problem(
        "no line of the file is a JSON object; look at its format and encoding, or ask the agency to export it anew.",
        "文件中没有一行是 JSON 对象；请检查格式和编码，或请对方重新导出。",
        file=name,
    )


def record(line: str) -> Record | None:
    """What a line holds; None when it is no object."""
    try:
        found = _DECODER.decode(line)
        if type(found) is not _Object:
            return None
        result = Record({}, [])
        _put(found, "", 1, result)
        return result
    except (ValueError, RecursionError):
        return None


def _put(found: _Object, prefix: str, depth: int, into: Record) -> None:
    if depth > DEPTH:
        raise _TooDeep
    cells = into.cells
    for key, value in found:
        name, kind = prefix + key, type(value)
        if kind is _Object and value:
            _put(value, name + ".", depth + 1, into)
            continue
        if name in cells:
            n = 2
            while f"{name}#{n}" in cells:
                n += 1
            name = f"{name}#{n}"
        if kind is str:
            cells[name] = value
            continue
        cells[name] = _text(value, depth)
        if _is_long(value):
            into.long.append(name)


def _text(value: Any, depth: int) -> str | None:
    """A value as text; an empty object is no value."""
    if value is None or isinstance(value, _Object):
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    if not any(isinstance(v, list) for v in value):
        parts = [_text(v, depth) or "" for v in value]
        if not any(";" in part for part in parts):
            return ";".join(parts)
    return _json(value, depth)


def _json(value: Any, depth: int) -> str:
    """JSON text of a value, numbers as they were written."""
    if depth > DEPTH:
        raise _TooDeep
    if isinstance(value, _Object):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}:{_json(v, depth + 1)}" for k, v in value)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(v, depth + 1) for v in value) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _is_long(value: Any) -> bool:
    if isinstance(value, _Number):
        size = abs(float(value)) if len(value) > 15 or "e" in value.lower() else 0.0
        return LONG <= size < float("inf")
    if isinstance(value, _Object):
        return any(_is_long(v) for _, v in value)
    return isinstance(value, list) and any(_is_long(v) for v in value)
