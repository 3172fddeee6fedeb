"""Everything that Dagster loads: assets, checks, the one job, its nightly schedule, the inbox sensor.

The workspace is the one that ONCEGRID_WORKSPACE names, ``./workspace`` by default.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date

import dagster as dg

from pipelines.defs.automation import inbox_sensor, nightly_schedule, sync_job
from pipelines.defs.city import city_assets, city_checks
from pipelines.defs.resource import NightResource
from pipelines.defs.source import source_assets, source_checks
from schemas.settings import load_settings
from schemas.sources import load_sources
from warehouse.workspace import Workspace


def build_defs(
    workspace: Workspace, *, scope: Sequence[str] = (), as_of: date | None = None, lock: bool = True
) -> dg.Definitions:
    """The definitions of one workspace. ``scope`` and ``as_of`` are those of ``oncegrid sync``, which holds the
    workspace's lock itself (``lock=False``)."""
    settings = load_settings(workspace.root)
    sources, _ = load_sources(workspace.sources)
    assets = [asset for source in sources for asset in source_assets(source)]
    checks = [check for source in sources for check in source_checks(source)]
    job = sync_job()
    night = NightResource(
        workspace=str(workspace.root),
        scope=list(scope),
        as_of=as_of.isoformat() if as_of else None,
        lock=lock,
    )
    return dg.Definitions(
        assets=[*assets, *city_assets(sources)],
        asset_checks=[*checks, *city_checks()],
        jobs=[job],
        schedules=[nightly_schedule(job, settings)],
        sensors=[inbox_sensor(job, workspace)],
        resources={"night": night},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    return build_defs(Workspace.open(os.environ.get("ONCEGRID_WORKSPACE", "workspace")))
