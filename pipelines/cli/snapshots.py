"""``oncegrid versions``, ``rollback``, ``prune``: the published snapshots."""

from __future__ import annotations

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import told


@click.command(help=told(
    "The published snapshots, newest first.\n\n" + example("oncegrid versions"),
    "已发布的快照，新的在前。\n\n" + example("oncegrid versions")))  # fmt: skip
@json_option
@click.pass_context
def versions(ctx: click.Context, as_json: bool) -> None:
    from warehouse.publish import versions as published

    rows = [version.row() for version in published(workspace_of(ctx))]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        say(told("Nothing is published yet; run 'oncegrid sync'.", "尚未发布；请运行 'oncegrid sync'。"))


@click.command(help=told(
    "Serve an earlier snapshot again, for every audience.\n\n" + example("oncegrid rollback 20241101T020000"),
    "改用以前的快照（各类用户一并切换）。\n\n" + example("oncegrid rollback 20241101T020000")))  # fmt: skip
@click.argument("version")
@click.pass_context
def rollback(ctx: click.Context, version: str) -> None:
    from warehouse.lock import write_lock
    from warehouse.publish import rollback as go_back

    workspace = workspace_of(ctx)
    with write_lock(workspace, "rollback"):
        go_back(workspace, version)
    say(told(
        f"Serving {version}. The next sync publishes anew from the present editions: reject the edition that was "
        "wrong (oncegrid edition reject) before then.",
        f"现使用 {version}。下次同步会按现有期次重新发布：请先退回有误的期次（oncegrid edition reject）。"))  # fmt: skip


@click.command(help=told(
    "Remove old snapshots, and what no kept snapshot needs.\n\n" + example("oncegrid prune --keep 7"),
    "清除旧快照及其不再需要的中间结果。\n\n" + example("oncegrid prune --keep 7")))  # fmt: skip
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help=told("Snapshots to keep (settings).", "保留份数（默认见设置）。"),
)
@json_option
@click.pass_context
def prune(ctx: click.Context, keep: int | None, as_json: bool) -> None:
    from schemas.settings import load_settings
    from warehouse.lock import write_lock
    from warehouse.publish import prune as remove_old

    workspace = workspace_of(ctx)
    settings = load_settings(workspace.root)
    with write_lock(workspace, "prune"):
        removed = remove_old(workspace, keep if keep is not None else settings.retention.versions)
    if as_json:
        print_json(removed)
    else:
        say(told(f"{len(removed)} snapshots removed.", f"已清除 {len(removed)} 份快照。"))
