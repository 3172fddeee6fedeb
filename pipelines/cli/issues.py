"""``oncegrid issues``: what is wrong in the input, by source and kind, and the tickets that go back to the agencies."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli.app import Usage, example, json_option, workspace_of
from pipelines.cli.output import print_csv, print_json, print_table, say
from schemas.problem import told

_TABLE = (
    "source", "status", "severity", "code", "field", "source_column", "file", "sheet", "row_number", "value_masked",
    "first_seen", "editions", "remedy",
)  # fmt: skip


@click.command(help=told(
    "What is wrong in the input: counts by source and code, or row by row; issues of editions that wait for a decision "
    "have the status 'held'.\n\n" + example("oncegrid issues --source police --severity error --rows"),
    "输入数据中的问题：默认按来源和代码计数，--rows 逐条列出；暂缓批次的问题状态为 held。\n\n"
    + example("oncegrid issues --source police --severity error --rows")))  # fmt: skip
@click.option(
    "--source", "sources", multiple=True, metavar="S", help=told("Of these sources.", "只看这些数据源。")
)
@click.option(
    "--agency", metavar="NAME", help=told("Of agencies whose name holds this.", "只看名称含此词的部门。")
)
@click.option(
    "--code", "codes", multiple=True, metavar="CODE", help=told("With these codes.", "只看这些问题代码。")
)
@click.option("--severity", "severities", multiple=True, metavar="SEVERITY",
              help=told("info, warning or error.", "info 提示、warning 警告、error 错误。"))  # fmt: skip
@click.option("--field", "fields", multiple=True, metavar="FIELD",
              help=told("Of these fields, canonical or the source's own column.", "只看这些字段（规范字段名或来源列名）。"))  # fmt: skip
@click.option("--area", metavar="CODE", help=told(
    "Of records in this area or grid (held ones are in none yet).", "只看该区划或网格内的记录（暂缓的尚未定位）。"))  # fmt: skip
@click.option("--status", "statuses", multiple=True, metavar="STATUS",
              help=told("open, held or closed (default: open and held).", "open 未解决、held 暂缓、closed 已解决（默认前两种）。"))  # fmt: skip
@click.option(
    "--rows", "one_by_one", is_flag=True, help=told("Each issue with its place.", "逐条列出所在位置。")
)
@click.option("--limit", type=click.IntRange(min=1), help=told("At most so many rows.", "最多列出的行数。"))
@click.option("--xlsx", "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help=told(
    "Write one correction ticket an agency: its open and held errors and warnings.",
    "每个部门写一份数据更正单（未解决和暂缓的错误、警告）。"))  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help=told("CSV on standard output.", "标准输出为 CSV。"))
@json_option
@click.pass_context
def issues(
    ctx: click.Context,
    sources: tuple[str, ...],
    agency: str | None,
    codes: tuple[str, ...],
    severities: tuple[str, ...],
    fields: tuple[str, ...],
    area: str | None,
    statuses: tuple[str, ...],
    one_by_one: bool,
    limit: int | None,
    folder: Path | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    from warehouse.issues.asking import Issues, NotKnown, Wanted, waiting_words

    if as_csv and as_json:
        raise Usage("--csv and --json exclude each other.", "--csv 与 --json 不能同用。")
    wanted = Wanted(sources, agency, codes, severities, fields, area, statuses or ("open", "held"))
    found = Issues(workspace_of(ctx))
    try:
        if folder is not None:
            _tickets(ctx, found, wanted, folder, as_json)
            return
        answer = found.rows(wanted, limit=limit) if one_by_one else found.counts(wanted)
    except NotKnown as problem:
        raise Usage(problem.en, problem.zh) from None
    finally:
        found.close()
    if as_json:
        print_json(answer.to_pylist())
        return
    names = list(answer.column_names)
    if as_csv:
        print_csv(names, (list(row.values()) for row in answer.to_pylist()))
        return
    shown = [name for name in _TABLE if one_by_one] or [name for name in names if name != "agency"]
    if answer.num_rows:
        print_table(shown, [[row[name] for name in shown] for row in answer.to_pylist()])
    else:
        say(told("No such issue.", "没有符合条件的问题。"))
    for edition in found.waiting:
        say(waiting_words(edition))


def _tickets(ctx: click.Context, found: object, wanted: object, folder: Path, as_json: bool) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from schemas.settings import load_settings
    from warehouse.issues.asking import Issues, Wanted
    from warehouse.issues.tickets import write_tickets

    assert isinstance(found, Issues) and isinstance(wanted, Wanted)
    workspace = workspace_of(ctx)
    today = datetime.now(ZoneInfo(load_settings(workspace.root).timezone)).date()
    written = write_tickets(workspace, found, wanted, folder, today)
    if as_json:
        print_json(
            [
                {
                    "number": t.number,
                    "agency": t.agency,
                    "file": str(t.path),
                    "issues": t.issues,
                    "left_out": t.left_out,
                }
                for t in written
            ]
        )
        return
    for ticket in written:
        say(told(
            f"{ticket.path}: {ticket.issues} issues ({ticket.left_out} for information or ours to settle left out)",
            f"{ticket.path}：{ticket.issues} 处（另有 {ticket.left_out} 处为提示或由平台处理，未列入）"))  # fmt: skip
    if not written:
        say(
            told(
                "No agency has anything to settle; nothing was written.", "没有需要部门更正的问题，未写文件。"
            )
        )
