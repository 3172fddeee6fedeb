"""A JSON document as rows of text: an array of objects somewhere in it, or objects one after the other.

Belongs here: where the records are, their numbers, what stands around them. Does not belong here: values
(``json_values.py``), columns (``record_table.py``), the cursor (``json_text.py``), one object a line (``json_records.py``).

``layout.record`` leads to the records: names from the outside in (``/data/list``), a number for one element of an array;
an array on the way stands for all its elements. Without it the records are the largest array of objects, or
one around it whose objects have as many values of their own; several objects one after the other are records themselves, as is an object without such an array.

Rows are numbered from 1 as the records come. Plain values of the objects around an array are columns too where
those objects are themselves in an array (``groups.name``), else they are ``stated``. What is no object, is broken or nested
more than 32 levels deep is rejected (``structure``); so is, as one row, what is missing where a document breaks off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors.databases.value_text import without_surrogates
from connectors.layout import Layout
from connectors.records.json_alike import Alike
from connectors.records.json_survey import Found, Steps, largest, survey
from connectors.records.json_text import Broken, JsonText
from connectors.records.json_values import DEPTH, Pairs, list_text
from connectors.records.record_table import Item, read_records
from connectors.report import FileReport, TableReport
from connectors.tables.sink import Sink
from connectors.text.encoding import Characters, Encoding, decide
from schemas.problem import Problem

STATED = (100, 200)  # how many values around the records are kept, and of how many characters at most


def read_json_document(
    path: Path, sink: Sink, layout: Layout, encoding: str | Encoding | None, name: str
) -> FileReport:
    """Read a JSON document into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem for a document without records, a path that leads to none, too many columns, an unknown encoding.
    """
    decided = encoding if isinstance(encoding, Encoding) else decide(path, encoding)
    characters = Characters(path, decided)
    found = survey(characters)
    steps = _steps(layout.record) if layout.record is not None else largest(found)
    document = _Document(characters, steps)
    table, halves = read_records(document.items, sink, layout, name)
    if not document.reached or (document.broken and not table.n_rows):
        raise _no_records(found, document.broken, layout.record, name)
    report = FileReport(
        name, "json", "json", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=characters.undecodable + halves, tables=[table],
    )  # fmt: skip
    table.stated = document.stated
    _tell(report, table, document, found if layout.record is None else {})
    return report


def _tell(report: FileReport, table: TableReport, document: _Document, found: Found) -> None:
    if document.broken:
        table.find(
            "file_cut_off", f"the document breaks off behind record {document.last}", document.last or None
        )
    if document.outside:
        table.find("values_outside", str(document.outside))
    if len(found) > 1 or (document.steps and found):
        told = sorted(found.items(), key=lambda one: (one[0] != document.steps, -one[1][0]))
        places = without_surrogates(", ".join(f"/{'/'.join(steps)} ({n})" for steps, (n, _) in told[:20]))
        table.find("records_chosen", places)


class _Document:
    """Passes over the records that ``steps`` lead to. After a pass: ``reached`` (whether the path leads anywhere),
    ``broken`` (whether the document breaks off), ``last`` (the number of records), ``stated``, ``outside`` (how many
    values around the records, and objects on the way to them without any, were not kept)."""

    def __init__(self, characters: Characters, steps: Steps) -> None:
        self.characters, self.steps = characters, steps
        self.reached = self.broken = False
        self.last = self.outside = 0
        self.stated = dict[str, str]()
        self.alike = Alike(())

    def items(self, keys: Sequence[str]) -> Iterator[Item]:
        """The records with their numbers; ``keys`` are the columns as far as they are known."""
        alike = self.alike = Alike(keys)
        text = JsonText(self.characters)
        self.reached = self.broken = False
        self.stated, self.last, self.outside = {}, 0, 0
        try:
            while sign := text.peek():
                if sign not in "[{":  # behind a document: nothing that could be a record
                    raise Broken
                for found in self._walk(text, self.steps, "", 1):
                    self.last += 1
                    if isinstance(found, tuple):
                        if alike.add(self.last, found):
                            yield from alike.gathered()
                        continue
                    yield from alike.gathered()
                    yield self.last, found
                if text.peek() == ",":
                    text.take(",")
            yield from alike.gathered()
        except Broken:
            self.broken = True
            yield from alike.gathered()
            yield self.last + 1, None

    def _walk(
        self, text: JsonText, steps: Steps, prefix: str, depth: int
    ) -> Iterator[Pairs | tuple[str, ...] | str | None]:
        sign = text.peek()
        if sign == "{" and steps:
            if depth > DEPTH:
                text.skip()
                return
            for key in text.members():
                if key == steps[0]:
                    yield from self._walk(text, steps[1:], f"{prefix}{key}.", depth + 1)
                else:
                    self._state(text, prefix + key)
        elif sign == "[":
            self.reached = self.reached or not steps
            for at in text.elements():
                if steps and steps[0].isdecimal():
                    if int(steps[0]) == at:
                        yield from self._walk(text, steps[1:], prefix, depth + 1)
                    else:
                        text.skip()
                elif steps:
                    yield from self._inside(_whole(text), steps)
                elif (cells := self._cut(text)) is not None:
                    yield cells
                else:
                    whole = _whole(text)
                    yield from _rows(whole)
                    self.alike.learn(whole if isinstance(whole, Pairs) else None)
        elif not steps:
            self.reached = True
            yield from _rows(_whole(text))
        else:
            text.skip()

    def _cut(self, text: JsonText) -> tuple[str, ...] | None:
        return text.cut(self.alike.pattern) if self.alike.pattern is not None else None

    def _inside(self, whole: Any, steps: Steps) -> Iterator[Pairs | str | None]:
        label = self.steps[-len(steps) - 1] if len(self.steps) > len(steps) else "parent"
        empty = True
        for found in _inner(whole, steps, Pairs(), label):
            self.reached, empty = True, False
            yield from _rows(found)
        if empty:  # a group without records
            self.outside += 1
            self.reached = self.reached or _leads(whole, steps)

    def _state(self, text: JsonText, name: str) -> None:
        if text.peek() in "[{":
            text.skip()
            return
        value = text.value()
        if value is None or value == "":
            return
        told, key = without_surrogates(list_text([value])), without_surrogates(name)
        if key in self.stated or len(self.stated) >= STATED[0] or len(told) > STATED[1]:
            self.outside += 1
        if len(self.stated) < STATED[0]:
            self.stated.setdefault(key, told[: STATED[1]])


class _NotWhole:
    """Stands for a value that is broken, too deep or too long."""


_NOT_WHOLE = _NotWhole()


def _whole(text: JsonText) -> Any:
    try:
        return text.value()
    except Broken:
        text.skip()  # broken in itself, or too long to be a record; where it does not even end, this raises
        return _NOT_WHOLE


def _rows(value: Any, depth: int = 1) -> Iterator[Pairs | str | None]:
    """A value at the end of the path as rows: arrays in arrays are taken apart."""
    if isinstance(value, Pairs):
        yield value or ""
    elif value is None:
        yield ""
    elif isinstance(value, list) and depth <= DEPTH:
        for one in value:
            yield from _rows(one, depth + 1)
    else:
        yield None


def _inner(value: Any, steps: Steps, above: Pairs, label: str) -> Iterator[Any]:
    """What the rest of a path leads to in a value that is held; objects get the plain values above them."""
    if isinstance(value, list) and not isinstance(value, Pairs):
        if steps and steps[0].isdecimal():
            value = value[int(steps[0]) : int(steps[0]) + 1]
            steps = steps[1:]
        for one in value:
            yield from _inner(one, steps, above, label)
    elif not steps:
        yield Pairs([*above, *value]) if isinstance(value, Pairs) else value
    elif isinstance(value, Pairs):
        plain = [(f"{label}.{k}", v) for k, v in value if k != steps[0] and not _several(v)]
        for key, one in value:
            if key == steps[0]:
                yield from _inner(one, steps[1:], Pairs([*above, *plain]), key)
    elif value is _NOT_WHOLE:
        yield value


def _leads(value: Any, steps: Steps) -> bool:
    """Whether a path leads to something in a value that is held, be it an empty array."""
    if not steps:
        return True
    if isinstance(value, Pairs):
        return any(key == steps[0] and _leads(one, steps[1:]) for key, one in value)
    return isinstance(value, list) and any(_leads(one, steps) for one in value)


def _several(value: Any) -> bool:
    """Whether a value is a list of more than plain values."""
    return (
        isinstance(value, list) and not isinstance(value, Pairs) and any(isinstance(v, list) for v in value)
    )


def _steps(record: str) -> Steps:
    # As in a JSON pointer ~1 is a slash in a name, and ~0 a tilde.
    words = record.strip("/")
    return tuple(w.replace("~1", "/").replace("~0", "~") for w in words.split("/")) if words else ()


def _no_records(found: Found, broken: bool, record: str | None, name: str) -> Problem:
    if record is not None and not broken:
        places = ", ".join(f"/{'/'.join(steps)}" for steps in list(found)[:20]) or "/"
        return Problem(
            f"layout.record '{record}' leads to no array of objects; those of this file are at: {places}.",
            f"layout.record“{record}”处没有对象数组；本文件的对象数组位于：{places}。",
            file=name,
        )
    return Problem(
        "no record of this JSON document can be read: it is broken, or cut off; ask the agency to export it anew.",
        "该 JSON 文件中没有可读取的记录：内容已损坏或不完整；请对方重新导出。",
        file=name,
    )
