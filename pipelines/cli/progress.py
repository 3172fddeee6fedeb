"""Telling how far a run is: a bar on a terminal, plain lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Report = Callable[[str, int, int], None]


@contextmanager
def reporting(*, quiet: bool = False) -> Iterator[Report]:
    """A function ``report(what, done, total)`` for the length of a run."""
    if quiet:
        yield lambda what, done, total: None
    elif not sys.stderr.isatty():
        yield lambda what, done, total: click.echo(f"[{done}/{total}] {what}", err=True)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=None)
            yield lambda what, done, total: progress.update(
                task, description=what, completed=done, total=total
            )
