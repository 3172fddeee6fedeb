"""How the SQL of a semantic type is put together: in steps, so that nothing is computed twice.

A type reads one cell. Its ``Reading`` is a list of steps, each naming new columns by expressions over the raw cell
and the columns of earlier steps (a nested expression would be evaluated again at each mention), then one
expression of the value, one of the issue, and those of further outputs. ``compose`` lays the readings of all
fields side by side: step n of every field is one SELECT.

Does not belong here: the types themselves, and where cells come from (``records.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.store import literal, quoted

LOOKUP = "og_lookup"  # temp table (lookup, spelling, code): see codes.py


@dataclass(frozen=True)
class Cell:
    """One raw cell: the column of its text, of its 'typed as a long number' flag, of the edition's day.

    Every column made of the cell is named ``<field>__<suffix>``. ``born``: a date of birth, never in the future.
    ``kind``: what the record says the cell holds (the kind of a document), SQL over columns that are there after
    ``kind_after`` steps.
    """

    field: str
    raw: str
    long: str = "false"
    as_of: str = "null::date"
    born: bool = False
    kind: str = "null::varchar"
    kind_after: int = 0

    def __call__(self, suffix: str) -> str:
        """The name of a column made of this cell."""
        return f"{self.field}__{suffix}"


@dataclass(frozen=True)
class Lookup:
    """A step's column that is found in the table of spellings: ``list`` names which, ``key`` is a column."""

    list: str
    key: str


Step = Mapping[str, "str | Lookup"]


@dataclass(frozen=True)
class Reading:
    """How a cell becomes a value: ``value`` and ``issue`` (null or a code) are over the steps' columns.

    ``outputs`` are further values by the suffix of their column, e.g. ``precision`` or ``status``.
    """

    steps: tuple[Step, ...]
    value: str
    issue: str = "null::varchar"
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What a city says that readings depend on."""

    city: str = ""
    landline_area: str = ""
    timezone: str = "Asia/Shanghai"


def compose(source: str, readings: Sequence[Reading], select: Mapping[str, str]) -> str:
    """One statement over the SELECT ``source``: all steps, each a level of its own, then ``select`` (column → SQL).

    Write its result out before asking anything of it: with an aggregate or a filter above, the optimizer writes the
    steps into one another, and planning takes minutes.
    """
    statement = source
    for level in range(max((len(reading.steps) for reading in readings), default=0)):
        listed, joins = ["p.*"], []
        for reading in readings:
            for name, made in reading.steps[level].items() if level < len(reading.steps) else ():
                if isinstance(made, Lookup):
                    at = quoted(f"j_{name}")
                    joins.append(
                        f" left join {LOOKUP} as {at} on {at}.lookup = {literal(made.list)} "
                        f"and {at}.spelling = p.{quoted(made.key)}"
                    )
                    listed.append(f"{at}.code as {quoted(name)}")
                else:
                    listed.append(f"{made} as {quoted(name)}")
        statement = f"select {', '.join(listed)}\nfrom ({statement}) as p{''.join(joins)}"
    chosen = ",\n  ".join(f"{made} as {quoted(name)}" for name, made in select.items())
    return f"select {chosen}\nfrom ({statement})"
