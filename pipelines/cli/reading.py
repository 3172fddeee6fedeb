"""``oncegrid read`` and ``oncegrid infer``: what the reader sees in a file, and a source YAML drafted from it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.app import example, json_option
from pipelines.cli.output import print_table, say
from schemas.problem import told

if TYPE_CHECKING:
    from connectors.report import FileReport
    from connectors.sample import FileSample

PREVIEW = 10  # rows of a table, and of those that were skipped, that are shown
ISSUES = 50


@click.command(help=told(
    "What the reader sees in FILE: tables, header rows, columns, rows, and what it skipped and why.\n\n"
    + example("oncegrid read 附件1.xlsx -o clean.csv"),
    "读取器在文件中看到的内容：表、表头行、列、数据行，以及跳过的行和原因。\n\n" + example("oncegrid read 附件1.xlsx -o clean.csv")))  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=told("Write clean UTF-8 CSV.", "写成规范的 UTF-8 CSV。"),
)
@json_option
def read(file: Path, output: Path | None, as_json: bool) -> None:
    from connectors.child import Reader

    if output is not None:
        with Reader() as reader:
            written = reader.csv(file, output)
        for path, rows in written:
            say(told(f"{rows} rows written to {path}", f"{rows} 行已写入 {path}"))
        return
    if as_json:
        # Through a file: the tables may be larger than this process should be.
        with Reader() as reader, tempfile.TemporaryDirectory(prefix="oncegrid-read-") as folder:
            tables = Path(folder) / "tables.json"
            reader.json(file, tables)
            with tables.open(encoding="utf-8") as stream:
                shutil.copyfileobj(stream, sys.stdout)
        return
    with Reader() as reader:
        _show(reader.sample(file, rows=PREVIEW, whole=True))


def _show(sample: FileSample) -> None:
    """What was found in a file: how it was read, its tables, what of it will be an issue."""
    from warehouse.normalize.file_issues import file_issues

    report = sample.report
    click.echo(_how(report))
    tables = [table for table in report.tables if table.columns and table.rows_read]
    for table, cells in zip(tables, sample.tables, strict=False):
        skipped, rejected = sum(table.skip_counts.values()), table.rows_read - table.n_rows
        rejected -= skipped
        click.echo(told(
            f"sheet {table.sheet or '-'}: header rows {table.header_rows}, data from row {table.first_data_row}, "
            f"{table.n_rows} rows, {skipped} skipped, {rejected} rejected",
            f"工作表 {table.sheet or '-'}：表头行 {table.header_rows}，数据自第 {table.first_data_row} 行，"
            f"{table.n_rows} 行，跳过 {skipped} 行，拒绝 {rejected} 行"))  # fmt: skip
        for label, text in table.stated.items():
            click.echo(f"  {label}: {text}")
        print_table(table.columns, list(zip(*cells.cells, strict=True)))
        for skip in [skip for skip in table.skipped if skip.why != "header"][:PREVIEW]:
            click.echo(f"  {skip.row}: {skip.why} {skip.text or ''}")
    for issue in file_issues(report)[:ISSUES]:
        place = [
            issue.sheet or "",
            told(f"row {issue.row}", f"第 {issue.row} 行") if issue.row else "",
            issue.field or "",
        ]
        click.echo(
            " ".join(["!", _label(issue.code) + ":", *filter(None, place), issue.text or ""]).rstrip(" :")
        )


def _how(report: FileReport) -> str:
    parts = [f"{report.file}: {report.kind}"]
    if report.encoding:
        by = f" ({report.decided_by})" if report.decided_by else ""
        parts.append(told(f"encoding {report.encoding}{by}", f"编码 {report.encoding}{by}"))
    if report.delimiter:
        parts.append(told(f"delimiter {report.delimiter!r}", f"分隔符 {report.delimiter!r}"))
    if report.empty_sheets:
        listed = ", ".join(report.empty_sheets)
        parts.append(told(f"empty sheets: {listed}", f"空工作表：{listed}"))
    return ", ".join(parts)


def _label(code: str) -> str:
    from schemas.model import schema

    found = next((c for c in schema().code_lists["issue_code"].codes if c.code == code), None)
    return told(found.extra["label_en"], found.label) if found else code


@click.command(help=told(
    "Draft a source YAML from FILES: format, header, key, columns, each with its reason.\n\n"
    + example("oncegrid infer inbox/x/*.csv --source x -o sources/x.yaml"),
    "由文件起草数据源 YAML：格式、表头、主键、字段对应及理由。\n\n" + example("oncegrid infer inbox/x/*.csv --source x -o sources/x.yaml")))  # fmt: skip
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--database", metavar="NAME", help=told(
    "Instead of FILES: the environment variable that holds a database's URL, or sqlite:///FILE.",
    "不读文件而读数据库：存有数据库 URL 的环境变量名，或 sqlite:///文件。"))  # fmt: skip
@click.option("--table", help=told("The database's table.", "数据库表名。"))
@click.option("--source", help=told("The source's name.", "数据源名称。"))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=told("Write to a file.", "写入文件。"),
)
@click.pass_context
def infer(
    ctx: click.Context, files: tuple[Path, ...], database: str | None, table: str | None, source: str | None,
    output: Path | None,
) -> None:  # fmt: skip
    if database is not None:
        text = _of_database(Path(ctx.obj), database, table, source, files)
    else:
        from connectors.infer import infer as draft

        if not files:
            raise click.UsageError(
                told("name at least one file, or --database.", "请至少给出一个文件，或 --database。")
            )
        text = draft(list(files), source)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        say(
            told(
                f"drafted {output}; read it, then 'oncegrid check'",
                f"已起草 {output}；请核对后运行 'oncegrid check'",
            )
        )


def _of_database(
    workspace: Path, database: str, table: str | None, source: str | None, files: tuple[Path, ...]
) -> str:
    from connectors.infer import infer_database
    from schemas.source_forms import Database

    if files or not table:
        raise click.UsageError(told(
            "--database goes with --table and without files.", "--database 须与 --table 同用，且不给文件。"))  # fmt: skip
    if "://" in database and not database.startswith("sqlite:"):
        raise click.UsageError(told(
            "put the URL into an environment variable and name that, so that no secret is in the YAML.",
            "请把 URL 放入环境变量并给出变量名，以免密码写入 YAML。"))  # fmt: skip
    place = {"url": database} if "://" in database else {"url_env": database}
    root = workspace if workspace.is_dir() else Path.cwd()
    return infer_database(Database.model_validate({**place, "table": table}), root, source or table.lower())
