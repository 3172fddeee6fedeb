"""The assets of one source: landed bytes, raw text, core records. One factory, from the source's YAML.

None of them raises for a fault of the data: a refused or held edition is a decision in the ledger, shown here
as a failed check that blocks nothing, and the last good edition goes on being served.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.defs.metadata import column_schema, counts
from pipelines.defs.resource import NightResource
from schemas.model import schema
from schemas.problem import told
from schemas.sources import Source
from warehouse.expectations.suites import suites


def source_assets(source: Source) -> list[dg.AssetsDefinition]:
    """``landed`` → ``raw`` → ``core`` of one source."""
    name = source.source
    shared: dict[str, Any] = {
        "group_name": name,
        "owners": [f"team:{name}"],
        "tags": {"source": name},
        "metadata": {"agency": source.agency, "legal_basis": source.legal_basis or "", "mode": source.mode},
    }

    @dg.asset(
        key=[name, "landed"],
        description=f"{source.title}：{source.agency} 的文件，原样落地并存证（sha256）。",
        kinds={"file"},
        **shared,
    )
    def landed(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.land(source)))

    @dg.asset(
        key=[name, "raw"],
        deps=[landed],
        description=f"{source.title}：逐行原文（全文本，带文件、工作表、行号）。",
        kinds={"parquet"},
        **shared,
    )
    def raw(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.read(source)))

    core_shared = shared | {
        "metadata": {**shared["metadata"], **column_schema(*(f"{kind}_core" for kind in source.feeds))}
    }

    @dg.asset(
        key=[name, "core"],
        deps=[raw],
        description=f"{source.title}：规范化后的记录、问题清单与逐行去向。",
        kinds={"duckdb"},
        **core_shared,
    )
    def core(night: NightResource) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=counts(night.open.normalize(source)))

    return [landed, raw, core]


def source_checks(source: Source) -> list[dg.AssetChecksDefinition]:
    """Whether the source's rows add up, hold to their declaration, and whether its newest edition is in use."""
    name, core = source.source, dg.AssetKey([source.source, "core"])

    @dg.asset_check(
        asset=core,
        name=f"{name}_rows_add_up",
        description="每期：读入行数 = 保留 + 跳过 + 拒收。",
        blocking=True,
    )
    def rows_add_up(night: NightResource) -> dg.AssetCheckResult:
        wrong = night.open.rows_that_do_not_add_up(source)
        return dg.AssetCheckResult(passed=not wrong, metadata={"editions": dg.MetadataValue.json(wrong)})

    @dg.asset_check(asset=core, name=f"{name}_in_use", description="最新一期已采用，且未过期。")
    def in_use(night: NightResource) -> dg.AssetCheckResult:
        reasons = night.open.why_not_in_use(source)
        return dg.AssetCheckResult(
            passed=not reasons,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"reasons": dg.MetadataValue.json(reasons)},
        )

    @dg.asset_check(
        asset=core, name=f"{name}_as_declared", blocking=True,
        description="记录表的列、类型、主键与代码符合 schemas/ 的声明：" + "、".join(schema().tables[f"{k}_core"].title for k in source.feeds) + "。",
    )  # fmt: skip
    def as_declared(night: NightResource) -> dg.AssetCheckResult:
        faults = night.open.breaches_of_core(source)
        return dg.AssetCheckResult(passed=not faults, metadata={"faults": dg.MetadataValue.json(faults)})

    return [rows_add_up, in_use, as_declared, _expected(source, core)]


def _expected(source: Source, core: dg.AssetKey) -> dg.AssetChecksDefinition:
    """The source's suites, run once together. A breach holds the delivery back or is told; it never stops the job:
    the source's last good edition and all other sources go on."""
    specs = {
        one.name: dg.AssetCheckSpec(
            name=f"{source.source}_{one.name}", asset=core, description=told(one.en, one.zh),
            metadata={"suite": suite.name, "severity": one.severity},
        ) for suite in suites(source) for one in suite.expectations
    }  # fmt: skip

    @dg.multi_asset_check(
        specs=list(specs.values()), name=f"{source.source}_expectations", description="新一期数据的质量检查。"
    )
    def expected(night: NightResource) -> Iterator[dg.AssetCheckResult]:
        state = night.open.expected(source)
        outcomes = {one.name: one for one in state.outcomes}
        for name, spec in specs.items():
            one = outcomes.get(name)
            if one is None:  # nothing has come of the source since this expectation was declared
                yield dg.AssetCheckResult(
                    asset_key=core, check_name=spec.name, passed=True, metadata={"not checked yet": True}
                )
                continue
            blocking = one.severity == "blocking"
            yield dg.AssetCheckResult(
                asset_key=core, check_name=spec.name, passed=one.passed,
                severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
                description=one.found or None,
                metadata={
                    "offending": one.offending, "checked": state.moment, "page": f"state/expectations/{state.page}",
                    "sample (masked)": dg.MetadataValue.json([dict(row) for row in one.sample]),
                },
            )  # fmt: skip

    return expected
