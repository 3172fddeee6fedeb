"""Codes: what a source writes, through the source's own map first, to a code of the list.

A source that gives a map for a field has codes of its own there: its bare codes are never read by the standard's
list (0 男 1 女 in one system is 1 男 2 女 in another); its words (男, 女) still are.

Belongs here: the table of spellings and the reading of a code. Does not belong here: the lists (``schemas/codes``).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

import schemas
from schemas.model import CodeList, schema
from warehouse.normalize.names import characters
from warehouse.normalize.steps import LOOKUP, Cell, Lookup, Options, Reading, Step

_EMPTY = "(empty)"  # how a map speaks of an empty cell: {"": active}
_DIGITS = re.compile(r"[0-9A-Za-z.\-]+")


def fold(text: str) -> str:
    """A spelling as it is compared: NFKC, no white space, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _half(text: str) -> str:
    # As the statement folds a cell: of NFKC only the half width, so Ⅲ stays Ⅲ.
    half = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return re.sub(r"\s+", "", half).lower()


def meant(codes: CodeList, target: str) -> str | None:
    """The code that a map's target (a code, a label or an alias of the list) stands for."""
    return codes.find(target)


def spellings(maps: Mapping[str, tuple[Mapping[str, str], CodeList | None]]) -> pa.Table:
    """All spellings that readings look up: (lookup, spelling, code), unique by lookup and spelling.

    ``maps``: by the lookup's name, a source's own map and the list its targets are of (None: text stays text).
    """
    rows: dict[tuple[str, str], str] = {}
    for one in schema().code_lists.values():
        for listed in one.codes:
            for text in (listed.code, listed.label, *listed.aliases):
                for spelling in (fold(text), _half(text)):
                    rows.setdefault((one.name, spelling), listed.code)
    for name, (own, codes) in maps.items():
        for written, target in own.items():
            code = target if codes is None else (meant(codes, target) if target else None)
            for spelling in (fold(written), _half(written)):
                rows[(name, spelling or _EMPTY)] = code if code is not None else ""
        if codes is not None:
            for (listed_name, spelling), listed_code in list(rows.items()):
                if listed_name == codes.name and not _DIGITS.fullmatch(spelling):
                    rows.setdefault((name, spelling), listed_code)
    for found, character in characters("simplified"):
        rows[("character.simplified", found)] = character
    with Path(schemas.__file__).with_name("county_history.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[("county.last_year", row["code"])] = row["last_year"]
    return _table(rows.items())


def _table(rows: Iterable[tuple[tuple[str, str], str]]) -> pa.Table:
    items = list(rows)
    return pa.table(
        {
            "lookup": pa.array([key[0] for key, _ in items], pa.string()),
            "spelling": pa.array([key[1] for key, _ in items], pa.string()),
            "code": pa.array([code for _, code in items], pa.string()),
        }
    )


def load_spellings(
    con: duckdb.DuckDBPyConnection, maps: Mapping[str, tuple[Mapping[str, str], CodeList | None]]
) -> None:
    """Make the table of spellings that ``Lookup`` steps join to."""
    con.register("og_spellings", spellings(maps))
    con.execute(f"create or replace temp table {LOOKUP} as select * from og_spellings")
    con.unregister("og_spellings")


def code(cell: Cell, options: Options, list_name: str, own_map: str | None = None) -> Reading:
    """A code of the list ``list_name``; ``own_map`` names the source's map among the spellings.

    Accepts a code, a label, an alias, or a code and its label in one cell (``1-男``, ``01 汉族``).
    Issue: code_unknown (null), cell_error.
    """
    plain, folded, found, word = cell("plain"), cell("folded"), cell("found"), cell("word")
    name = own_map or list_name
    return Reading(
        steps=(
            {plain: f"og_plain({cell.raw})"},
            {folded: f"coalesce(lower(replace(og_half({plain}), ' ', '')), '{_EMPTY}')"},
            {
                found: Lookup(name, folded),
                # the word behind a code, or before it: 1-男, 01汉族, 男(1)
                cell("label"): (
                    f"case when og_matches({folded}, '^[0-9]+.*[^0-9]|[^0-9]\\(?[0-9]+\\)?$') then "
                    f"og_replaced(og_replaced({folded}, '^[0-9]+[-—_.:、,|()]*', ''), '[-—_.:、,|(]*[0-9]+\\)?$', '') "
                    + (
                        f"when og_matches({folded}, '^(户主|本人)[之的]?.') then og_replaced({folded}, '^(户主|本人)[之的]?', '') "
                        if list_name == "relation_to_head"
                        else ""
                    )
                    + f"when og_matches({folded}, '[,、;/|(]') then og_part({folded}, '^[^,、;/|(]+') else null end"
                ),
            },
            {word: Lookup(name, cell("label"))},
        ),
        value=f"nullif(coalesce({found}, {word}), '')",
        issue=(
            f"case when {plain} is null or {found} is not null or {word} is not null then null "
            f"when og_cell_error({plain}) then 'cell_error' when og_nothing({plain}) then null else 'code_unknown' end"
        ),
    )


def through_map(cell: Cell, own_map: str, read: Callable[[Cell], Reading]) -> Reading:
    """Any other type through a source's own map; what the map does not know is read as it stands."""
    plain, folded, found, meant_text = cell("written"), cell("spelled"), cell("mapped"), cell("meant_text")
    inner = read(Cell(cell.field, meant_text, cell.long, cell.as_of, cell.born))
    before: tuple[Step, ...] = (
        {plain: f"og_plain({cell.raw})"},
        {folded: f"coalesce(lower(replace(og_half({plain}), ' ', '')), '{_EMPTY}')"},
        {found: Lookup(own_map, folded)},
        {meant_text: f"case when {found} is null then {cell.raw} else nullif({found}, '') end"},
    )
    return Reading((*before, *inner.steps), inner.value, inner.issue, inner.outputs)
