"""What the commands of ``oncegrid review`` share: options, opening the desk, an item as it is printed.

Belongs here: what several of them need. Does not belong here: the commands (``review.py``, ``review_work.py``).
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.app import Usage, workspace_of
from schemas.problem import told

if TYPE_CHECKING:
    from warehouse.review.desk import Desk, Item

user_option = click.option(
    "--user", default=getpass.getuser, help=told("Who decides or looks.", "判定人或查看人。")
)
blind_option = click.option("--blind", is_flag=True, help=told(
    "Without scores, reasons and suggestions, in no telling order.", "盲审：不显示评分、原因和建议，次序不含倾向。"))  # fmt: skip
unmasked_option = click.option("--unmasked", is_flag=True, help=told(
    "Values in full; the user needs the purpose 'review', and it is logged.", "显示未遮蔽的值：须有用途 review，并留痕。"))  # fmt: skip
month_option = click.option(
    "--month", metavar="YYYY-MM", help=told("The month (this one).", "月份（默认本月）。")
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--limit", type=click.IntRange(min=1), help=told("At most so many items.", "最多列出的条数。")),
        click.option("--area", metavar="CODE", help=told("Of residents in this area or grid.", "只看该区划或网格的居民。")),
        click.option("--source", "sources", multiple=True, metavar="S", help=told("With records of these sources.", "只看含这些来源的记录。")),
        click.option("--status", "statuses", multiple=True, metavar="STATUS",
                     help=told("waiting (default) or aside.", "waiting 待核（默认）或 aside 另列。")),
        click.option("--reason", "reasons", multiple=True, metavar="REASON",
                     help=told("With these reasons (id_conflict, twins, two_ids, low_margin, grey_zone, oversize, merge_of_published, key_reused).",
                               "只看这些原因：id_conflict、twins、two_ids、low_margin、grey_zone、oversize、merge_of_published、key_reused。")),
    ):  # fmt: skip
        command = option(command)
    return command


def desk_of(ctx: click.Context, unmasked: bool = False, user: str = "") -> Desk:
    """The desk, for somebody who may see what is asked for. Raises Denied."""
    from schemas.settings import load_settings
    from warehouse.review.desk import Desk
    from warehouse.review.showing import allow

    workspace = workspace_of(ctx)
    if unmasked:
        allow(workspace, load_settings(workspace.root), user)
    return Desk(workspace)


def note_shown(desk: Desk, user: str, items: int, unmasked: bool) -> None:
    """A line in the log before values in full are printed."""
    from warehouse.review.showing import note

    if unmasked:
        note(desk.workspace, "review_shown", user, version=desk.version, items=items, unmasked=True)


def in_order(items: list[Item], blind: bool) -> list[Item]:
    return sorted(items, key=lambda item: item.item_id) if blind else items


def item_row(item: Item, blind: bool) -> dict[str, Any]:
    """An item as it is printed. Records' keys may be somebody's number: they are in the evidence, masked."""
    row: dict[str, Any] = {
        "item_id": item.item_id, "left_records": len(item.left), "right_records": len(item.right),
        "left_resident_id": item.left_resident_id, "right_resident_id": item.right_resident_id,
    }  # fmt: skip
    if not blind:
        row |= {
            "reason": item.reason, "reason_label": item.reason_label, "status": item.status, "rank": item.rank,
            "priority": item.priority, "match_weight": item.match_weight, "match_probability": item.match_probability,
            "margin": item.margin, "suggestion": item.suggestion,
        }  # fmt: skip
    return row


def today_of(ctx: click.Context) -> str:
    """The day in the city."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from schemas.settings import load_settings

    return datetime.now(ZoneInfo(load_settings(workspace_of(ctx).root).timezone)).date().isoformat()


@contextmanager
def question() -> Iterator[None]:
    """A question for what there is not is a fault of the command line."""
    from warehouse.review.desk import NotKnown

    try:
        yield
    except NotKnown as problem:
        raise Usage(problem.en, problem.zh) from None
