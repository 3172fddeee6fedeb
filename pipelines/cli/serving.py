"""``oncegrid up``: Dagster's web server and the daemon that runs the nightly schedule, on loopback."""

from __future__ import annotations

import click

from pipelines.cli.app import example, workspace_of
from schemas.problem import told


@click.command(help=told(
    "Dagster (web server, and the daemon with the nightly schedule), until Ctrl-C.\n\n" + example("oncegrid up --port 3000"),
    "启动 Dagster（网页与每晚调度），按 Ctrl-C 结束。\n\n" + example("oncegrid up --port 3000")))  # fmt: skip
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=told("Address to listen on.", "监听地址。")
)
@click.option(
    "--port", default=3000, show_default=True, type=int, help=told("Port of the web server.", "网页端口。")
)
@click.pass_context
def up(ctx: click.Context, host: str, port: int) -> None:
    from pipelines.instance import serve

    ctx.exit(serve(workspace_of(ctx), host, port))
