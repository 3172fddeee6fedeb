"""XML as rows of text: an element that comes again and again is a record.

Belongs here: which elements are records, their values, what stands around them. Does not belong here: columns
(``record_table.py``), the parser and its limits (``xml_text.py``), spreadsheets in XML.

``layout.record`` leads to the records: names from the outside in, ``/root/rows/row``, or without the first slash the
last of them. Namespaces are left out everywhere. Without it the records are the elements, with attributes or elements
in them, of which most stand side by side; the outer of two if it has as many values of its own.

- ``<p><name>…</name></p>`` in a record is the column ``p.name``, ``<p no="1">`` is ``p.@no``; the text of a record is ``#text``.
- Elements of one name in a record are a list, as in JSON: joined by ``;``, or JSON text where one holds more than text
  or a ``;``. Attributes of ``xmlns`` and ``xsi`` say nothing of the data.
- Rows are numbered from 1 as the records come. Values of an element around records that itself repeats are columns
  (``group.@no``, ``group.name``: those in front of the records); values that stand around all records are ``stated``.
- A record nested more than 32 levels deep is rejected (``structure``); so is, as one row, what is missing where the
  file is no XML any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.layout import Layout
from connectors.records.json_values import DEPTH, Pairs, list_text
from connectors.records.record_table import Item, read_records
from connectors.records.xml_survey import Survey, local
from connectors.records.xml_text import DEPTH as LEVELS
from connectors.records.xml_text import XmlText, xml_encoding
from connectors.report import FileReport
from connectors.tables.sink import Sink
from connectors.text.encoding import Characters
from schemas.problem import Problem

STATED = (100, 200)  # how many values around the records are kept, and of how many characters at most

# name, attributes (names and values in turn), elements in it, text
Node = list[Any]


def read_xml(path: Path, sink: Sink, layout: Layout, encoding: str | None, name: str) -> FileReport:
    """Read the records of an XML file into ``sink``. ``encoding`` as the source states it; ``name`` is shown in messages.

    Raises Problem for a file that is no XML or is refused (``xml_text.py``), a path that leads to no element, too many
    columns, an unknown encoding.
    """
    decided = xml_encoding(path, encoding)
    characters = Characters(path, decided)
    survey = Survey(XmlText(characters, name))
    stated = layout.record or ""
    steps = _steps(stated) or survey.chosen()
    if not steps:
        raise _no_xml(survey.text.fault, name)
    fixed = bool(_steps(stated))
    rooted = not fixed or (stated.startswith("/") and not stated.startswith("//"))
    found = _Records(XmlText(characters, name), steps, rooted, survey)
    table, halves = read_records(lambda _: found.items(), sink, layout, name)
    fault = found.text.fault
    if not found.count:
        if fault is not None:
            raise _no_xml(fault, name)
        if fixed:
            raise _no_record(stated, survey, name)
    table.stated = found.stated
    report = FileReport(
        name, "xml", "xml", encoding=decided.codec, decided_by=decided.decided_by,
        undecodable=characters.undecodable + halves, tables=[table],
    )  # fmt: skip
    if fault is not None:
        table.find(
            "file_cut_off", f"line {fault[1]}: {fault[0]}, behind record {found.count}", found.count or None
        )
    if not fixed and (others := survey.others(steps)):
        table.find("records_chosen", ", ".join(f"{place} ({n})" for place, n in others[:20]))
    if found.outside:
        table.find("values_outside", str(found.outside))
    if found.text.mended:
        table.find("text_mended", str(found.text.mended))
    return report


class _Records:
    """Passes over the records of a file. After a pass: ``count``, ``stated``, ``outside`` (values that were not kept)."""

    def __init__(self, text: XmlText, steps: tuple[str, ...], rooted: bool, survey: Survey) -> None:
        self.text, self.steps, self.rooted, self.survey = text, steps, rooted, survey
        self.count = self.outside = 0
        self.stated = dict[str, str]()

    def items(self) -> Iterator[Item]:
        """The records with their numbers."""
        self.count = self.outside = 0
        self.stated = {}
        self.way: list[str] = []  # names of the open elements outside records
        self.above: list[Pairs] = []  # by open element, its values that are columns
        self.repeats: list[bool] = []
        self.used: list[bool] = []  # whether records have come in it
        self.leaf: str | None = None  # text of the open element, while it has nothing else in it
        self.nodes: list[Node] = []  # open elements of a record
        self.done: list[Pairs | None] = []
        for _ in self.text.pieces(self._start, self._end, self._data):
            yield from self._numbered()
        yield from self._numbered()
        if self.text.fault is not None:
            yield self.count + 1, None

    def _numbered(self) -> Iterator[Item]:
        done, self.done = self.done, []
        for pairs in done:
            self.count += 1
            yield self.count, pairs if pairs or pairs is None else ""

    def _start(self, name: str, attributes: list[str]) -> None:
        nodes = self.nodes
        if nodes:
            node: Node = [local(name), attributes, None, ""]
            above = nodes[-1]
            if above[2] is None:
                above[2] = [node]
            else:
                above[2].append(node)
            nodes.append(node)
            if len(nodes) > LEVELS:
                raise self.text.too_deep()
            return
        if self.leaf and self.leaf.strip():  # text in front of an element
            self.outside += 1
        self.leaf = None
        way, steps = self.way, self.steps
        way.append(local(name))
        if (len(way) == len(steps) or not self.rooted) and tuple(way[-len(steps) :]) == steps:
            nodes.append([way.pop(), attributes, None, ""])
            self.used = [True] * len(way)
            return
        if len(way) > LEVELS:
            raise self.text.too_deep()
        self.leaf = ""
        self.above.append(Pairs())
        self.used.append(False)
        self.repeats.append(self.survey.repeats(tuple(way)))
        for key, value in _attributes(attributes):
            self._around(f"@{key}", value, len(way) - 1)

    def _data(self, text: str) -> None:
        if self.nodes:
            self.nodes[-1][3] += text
        elif self.leaf is not None:
            self.leaf += text
        elif text.strip():  # behind an element
            self.outside += 1

    def _end(self, name: str) -> None:
        nodes = self.nodes
        if nodes:
            node = nodes.pop()
            if not nodes:
                self.leaf = None
                self.done.append(self._pairs(node))
            return
        text, self.leaf = self.leaf, None
        word = self.way.pop()
        self.repeats.pop()
        carried, used = self.above.pop(), self.used.pop()
        self.outside += 0 if used else len(carried)
        if text and text.strip():
            if self.way:
                self._around(word, text, len(self.way) - 1)
            else:
                self.outside += 1

    def _around(self, key: str, value: str, level: int) -> None:
        """A value outside records, of the open element at a level from 0."""
        on_way = not self.rooted or tuple(self.way[: level + 1]) == self.steps[: level + 1]
        if level and on_way and self.repeats[level]:
            if self.used[level]:
                self.outside += 1
            else:
                self.above[level].append((f"{self.way[level]}.{key}", value))
            return
        full = ".".join([*self.way[1 : level + 1], key])
        if full in self.stated or len(self.stated) >= STATED[0]:
            self.outside += 1
        else:
            self.stated[full] = value[: STATED[1]]

    def _pairs(self, node: Node) -> Pairs | None:
        pairs = Pairs()
        for carried in self.above:
            pairs += carried
        try:
            _flat(node, "", pairs, 1)
        except ValueError:
            return None
        if node[3] and node[3].strip():
            pairs.append(("#text", node[3]))
        return pairs


def _attributes(attributes: list[str]) -> Iterator[tuple[str, str]]:
    for at in range(0, len(attributes), 2):
        name = attributes[at]
        if not name.startswith(("xmlns", "xsi:")):
            yield local(name), attributes[at + 1]


def _flat(node: Node, prefix: str, into: Pairs, depth: int) -> None:
    """The values in an element as named texts. Raises ValueError for one that is nested too deeply."""
    if depth > DEPTH:
        raise ValueError
    if node[1]:
        into.extend((f"{prefix}@{key}", value) for key, value in _attributes(node[1]))
    inner = node[2]
    if inner is None:
        return
    together: dict[str, list[Node]] = {}
    for one in inner:
        together.setdefault(one[0], []).append(one)
    for name, several in together.items():
        one = several[0]
        if len(several) > 1:
            into.append((prefix + name, list_text([_value(v, depth) for v in several], depth)))
        elif one[2] is None and not one[1]:
            into.append((prefix + name, one[3]))
        else:
            if one[2] is None or one[3].strip():
                into.append((prefix + name, one[3]))
            _flat(one, f"{prefix}{name}.", into, depth + 1)


def _value(node: Node, depth: int) -> Any:
    """An element of a list: its text, or an object of all that it holds."""
    if depth > DEPTH:
        raise ValueError
    pairs = Pairs((f"@{key}", value) for key, value in _attributes(node[1]))
    together: dict[str, list[Any]] = {}
    for one in node[2] or ():
        together.setdefault(one[0], []).append(_value(one, depth + 1))
    pairs += [(name, values[0] if len(values) == 1 else values) for name, values in together.items()]
    if not pairs:
        return node[3]
    if node[3].strip():
        pairs.append(("#text", node[3]))
    return pairs


def _steps(record: str) -> tuple[str, ...]:
    return tuple(local(word) for word in record.split("/") if word)


def _no_xml(fault: tuple[str, int] | None, name: str) -> Problem:
    words, line = fault or ("no element", 1)
    return Problem(
        f"this is no whole XML ({words}); ask the agency to export it anew.",
        f"XML 内容已损坏或不完整（{words}）；请对方重新导出。",
        file=name,
        row=line,
    )


def _no_record(record: str, survey: Survey, name: str) -> Problem:
    places = ", ".join(place for place, _ in survey.others(())[:20]) or "-"
    return Problem(
        f"layout.record '{record}' leads to no element; elements that hold values are: {places}.",
        f"layout.record“{record}”处没有元素；本文件中带有值的元素：{places}。",
        file=name,
    )
