"""Where the records of a JSON document are, where nobody says.

Belongs here: which arrays hold objects, and which of them is taken. Does not belong here: reading the records
(``json_document.py``), the cursor (``json_text.py``).
"""

from __future__ import annotations

import json
from typing import Any

from connectors.records.json_text import Broken, JsonText
from connectors.records.json_values import DEPTH
from connectors.text.encoding import Characters

LOOKED = 1_000  # elements of an array that are looked into for further arrays
PATHS = 10_000
# Numbers as they stand: Python refuses to make one of thousands of digits.
_PLAIN = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)

Steps = tuple[str, ...]
# By path of an array: how many objects the largest holds, and how many values of its own an object has.
Found = dict[Steps, tuple[int, int]]


def largest(found: Found) -> Steps:
    """The path of the records among those found; () where there is none."""
    if not found:
        return ()
    best = max(found, key=lambda steps: (found[steps][0], -len(steps)))
    for end in range(len(best) - 1, -1, -1):
        # The children of a person may be more than the persons; a group has little to say itself.
        outer = found.get(best[:end], (0, 0))
        if outer[0] > 1 and outer[1] >= found[best][1]:
            best = best[:end]
    return best


def survey(characters: Characters) -> Found:
    """Where arrays of objects are; ``{}`` for objects one after the other. One that breaks off is looked at as far as
    it goes."""
    found: Found = {}
    text = JsonText(characters)
    try:
        if text.peek() == "[":
            _look(text, (), found, 1, LOOKED)
            return found
        _look(text, (), found, 1, None)
        if text.peek() in ("{", ","):
            return {}
    except Broken:
        pass
    return found


def _look(text: JsonText, steps: Steps, found: Found, depth: int, most: int | None) -> None:
    sign = text.peek()
    if sign not in "[{" or depth > DEPTH or len(found) > PATHS:
        text.skip()
    elif sign == "{":
        for key in text.members():
            _look(text, (*steps, key), found, depth + 1, None)
    else:
        objects, values, words = 0, 0, False
        found.setdefault(steps, (0, 0))
        for at in text.elements():
            if most is not None and at >= most:
                break
            try:
                value = text.value(_PLAIN)
            except Broken:
                text.skip()
                continue
            if isinstance(value, dict):
                objects += 1
                values = max(values, _values(value)) if at < LOOKED else values
            words = words or not isinstance(value, dict | list)
            if at < LOOKED:
                _look_inside(value, steps, found, depth)
            _note(found, steps, objects, values)
        if words and not objects:
            del found[steps]


def _look_inside(value: Any, steps: Steps, found: Found, depth: int) -> None:
    if depth > DEPTH:
        return
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, dict | list):
                _look_inside(one, (*steps, key), found, depth + 1)
    elif isinstance(value, list):
        objects = [one for one in value if isinstance(one, dict)]
        if objects and len(found) <= PATHS:
            _note(found, steps, len(objects), max(map(_values, objects)))
        for one in value:
            _look_inside(one, steps, found, depth + 1)


def _values(value: dict[str, Any]) -> int:
    return sum(not isinstance(one, list) for one in value.values())


def _note(found: Found, steps: Steps, objects: int, values: int) -> None:
    known = found.get(steps, (0, 0))
    found[steps] = (max(known[0], objects), max(known[1], values))
