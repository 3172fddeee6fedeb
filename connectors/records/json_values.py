"""What the values of a JSON object are as cells: nested names joined by dots, numbers as they are written.

Belongs here: one object to its named texts. Does not belong here: where objects stand in a file (``json_records.py``:
one a line; ``json_document.py``: anywhere), the table that they make (``record_table.py``).

- ``{"person": {"name": …}}`` is the column ``person.name``. A name that comes twice in an object is ``name#2``.
- Numbers stay as they are written; those of more than 15 digits are told (whoever wrote them may have kept them as
  binary numbers). true and false are TRUE and FALSE, as in workbooks; null is an empty cell.
- A list of plain values is joined by ``;`` (``["高血压", "糖尿病"]`` → ``高血压;糖尿病``), unless one of them holds a ``;``.
  Such a list, and one that holds objects or lists, is JSON text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from connectors.workbooks.excel import LONG

DEPTH = 32


class Number(str):
    """A number as it is written."""


class Pairs(list[tuple[str, Any]]):
    """An object as its pairs, so that a name may come twice."""


class _TooDeep(ValueError):
    pass


# Tabs and other control characters in a text are no JSON, but nothing is lost by taking them.
DECODER = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_int=Number, parse_float=Number, parse_constant=Number, strict=False
)


@dataclass(slots=True)
class Record:
    """An object: name → text (None where nothing is said), and the names of numbers of more than 15 digits."""

    cells: dict[str, str | None]
    long: list[str]


def pairs_of(line: str) -> Pairs | None:
    """The object that a line holds; None when it is none."""
    try:
        found, end = DECODER.scan_once(line, 0)  # type: ignore[attr-defined]  # public, but not in the stubs
        if end != len(line):
            found = DECODER.decode(line)
    except StopIteration:
        return None
    except (ValueError, RecursionError):
        return None
    return found if type(found) is Pairs else None


def record(line: str) -> Record | None:
    """What a line holds; None when it is no object, or one that is nested too deeply."""
    found = pairs_of(line)
    return None if found is None else record_of(found)


def record_of(pairs: Pairs) -> Record | None:
    """What an object holds; None when it is nested more than ``DEPTH`` levels deep."""
    result = Record({}, [])
    try:
        _put(pairs, "", 1, result)
    except (_TooDeep, RecursionError):
        return None
    return result


def is_long(value: Any) -> bool:
    """Whether a value is, or holds, a number of more than 15 digits."""
    if isinstance(value, Number):
        size = abs(float(value)) if len(value) > 15 or "e" in value.lower() else 0.0
        return LONG <= size < float("inf")
    if isinstance(value, Pairs):
        return any(is_long(v) for _, v in value)
    return isinstance(value, list) and any(is_long(v) for v in value)


def _put(found: Pairs, prefix: str, depth: int, into: Record) -> None:
    if depth > DEPTH:
        raise _TooDeep
    cells = into.cells
    for key, value in found:
        name, kind = prefix + key, type(value)
        if kind is Pairs and value:
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
        if is_long(value):
            into.long.append(name)


def _text(value: Any, depth: int) -> str | None:
    """A value as text; an empty object is no value."""
    if value is None or isinstance(value, Pairs):
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    return list_text(value, depth)


def list_text(value: list[Any], depth: int = 1) -> str:
    """A list as one cell: plain values joined by ``;``, else JSON text."""
    if not any(isinstance(v, list) for v in value):
        parts = [_text(v, depth) or "" for v in value]
        if not any(";" in part for part in parts):
            return ";".join(parts)
    return json_text(value, depth)


def json_text(value: Any, depth: int = 1) -> str:
    """JSON text of a value, numbers as they were written. Raises ValueError for one that is nested too deeply."""
    if depth > DEPTH:
        raise _TooDeep
    if isinstance(value, Pairs):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}:{json_text(v, depth + 1)}" for k, v in value)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(v, depth + 1) for v in value) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
