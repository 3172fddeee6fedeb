"""Codes: what a source writes, through the source's own map first, to a code of the list.

A source that gives a map for a field has codes of its own there: its bare codes are never read by the standard's
list (0 男 1 女 in one system is 1 男 2 女 in another); its words (男, 女) still are.

Belongs here: the table of spellings and the reading of a code. Does not belong here: the lists (``schemas/codes``).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

import duckdb
import pyarrow as pa

from schemas.model import CodeList, schema
from warehouse.normalize.county_codes import LIST as COUNTIES
from warehouse.normalize.county_codes import last_years
from warehouse.normalize.lunar import LUNAR, lunar_months
from warehouse.normalize.match_keys import lookups
from warehouse.normalize.steps import LOOKUP, Cell, Lookup, Options, Reading, Step

_EMPTY = "(empty)"  # how a map speaks of an empty cell: {"": active}
# Lists whose tens are the general term of their ones.
_TENS = ("relation_to_head", "marital_status", "education", "health")
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
    return pa.concat_tables([_table(rows.items()), _fixed()])


@functools.cache
def _fixed() -> pa.Table:
    """The spellings that depend on no source: counties, lunar months, characters."""
    tables = {COUNTIES: last_years(), LUNAR: dict(lunar_months()), **lookups()}
    return _table(((name, found), meant) for name, one in tables.items() for found, meant in one.items())


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

    Accepts a code, a label, an alias, or a code and its label in one cell (``1-男``, ``01 汉族``); the cell as it
    stands is looked up first, so that only what is not found is looked at closely.

    Issues: code_unknown (null; also several words that mean different codes: 男/女), code_conflict (the word goes before
    the code: 1-女), cell_error.
    """
    at_once, plain, folded, found = cell("at_once"), cell("plain"), cell("folded"), cell("found")
    word, label, beside, other, told = (
        cell("word"),
        cell("label"),
        cell("beside"),
        cell("other"),
        cell("told"),
    )
    name = own_map or list_name
    # what people put before a relation to the head of the household: 户主之妻, 长子之女
    relation = list_name == "relation_to_head"
    return Reading(
        steps=(
            {at_once: Lookup(name, cell.raw)},
            {plain: f"case when {at_once} is null then og_plain({cell.raw}) else null end"},
            {cell("half"): f"og_half({plain})"},
            {
                folded: (
                    f"case when {at_once} is not null then null else "
                    f"coalesce(og_replaced(lower(replace({cell('half')}, ' ', '')), '^([0-9]+)\\.0+$', '\\1'), '{_EMPTY}') end"
                ),
            },
            {found: Lookup(name, folded)},
            {
                cell("form"): (
                    f"case when {folded} is null or {found} is not null then null "
                    f"when og_matches({folded}, '^[0-9]+.*[^0-9]|[^0-9]\\(?[0-9]+\\)?$') then 'code and word' "
                    f"when og_matches({folded}, '[,、;/|(]') then 'words' "
                    + (
                        f"when og_matches({folded}, '^(户主|本人).|[之的]') then 'relation' "
                        if relation
                        else ""
                    )
                    + "else null end"
                ),
            },
            {
                label: (
                    f"case {cell('form')} when 'code and word' then "
                    f"og_replaced({folded}, '^[0-9]+[-—_.:、,|()]*|[-—_.:、,|(]*[0-9]+\\)?$', '') "
                    f"when 'relation' then og_replaced({folded}, '^(户主|本人)|[之的]', '') "
                    f"when 'words' then og_part({folded}, '^[^,、;/|(]+') else null end"
                ),
                beside: (
                    f"case {cell('form')} when 'code and word' then og_part({folded}, '^[0-9]+|[0-9]+\\)?$') "
                    f"when 'words' then og_replaced({folded}, '^[^,、;/|(]+[,、;/|(]+|[,、;/|)].*$|\\)$', '') else null end"
                ),
            },
            {word: Lookup(name, label), other: Lookup(name, beside)},
            {cell("nearer"): _nearer(word, other) if list_name in _TENS else "null::varchar"},
            {
                told: (
                    f"case when {at_once} is not null or {plain} is null or {found} is not null then null "
                    f"when og_cell_error({cell('half')}) then 'cell_error' "
                    f"when {word} is not null then case when {other} is null or {other} = {word} or {cell('nearer')} is not null then null "
                    f"when {cell('form')} = 'words' then 'code_unknown' else 'code_conflict' end "
                    f"when og_nothing({plain}) then null else 'code_unknown' end"
                ),
            },
        ),
        value=f"case when {told} = 'code_unknown' then null else nullif(coalesce({at_once}, {found}, {cell('nearer')}, {word}), '') end",
        issue=told,
    )


def _nearer(one: str, other: str) -> str:
    """SQL: of two codes of which one says more nearly what the other says (20 已婚, 21 初婚), the nearer one."""
    return (
        f"case when {one} = {other} or substr({one}, 1, 1) <> substr({other}, 1, 1) then null "
        f"when {one} in ('01', '02') and {other} in ('01', '02') then '02' "
        f"when ends_with({one}, '0') then {other} when ends_with({other}, '0') then {one} else null end"
    )


def through_map(cell: Cell, own_map: str, read: Callable[[Cell], Reading]) -> Reading:
    """Any other type through a source's own map; what the map does not know is read as it stands."""
    plain, folded, found, meant_text = cell("written"), cell("spelled"), cell("mapped"), cell("meant_text")
    inner = read(Cell(cell.field, meant_text, cell.long, cell.as_of, cell.born, cell.kind, cell.kind_after))
    before: tuple[Step, ...] = (
        {plain: f"og_plain({cell.raw})"},
        {folded: f"coalesce(lower(replace(og_half({plain}), ' ', '')), '{_EMPTY}')"},
        {found: Lookup(own_map, folded)},
        {meant_text: f"case when {found} is null then {cell.raw} else nullif({found}, '') end"},
    )
    return Reading((*before, *inner.steps), inner.value, inner.issue, inner.outputs)
