"""The table of damage (damage.csv) and the SQL that inflicts it on an agency's cells.

Belongs here: reading and checking the table, one draw a cell, one kind a cell. Does not belong here: what a kind
does to a cell (damage_kinds) and which rows an agency has (records).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.demo.city import City, shipped
from pipelines.demo.damage_kinds import Kind, kinds


@dataclass(frozen=True)
class Cell:
    """A field of an agency's rows.

    ``true``: SQL of the true value, ``base``: how this agency writes it when nothing goes wrong, ``about``: the
    class of damage (id, name, sex, date, phone, address, text, certificate), ``home``: prefix of the home an address is of.
    ``theirs`` is false where the value is somebody else's (a guardian's phone), so that it restores nothing.
    """

    field: str
    true: str
    base: str
    about: str
    home: str = "l"
    form: str = "a_mid"
    theirs: bool = True


@dataclass(frozen=True)
class Damage:
    """The rates of damage.csv by (source, field): kind to rate, in the order of the file."""

    rates: Mapping[tuple[str, str], Mapping[str, float]]
    by_class: Mapping[str, Mapping[str, Kind]]

    def of(self, source: str, field: str) -> dict[str, float]:
        """Kinds and rates of one field of one source; a rate of the source's own replaces the general one."""
        found = dict(self.rates.get(("*", field), {}))
        found.update(self.rates.get((source, field), {}))
        return {kind: rate for kind, rate in found.items() if rate > 0}

    def row(self, source: str, kind: str) -> float:
        """A rate about whole rows, as a share of 1."""
        return self.of(source, "row").get(kind, 0.0) / 100

    def inflictions(self, source: str, cell: Cell) -> list[tuple[str, float, Kind]]:
        """(kind, rate, what it does) of a cell. Raises ValueError where the table names a kind that is not there."""
        table = self.by_class[cell.about]
        result = []
        for kind, rate in self.of(source, cell.field).items():
            if kind not in table:
                raise ValueError(f"damage.csv: no kind '{kind}' for {cell.about} ({source}.{cell.field})")
            result.append((kind, rate, table[kind]))
        return result


USUAL, HARD = "damage.csv", "hard.csv"


def rates_of(*tables: str) -> dict[tuple[str, str], dict[str, float]]:
    """Rates of shipped tables by (source, field), then kind; a later table's rate replaces an earlier one's."""
    rates: dict[tuple[str, str], dict[str, float]] = {}
    for row in (row for table in tables for row in shipped(table)):
        rates.setdefault((row["source"], row["field"]), {})[row["kind"]] = float(row["rate"])
    return rates


def read_damage(city: City) -> Damage:
    """The shipped table of damage; in a hard city with the rates of the other one over it."""
    return Damage(rates_of(USUAL, HARD) if city.hard else rates_of(USUAL), kinds(city))


def filled(sql: str, cell: Cell) -> str:
    """An expression of a kind with the cell's own columns put in."""
    column = cell.field
    return (
        sql.replace("{v}", f"b_{column}")
        .replace("{t}", f"t_{column}")
        .replace("{p}", cell.home)
        .replace("{f}", cell.form)
    )


def spoil(
    city: City, damage: Damage, source: str, cells: tuple[Cell, ...], rows: str, carry: Mapping[str, str]
) -> str:
    """SQL of an agency's rows as written.

    ``rows``: a query with the columns of ``pv`` and ``draw`` (the id that decides what goes wrong). The result has
    ``carry`` and, for each cell, ``t_`` true value, ``w_`` as written, ``k_`` kind of damage, ``a_`` kinds that could apply
    (bits, in the order of ``Damage.inflictions``).

    A kind's interval of the draw begins where the one before it ends. Where a kind cannot apply, its interval is left
    whole, so that a rate is the share of those cells in which the kind can happen.
    """
    plain, able, kinds_of, written = [], [], [], []
    for cell in cells:
        f = cell.field
        todo = damage.inflictions(source, cell)
        plain.append(
            f"{cell.true} AS t_{f}, {cell.base} AS b_{f}, {city.chance.u(f'{source} {f}', 'draw')} AS u_{f}"
        )
        bits = [
            f"coalesce((({filled(k.applies, cell)}) AND b_{f} IS NOT NULL)::INTEGER, 0) * {1 << i}"
            for i, (_, _, k) in enumerate(todo)
        ]
        able.append(f"({' + '.join(bits) or '0'})::INTEGER AS a_{f}")
        kinds_of.append(f"{_choice(city, source, f, todo)} AS k_{f}")
        cases = " ".join(f"WHEN '{kind}' THEN {filled(k.value, cell)}" for kind, _, k in todo)
        value = f"CASE k_{f} {cases} ELSE b_{f} END" if cases else f"b_{f}"
        written.append(f"t_{f}::VARCHAR AS t_{f}, a_{f}, k_{f}, nullif({value}, '') AS w_{f}")
    return f"""
        WITH own AS ({rows}),
        drawn AS (SELECT *, {", ".join(plain)} FROM own),
        able AS (SELECT *, {", ".join(able)} FROM drawn),
        kinds AS (SELECT *, {", ".join(kinds_of)} FROM able)
        SELECT {", ".join(f"{sql} AS {name}" for name, sql in carry.items())}, {", ".join(written)} FROM kinds
    """


def _choice(city: City, source: str, field: str, todo: list[tuple[str, float, Kind]]) -> str:
    """SQL of the kind that befalls a cell, or NULL.

    Common kinds share one draw. Kinds that can happen in few cells but then often (a dot in a name, a rare
    character) draw for themselves, first, so that their rates need not fit into what the others leave.
    """
    own, shared, start = [], [], 0.0
    for i, (kind, rate, k) in enumerate(todo):
        can = f"(a_{field} & {1 << i}) <> 0"
        if rate >= 0.2 and k.applies != "true":
            own.append(
                f"WHEN {can} AND {city.chance.u(f'{source} {field} {kind}', 'draw')} < {rate} THEN '{kind}'"
            )
        else:
            shared.append(
                f"WHEN {can} AND u_{field} >= {start!r} AND u_{field} < {start + rate!r} THEN '{kind}'"
            )
            start += rate
    if start > 1:
        raise ValueError(f"damage.csv: the rates of {source}.{field} add up to {start:.2f}")
    return f"CASE {' '.join(own + shared)} END" if todo else "NULL"
