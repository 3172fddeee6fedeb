"""``oncegrid explain``: one person on one page."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

from pipelines.cli.app import Usage, example, json_option, workspace_of
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import Problem, told


@click.command(help=told(
    "Every record, value, link, decision and change behind one resident: RESIDENT_ID (also one that was merged), or a "
    "record as source:record_key.\n\n" + example("oncegrid explain gongan_hukou:8841 -o page.html"),
    "一名居民背后的全部记录、取值、关联、判定与变化：居民编号（已并入他人的也可），或 来源:记录主键。\n\n"
    + example("oncegrid explain gongan_hukou:8841 -o page.html")))  # fmt: skip
@click.argument("resident", metavar="RESIDENT_ID|RECORD")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default=None,
              help=told("Form of the answer (by -o, else text).", "结果格式（默认按 -o 的后缀，否则为文本）。"))  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=told("Write to a file.", "写入文件。"))  # fmt: skip
@click.option(
    "--masked", is_flag=True, help=told("Values masked, to be shown around.", "遮蔽个人信息，便于出示。")
)
@click.option("--version", default=None, help=told("Another snapshot than the current one.", "指定版本（默认当前）。"))  # fmt: skip
@json_option
@click.pass_context
def explain(ctx: click.Context, resident: str, form: str | None, output: Path | None, masked: bool, version: str | None, as_json: bool) -> None:  # fmt: skip
    from warehouse.explain.gathering import explain as gather
    from warehouse.explain.page import PARTS, render, text_rows

    ending = output.suffix.lstrip(".").lower() if output else "text"
    form = "json" if as_json else form or {"htm": "html", "txt": "text"}.get(ending, ending)
    if form not in ("text", "json", "html"):
        raise Usage(f"the ending of {output} names no known form; say --format text, json or html.",
                    f"无法从 {output} 的后缀判断格式；请用 --format text、json 或 html 指明。")  # fmt: skip
    found = gather(workspace_of(ctx), resident, version=version, mask=masked)
    with _to(output):
        if form == "json":
            print_json(found.as_dict())
        elif form == "html":
            click.echo(render(found), nl=False)
        else:
            click.echo(
                f"{found.resident_id}  {found.version}"
                + "".join(f"  ← {old}" for old in reversed(found.aliases))
            )
            for name, label in PARTS.items():
                if found.parts.get(name):
                    click.echo(f"\n{told(name, label)}")
                    print_table(*text_rows(name, found.parts[name]))
                if name in found.cut:
                    click.echo(told(f"… {found.cut[name]} in all", f"… 共 {found.cut[name]} 行"))
    if output is not None:
        say(told(f"written to {output}", f"已写入 {output}"))


@contextlib.contextmanager
def _to(output: Path | None) -> Iterator[None]:
    """Standard output goes to ``output`` (mode 600) within; the file is whole or not there."""
    if output is None:
        yield
        return
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file,
            contextlib.redirect_stdout(file),
        ):
            yield
        part.replace(output)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Problem(
            f"the file cannot be written ({why}); choose another place with -o.",
            f"文件无法写入（{why}）；请用 -o 另选位置。",
            file=output.name,
        ) from None
    finally:
        part.unlink(missing_ok=True)
