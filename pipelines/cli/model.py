"""``oncegrid model``: the weights by which records are linked, and training new ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from pipelines.cli.app import example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import told


@click.group(help=told("The weights by which records are linked.", "关联记录所用的权重。"))
def model() -> None:
    pass


@model.command("show", help=told(
    "The model in force: what each degree of agreement speaks for or against, in bits (1: twice as likely; 10: a "
    "thousand times).\n\n" + example("oncegrid model show"),
    "现行模型：每项比较的每一层级支持或反对同一人的权重（比特；1 为可能性翻倍，10 约为千倍）。\n\n" + example("oncegrid model show")))  # fmt: skip
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    from warehouse.link.model import load_model
    from warehouse.link.settings import load_link_settings
    from warehouse.link.versions import SHIPPED, models

    settings = load_link_settings()
    number, folder = max(models(workspace_of(ctx)).items(), default=(0, SHIPPED))
    shown = load_model(folder, settings)
    rows = _rows(shown)
    if as_json:
        print_json([{"model": number, **row} for row in rows])
        return
    say(told(
        f"model {number} ({shown.nodes:,} nodes)" if number else "the shipped model (no run yet)",
        f"模型 {number}（{shown.nodes:,} 个节点）" if number else "随附模型（尚未运行）"))  # fmt: skip
    columns = ["comparison", "level", "words", "bits"]
    print_table(columns, [[row[name] for name in columns] for row in rows])


@model.command("train", help=told(
    "Train weights on this city's records (EM, no labels) and say what they would change. Nothing changes without "
    "--adopt; with it, the next sync links by the new model and logs every id it changes.\n\n" + example("oncegrid model train"),
    "用本市记录训练权重（EM，无需标注），并说明会改变什么。不加 --adopt 则什么也不改；加上后，下次同步按新模型关联，编号的变化逐条留痕。\n\n"
    + example("oncegrid model train")))  # fmt: skip
@click.option("--adopt", is_flag=True, help=told("Use it from the next run on.", "自下次运行起采用。"))
@json_option
@click.pass_context
def train(ctx: click.Context, adopt: bool, as_json: bool) -> None:
    from pipelines.retraining import train_model
    from warehouse.link.retraining import bits

    done = train_model(workspace_of(ctx), adopt=adopt)
    before, after = bits(done.old), bits(done.new)
    rows = [{**row, "before": round(before[key], 2), "bits": round(after[key], 2)} for row in _rows(done.new)
            for key in [(row["comparison"], row["level"])]]  # fmt: skip
    name = done.adopted.name if done.adopted else None
    if as_json:
        print_json([{"adopted": name, **asdict(done.change), "levels": rows}])
        return
    columns = ["comparison", "level", "words", "before", "bits"]
    print_table(columns, [[row[column] for column in columns] for row in rows])
    c = done.change
    say(told(
        f"{c.records:,} records: {c.persons_before:,} persons now, {c.persons_after:,} then; "
        f"{c.pairs_after - c.pairs_kept:,} pairs of records would be joined, {c.pairs_before - c.pairs_kept:,} parted; "
        f"{c.records_moved:,} records would have other company.",
        f"{c.records:,} 条记录：现为 {c.persons_before:,} 人，将为 {c.persons_after:,} 人；新合并 {c.pairs_after - c.pairs_kept:,} 对记录，"
        f"拆开 {c.pairs_before - c.pairs_kept:,} 对；{c.records_moved:,} 条记录的归属有变。"))  # fmt: skip
    say(told(
        f"adopted as {name}; the next sync links by it." if name else "not adopted; 'oncegrid model train --adopt' does.",
        f"已采用为 {name}，下次同步起生效。" if name else "未采用；加 --adopt 采用。"))  # fmt: skip


def _rows(model: Any) -> list[dict[str, Any]]:
    from warehouse.link.retraining import bits

    found = bits(model)
    return [
        {"comparison": one.name, "level": level.name, "words": f"{one.label}：{level.words}", "bits": round(found[one.name, level.name], 2)}
        for one in model.settings.comparisons
        for level in one.levels
    ]  # fmt: skip
