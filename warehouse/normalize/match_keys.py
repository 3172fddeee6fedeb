"""Keys of names for matching: simplified, variant surnames folded, and the reading in letters without tones.

Belongs here: what stands in ``name_key`` and ``name_pinyin``, and the tables of characters that they are made by. Both
are found character by character through lookups, so that equal names have equal keys whatever row they stand in.
Does not belong here: the name itself, which no key changes (``names.py``), and the comparison of keys (``link/``).
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

import schemas
from warehouse.normalize.steps import Cell, Lookup, Step

CHARACTERS = "character.key"
# Longer names are transcriptions of other languages; what stands behind is of the key as written, and not read.
PLACES = 8
_CHINESE = 4


@functools.cache
def exchanges(kind: str) -> Mapping[str, str]:
    """The rows of one kind of ``schemas/characters.csv``: as found → as meant."""
    path = Path(schemas.__file__).with_name("characters.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            "".join(chr(int(point[2:], 16)) for point in row["found"].split()): row["meant"]
            for row in csv.DictReader(file)
            if row["kind"] == kind
        }


@functools.cache
def readings() -> Mapping[str, str]:
    """Character → its usual reading (``schemas/pinyin.csv``)."""
    path = Path(schemas.__file__).with_name("pinyin.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {one: row["reading"] for row in csv.DictReader(file) for one in row["characters"]}


@functools.cache
def lookups() -> Mapping[str, Mapping[str, str]]:
    """What the steps look up, by the name of the lookup: of a character its reading, of one that has a simplified form
    that form and then the reading (張 → 张zhang)."""
    both = {one: meant + readings().get(one, one) for one, meant in exchanges("simplified").items()}
    return {CHARACTERS: {**readings(), **both}}


def key_steps(cell: Cell, name: str, clean: str) -> tuple[tuple[Step, ...], dict[str, str]]:
    """Steps over the column ``name`` (a name as written, or null) and the outputs ``key`` and ``pinyin``.

    ``clean``: a boolean column, true where the name is known to be a few Chinese characters.
    ``key``: one word of letters in lower case and simplified characters. ``pinyin``: syllables and words with a blank
    between them; a character without a known reading stands for itself.
    """
    fold, words, one, two, tail, spoken = (
        cell(suffix) for suffix in ("fold", "words", "surname1", "surname2", "tail", "spoken")
    )
    at = range(1, PLACES + 1)
    c, m = ({n: cell(f"{letter}{n}") for n in at} for letter in "cm")
    found = {n: f"coalesce({m[n]}, {c[n]})" for n in at}
    # A surname of two characters is read as a whole: the first place holds both.
    short = ", ".join(
        [f"coalesce({two}, {one}, {found[1]})", f"case when {two} is null then {found[2]} else null end"]
        + [found[n] for n in at if 2 < n <= _CHINESE]
    )
    simplified = " || ".join(
        f"case when strlen({m[n]}) <> length({m[n]}) then substr({m[n]}, 1, 1) else coalesce({c[n]}, '') end"
        for n in at
    )
    # A surname is looked for where the name is Chinese in form: a few characters without a separator.
    chinese = f"({clean} or ({fold} = {name} and length({fold}) <= {_CHINESE}))"
    plain = f"strlen({spoken}) = length({spoken})"
    steps: tuple[Step, ...] = (
        {
            fold: (
                f"case when {clean} then {name} when og_matches({name}, '[^\\p{{Han}}]') then nullif(lower(og_replaced("
                f"{name}, '[^\\p{{L}}〇\\x{{e000}}-\\x{{f8ff}}]', '')), '') else {name} end"
            ),
            # letters keep their words: the key of Mary Smith is marysmith, its reading mary smith
            words: (
                f"case when {clean} or {name} is null or og_matches({name}, '[\\p{{Han}}〇\\x{{e000}}-\\x{{f8ff}}]') then null "
                f"else nullif(lower(trim(og_replaced({name}, '[^\\p{{L}}]+', ' '))), '') end"
            ),
        },
        {
            **{c[n]: f"nullif(substr({fold}, {n}, 1), '')" for n in at if n <= _CHINESE},
            tail: f"case when {clean} then null else nullif(substr({fold}, {_CHINESE + 1}), '') end",
            one: f"case when {chinese} then {_surname(fold, 1)} else null end",
            two: f"case when {chinese} then {_surname(fold, 2)} else null end",
        },
        {c[n]: f"nullif(substr({tail}, {n - _CHINESE}, 1), '')" for n in at if n > _CHINESE},
        {m[n]: Lookup(CHARACTERS, c[n]) for n in at},
        {
            spoken: (
                f"case when {fold} is null or {words} is not null then null when {tail} is null then concat_ws(' ', {short}) "
                f"else concat_ws(' ', {', '.join(found.values())}) end"
            ),
        },
        {
            # all readings and nothing else: no character has a simplified form
            cell("key"): (
                f"case when {spoken} is null or {plain} then {fold} else {simplified} || substr({fold}, {PLACES + 1}) end"
            ),
            cell("pinyin"): (
                f"case when {spoken} is null then {words} when {plain} then {spoken} "
                f"else og_replaced({spoken}, '\\p{{Han}}([a-z\\p{{Han}}]+)', '\\1') end"
            ),
        },
    )
    return steps, {"key": _surname_folded(cell("key")), "pinyin": cell("pinyin")}


def _surname(x: str, length: int) -> str:
    """SQL of the reading of the surname of ``length`` characters that ``x`` begins with, where it has one of its own;
    of one that has a simplified form with a character before it, as the lookups have it."""
    simplified = exchanges("simplified")
    own = {
        found: next((simplified[one] for one in found if one in simplified), "") + read
        for found, read in exchanges("surname_reading").items()
        if len(found) == length
    }
    firsts = "".join(dict.fromkeys(found[0] for found in own))
    whens = " ".join(f"when '{found}' then '{read}'" for found, read in own.items())
    return f"case when og_matches({x}, '^[{firsts}]') then case substr({x}, 1, {length}) {whens} else null end else null end"


def _surname_folded(x: str) -> str:
    variants = exchanges("surname_variant")
    found, meant = "".join(variants), "".join(variants.values())
    return (
        f"case when og_matches({x}, '^[{found}]') then translate(substr({x}, 1, 1), '{found}', '{meant}') "
        f"|| substr({x}, 2) else {x} end"
    )
