"""``oncegrid read`` and ``oncegrid infer``: what the reader sees in a file, and a source YAML drafted from it."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli.app import example, json_option
from pipelines.cli.output import print_json, print_table, say
from schemas.problem import told

PREVIEW = 10


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
    with Reader() as reader:
        tables = reader.tables(file)
    if as_json:
        print_json(tables)
        return
    for table in tables:
        rows, skipped = table["rows"], table["skipped"]
        click.echo(told(
            f"sheet {table['sheet'] or '-'}: header rows {table['header_rows']}, data from row {table['first_data_row']}, "
            f"{len(rows)} rows, {len(skipped)} skipped",
            f"工作表 {table['sheet'] or '-'}：表头行 {table['header_rows']}，数据自第 {table['first_data_row']} 行，"
            f"{len(rows)} 行，跳过 {len(skipped)} 行"))  # fmt: skip
        print_table(table["columns"], rows[:PREVIEW])
        for skip in skipped[:PREVIEW]:
            click.echo(f"  {skip['row']}: {skip['why']} {skip['text'] or ''}")


@click.command(help=told(
    "Draft a source YAML from FILES: format, header, key, columns, each with its reason.\n\n"
    + example("oncegrid infer inbox/x/*.csv --source x -o sources/x.yaml"),
    "由文件起草数据源 YAML：格式、表头、主键、字段对应及理由。\n\n" + example("oncegrid infer inbox/x/*.csv --source x -o sources/x.yaml")))  # fmt: skip
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", help=told("The source's name.", "数据源名称。"))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=told("Write to a file.", "写入文件。"),
)
def infer(files: tuple[Path, ...], source: str | None, output: Path | None) -> None:
    from connectors.infer import infer as draft

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
