"""The work database and the one gate through which every table is written.

A stage's result is a folder of Parquet files named by a hash of all that went into it. It is built beside
its place and renamed at the end, so that a result is whole or absent, a second run over the same input finds
it and does nothing, and a killed run leaves only a ``*.building`` folder that the next run sweeps.
No table leaves a stage but by ``Stage.write``, which holds it to its declaration in ``schemas/``.

Does not belong here: what the tables say (``normalize/``, ``place/``, ``link/``, ``unify/``).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from schemas.derive import duckdb_type
from schemas.model import Column, Table, schema
from warehouse.workspace import Workspace


def quoted(name: str) -> str:
    """``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


_NOTHING = '"NULL"'  # the type of a column that holds nothing, as DESCRIBE tells it
# The lowest level of zstd: a sixth of the time of writing less than the usual one, for files 2 % larger (2.0.0).
PARQUET = "format parquet, compression zstd, compression_level 1, row_group_size 50000"


def signature(inputs: object) -> str:
    """A short hash of anything that JSON can hold, equal for equal content."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Store:
    """The work database of one workspace. One read-write process at a time (see ``lock.py``)."""

    def __init__(self, workspace: Workspace, *, memory: str = "4GB", threads: int | None = None) -> None:
        self.workspace = workspace
        workspace.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        config: dict[str, Any] = {"temp_directory": str(workspace.scratch), "memory_limit": memory}
        if threads is not None:
            config["threads"] = threads
        self.con = duckdb.connect(str(workspace.work_database), config=config)
        # It would be drawn on standard output, where results go.
        self.con.execute("set enable_progress_bar = false")
        # It looks for joins in every IN list of the generated CASEs: two thirds of the planning of a source's
        # statement (1.9 s of 2.5 s for 80,000 characters of SQL), and it finds none.
        self.con.execute("set disabled_optimizers = 'in_clause'")

    def close(self) -> None:
        self.con.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def rows(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """All rows of a query. For small results: counts, keys, statistics."""
        return self.con.execute(sql, parameters).fetchall()

    def breaches(self, spec: Table, scan: str) -> tuple[int, list[str]]:
        """How many rows ``scan`` (a FROM item) has, and in words where it breaks the declaration of ``spec``:
        columns, an empty or repeated key, a code that is not in its list. The words hold no value."""
        columns = [row[0] for row in self.rows(f"describe select * from {scan}")]
        if columns != list(spec.column_names):
            return 0, [f"{spec.name}: its columns are {columns}"]
        key = ", ".join(quoted(k) for k in spec.key)
        nulls = " + ".join(f"count(*) filter (where {quoted(k)} is null)" for k in spec.key) or "0"
        count, empty = self.rows(f"select count(*), {nulls} from {scan}")[0]
        faults = [f"{spec.name}: {empty} empty values in the key ({key})"] if empty else []
        if spec.key:
            twice = self.rows(
                f"select count(*) from (select {key} from {scan} group by {key} having count(*) > 1)"
            )[0][0]
            if twice:
                faults.append(f"{spec.name}: {twice} values of the key ({key}) stand more than once")
        for column in spec.columns:
            if column.field.codes is None or column.name.endswith("_label"):
                continue
            codes = ", ".join(literal(code.code) for code in schema().code_lists[column.field.codes].codes)
            wrong = self.rows(f"select count(*) from {scan} where {quoted(column.name)} not in ({codes})")[0][
                0
            ]
            if wrong:
                faults.append(
                    f"{spec.name}.{column.name}: {wrong} values are not in the list {column.field.codes}"
                )
        return int(count), faults

    def make(self, name: str, select: str) -> None:
        """Make the temp table ``name`` of ``select``, its rows in any order.

        A third of the time of writing and reading Parquet with as many columns, and on all threads only where the
        order of the rows need not be kept (measured on 2.0.0). What exceeds the memory is spilled.
        """
        self.con.execute("set preserve_insertion_order = false")
        try:
            self.con.execute(f"create or replace temp table {name} as {select}")
        finally:
            self.con.execute("set preserve_insertion_order = true")

    def words(self, found: Iterable[str]) -> str:
        """A type of the work database for a column that holds none but these few words; it is written as text.

        The Parquet writer numbers the words of a text column value by value, twice; those of such a type are numbered
        already, which is three to four times as fast, and a sort carries one byte of them (measured on 2.0.0).
        """
        # In the order of the text, so that what is sorted by them is sorted alike.
        listed = sorted(set(found))
        name = quoted(f"og_words_{signature(listed)}")
        self.con.execute(f"create temp type if not exists {name} as enum ({', '.join(map(literal, listed))})")
        return name

    def stage(self, name: str, inputs: object) -> Stage:
        """The stage ``name`` for these inputs (anything JSON can hold: signatures, settings, versions)."""
        return Stage(self, name, signature(inputs), inputs)

    def sweep(self) -> None:
        """Remove what killed runs left: half-built stages and spill files."""
        for path in self.workspace.stages.glob("**/*.building"):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.workspace.scratch.iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


class Stage:
    """One stage's result: ``with store.stage("link", inputs) as stage: if not stage.done: stage.write(…)``."""

    def __init__(self, store: Store, name: str, key: str, inputs: object) -> None:
        self.store, self.name, self.key, self.inputs = store, name, key, inputs
        self.directory = store.workspace.stages / name / key
        self._building = self.directory.with_name(f"{key}.building")
        self.done = self.directory.is_dir()
        self.counts: dict[str, int] = {}
        self.facts: dict[str, Any] = {}
        if self.done:
            told = json.loads((self.directory / "stage.json").read_text("utf-8"))
            self.counts, self.facts = told["counts"], told["facts"]

    def __enter__(self) -> Stage:
        if not self.done:
            shutil.rmtree(self._building, ignore_errors=True)
            self._building.mkdir(parents=True, mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.done:
            return
        if kind is not None:
            shutil.rmtree(self._building, ignore_errors=True)
            return
        told = {"stage": self.name, "counts": self.counts, "facts": self.facts, "inputs": self.inputs}
        (self._building / "stage.json").write_text(
            json.dumps(told, ensure_ascii=False, indent=1, default=str), "utf-8"
        )
        self._building.replace(self.directory)
        self.done = True

    def path(self, table: str) -> Path:
        """Where the Parquet file of ``table`` lies (in the building folder until the stage is done)."""
        return (self.directory if self.done else self._building) / f"{table}.parquet"

    def scan(self, table: str) -> str:
        """``table`` as a SQL table function, for the FROM clause of a later statement."""
        return f"read_parquet({literal(str(self.path(table)))})"

    def write(self, table: Table | str, select: str, parameters: Mapping[str, object] | None = None) -> int:
        """Write the rows of ``select`` as ``table``; returns how many.

        The gate: the columns must be those declared (any order), each is cast to its declared type, the key
        must be unique and never null, and a code must stand in its list. A breach is a fault of the program,
        so it raises ``GateError`` with the breach and never a value.
        """
        spec = schema().tables[table] if isinstance(table, str) else table
        con, target = self.store.con, self.path(spec.name)
        columns = con.execute(f"describe {select}", parameters).fetchall()
        given = {row[0]: row[1] for row in columns}
        declared = [column.name for column in spec.columns]
        if set(given) != set(declared) or len(given) != len(columns):
            missing, extra = sorted(set(declared) - set(given)), sorted(set(given) - set(declared))
            raise GateError(f"{spec.name}: columns missing {missing}, not declared {extra}")
        try:
            con.execute(self._copy(spec, select, given, target, few=True), parameters)
        except duckdb.ConversionException:
            # A code that is not in its list, perhaps: the gate tells which column, and never the value.
            con.execute(self._copy(spec, select, given, target, few=False), parameters)
        rows, faults = self.store.breaches(spec, f"read_parquet({literal(str(target))})")
        if faults:
            raise GateError("; ".join(faults))
        self.counts[spec.name] = rows
        return rows

    def _copy(self, spec: Table, select: str, given: Mapping[str, str], target: Path, *, few: bool) -> str:
        """The statement that writes ``select``, whose columns are of the types ``given``. ``few``: codes as few words."""
        order = [*spec.order, *(k for k in spec.key if k not in spec.order)]
        sorted_, written = [], []
        for column in spec.columns:
            name = quoted(column.name)
            if given[column.name] == _NOTHING and column.name not in order and column is not spec.columns[0]:
                # Nothing to carry through the sort.
                written.append(f"cast(null as {duckdb_type(column.field)}) as {name}")
            else:
                sorted_.append(self._cast(column, given[column.name], few))
                written.append(name)
        by = f" order by {', '.join(f'{quoted(name)} nulls last' for name in order)}" if order else ""
        return (
            f"copy (select {', '.join(written)} from (select {', '.join(sorted_)} from ({select}){by})) "
            f"to {literal(str(target))} ({PARQUET})"
        )

    def _cast(self, column: Column, given: str, few: bool) -> str:
        name, kind = quoted(column.name), duckdb_type(column.field)
        if given.startswith("ENUM(") and kind == "VARCHAR":
            return name
        if few and column.field.codes is not None and not column.name.endswith("_label"):
            kind = self.store.words(code.code for code in schema().code_lists[column.field.codes].codes)
        return f"cast({name} as {kind}) as {name}"


class GateError(AssertionError):
    """A table does not hold to its declaration: a fault of this program, not of the data."""
