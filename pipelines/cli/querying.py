"""``oncegrid sql`` and ``extract``: answers from the published snapshot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pipelines.cli.app import Usage, example, json_option, workspace_of
from pipelines.cli.output import print_csv, print_json, print_table, say
from schemas.problem import Problem, told


@click.command(help=told(
    "A query on the current snapshot, read-only and locked down; without SQL a shell.\n\n"
    + example('oncegrid sql "select street_code, count(*) from resident group by 1"'),
    "查询当前快照（只读、已锁定）；不给 SQL 则进入交互界面。\n\n"
    + example('oncegrid sql "select street_code, count(*) from resident group by 1"')))  # fmt: skip
@click.argument("query", required=False)
@click.option(
    "--audience", default="core", show_default=True, help=told("Whose snapshot.", "面向哪类用户的快照。")
)
@click.option("--version", default=None, help=told("Another than the current one.", "指定版本（默认当前）。"))
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "parquet"]), default=None,
              help=told("Form of the answer (by -o, else table).", "结果格式（默认按 -o 的后缀，否则为表格）。"))  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=told("Write to a file.", "写入文件。"),
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=None,
    help=told("At most so many rows.", "最多返回的行数。"),
)
@click.option("--timeout", type=float, default=300.0, show_default=True, help=told("Seconds.", "超时秒数。"))
@json_option
@click.pass_context
def sql(ctx: click.Context, query: str | None, audience: str, version: str | None, form: str | None,
        output: Path | None, limit: int | None, timeout: float, as_json: bool) -> None:  # fmt: skip
    from warehouse.gateway import connect
    from warehouse.gateway import query as ask

    form = "json" if as_json else form or (output.suffix.lstrip(".").lower() if output else "table")
    if form not in ("table", "csv", "json", "parquet"):
        raise Usage(f"the ending of {output} names no known form; say --format csv, json or parquet.",
                    f"无法从 {output} 的后缀判断格式；请用 --format csv、json 或 parquet 指明。")  # fmt: skip
    if form == "parquet" and output is None:
        raise Usage("Parquet needs a file: -o FILE.parquet.", "Parquet 需要输出文件：-o 文件.parquet。")
    con = connect(workspace_of(ctx), audience=audience, version=version)
    if query is None:
        _shell(con, timeout)
        return
    answer = ask(con, query, timeout_seconds=timeout, row_limit=limit)
    if form == "parquet":
        import pyarrow.parquet

        assert output is not None
        pyarrow.parquet.write_table(answer, output)
    elif output is not None:
        with output.open("w", encoding="utf-8", newline="") as file:
            stdout, sys.stdout = sys.stdout, file
            try:
                _print(answer, form)
            finally:
                sys.stdout = stdout
    else:
        _print(answer, form)
    if output is not None:
        say(told(f"{answer.num_rows} rows written to {output}", f"{answer.num_rows} 行已写入 {output}"))


def _print(answer: Any, form: str) -> None:
    columns = answer.column_names
    rows = list(zip(*(column.to_pylist() for column in answer.columns), strict=True)) if columns else []
    if form == "json":
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif form == "csv":
        print_csv(columns, rows)
    else:
        print_table(columns, rows)


def _shell(con: Any, timeout: float) -> None:
    """A plain prompt: statements end with ``;``, ``.tables`` lists the tables, ``.quit`` or Ctrl-D ends it."""
    import contextlib

    from warehouse.gateway import query as ask

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # line editing and history of input()
    say(
        told(
            "SQL ends with ';'. .tables lists the tables, .quit ends.",
            "SQL 以 ';' 结束；.tables 列出表，.quit 退出。",
        )
    )
    pending = ""
    while True:
        try:
            line = input("oncegrid> " if not pending else "     ...> ")
        except EOFError:
            return
        if not pending and line.strip() in (".quit", ".exit", "exit", "quit"):
            return
        if not pending and line.strip() == ".tables":
            line = "select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views() where not internal order by 1;"
        pending += line + "\n"
        if pending.rstrip().endswith(";"):
            statement, pending = pending, ""
            try:
                _print(ask(con, statement, timeout_seconds=timeout), "table")
            except Problem as problem:
                say(problem.text())


def _parameters(pairs: tuple[str, ...]) -> dict[str, str]:
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Usage(f"-p {pair}: write it as name=value.", f"-p {pair}：请写成 名称=值。")
        result[name] = value
    return result


@click.command(help=told(
    "A declared extract as xlsx, the rows of the user's own areas only, logged.\n\n"
    + example("oncegrid extract elderly --as wangge01 -o elderly.xlsx"),
    "按声明提取 xlsx，仅限该用户所辖区域，并留痕。\n\n" + example("oncegrid extract elderly --as wangge01 -o elderly.xlsx")))  # fmt: skip
@click.argument("name")
@click.option("--as", "user", required=True, help=told("The user who extracts.", "提取人。"))
@click.option(
    "-p", "pairs", multiple=True, metavar="K=V", help=told("A parameter of the extract.", "提取参数。")
)
@click.option(
    "--purpose",
    default=None,
    help=told("The purpose, where the extract has several.", "用途（有多种用途时必填）。"),
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help=told("The xlsx to write.", "输出的 xlsx 文件。"),
)
@json_option
@click.pass_context
def extract(
    ctx: click.Context,
    name: str,
    user: str,
    pairs: tuple[str, ...],
    purpose: str | None,
    output: Path,
    as_json: bool,
) -> None:
    from warehouse.extract import run_extract

    done = run_extract(workspace_of(ctx), name, user, _parameters(pairs), output, purpose=purpose)
    if as_json:
        print_json(done)
    else:
        say(
            told(
                f"{done['rows']} rows in {output} (logged as no. {done['number']})",
                f"{output}：{done['rows']} 行（记录号 {done['number']}）",
            )
        )
