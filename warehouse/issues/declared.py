"""What ``schemas/`` says of each code of an issue, and what a source says of its columns, as relations for SQL.

Does not belong here: the codes themselves (``schemas/codes/issue_code.csv``).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from schemas.model import schema
from schemas.sources import Source
from warehouse.normalize.records import COMMON
from warehouse.store import literal

_OF_CODE = ("severity", "dimension", "settled_by", "remedy")


@functools.cache
def codes() -> str:
    """A FROM item: code, label, severity, dimension, settled_by (agency | operator), remedy of every issue."""
    rows = ", ".join(
        f"({', '.join(literal(text) for text in (one.code, one.label, *(one.extra[name] for name in _OF_CODE)))})"
        for one in schema().code_lists["issue_code"].codes
    )
    return f"(select * from (values {rows}) as t(code, label, {', '.join(_OF_CODE)}))"


@functools.cache
def labels(code_list: str) -> dict[str, str]:
    """Label by code of a code list."""
    return {one.code: one.label for one in schema().code_lists[code_list].codes}


def mapped_fields(source: Source) -> dict[str, str]:
    """Canonical field that the source states in a column → the kind whose table holds it (the first fed that does)."""
    found: dict[str, str] = {}
    for kind in source.feeds:
        names = schema().record_table(kind).column_names
        for number in source.record_numbers(kind):
            for name, mapping in source.mappings(kind, number).items():
                if name in names and name not in COMMON and mapping.const is None:
                    found.setdefault(name, kind)
    return found


def columns_of(source: Source) -> dict[str, str]:
    """Canonical field → the source's own columns that say it: joined by ``+``, alternatives and repetitions by ``/``."""
    found: dict[str, list[str]] = {}
    for name, headers, joined in _mappings(source):
        words = "+".join(headers) if joined else "/".join(headers)
        found.setdefault(name, [])
        if words not in found[name]:
            found[name].append(words)
    return {name: "/".join(words) for name, words in found.items()}


def field_of_header(source: Source) -> dict[str, str]:
    """Header → the canonical field that it alone says: the reader names columns as the file does."""
    found: dict[str, str] = {}
    for name, headers, joined in _mappings(source):
        if not joined or len(headers) == 1:
            for header in headers:
                found.setdefault(header, name)
    return found


def _mappings(source: Source) -> Iterator[tuple[str, Sequence[str], bool]]:
    for kind in source.feeds:
        for number in source.record_numbers(kind):
            for name, mapping in source.mappings(kind, number).items():
                if mapping.const is None:
                    yield name, mapping.headers, bool(mapping.join)


def values(rows: Sequence[Sequence[str]], *columns: str) -> str:
    """A FROM item with these rows of text; of no rows where there are none."""
    if not rows:
        return f"(select {', '.join(f'null::varchar as {name}' for name in columns)} where false)"
    listed = ", ".join(f"({', '.join(literal(cell) for cell in row)})" for row in rows)
    return f"(select * from (values {listed}) as t({', '.join(columns)}))"
