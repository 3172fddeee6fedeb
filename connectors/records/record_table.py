"""Records that name their own values (JSON, XML) as a table: its columns are the union of all names.

Belongs here: which names are columns, records in chunks to a table, late names. There is no header row.
Does not belong here: where records stand in a file (``json_records.py``, ``json_document.py``, ``xml_records.py``), what
a value is as text (``json_values.py``).

The columns come in the order in which the names turn up; a file that shows a new one late is read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.databases.value_text import without_surrogates
from connectors.layout import Layout
from connectors.records.json_values import Number, Pairs, is_long, record_of
from connectors.report import TableReport
from connectors.tables.byte_cells import TextTable
from connectors.tables.header_names import unique
from connectors.tables.row_kinds import shown
from connectors.tables.sink import CHUNK_ROWS, WIDEST, Sink
from schemas.problem import Problem

HEAD = 5_000  # records from the top that show, as a rule, all names
CELLS = 2_000_000  # held at a time
_AT_ONCE = 256  # records as they were decoded; more of them cost more than they save


@dataclass(frozen=True, slots=True)
class Columns:
    """Records that have just the columns, by column: their numbers, their cells, the places of long numbers."""

    numbers: Sequence[int]
    cells: Sequence[Sequence[str]]
    long: Mapping[int, Sequence[int]]


# (row number from 1, what stands there): an object, None for what is no record, "" for a row with nothing in it, or
# several records at once.
Item = tuple[int, Pairs | Columns | str | None]
_PLAIN = {str, Number, type(None)}


def read_records(
    passes: Callable[[Sequence[str]], Iterable[Item]],
    sink: Sink,
    layout: Layout,
    name: str,
    sheet: str | None = None,
) -> tuple[TableReport, int]:
    """Send all records to ``sink``. ``passes`` starts over at the first record each time it is called, with the columns as
    far as they are known; ``name`` is the file's name in messages. Returns the account and how many lone surrogates became U+FFFD.

    Raises Problem for more names than a table has columns.
    """
    keys = _columns(_names(islice(passes(()), HEAD), name))
    walk = _Walk(keys, sink, layout, name, sheet)
    while (found := walk.run(passes(keys))) != keys:
        # A name turned up that the head does not show. The walk has seen them all now: one more is the last.
        keys = found
        walk = _Walk(keys, sink, layout, name, sheet)
    return walk.table.end(), walk.halves


class _Walk:
    """One pass over the records with the columns as far as they are known. ``halves`` counts lone surrogates."""

    def __init__(self, keys: list[str], sink: Sink, layout: Layout, name: str, sheet: str | None) -> None:
        named = unique({i: shown(without_surrogates(k)) or f"列{i + 1}" for i, k in enumerate(keys)})
        self.report = TableReport(sheet=sheet, columns=[named[i] for i in range(len(keys))])
        self.table, self.keys, self.name, self.halves = TextTable(sink, self.report, layout), keys, name, 0
        self.names = dict[str, bool]()
        self.numbers, self.cells = list[int](), [list[str]() for _ in keys]
        self.long = dict[int, list[int]]()
        # Only escapes can stand for half a character: text that was cut as it is has none.
        self.decoded = False

    def run(self, items: Iterable[Item]) -> list[str]:
        """All rows into the table; the columns that the file turned out to have."""
        size = max(1, min(CHUNK_ROWS, CELLS // max(1, len(self.keys))))
        numbers, rows = list[int](), list[Pairs]()
        for number, found in items:
            if not found:
                if found is None:
                    self.table.rejected[number] = "structure"
                    continue
                if found == "":
                    self.report.skip(number, "blank", "")
                    continue
            elif type(found) is Columns:
                self._take(numbers, rows)
                numbers, rows = [], []
                self._keep(found.numbers, found.cells, found.long)
                if len(self.numbers) >= size:
                    self._send()
                continue
            numbers.append(number)
            rows.append(found)  # type: ignore[arg-type]  # no text but the empty one
            if len(rows) >= _AT_ONCE:
                self._take(numbers, rows)
                numbers, rows = [], []
                if len(self.numbers) >= size:
                    self._send()
        self._take(numbers, rows)
        self._send()
        return _columns(self.names)

    def _take(self, numbers: list[int], rows: list[Pairs]) -> None:
        self.decoded = self.decoded or bool(rows)
        if rows and not self._alike(numbers, rows):
            self._any(numbers, rows)

    def _alike(self, numbers: list[int], rows: list[Pairs]) -> bool:
        """Rows that have just the columns, in their order, and plain values: column by column. False if they do not."""
        width = len(self.keys)
        if not width or set(map(len, rows)) != {width}:
            return False
        columns, long = list[Sequence[str]](), dict[int, list[int]]()
        for at, pairs in enumerate(zip(*rows, strict=True)):
            names, values = zip(*pairs, strict=True)
            if names.count(self.keys[at]) != len(names):
                return False
            kinds = set(map(type, values))
            if not kinds <= _PLAIN:
                return False
            if Number in kinds:
                numbered = [(i, v) for i, v in enumerate(values) if type(v) is Number]
                long[at] = [i for i, v in numbered if (len(v) > 15 or "e" in v.lower()) and is_long(v)]
            if type(None) in kinds:
                # What has a name in other records is a column without a value here too.
                self.names.setdefault(self.keys[at], False)
                values = tuple(v or "" for v in values)
            if str in kinds or Number in kinds:
                self.names[self.keys[at]] = True
            columns.append(values)
        self._keep(numbers, columns, long)
        return True

    def _keep(
        self, numbers: Sequence[int], columns: Sequence[Sequence[str]], long: Mapping[int, Sequence[int]]
    ) -> None:
        start = len(self.numbers)
        for key in self.keys:
            self.names.setdefault(key, False)
        for mine, more in zip(self.cells, columns, strict=True):
            mine += more
        for at, places in long.items():
            self.long.setdefault(at, []).extend(start + i for i in places)
        self.numbers += numbers

    def _any(self, numbers: list[int], rows: list[Pairs]) -> None:
        places = {key: at for at, key in enumerate(self.keys)}
        for number, pairs in zip(numbers, rows, strict=True):
            found = record_of(pairs)
            if found is None:
                self.table.rejected[number] = "structure"
                continue
            _note(found.cells, self.names, self.name)
            for mine, key in zip(self.cells, self.keys, strict=True):
                mine.append(found.cells.get(key) or "")
            for key in found.long:
                if key in places:
                    self.long.setdefault(places[key], []).append(len(self.numbers))
            self.numbers.append(number)

    def _send(self) -> None:
        for at, cells in enumerate(self.cells if self.decoded else ()):
            joined = "".join(cells)
            if not joined.isascii() and (mended := without_surrogates(joined)) != joined:
                self.halves += mended.count("\ufffd") - joined.count("\ufffd")
                self.cells[at] = [without_surrogates(c) for c in cells]
        if self.cells:
            self.table.add(self.numbers, self.cells, self.long)
        else:  # nothing has a name
            for number in self.numbers:
                self.report.skip(number, "blank", "")
        self.numbers, self.cells, self.long, self.decoded = [], [[] for _ in self.keys], {}, False


def _names(items: Iterable[Item], name: str) -> dict[str, bool]:
    """The names of some records, in the order in which they turn up, and whether any record has a value for them."""
    names = dict[str, bool]()
    for _, pairs in items:
        found = record_of(pairs) if isinstance(pairs, Pairs) else None
        if found is not None:
            _note(found.cells, names, name)
    return names


def _note(cells: dict[str, Any], names: dict[str, bool], file: str) -> None:
    for key, text in cells.items():
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
    """The names that are columns: {"person": null} in one record says nothing that person.name of the others does not."""
    nested = {key[:at] for key in names for at, sign in enumerate(key) if sign == "."}
    return [key for key, has in names.items() if has or key not in nested]
