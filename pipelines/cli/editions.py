"""``oncegrid edition``: what was held back, and a person's word on it."""

from __future__ import annotations

import getpass

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import Problem, told
from warehouse.workspace import Workspace

WAITING = ("held", "conflict", "failed")


@click.group(help=told("Editions that wait for a decision.", "等待人工决定的数据期次。"))
def edition() -> None:
    pass


@edition.command("list", help=told(
    "Editions that were held back, are in conflict or could not be read.\n\n" + example("oncegrid edition list"),
    "被暂扣、有冲突或无法读取的期次。\n\n" + example("oncegrid edition list")))  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=told("All editions ever landed.", "全部期次。"))
@json_option
@click.pass_context
def list_(ctx: click.Context, everything: bool, as_json: bool) -> None:
    from warehouse.ledger import Ledger

    with Ledger(workspace_of(ctx)) as ledger:
        editions = [e for e in ledger.editions() if everything or e.status in WAITING]
    columns = ["edition_id", "source", "file", "as_of", "part", "status", "rows_kept", "reason"]
    rows = [[getattr(e, c) for c in columns] for e in editions]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif rows:
        print_table(columns, rows)
    else:
        say(told("Nothing waits for a decision.", "没有待决的期次。"))


def _decide(workspace: Workspace, edition_id: str, verdict: str, reason: str, user: str) -> None:
    from warehouse.editions import accept, reject
    from warehouse.ledger import Ledger, now

    with Ledger(workspace) as ledger:
        found = ledger.edition(edition_id)
        if found is None:
            raise Problem(
                f"there is no edition {edition_id}; 'oncegrid edition list --all' shows them.",
                f"没有期次 {edition_id}；用 'oncegrid edition list --all' 查看。",
            )
        changed = accept(found, reason, user, now()) if verdict == "accept" else reject(found, reason, user)
        ledger.put(changed)
    say(told(
        f"{edition_id}: {verdict}ed by {user}. The next sync acts on it.",
        f"{edition_id}：已由 {user} {'采用' if verdict == 'accept' else '退回'}，下次同步生效。"))  # fmt: skip


def _verdict(name: str, en: str, zh: str) -> None:
    @edition.command(
        name, help=told(en, zh) + "\n\n" + example(f"oncegrid edition {name} EDITION --reason …")
    )
    @click.argument("edition_id", metavar="EDITION")
    @click.option("--reason", required=True, help=told("Why; kept with the edition.", "理由，随期次保存。"))
    @click.option("--user", default=getpass.getuser, help=told("Who decides.", "决定人。"))
    @click.pass_context
    def command(ctx: click.Context, edition_id: str, reason: str, user: str) -> None:
        _decide(workspace_of(ctx), edition_id, name, reason, user)


_verdict(
    "accept",
    "Say that a held edition is right: the next sync keeps it.",
    "确认暂扣的期次无误：下次同步采用。",
)
_verdict("reject", "Say that an edition must not be used.", "退回一期数据，不再使用。")
