"""The parts of a source YAML: mappings, layout, database, bounds …, each a strict model.

Belongs here: the form of each part and how what people write (one word for a list, ``1d``) is taken.
Does not belong here: the source as a whole (``sources.py``), contradictions (``source_checks.py``).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as PydanticField

from schemas.problem import Problem

Kind = Literal[
    "resident", "household", "dwelling", "grid", "area", "event", "benefit", "staff", "organisation"
]
Format = Literal[
    "delimited", "excel", "dbf", "fixed_width", "json_lines", "json", "xml", "parquet", "sqlite", "database",
]  # fmt: skip
KeyNames = Literal[
    "person", "household", "dwelling", "entitlement", "event", "grid", "area", "staff", "organisation",
    "certificate", "document", "account", "other",
]  # fmt: skip
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "m": timedelta(days=30), "y": timedelta(days=365)}  # fmt: skip


def _text(value: Any) -> Any:
    # A cell of a code map is text, even where YAML or Python saw a number or a truth value.
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _text_or_nothing(value: Any) -> Any:
    return "" if value is None else _text(value)


def several(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str | int | float) else value


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d{1,4})\s*([hdwmy])\s*", value)
    if found is None:
        raise Problem(
            f"'{value}' is no length of time; write a number and h, d, w, m or y, such as 1d.",
            f"“{value}”不是时长；请写数字加 h、d、w、m 或 y，如 1d。",
        )
    return int(found[1]) * _UNITS[found[2]]


def _row_numbers(value: Any) -> Any:
    if isinstance(value, str) and value.isdecimal():
        return (int(value),)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return value


def _problem_as_value_error(check: Any) -> Any:
    # pydantic reports only ValueErrors with a place; the Problem inside keeps both languages.
    def checked(value: Any) -> Any:
        try:
            return check(value)
        except Problem as problem:
            raise _Fault(problem) from None

    return checked


class _Fault(ValueError):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.en)
        self.problem = problem


Text = Annotated[str, BeforeValidator(_text)]
TextOrNothing = Annotated[str, BeforeValidator(_text_or_nothing)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(several)]
Duration = Annotated[timedelta, BeforeValidator(_problem_as_value_error(_duration))]
RowNumbers = Annotated[
    Literal["auto", "none"] | tuple[Annotated[int, PydanticField(ge=1)], ...], BeforeValidator(_row_numbers)
]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Pattern(Part):
    """A regular expression with one group, searched in the file name."""

    pattern: str


class Layout(Part):
    """How tables are laid out where ``auto`` is not enough. Row numbers from 1; widths in bytes, end exclusive."""

    sheets: Texts = ("*",)
    header: RowNumbers = "auto"
    footer: RowNumbers = "auto"
    delimiter: str | None = None
    widths: dict[str, tuple[int, int]] | None = None
    record: str | None = None
    table: str | None = None
    forward_fill: Texts = ()


class Fetched(Part):
    """Rows of a front table that nobody has fetched yet: ``column`` holds one of ``values``; ``""`` stands for NULL."""

    column: str
    values: Texts


class Seconds(Part):
    """How long a server may take: to ``connect``, for one ``statement`` (or to send on), for the pull in ``total``."""

    connect: Annotated[int, PydanticField(ge=1)] = 15
    statement: Annotated[int, PydanticField(ge=1)] = 600
    total: Annotated[int, PydanticField(ge=1)] = 3600


class Database(Part):
    """A table or query to pull. ``url_env`` names an environment variable and ``url_file`` a file of the workspace
    that hold the URL, so that no secret is in the YAML. ``order``: columns by which one row follows another (default:
    the cursor); the later row of a key wins."""

    url_env: str | None = None
    url_file: str | None = None
    url: str | None = None
    table: str | None = None
    query: str | None = None
    cursor: str | None = None
    order: Texts = ()
    fetched: Fetched | None = None
    seconds: Seconds = Seconds()

    @property
    def sequence(self) -> tuple[str, ...]:
        """The columns that say which row came later, the most significant first; empty where nothing says so."""
        return self.order or ((self.cursor,) if self.cursor else ())

    @property
    def used_headers(self) -> tuple[str, ...]:
        """Columns that this part names."""
        named = (self.cursor, *self.order, self.fetched.column if self.fetched else None)
        return tuple(dict.fromkeys(name for name in named if name))


class Due(Part):
    """How often a new edition is expected, and how late it may be."""

    every: Duration
    grace: Duration | None = None


class Deleted(Part):
    """Rows that withdraw a record: ``column`` holds one of ``values``."""

    column: str
    values: Texts


class Bounds(Part):
    """What an edition must look like. ``rows`` min holds it back, max warns; ``drop`` is the share of rows
    that may vanish since the last edition; ``fill`` the least share of filled cells by canonical field."""

    rows: tuple[int | None, int | None] | None = None
    drop: Annotated[float, PydanticField(ge=0, le=1)] | None = None
    fill: dict[str, Annotated[float, PydanticField(ge=0, le=1)]] | None = None

    @property
    def minimum(self) -> int | None:
        return self.rows[0] if self.rows else None

    @property
    def maximum(self) -> int | None:
        return self.rows[1] if self.rows else None


class Mapping(Part):
    """Where a canonical field's text comes from: one header (``from_``; several are alternatives, the first that
    the file has), several joined, or a constant; then a part of it, then the source's own codes.

    ``codes`` maps a cell (ends trimmed; '' is an empty cell) to a code, label or alias; '' means no value.
    """

    from_: Annotated[Texts, PydanticField(alias="from")] = ()
    join: Texts = ()
    sep: str = ""
    const: Text | None = None
    slice: tuple[int, int] | None = None
    codes: dict[str, TextOrNothing] | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers this mapping reads."""
        return (*self.from_, *self.join)


def _mapping(value: Any) -> Any:
    if isinstance(value, str | list):
        return {"from": value}
    return {"from": str(value)} if isinstance(value, int | float) and not isinstance(value, bool) else value


Columns = dict[str, Annotated[Mapping, BeforeValidator(_mapping)]]


class Each(Part):
    """Several records in one row. ``numbers`` (``1..8`` or a list) replaces ``{n}`` in the headers of ``columns``;
    ``feeds`` are the kinds repeated so (default: resident where it is fed, else all). A repetition whose own
    columns are all empty is no record."""

    numbers: Texts
    columns: Columns
    feeds: tuple[Kind, ...] = ()


class EachSet(Part):
    """One of several records in a row, with its columns written out."""

    columns: Columns
    feeds: tuple[Kind, ...] = ()


def each_numbers(numbers: tuple[str, ...]) -> tuple[str, ...]:
    """``("1..3",)`` → ``("1", "2", "3")``; other words stand for themselves."""
    result: list[str] = []
    for word in numbers:
        span = re.fullmatch(r"(\d+)\.\.(\d+)", word)
        result += [str(n) for n in range(int(span[1]), int(span[2]) + 1)] if span else [word]
    return tuple(result)


def numbered(columns: dict[str, Mapping], number: str) -> dict[str, Mapping]:
    """``columns`` with ``{n}`` in every header replaced by ``number``."""

    def put(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.replace("{n}", number) for name in names)

    return {
        name: one.model_copy(update={"from_": put(one.from_), "join": put(one.join)})
        for name, one in columns.items()
    }
