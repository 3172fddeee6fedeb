"""The assets over all sources: place → link → one → published, and the checks that stand before publishing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from pipelines.city import checked_tables
from pipelines.defs.metadata import column_schema, counts
from pipelines.defs.resource import NightResource
from schemas.problem import told
from schemas.sources import Source
from warehouse.checks import all_checks
from warehouse.checks.declared import Check

FAILED = "failed"  # the metadata that names the checks that failed
SHARED: dict[str, Any] = {"group_name": "city", "owners": ["team:oncegrid"]}


def city_assets(sources: Sequence[Source]) -> list[dg.AssetsDefinition]:
    """The stages over the current records of all sources."""
    cores = [dg.AssetKey([source.source, "core"]) for source in sources]

    @dg.asset(
        deps=cores, description="行政区划、网格、房屋，以及每条记录落在哪里、依据哪条规则。",
        metadata=column_schema("resident_placed", "area", "grid", "dwelling"), kinds={"duckdb"}, **SHARED,
    )  # fmt: skip
    def place(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.place()))

    @dg.asset(
        deps=[place], description="谁是谁：每条记录归属的居民编号、规则与概率。",
        metadata=column_schema("assignment", "resident_change"), kinds={"duckdb"}, **SHARED,
    )  # fmt: skip
    def link(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.link()))

    @dg.asset(
        deps=[link], description="归一：居民、户、房屋、事件、待遇等金表及其依据。",
        metadata=column_schema("resident", "household", "resident_value"), kinds={"duckdb"}, **SHARED,
    )  # fmt: skip
    def one(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.unify()))

    @dg.asset(
        deps=[one], description="发布：每类用户一个新文件，核对后切换。",
        metadata=column_schema("snapshot"), kinds={"duckdb", "parquet"}, **SHARED,
    )  # fmt: skip
    def published(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.publish()))

    return [place, link, one, published]


def city_checks() -> list[dg.AssetChecksDefinition]:
    """Every check of ``warehouse/checks``, blocking: what fails one is not published. Those of one table are one check of
    the graph, since each costs the event log more than the work that it tells of."""
    one = dg.AssetKey("one")
    groups: dict[str, list[Check]] = {}
    for check in all_checks(checked_tables()):
        groups.setdefault(f"{_table(check)}_holds", []).append(check)
    specs = [
        dg.AssetCheckSpec(
            name=name, asset=one, blocking=True, description="\n".join(told(check.en, check.zh) for check in checks),
            metadata={"checks": [check.name for check in checks]},
        ) for name, checks in groups.items()
    ]  # fmt: skip

    @dg.multi_asset_check(specs=specs, name="before_publishing", description="发布前的全部检查。")
    def before_publishing(night: NightResource) -> Iterator[dg.AssetCheckResult]:
        found = {result.name: result for result in night.open.check()}
        for name, checks in groups.items():
            # An unchanged night makes no tables: what is served passed these checks when it was published.
            made = [found[check.name] for check in checks if check.name in found]
            failed = [result for result in made if not result.passed]
            metadata: dict[str, Any] = {"checks": len(made)} if made else {"unchanged": True}
            if failed:
                metadata |= {
                    FAILED: ", ".join(result.name for result in failed),
                    "offending": dg.MetadataValue.json({result.name: result.offending for result in failed}),
                    "sample (masked)": dg.MetadataValue.json(
                        {result.name: list(result.sample) for result in failed}
                    ),
                }
            yield dg.AssetCheckResult(
                asset_key=one, check_name=name, passed=not failed, metadata=metadata,
                description="\n".join(f"{result.name}: {result.says}" for result in failed) or None,
            )  # fmt: skip

    return [before_publishing]


def _table(check: Check) -> str:
    """The table that a check is told under: the one that its name begins with, of those it needs."""
    named = [table for table in check.needs if check.name.startswith(f"{table}_")]
    return max(named, key=len, default=min(check.needs))
