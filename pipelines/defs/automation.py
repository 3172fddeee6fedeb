"""The one job, when it runs by itself, and what makes it run early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from schemas.settings import Settings
from warehouse.workspace import Workspace


def sync_job() -> dg.UnresolvedAssetJobDefinition:
    """The main job: every asset, in one process (the work database has one writer)."""
    return dg.define_asset_job(
        "sync",
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="落地、读取、规范化、定位、关联、归一、发布。",
    )


def nightly_schedule(job: dg.UnresolvedAssetJobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """Every night at the city's hour."""
    return dg.ScheduleDefinition(
        name="nightly", job=job, cron_schedule=settings.nightly_cron, execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING, description="每晚同步。",
    )  # fmt: skip


def inbox_sensor(job: dg.UnresolvedAssetJobDefinition, workspace: Workspace) -> dg.SensorDefinition:
    """Runs the job when files have come and lain still for ten minutes. Off until an operator turns it on."""

    @dg.sensor(
        job=job,
        name="inbox",
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="收件箱有新文件时同步。",
    )
    def inbox(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        newest = max((p.stat().st_mtime for p in workspace.inbox.glob("*/*") if p.is_file()), default=0.0)
        if newest <= float(context.cursor or 0) or datetime.now(UTC).timestamp() - newest < 600:
            yield dg.SkipReason("收件箱没有已放稳的新文件。")
            return
        context.update_cursor(str(newest))
        yield dg.RunRequest(run_key=str(newest))

    return inbox
