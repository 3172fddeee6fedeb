"""How a source says its tables are laid out, where automatic reading is not enough.

Belongs here: the ``layout`` part of a source YAML as the readers need it.
Does not belong here: its validation with file and line (``schemas/sources.py``), the finding (``header.py``).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.problem import Problem

RowNumbers = tuple[int, ...] | Literal["auto", "none"]


@dataclass(frozen=True)
class Layout:
    """``sheets`` are names or globs; ``header`` is ``auto``, ``none`` or row numbers from 1; ``footer`` ``auto``,
    ``none`` (notes and totals are then data too) or row numbers, from the first of which on nothing is data;
    ``forward_fill`` names columns whose empty cells take the value above; ``delimiter`` is one character;
    ``widths`` are the columns of fixed-width text: name, start and end in bytes from 0, the end not included;
    ``record`` leads to the records of JSON and XML, such as ``/data/list``; ``table`` is the one to read of a database
    file or dump; ``member`` is the file of an archive that is being read, which ``sheets`` may name as well."""

    sheets: tuple[str, ...] = ("*",)
    header: RowNumbers = "auto"
    footer: RowNumbers = "auto"
    forward_fill: tuple[str, ...] = ()
    delimiter: str | None = None
    widths: tuple[tuple[str, int, int], ...] = ()
    record: str | None = None
    table: str | None = None
    member: str | None = None

    @classmethod
    def of(cls, stated: object) -> Layout:
        """From a mapping (or any object with these attributes, or None). Other keys belong to other readers.

        Raises Problem for a value that is none of the allowed ones.
        """
        if stated is None:
            return cls()
        if isinstance(stated, Layout):
            return stated

        def value(name: str, default: Any) -> Any:
            found = stated.get(name) if isinstance(stated, Mapping) else getattr(stated, name, None)
            return default if found is None else found

        delimiter = value("delimiter", None)
        if delimiter is not None and len(delimiter) != 1:
            raise Problem(
                "layout.delimiter is one character, such as ';' or \"\\t\"; leave it out to have it decided.",
                "layout.delimiter 须为一个字符，如 ';' 或 \"\\t\"；不填则自动判断。",
            )
        return cls(
            sheets=_names(value("sheets", "*")),
            header=_rows("header", value("header", "auto")),
            footer=_rows("footer", value("footer", "auto")),
            forward_fill=_names(value("forward_fill", ())),
            delimiter=delimiter,
            widths=_widths(value("widths", ())),
            record=value("record", None),
            table=value("table", None),
            member=value("member", None),
        )

    def wants(self, sheet: str) -> bool:
        """Whether a sheet is among those to read: by its name, by the archive's member that it is in, or by both
        joined with a ``/``."""
        names = [sheet]
        if self.member is not None:
            names += [self.member, self.member.rpartition("/")[2], f"{self.member}/{sheet}"]
        return any(name == p or fnmatch.fnmatchcase(name, p) for name in names for p in self.sheets)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; ``of`` gives it back."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(v) for v in value)


def _widths(value: Any) -> tuple[tuple[str, int, int], ...]:
    columns = (
        [(n, *place) for n, place in value.items()]
        if isinstance(value, Mapping)
        else [tuple(c) for c in value]
    )
    for column in columns:
        good = len(column) == 3 and all(isinstance(n, int) and not isinstance(n, bool) for n in column[1:])
        if not good or not 0 <= column[1] < column[2]:
            raise Problem(
                f"layout.widths.{column[0]} is [start, end] in bytes from 0, the end not included, such as [0, 20].",
                f"layout.widths.{column[0]} 须为 [起, 止]，按字节从 0 起，不含止，如 [0, 20]。",
            )
    return tuple((str(n), a, b) for n, a, b in columns)


def _rows(name: str, value: Any) -> RowNumbers:
    if value in ("auto", "none"):
        return "none" if value == "none" else "auto"
    rows = (
        [value]
        if isinstance(value, int)
        else list(value)
        if isinstance(value, Sequence) and not isinstance(value, str)
        else []
    )
    good = [r for r in rows if isinstance(r, int) and not isinstance(r, bool) and r >= 1]
    if not good or len(good) != len(rows):
        raise Problem(
            f"layout.{name} is 'auto', 'none' or row numbers from 1, such as 3 or [3, 4].",
            f"layout.{name} 只能是 auto、none 或从 1 起的行号，如 3 或 [3, 4]。",
        )
    return tuple(sorted(set(good)))
