"""Great Expectations over an in-memory DuckDB: one session a night, for all sources.

Belongs here: the context, a data asset for each table that suites speak of, and turning results into outcomes with
masked offending rows. Great Expectations is imported when a session is opened, never before: it costs seconds and a
quarter of a gigabyte. Does not belong here: what is expected (``suites.py``), which rows (``deliveries.py``).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from warehouse.checks import masked
from warehouse.expectations.outcomes import Breach, Outcome
from warehouse.expectations.suites import BATCH, Expectation, Suite
from warehouse.store import literal

SAMPLE = 20  # offending rows shown
MEMORY = "1GB"
# Words of these errors name tables and columns; those of others may hold a value.
_SPEAKABLE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class Session:
    """An open session. ``con`` is the DuckDB connection in which the tables to check are made (not temporary)."""

    def __init__(self, *, scratch: Path | None = None, threads: int | None = None) -> None:
        # Telemetry is decided when the package is imported.
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        from warehouse.expectations.dialect import URL, engine_options

        # Its errors are outcomes here, and their texts may hold values.
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
        config: dict[str, Any] = {"memory_limit": MEMORY}
        if scratch is not None:
            config["temp_directory"] = str(scratch)
        if threads is not None:
            config["threads"] = threads
        self.con = duckdb.connect(":memory:", config=config)
        self.con.execute("set enable_progress_bar = false")
        self._gx: Any = gx
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.analytics_enabled = False
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        sources: Any = self._context.data_sources
        self._source = sources.add_sql(
            "oncegrid", connection_string=URL, create_temp_table=False, kwargs=engine_options(self.con)
        )
        self._batches: dict[str, Any] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.con.close()

    def run(self, suite: Suite, deliveries: Mapping[int, str]) -> list[Outcome]:
        """Evaluate ``suite`` over the table or view of its name, which has a column ``og_delivery`` (a number of
        ``deliveries``). Every expectation has an outcome; one that could not be evaluated has failed."""
        if not suite.expectations:
            return []
        made = self._gx.ExpectationSuite(
            name=suite.name, expectations=[self._expectation(one) for one in suite.expectations]
        )
        try:
            result = self._batch(suite.name).validate(made, result_format="BASIC")
        except self._gx.exceptions.GreatExpectationsError:
            passed = {}  # no result is a failure, of each
        else:
            passed = {r.expectation_config.meta["name"]: bool(r.success) for r in result.results}
        return [self._outcome(suite, one, passed.get(one.name), deliveries) for one in suite.expectations]

    def _batch(self, table: str) -> Any:
        if table not in self._batches:
            asset = self._source.add_table_asset(table, table_name=table)
            self._batches[table] = asset.add_batch_definition_whole_table(table)
        return self._batches[table].get_batch()

    def _expectation(self, one: Expectation) -> Any:
        # Braces of ours are doubled: {batch} is Great Expectations' own.
        query = one.breaches.replace("{", "{{").replace("}", "}}").replace(BATCH, "{batch}")
        return self._gx.expectations.UnexpectedRowsExpectation(
            unexpected_rows_query=query,
            description=one.en,
            severity="critical" if one.severity == "blocking" else "warning",
            meta={"name": one.name},
        )

    def _outcome(
        self, suite: Suite, one: Expectation, passed: bool | None, deliveries: Mapping[int, str]
    ) -> Outcome:
        empty = Outcome(one.name, suite.name, one.rule, one.severity, one.en, one.zh, passed=bool(passed))
        if passed:
            return empty
        try:
            rows = self.con.execute(
                f"select * from ({one.breaches.replace(BATCH, suite.name)}) order by all"
            ).fetchall()
            sample = self._sample(suite, one) if rows else ()
        except duckdb.Error as error:
            words = str(error).splitlines()[0] if isinstance(error, _SPEAKABLE) else ""
            return replace(empty, fault=f"{type(error).__name__}: {words}" if words else type(error).__name__)
        breaches = tuple(
            Breach(deliveries[d], f, int(n), None if of is None else int(of)) for d, f, n, of in rows
        )
        # It failed there and finds nothing here: that is a fault of ours, and never a pass.
        fault = None if breaches else ("no result" if passed is None else "failed without a breach")
        return replace(empty, breaches=breaches, sample=sample, fault=fault)

    def _sample(self, suite: Suite, one: Expectation) -> tuple[dict[str, Any], ...]:
        if one.offenders is None:
            return ()
        offenders, breaches = (q.replace(BATCH, suite.name) for q in (one.offenders, one.breaches))
        rows = self.con.execute(
            f"select o.file, o.sheet, o.row_number, o.og_field, o.og_value from ({offenders}) o "
            f"semi join ({breaches}) b on b.og_delivery = o.og_delivery and b.og_field = o.og_field "
            f"order by o.og_field, o.file, o.sheet, o.row_number limit {SAMPLE}"
        ).fetchall()
        fields = dict(one.fields)
        return tuple(
            {"file": file, "sheet": sheet, "row": row, "field": name,
             "value": value if one.rule == "problems" else masked(fields.get(name, ""), value)}
            for file, sheet, row, name, value in rows
        )  # fmt: skip


def scan(paths: list[Path]) -> str:
    """A FROM item over Parquet files."""
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}], union_by_name = true)"
