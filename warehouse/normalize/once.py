"""Cells whose values repeat are read once a value: a table of readings, joined to the rows.

Sexes, dates, addresses of a household, names: of five million rows a column may hold ten or a million different
texts. Where few enough differ, the reading is made over the distinct cells and written out, and a row finds its
own by a join; the result is the same, so that only the time depends on which way was taken.

Belongs here: which cells are worth it, and their tables. Does not belong here: the types' SQL, the statement of the
rows (``records.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.normalize.steps import Cell, Reading, Step, compose
from warehouse.store import Store, quoted

FROM_ROWS = 100_000  # fewer are read before a sample is counted
SAMPLE = 50_000
AT_MOST = 0.5  # of the rows may be different values
FEW = 5_000  # different words, and a column is kept as numbers of them
# Types that cost no more than a join: worth it for the few words alone, which are written faster.
CHEAP = ("text", "key")
NEVER = ("id_number",)  # they hardly repeat, and look at their neighbours
_KEY = Cell("v", "v_raw", "v_long", "v_as_of")


def key_cell(born: bool) -> Cell:
    """The cell that the reading of a table of distinct values is over."""
    return Cell(_KEY.field, _KEY.raw, _KEY.long, _KEY.as_of, born)


@dataclass(frozen=True)
class RawColumns:
    """Where a field's cell lies in ``og_raw``: the columns of its text and of its 'long number' flag."""

    text: str
    long: str


@dataclass(frozen=True)
class _Table:
    """One table of readings: its name, the columns that tell its cells apart, and the type of few words of every
    column that has but few."""

    name: str
    keys: tuple[str, ...]
    words: Mapping[str, str]

    @property
    def scan(self) -> str:
        """A FROM item of the table; a column of few words stands in it a second time, as such: ``w_…``."""
        few = "".join(
            f", cast({quoted(name)} as {kind}) as {quoted('w_' + name)}" for name, kind in self.words.items()
        )
        return f"(select *{few} from {self.name})"


@dataclass(frozen=True)
class Joined:
    """How rows get what is read once: the join, the columns to select, and of those that hold few words the column
    that holds the same as such (``Store.words``)."""

    join: str
    columns: str
    words: Mapping[str, str]


@dataclass
class Once:
    """The tables of one batch: by reading, made when first asked for. ``repeats``: of columns that are worth one, about
    how many values they have."""

    store: Store
    repeats: Mapping[str, float] = field(default_factory=dict)
    _made: dict[str, _Table] = field(default_factory=dict)

    def drop(self) -> None:
        """Drop the tables made so far."""
        for table in self._made.values():
            self.store.con.execute(f"drop table if exists {table.name}")
        self._made.clear()

    def worth(self, columns: RawColumns, field_type: str) -> bool:
        """Whether the cell's values repeat enough to be read once each."""
        values = self.repeats.get(columns.text)
        return values is not None and field_type not in NEVER and (field_type not in CHEAP or values <= FEW)

    def join(self, name: str, columns: Sequence[RawColumns], reading: Reading) -> tuple[Joined, Reading]:
        """The join and the reading of the field ``name`` of rows ``r`` of ``og_raw``; ``columns`` are all the cells that
        are read alike, the first its own. ``reading`` is over ``key_cell``."""
        table = self._table(columns, reading)
        own = {_KEY.raw: f"r.{columns[0].text}", _KEY.long: f"r.{columns[0].long}", _KEY.as_of: "r.as_of"}
        alias = quoted(f"once_{name}")
        on = " and ".join(f"{alias}.{key} is not distinct from {own[key]}" for key in table.keys)
        made = {"value": f"read_{name}", "issue": f"issue_{name}"} | {
            o: f"{o}_of_{name}" for o in reading.outputs
        }
        selected = "".join(f", {alias}.{quoted('o_' + o)} as {quoted(column)}" for o, column in made.items())
        words = {column: f"words_{column}" for o, column in made.items() if f"o_{o}" in table.words}
        selected += "".join(
            f", {alias}.{quoted('w_o_' + o)} as {quoted(words[column])}"
            for o, column in made.items()
            if column in words
        )
        outputs = {o: made[o] for o in reading.outputs}
        return (
            Joined(f" left join {table.scan} as {alias} on {on}", selected, words),
            Reading((), made["value"], made["issue"], outputs),
        )

    def _table(self, columns: Sequence[RawColumns], reading: Reading) -> _Table:
        """The table of a reading's distinct cells; which of text, flag and day tell them apart is seen in its SQL."""
        said = repr(reading)
        keys = (_KEY.raw, *(key for key in (_KEY.long, _KEY.as_of) if key in said))
        signature = f"{said} {sorted({c.text for c in columns})}"
        if signature not in self._made:
            name = f"og_once_{len(self._made)}"
            sources = {_KEY.raw: "text", _KEY.long: "long"}
            cells = " union all ".join(
                "select "
                + ", ".join(
                    f"{getattr(one, sources[key]) if key in sources else 'as_of'} as {key}" for key in keys
                )
                + " from og_raw"
                for one in dict.fromkeys(columns)
            )
            select = {key: key for key in keys} | {"o_value": reading.value, "o_issue": reading.issue}
            select |= {f"o_{name}": sql for name, sql in reading.outputs.items()}
            # Written out at once, as the rows are: nothing may stand above the steps.
            self.store.make(name, compose(f"select distinct * from ({cells})", [reading], select))
            self._made[signature] = _Table(name, keys, self._words(name))
        return self._made[signature]

    def _words(self, table: str) -> dict[str, str]:
        """The columns of a table that hold few different texts, and the type of each."""
        texts = [
            row[0]
            for row in self.store.rows(f"describe {table}")
            if row[0].startswith("o_") and row[0] != "o_issue" and row[1] == "VARCHAR"
        ]
        if not texts:
            return {}
        counts = self.store.rows(
            f"select {', '.join(f'approx_count_distinct({quoted(name)})' for name in texts)} from {table}"
        )[0]
        return {
            name: self.store.words(
                row[0]
                for row in self.store.rows(
                    f"select distinct {quoted(name)} from {table} where {quoted(name)} is not null"
                )
            )
            for name, count in zip(texts, counts, strict=True)
            if 0 < count <= FEW
        }


def settled(name: str, reading: Reading) -> Reading:
    """The reading with its value, issue and outputs as columns of a last step, so that whoever mentions them twice
    does not have them computed twice."""
    made: dict[str, str] = {f"read_{name}": reading.value, f"issue_{name}": reading.issue}
    made |= {f"{output}_of_{name}": sql for output, sql in reading.outputs.items()}
    step: Step = dict(made)
    return Reading(
        (*reading.steps, step), f"read_{name}", f"issue_{name}", {o: f"{o}_of_{name}" for o in reading.outputs}
    )  # fmt: skip


def repeating(store: Store, columns: Sequence[str], rows: int) -> dict[str, float]:
    """Which of the text columns of ``og_raw`` repeat their values enough, and about how many they have. From a sample of
    the first rows: what is seen once and twice there tells how many values there are in all (Chao's estimate)."""
    if rows < FROM_ROWS or not columns:
        return {}
    con = store.con
    con.execute(
        f"create or replace temp table og_sample as select {', '.join(columns)} from og_raw limit {SAMPLE}"
    )
    found = {}
    for column in columns:
        stated, seen, single, double = store.rows(
            f"select coalesce(sum(n), 0), count(*), count(*) filter (n = 1), count(*) filter (n = 2) "
            f"from (select count(*) as n from og_sample where {column} is not null group by {column})"
        )[0]
        values = seen + single * single / (2 * max(double, 1))
        if values <= AT_MOST * rows * stated / min(rows, SAMPLE):
            found[column] = values
    con.execute("drop table og_sample")
    return found
