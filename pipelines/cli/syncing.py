"""``oncegrid sync`` and ``oncegrid status``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from pipelines.cli.app import Usage, example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import told


def _date(ctx: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        raise click.BadParameter(told("a date like 2024-11-01", "请写成 2024-11-01 的形式")) from None


@click.command(help=told(
    "The main job, as the nightly schedule runs it: land, read, normalize, link, unify, publish. Unchanged input "
    "changes nothing.\n\n" + example("oncegrid sync"),
    "主任务（与每晚调度相同）：落地、读取、规范化、关联、归一、发布。输入不变则什么也不变。\n\n" + example("oncegrid sync")))  # fmt: skip
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="S",
    help=told("Only these sources' new files.", "只处理这些数据源的新文件。"),
)
@click.option("--as-of", callback=_date, metavar="DATE", help=told(
    "The date of files that name none (today).", "文件未注明日期时采用的日期（默认今天）。"))  # fmt: skip
@click.option("--wait", type=float, default=0.0, metavar="SECONDS", help=told(
    "Wait for another run to end.", "等待正在进行的任务结束的秒数。"))  # fmt: skip
@json_option
@click.pass_context
def sync(
    ctx: click.Context, sources: tuple[str, ...], as_of: date | None, wait: float, as_json: bool
) -> None:
    from pipelines.cli.progress import reporting
    from pipelines.outcome import NothingPublished, UnknownSource
    from pipelines.sync import sync as run

    try:
        with reporting(quiet=as_json) as report:
            summary = run(workspace_of(ctx), sources=sources, as_of=as_of, wait_seconds=wait, report=report)
    except UnknownSource as problem:
        raise Usage(problem.en, problem.zh) from None
    if as_json:
        print_json(summary.as_dict())
    else:
        _print_summary(summary.as_dict())
    if summary.version is None:
        raise NothingPublished(*summary.why_nothing)
    ctx.exit(0 if summary.all_well else 1)


COLUMNS = ["source", "as_of", "status", "rows_read", "rows_kept", "rows_skipped", "rows_rejected", "issues"]


def _print_summary(summary: dict[str, Any]) -> None:
    rows = summary["sources"]
    print_table(COLUMNS, [[row.get(c) for c in COLUMNS] for row in rows])
    for row in rows:
        for reason in row["reasons"]:
            click.echo(f"  {row['source']}: {reason}")
    for fault in [*summary["faults"], *summary["notes"]]:
        click.echo(f"  {fault}")
    words = {
        "residents": told("residents", "居民"), "households": told("households", "户"), "dwellings": told("dwellings", "房屋"),
        "issues": told("issues", "问题"), "seconds": told("seconds", "秒"),
    }  # fmt: skip
    click.echo(
        ", ".join(f"{summary[key]:,} {word}" for key, word in words.items() if summary.get(key) is not None)
    )
    if summary["version"] is not None:
        changed = (
            told("published", "已发布")
            if summary["changed"]
            else told("nothing changed; still served:", "没有变化，仍使用")
        )
        click.echo(f"{changed} {summary['version']}")


@click.command(help=told(
    "Sources with their last edition, freshness and counts; issues; the current snapshot.\n\n" + example("oncegrid status --json"),
    "各数据源的最新期次、时效与行数，问题数与当前快照。\n\n" + example("oncegrid status --json")))  # fmt: skip
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    from pipelines.status import snapshot_line, source_rows

    workspace = workspace_of(ctx)
    rows = source_rows(workspace)
    if as_json:
        print_json(rows)
    else:
        columns = [
            "source",
            "agency",
            "as_of",
            "status",
            "fresh",
            "rows_read",
            "rows_kept",
            "rows_skipped",
            "rows_rejected",
            "issues",
        ]
        print_table(columns, [[row[c] for c in columns] for row in rows])
        for row in rows:
            if row["reason"]:
                click.echo(f"  {row['source']}: {row['reason']}")
        say(snapshot_line(workspace))
    ctx.exit(0 if all(row["status"] == "ok" for row in rows) else 1)
