"""A look at how a source's rows would be mapped, with personal values masked (``oncegrid check --sample``)."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import click

from connectors.child import Reader
from connectors.landing import candidates
from pipelines.cli.output import print_table
from schemas.model import Field, schema
from schemas.problem import Problem, told
from schemas.settings import load_settings
from schemas.sources import Source
from warehouse.ledger import Edition
from warehouse.normalize import RawEdition, normalize_batch
from warehouse.store import Store
from warehouse.workspace import Workspace

ROWS = 5


def show_sample(workspace: Workspace, source: Source) -> None:
    """Print the first records that the newest file of the source's inbox would give, one table a kind.

    Works in a folder of its own that is removed: nothing lands and nothing is kept. Raises Problem as reading and
    mapping do.
    """
    files = (
        candidates(workspace.inbox / source.folder, source.files or "*") if source.database is None else []
    )
    if not files:
        raise Problem(
            f"there is no file to sample in inbox/{source.folder}.",
            f"inbox/{source.folder} 中没有可预览的文件。",
        )
    newest = max(files, key=lambda path: (path.stat().st_mtime, path.name))
    with tempfile.TemporaryDirectory(prefix="oncegrid-sample-") as folder:
        aside = Workspace(Path(folder))
        aside.make()
        edition = Edition(
            edition_id=f"{source.source}-sample", source=source.source, file=newest.name, sha256="", size=0,
            as_of=date.today(), as_of_from="landing", part=None, landed_at="",
        )  # fmt: skip
        with Reader() as reader:
            out = aside.raw / source.source / edition.edition_id
            reader.read_edition(
                newest, out, layout=source.layout, encoding=source.encoding, format=source.format
            )
        with Store(aside) as store:
            result = normalize_batch(
                store, source, [RawEdition.of(aside, edition)], load_settings(workspace.root)
            )
            counts = result.counts[edition.edition_id]
            click.echo(told(
                f"{source.source}: {newest.name}: {counts.kept} rows kept, {counts.skipped} skipped, {counts.rejected} rejected",
                f"{source.source}：{newest.name}：保留 {counts.kept} 行，跳过 {counts.skipped} 行，拒收 {counts.rejected} 行",
            ))  # fmt: skip
            for kind in source.feeds:
                _show(store, result.stage.scan(f"{kind}_core"), source, kind)


def _show(store: Store, scan: str, source: Source, kind: str) -> None:
    fields = [
        name
        for name in source.mappings(kind, source.record_numbers(kind)[0])
        if name in schema().record_table(kind).column_names
    ]
    names = ", ".join(f'"{name}"' for name in fields)
    rows = store.rows(
        f"select row_number, {names} from {scan} order by edition_id, sheet, row_number, record_no limit {ROWS}"
    )
    columns = schema().record_table(kind)
    print_table(
        ["row", *fields],
        [
            [
                row[0],
                *(
                    mask(columns.column(name).field, value)
                    for name, value in zip(fields, row[1:], strict=True)
                ),
            ]
            for row in rows
        ],
    )


def mask(field: Field, value: object) -> object:
    """A value as it may be shown: plain and quasi-identifying fields whole, all others by first character and length."""
    if value is None or field.sensitivity in ("plain", "quasi"):
        return value
    text = str(value)
    return f"{text[:1]}…({len(text)})"
