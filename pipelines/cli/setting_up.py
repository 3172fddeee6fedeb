"""``oncegrid init`` and ``oncegrid check``: a new workspace, and what is wrong with one."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, say
from schemas.problem import Problem, told


@click.command(help=told(
    "Make a workspace in DIR; with --demo a synthetic city with every agency's exports.\n\n" + example("oncegrid init city --demo --people 20000"),
    "在 DIR 新建工作区；--demo 生成合成城市及各部门导出文件。\n\n" + example("oncegrid init city --demo --people 20000")))  # fmt: skip
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--demo", is_flag=True, help=told("With a synthetic city.", "附合成城市。"))
@click.option(
    "--people",
    type=click.IntRange(min=100),
    default=20_000,
    show_default=True,
    help=told("People in the demo.", "合成人口数。"),
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help=told("Another city for another seed.", "随机种子。"),
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help=told("Date of the demo's exports (today).", "合成导出文件的日期（默认今天）。"),
)
@click.option(
    "--hard",
    is_flag=True,
    help=told(
        "A demo that is hard to link: namesakes, shared numbers.",
        "难以归并的合成城市：同名同日、一号两人等。",
    ),
)
def init(directory: Path, demo: bool, people: int, seed: int, day: datetime | None, hard: bool) -> None:
    from pipelines.new_workspace import make_workspace

    if hard and not demo:
        raise click.UsageError(
            told("--hard is about the demo: --demo --hard.", "--hard 只用于演示：--demo --hard。")
        )
    make_workspace(directory, city=None if demo else directory.resolve().name)
    if demo:
        from pipelines.demo import make_demo

        report = make_demo(
            directory, people=people, seed=seed, as_of=day.date() if day else date.today(), hard=hard
        )
        say(told(f"demo city of {people:,} people: {report.files} files of {len(report.rows)} sources in {directory}/inbox",
                 f"合成城市 {people:,} 人：{directory}/inbox 中有 {len(report.rows)} 个来源的 {report.files} 个文件"))  # fmt: skip
    say(
        told(
            f"workspace made; next: oncegrid -w {directory} sync",
            f"工作区已建好；下一步：oncegrid -w {directory} sync",
        )
    )


@click.command(help=told(
    "Validate settings, sources and extracts; say what is wrong, where, and what to do.\n\n" + example("oncegrid check --source x --sample"),
    "检查设置、数据源与提取声明，指出错误、位置与改法。\n\n" + example("oncegrid check --source x --sample")))  # fmt: skip
@click.option("--source", "source_name", metavar="S", help=told("Only this source.", "只检查该数据源。"))
@click.option(
    "--sample", is_flag=True, help=told("Preview of mapped rows, masked.", "预览对应后的记录（已遮蔽）。")
)
@json_option
@click.pass_context
def check(ctx: click.Context, source_name: str | None, sample: bool, as_json: bool) -> None:
    from schemas.extracts import load_extracts
    from schemas.settings import load_settings
    from schemas.sources import load_sources

    workspace = workspace_of(ctx)
    load_settings(workspace.root)
    sources, problems = load_sources(workspace.sources)
    extracts, extract_problems = load_extracts(workspace.extracts)
    if source_name is None:
        problems = [*problems, *extract_problems]
    else:
        problems = [p for p in problems if Path(p.file or "").stem == source_name]
        sources = [s for s in sources if s.source == source_name]
        if not sources and not problems:
            raise Problem(
                f"there is no source {source_name} in sources/.", f"sources/ 中没有数据源 {source_name}。"
            )
    if as_json:
        print_json([{"file": p.file, "line": p.line, "problem": p.text()} for p in problems])
    else:
        for problem in problems:
            click.echo(problem.text())
        say(told(f"{len(sources)} sources and {len(extracts)} extracts are sound, {len(problems)} problems",
                 f"{len(sources)} 个数据源、{len(extracts)} 个提取声明正确，{len(problems)} 个问题"))  # fmt: skip
    if sample and not as_json:
        from pipelines.sample import show_sample

        for source in sources:
            show_sample(workspace, source)
    ctx.exit(1 if problems else 0)
