"""JSON lines as rows of text: a JSON object a line.

Belongs here: lines and their numbers. Does not belong here: values (``json_values.py``), columns (``record_table.py``),
encodings (``encoding.py``), objects over several lines and arrays (``json_document.py``, which takes over where the
first line opens one).

A line is a row, numbered from 1 as an editor numbers it. There is no header row: the columns are the names of all
lines. A line that is no JSON object, or is nested deeper than 32 levels, is rejected (``structure``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.layout import Layout
from connectors.records.json_alike import Alike
from connectors.records.json_document import read_json_document
from connectors.records.json_values import DECODER, DEPTH, Pairs, Record, pairs_of, record
from connectors.records.record_table import Item, read_records
from connectors.report import FileReport
from connectors.tables.row_kinds import shown
from connectors.tables.sink import Sink
from connectors.text.encoding import Characters, decide
from schemas.problem import Problem

__all__ = ["DEPTH", "LONGEST", "Record", "read_json_lines", "record"]

LONGEST = 1 << 26  # characters of a line; more has no line ends


def read_json_lines(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read a file of JSON lines into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem where no line is an object, for lines without end, too many columns, an unknown encoding.
    """
    decided = decide(path, encoding)
    characters = Characters(path, decided)
    first = next((line for _, line in _lines(characters, name) if line), "")
    if layout.record is not None or _goes_on(first):
        return read_json_document(path, sink, layout, decided, name)

    def items(keys: Sequence[str]) -> Iterator[Item]:
        objects, alike = False, Alike(keys)
        for number, line in _lines(characters, name):
            hit = alike.pattern.fullmatch(line) if alike.pattern is not None else None
            if hit is not None:
                objects = True
                if alike.add(number, hit.groups("")):
                    yield from alike.gathered()
                continue
            yield from alike.gathered()
            if not line:
                yield number, ""
                continue
            found = pairs_of(line)
            objects = objects or found is not None
            yield number, found
            alike.learn(found)
        yield from alike.gathered()
        if first and not objects:
            raise _no_objects(name)

    table, halves = read_records(items, sink, layout, name)
    return FileReport(
        name, "json_lines", "json_lines", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=characters.undecodable + halves, tables=[table],
    )  # fmt: skip


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


def _goes_on(first: str) -> bool:
    """Whether the first line opens an array of objects, or an object that ends in a later line."""
    if first.startswith("["):
        try:
            found = DECODER.decode(first)
        except ValueError:
            return True
        except RecursionError:
            return False
        return any(isinstance(one, Pairs) for one in found)
    return first == "{"


def _no_objects(name: str) -> Problem:
    return Problem(
        "no line of the file is a JSON object; look at its format and encoding, or ask the agency to export it anew.",
        "文件中没有一行是 JSON 对象；请检查格式和编码，或请对方重新导出。",
        file=name,
    )
