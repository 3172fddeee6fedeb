"""The assets of one source: landed bytes, raw text, core records. One factory, from the source's YAML.

None of them raises for a fault of the data: a refused or held edition is a decision in the ledger, shown here
as a failed check that blocks nothing, and the last good edition goes on being served.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from pipelines.defs.metadata import column_schema, counts
from pipelines.defs.resource import NightResource
from schemas.model import schema
from schemas.problem import told
from schemas.sources import Source
from warehouse.expectations.outcomes import SourceState
from warehouse.expectations.suites import Expectation, suites


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
    """Whether the source's rows add up, hold to their declaration, and whether its newest edition is in use; and its
    suites. One step, and one check a table and severity: each check and each step costs the event log more than the
    work that it tells of. A breach of an expectation holds the delivery back or is told; it never stops the job: the
    source's last good edition and all other sources go on."""
    name, core = source.source, dg.AssetKey([source.source, "core"])
    titles = "、".join(schema().tables[f"{kind}_core"].title for kind in source.feeds)
    groups = _groups(source)
    specs = [
        dg.AssetCheckSpec(
            name=f"{name}_rows_add_up", asset=core, blocking=True,
            description="每期：读入行数 = 保留 + 跳过 + 拒收。",
        ),
        dg.AssetCheckSpec(
            name=f"{name}_as_declared", asset=core, blocking=True,
            description=f"记录表的列、类型、主键与代码符合 schemas/ 的声明：{titles}。",
        ),
        dg.AssetCheckSpec(name=f"{name}_in_use", asset=core, description="最新一期已采用，且未过期。"),
        *(
            dg.AssetCheckSpec(
                name=check, asset=core, description="\n".join(told(one.en, one.zh) for one in held),
                metadata={"suite": suite, "severity": severity, "expectations": [one.name for one in held]},
            )
            for check, (suite, severity, held) in groups.items()
        ),
    ]  # fmt: skip

    @dg.multi_asset_check(specs=specs, name=f"{name}_checks", description="来源数据的全部检查。")
    def checks(night: NightResource) -> Iterator[dg.AssetCheckResult]:
        wrong = night.open.rows_that_do_not_add_up(source)
        yield dg.AssetCheckResult(
            asset_key=core, check_name=f"{name}_rows_add_up", passed=not wrong,
            metadata={"editions": dg.MetadataValue.json(wrong)},
        )  # fmt: skip
        faults = night.open.breaches_of_core(source)
        yield dg.AssetCheckResult(
            asset_key=core, check_name=f"{name}_as_declared", passed=not faults,
            metadata={"faults": dg.MetadataValue.json(faults)},
        )  # fmt: skip
        reasons = night.open.why_not_in_use(source)
        yield dg.AssetCheckResult(
            asset_key=core, check_name=f"{name}_in_use", passed=not reasons, severity=dg.AssetCheckSeverity.WARN,
            metadata={"reasons": dg.MetadataValue.json(reasons)},
        )  # fmt: skip
        state = night.open.expected(source)
        for check, (_, severity, held) in groups.items():
            yield _result(core, check, severity, held, state)

    return [checks]


def _groups(source: Source) -> dict[str, tuple[str, str, list[Expectation]]]:
    """The source's expectations by check: its name → suite, severity, expectations."""
    made: dict[str, tuple[str, str, list[Expectation]]] = {}
    for suite in suites(source):
        for one in suite.expectations:
            check = f"{source.source}_{suite.name}_{one.severity}"
            made.setdefault(check, (suite.name, one.severity, []))[2].append(one)
    return made


def _result(
    core: dg.AssetKey, check: str, severity: str, held: Sequence[Expectation], state: SourceState
) -> dg.AssetCheckResult:
    """What came of the expectations of one check; those that failed are named, with masked rows of each."""
    outcomes = {one.name: one for one in state.outcomes}
    # nothing has come of the source since an expectation was declared: it is not checked yet
    found = [outcomes[one.name] for one in held if one.name in outcomes]
    failed = [one for one in found if not one.passed]
    metadata: dict[str, Any] = {
        "expectations": dg.MetadataValue.json(
            {
                one.name: outcomes[one.name].passed if one.name in outcomes else "not checked yet"
                for one in held
            }
        )
    }
    if found:
        metadata |= {"checked": state.moment, "page": f"state/expectations/{state.page}"}
    if failed:
        metadata |= {
            "offending": dg.MetadataValue.json({one.name: one.offending for one in failed}),
            "sample (masked)": dg.MetadataValue.json(
                {one.name: [dict(row) for row in one.sample] for one in failed}
            ),
        }
    return dg.AssetCheckResult(
        asset_key=core, check_name=check, passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if severity == "blocking" else dg.AssetCheckSeverity.WARN,
        description="\n".join(f"{one.name}: {one.found}" for one in failed) or None, metadata=metadata,
    )  # fmt: skip
