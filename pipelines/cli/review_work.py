"""``oncegrid review export``, ``import``, ``sample`` and ``precision``: clerical work in xlsx, and how good linkage is."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from pipelines.cli.review_options import (
    blind_option,
    desk_of,
    filter_options,
    in_order,
    item_row,
    month_option,
    question,
    today_of,
    unmasked_option,
    user_option,
)  # fmt: skip
from schemas.problem import Problem, told


@click.command(help=told(
    "The items as xlsx, to be filled in with WPS or Excel (values masked).\n\n" + example("oncegrid review export 核对表.xlsx --limit 200"),
    "把待核条目导出为 xlsx，供用 WPS 或 Excel 填写（值已遮蔽）。\n\n" + example("oncegrid review export 核对表.xlsx --limit 200")))  # fmt: skip
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@filter_options
@click.option(
    "--sample", "sampled", is_flag=True, help=told("The monthly sample instead.", "改为导出当月抽查。")
)
@month_option
@blind_option
@unmasked_option
@user_option
@json_option
@click.pass_context
def export(ctx: click.Context, file: Path, reasons: tuple[str, ...], statuses: tuple[str, ...], sources: tuple[str, ...],
           area: str | None, limit: int | None, sampled: bool, month: str | None, blind: bool, unmasked: bool, user: str,
           as_json: bool) -> None:  # fmt: skip
    from warehouse.review.desk import Wanted
    from warehouse.review.sample import check_month, sample_items
    from warehouse.review.workbook import export as write

    with question(), desk_of(ctx, unmasked, user) as desk:
        if sampled:
            items = sample_items(desk.judgements, check_month(month or today_of(ctx)[:7]))
        else:
            items = desk.items(Wanted(reasons, statuses or ("waiting",), sources, area, limit))
        items = in_order(items, blind)
        if not items:
            raise Problem("there is nothing to export.", "没有可导出的条目。")
        number = write(
            desk.workspace, file, items, desk.evidence(items, unmasked=unmasked), version=desk.version, user=user,
            day=today_of(ctx), unmasked=unmasked, blind=blind,
        )  # fmt: skip
    if as_json:
        print_json({"file": str(file), "items": len(items), "number": number})
    else:
        say(
            told(
                f"{file}: {len(items)} items (logged as no. {number})",
                f"{file}：{len(items)} 条（记录号 {number}）",
            )
        )


@click.command("import", help=told(
    "Take the verdicts of a filled-in workbook: all of them, or none where something is wrong.\n\n" + example("oncegrid review import 核对表.xlsx"),
    "导入填好的核对表：全部采用；有错则一条也不采用，并指出行列。\n\n" + example("oncegrid review import 核对表.xlsx")))  # fmt: skip
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--user", default=None, help=told("Who decided, where the cell is empty.", "判定人一栏为空时的判定人。")
)
@json_option
@click.pass_context
def import_(ctx: click.Context, file: Path, user: str | None, as_json: bool) -> None:
    from warehouse.review.workbook import take

    done = take(workspace_of(ctx), file, user=user)
    faults = [{"row": f.row, "column": f.column, "problem": told(f.en, f.zh)} for f in done.faults]
    if as_json:
        print_json(
            {"decided": list(done.decided), "known": done.known, "empty": done.empty, "faults": faults}
        )
    else:
        for fault in faults:
            click.echo(told(f"row {fault['row']}, column {fault['column']}: {fault['problem']}",
                            f"第 {fault['row']} 行，列 {fault['column']}：{fault['problem']}"))  # fmt: skip
        words = told(
            f"{len(done.decided)} decisions taken, {done.known} known already, {done.empty} rows still empty",
            f"采用 {len(done.decided)} 项判定，{done.known} 项先前已有，{done.empty} 行未填",
        )
        say(
            words
            if not faults
            else told(f"{len(faults)} faults; nothing was taken.", f"{len(faults)} 处错误，一项也未采用。")
        )
    ctx.exit(1 if faults else 0)


@click.command(help=told(
    "Draw the month's sample of automatic links: the same links whoever draws it.\n\n" + example("oncegrid review sample --month 2026-11"),
    "抽取当月自动关联的样本：由月份决定，谁抽都一样。\n\n" + example("oncegrid review sample --month 2026-11")))  # fmt: skip
@month_option
@click.option(
    "--size",
    default=200,
    show_default=True,
    type=click.IntRange(1, 5000),
    help=told("Links to draw.", "抽取数。"),
)
@json_option
@click.pass_context
def sample(ctx: click.Context, month: str | None, size: int, as_json: bool) -> None:
    from warehouse.review.sample import draw, sample_items

    chosen = month or today_of(ctx)[:7]
    with question(), desk_of(ctx) as desk:
        drawn = draw(desk.judgements, desk.con, chosen, desk.version, size)
        items = sample_items(desk.judgements, chosen)
    if as_json:
        print_json([item_row(item, True) for item in items])
    else:
        say(told(f"{chosen}: {drawn} links drawn; 'oncegrid review export FILE.xlsx --sample --month {chosen} --blind' writes them.",
                 f"{chosen}：已抽 {drawn} 条关联；用 oncegrid review export 文件.xlsx --sample --month {chosen} --blind 导出。"))  # fmt: skip


@click.command(help=told(
    "Precision of automatic links by the month's verdicts, with its 95% interval.\n\n" + example("oncegrid review precision"),
    "按当月抽查的判定估计自动关联的准确率及 95% 区间。\n\n" + example("oncegrid review precision")))  # fmt: skip
@month_option
@json_option
@click.pass_context
def precision(ctx: click.Context, month: str | None, as_json: bool) -> None:
    from dataclasses import asdict

    from warehouse.review.judgements import Judgements
    from warehouse.review.sample import precision as estimate

    with question():
        found = asdict(estimate(Judgements(workspace_of(ctx)), month or today_of(ctx)[:7]))
    if as_json:
        print_json(found)
    else:
        print_table(list(found), [[f"{v:.4f}" if isinstance(v, float) else v for v in found.values()]])


COMMANDS = (export, import_, sample, precision)
