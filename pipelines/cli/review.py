"""``oncegrid review``: what linkage could not decide, a person's verdicts, work in xlsx, and the monthly sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from pipelines.cli.review_options import (
    blind_option,
    desk_of,
    filter_options,
    in_order,
    item_row,
    note_shown,
    question,
    unmasked_option,
    user_option,
)  # fmt: skip
from pipelines.cli.review_work import COMMANDS
from schemas.problem import told

if TYPE_CHECKING:
    from warehouse.review.judgements import Judgement

VERDICTS = ("same", "different", "unsure")


@click.group(help=told(
    "Who is who, where linkage needs a person: list what waits, decide, undo; export and import xlsx; estimate precision.\n\n"
    + example('oncegrid review decide q1a2b3 different --reason "两人是孪生姐妹"'),
    "需要人工核对的身份疑问：列出、判定、撤销，导出和导入 xlsx，估计准确率。\n\n"
    + example('oncegrid review decide q1a2b3 different --reason "两人是孪生姐妹"')))  # fmt: skip
def review() -> None:
    pass


for _command in COMMANDS:
    review.add_command(_command)


@review.command("list", help=told(
    "What waits for a decision, the most pressing first, the two sides beside each other.\n\n" + example("oncegrid review list --reason twins"),
    "待核条目，紧要的在前，双方并列。\n\n" + example("oncegrid review list --reason twins")))  # fmt: skip
@filter_options
@blind_option
@unmasked_option
@user_option
@json_option
@click.pass_context
def list_(ctx: click.Context, reasons: tuple[str, ...], statuses: tuple[str, ...], sources: tuple[str, ...], area: str | None,
          limit: int | None, blind: bool, unmasked: bool, user: str, as_json: bool) -> None:  # fmt: skip
    from warehouse.review.desk import Wanted

    with question(), desk_of(ctx, unmasked, user) as desk:
        items = in_order(desk.items(Wanted(reasons, statuses or ("waiting",), sources, area, limit)), blind)
        said = desk.evidence(items, unmasked=unmasked)
        note_shown(desk, user, len(items), unmasked)
        if as_json:
            print_json([item_row(item, blind) | {"evidence": said[item.item_id]} for item in items])
            return
    if not items:
        say(told("Nothing waits for a decision.", "没有待核条目。"))
        return
    rows = []
    for item in items:
        told_of = {line["field"]: line for line in said[item.item_id]}
        pairs = [
            " ／ ".join(str(told_of.get(name, {}).get(side) or "-") for side in ("left", "right"))
            for name in ("name", "id_number", "birth_date")
        ]
        scores = [] if blind else [item.reason_label, item.match_weight, item.suggestion, item.priority]
        rows.append([item.item_id, *scores, len(item.left) + len(item.right), *pairs])
    names = [] if blind else ["reason", "weight", "suggestion", "priority"]
    print_table(["item_id", *names, "records", "name", "id_number", "birth_date"], rows)
    say(told(f"{len(items)} items. 'oncegrid review show ITEM' shows all that is known of one.",
             f"共 {len(items)} 条。oncegrid review show 条目编号 查看详情。"))  # fmt: skip


@review.command(help=told(
    "One item: what each side says, what linkage weighed, what was decided.\n\n" + example("oncegrid review show q1a2b3"),
    "一个条目：双方所述、各项权重、以往判定。\n\n" + example("oncegrid review show q1a2b3")))  # fmt: skip
@click.argument("item")
@blind_option
@unmasked_option
@user_option
@json_option
@click.pass_context
def show(ctx: click.Context, item: str, blind: bool, unmasked: bool, user: str, as_json: bool) -> None:
    with desk_of(ctx, unmasked, user) as desk:
        found = desk.item(item)
        evidence = desk.evidence([found], unmasked=unmasked)[found.item_id]
        links = [] if blind else desk.links(found)
        decisions = [] if blind else [_decision(one) for one in desk.decisions(found)]
        note_shown(desk, user, 1, unmasked)
    if as_json:
        print_json(item_row(found, blind) | {"evidence": evidence, "links": links, "decisions": decisions})
        return
    for name, value in item_row(found, blind).items():
        click.echo(f"{name}: {value}")
    print_table(["field", "left", "right", "agreement"], [[one["label"], one["left"], one["right"], one["agreement"]] for one in evidence])  # fmt: skip
    for rows in (links, decisions):
        if rows:
            print_table(list(rows[0]), [list(row.values()) for row in rows])


@review.command(help=told(
    "A person's word on an item; the next sync acts on it.\n\n" + example('oncegrid review decide q1a2b3 same --reason "电话核实"'),
    "对一个条目作出判定，下次同步生效。\n\n" + example('oncegrid review decide q1a2b3 same --reason "电话核实"')))  # fmt: skip
@click.argument("item")
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.option("--reason", required=True, help=told("Why; kept with the decision.", "理由，随判定保存。"))
@user_option
@json_option
@click.pass_context
def decide(ctx: click.Context, item: str, verdict: Any, reason: str, user: str, as_json: bool) -> None:
    from warehouse.review.desk import decide as take

    with desk_of(ctx) as desk:
        found = desk.item(item)
        with desk.judgements.writing() as entry:
            made, new = take(entry, found, verdict, user=user, reason=reason)
    _told_decision(made, new, as_json)


@review.command(help=told(
    "A person's word on two records, written source:record_key.\n\n"
    + example('oncegrid review pair gaoling:G17 gongan:8841 different --reason "已上门核实"'),
    "直接对两条记录作出判定，记录写作 来源:记录主键。\n\n"
    + example('oncegrid review pair gaoling:G17 gongan:8841 different --reason "已上门核实"')))  # fmt: skip
@click.argument("left")
@click.argument("right")
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.option("--reason", required=True, help=told("Why; kept with the decision.", "理由，随判定保存。"))
@user_option
@json_option
@click.pass_context
def pair(
    ctx: click.Context, left: str, right: str, verdict: Any, reason: str, user: str, as_json: bool
) -> None:
    from warehouse.explain.finding import find_record
    from warehouse.gateway import connect
    from warehouse.review.judgements import Judgements

    workspace = workspace_of(ctx)
    with connect(workspace) as con:
        ends = [find_record(con, text) for text in (left, right)]
    made, new = Judgements(workspace).decide(verdict, ends[:1], ends[1:], user=user, reason=reason)
    _told_decision(made, new, as_json)


@review.command(help=told(
    "Take a decision back; ids return to what they were with the next sync.\n\n" + example('oncegrid review undo J00000007 --reason "看错了人"'),
    "撤销一项判定，下次同步后编号恢复原状。\n\n" + example('oncegrid review undo J00000007 --reason "看错了人"')))  # fmt: skip
@click.argument("decision")
@click.option("--reason", required=True, help=told("Why; kept.", "理由，随撤销保存。"))
@user_option
@json_option
@click.pass_context
def undo(ctx: click.Context, decision: str, reason: str, user: str, as_json: bool) -> None:
    from warehouse.review.judgements import Judgements

    made = Judgements(workspace_of(ctx)).undo(decision, user=user, reason=reason)
    if as_json:
        print_json(_decision(made))
    else:
        say(told(f"{decision} is taken back ({made.judgement_id}); the next sync acts on it.",
                 f"已撤销 {decision}（{made.judgement_id}），下次同步生效。"))  # fmt: skip


@review.command(help=told(
    "Every decision ever made, and what took it back.\n\n" + example("oncegrid review decisions"),
    "全部判定及其撤销。\n\n" + example("oncegrid review decisions")))  # fmt: skip
@json_option
@click.pass_context
def decisions(ctx: click.Context, as_json: bool) -> None:
    from warehouse.review.judgements import Judgements

    rows = [_decision(one) for one in Judgements(workspace_of(ctx)).history()]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        say(told("Nothing was decided yet.", "尚无判定。"))


def _decision(one: Judgement) -> dict[str, Any]:
    return {
        "judgement_id": one.judgement_id, "verdict": one.verdict, "item_id": one.item_id, "user": one.user,
        "reason": one.reason, "at": one.at, "ends": one.ends, "ended_by": one.ended_by,
        "left_records": len(one.left), "right_records": len(one.right),
    }  # fmt: skip


def _told_decision(made: Judgement, new: bool, as_json: bool) -> None:
    if as_json:
        print_json(_decision(made) | {"new": new})
    elif new:
        say(told(f"{made.judgement_id}: {made.verdict} by {made.user}. The next sync acts on it.",
                 f"{made.judgement_id}：{made.user} 判定为 {made.verdict}，下次同步生效。"))  # fmt: skip
    else:
        say(told(f"this was decided already: {made.judgement_id}, {made.user}, {made.at[:10]}.",
                 f"先前已作此判定：{made.judgement_id}，{made.user}，{made.at[:10]}。"))  # fmt: skip
