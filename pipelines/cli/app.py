"""The command group, its global options, and how a Problem becomes a message and an exit status.

Exit status (DESIGN A1): 0 all well; 1 done with failures, or refused, denied, not found; 2 usage error or a
broken oncegrid.yaml; 3 nothing could be published.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from schemas.problem import Problem, told
from warehouse.workspace import Workspace, private_files

# name → module that holds it; a command's module is imported when the command is called or its help is shown.
COMMANDS = {
    "init": "setting_up", "check": "setting_up", "infer": "reading", "read": "reading", "sync": "syncing",
    "status": "syncing", "edition": "editions", "issues": "issues", "review": "review", "model": "model", "sql": "querying", "extract": "querying", "explain": "explaining",
    "versions": "snapshots", "rollback": "snapshots", "prune": "snapshots", "up": "serving",
}  # fmt: skip


class Usage(Problem):
    """A fault of the command line or of oncegrid.yaml: exit status 2, nothing was changed."""


def status_of(problem: Problem) -> int:
    """The exit status that a Problem ends a command with."""
    from pipelines.outcome import NothingPublished
    from schemas.settings import SettingsProblem
    from warehouse.lock import Held

    if isinstance(problem, (Usage, SettingsProblem)):
        return 2
    if isinstance(problem, (NothingPublished, Held)):
        return 3
    return 1


class LazyGroup(click.Group):
    """A group whose commands are imported one by one, so that ``--help`` and small commands start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pipelines.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            label = told("error", "错误")
            for line in problem.text().splitlines() or [""]:
                click.echo(f"{label}: {line}", err=True)
            ctx.exit(status_of(problem))
        except BrokenPipeError:  # the reader of our output (head, less) has gone; that is its right
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=told(
        "OnceGrid: agencies' exports in, one trustworthy answer out. Collect once, use many.\n\n"
        "Example: oncegrid init city --demo && oncegrid -w city sync",
        "一采通：各部门导出的文件进来，一份可信的数据出去。一次采集、多方利用。\n\n"
        "示例：oncegrid init city --demo && oncegrid -w city sync",
    ),
)
@click.option(
    "-w", "--workspace", envvar="ONCEGRID_WORKSPACE", default="workspace", show_default=True, metavar="DIR",
    help=told("The workspace's folder (ONCEGRID_WORKSPACE).", "工作区目录（ONCEGRID_WORKSPACE）。"),
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False,
    help=told("Language of the messages (by locale).", "提示语言（默认随系统）。"),
)  # fmt: skip
@click.version_option(package_name="oncegrid", prog_name="oncegrid")
@click.pass_context
def app(ctx: click.Context, workspace: str) -> None:
    private_files()
    ctx.obj = workspace


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace that ``-w`` names. Raises Usage where there is none."""
    try:
        return Workspace.open(ctx.obj)
    except Problem as problem:
        raise Usage(problem.en, problem.zh, file=problem.file) from None


def example(text: str) -> str:
    """The example at the end of a command's help."""
    return told("Example: ", "示例：") + text


Decorated = Callable[..., Any]


def json_option(command: Decorated) -> Decorated:
    """``--json``: standard output is one JSON value and nothing else."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help=told("One JSON value on standard output.", "标准输出为一个 JSON 值。"),
    )(command)
