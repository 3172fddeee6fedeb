"""The importable face of OnceGrid: ``oncegrid.connect()`` for Python, ``main`` for the console script.

Nothing heavy is imported here: the command line must answer at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["connect", "main"]


def connect(
    workspace: str | os.PathLike[str] | None = None, audience: str = "core", version: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A locked-down, read-only DuckDB connection to a published snapshot.

    ``workspace`` is the workspace's folder (``ONCEGRID_WORKSPACE``, else ``./workspace``), ``audience`` one of
    those published there (``core``, ``analyst``), ``version`` a version of ``oncegrid versions`` (the current
    one). Raises ``schemas.problem.Problem`` where there is nothing published.

    >>> con = oncegrid.connect(audience="analyst")                      # doctest: +SKIP
    >>> con.execute("select count(*) from resident").fetchall()         # doctest: +SKIP
    """
    from warehouse.gateway import connect as open_snapshot
    from warehouse.workspace import Workspace

    root = workspace if workspace is not None else os.environ.get("ONCEGRID_WORKSPACE", "workspace")
    return open_snapshot(Workspace.open(Path(root)), audience=audience, version=version)


def main() -> None:
    """The console script ``oncegrid``. The language is chosen first, since it also words the help."""
    from schemas.problem import speak

    arguments = sys.argv[1:]
    for i, argument in enumerate(arguments):
        choice = argument.partition("=")[2] if argument.startswith("--lang=") else None
        if argument == "--lang" and i + 1 < len(arguments):
            choice = arguments[i + 1]
        if choice in ("zh", "en"):
            speak(choice)  # type: ignore[arg-type]  # narrowed by the line above
    from pipelines.cli.app import app

    app(prog_name="oncegrid")
