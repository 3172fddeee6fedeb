"""The readers that are compared: ours, told nothing; Python's csv and pandas, told the true dialect.

The two are told encoding, delimiter, quote, escape, record end, how many header rows there are and how many rows stand
above and below the table.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from connectors.reading import read_tables
from schemas.problem import Problem
from tests.pollock.pollutions import Polluted
from tests.pollock.scoring import Loaded


def read_ours(path: Path) -> Loaded | None:
    """Our reader, told nothing. A file refused with a reason is a failure, but for one with nothing in it."""
    try:
        _, tables = read_tables(path)
    except Problem:
        return Loaded((), ()) if not path.stat().st_size else None
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    first = None
    for n, table in enumerate(tables):
        if n == 0 and table.report.header_rows:
            header = tuple(
                "" if c == f"列{i}" else re.sub(r"#\d+$", "", c)
                for i, c in enumerate(table.report.columns, 1)
            )
        rows += [tuple(c or "" for c in row) for row in table.rows]
        first = len(rows) if n == 0 and len(tables) > 1 else first
    return Loaded(header, tuple(rows), first)


def _named(levels: list[list[str]], joiner: str) -> tuple[str, ...]:
    """One name a column out of header rows told as such; equal levels once."""
    if not levels:
        return ()
    width = max(map(len, levels))
    columns = [[row[i] if i < len(row) else "" for row in levels] for i in range(width)]
    filled: list[list[str]] = []
    for column in columns:
        # An empty cell beside a group's name belongs to the group.
        above = filled[-1][0] if filled and not column[0] and any(column[1:]) else column[0]
        filled.append([above, *column[1:]])
    return tuple(joiner.join(dict.fromkeys(w for w in column if w)) for column in filled)


def read_csv_module(file: Polluted) -> Loaded | None:
    """Python's csv, told the dialect."""
    told = file.told
    text = file.data.decode(_codec(told.encoding))
    sign, skip = (",", True) if told.delimiter == ", " else (told.delimiter, False)
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=sign, skipinitialspace=skip, quotechar=told.quote,
            doublequote=told.escape == told.quote, escapechar="\\" if told.escape == "\\" else None,
        )  # fmt: skip
        rows = list(reader)
    except (csv.Error, TypeError):
        return None
    return _split(rows, file)


def _split(rows: list[list[str]], file: Polluted) -> Loaded:
    told = file.told
    rows = rows[told.preamble : len(rows) - told.footer]
    rows = [r for r in rows if r]
    return Loaded(_named(rows[: told.header], "/"), tuple(tuple(r) for r in rows[told.header :]))


def _codec(encoding: str) -> str:
    return {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)


def read_pandas(file: Polluted) -> Loaded | None:
    """pandas, told the dialect; rows it refuses are skipped, as the benchmark has it."""
    import warnings

    import pandas as pd

    told = file.told
    multiple = len(told.delimiter) > 1 and told.delimiter != ", "
    options: dict[str, object] = {
        "sep": "," if told.delimiter == ", " else told.delimiter, "skipinitialspace": told.delimiter == ", ",
        "quotechar": told.quote, "doublequote": told.escape == told.quote,
        "escapechar": "\\" if told.escape == "\\" else None, "encoding": _codec(told.encoding),
        "skiprows": told.preamble, "header": list(range(told.header)) if told.header > 1 else 0 if told.header else None,
        "dtype": str, "keep_default_na": False,
        "on_bad_lines": "skip", "engine": "python" if multiple or told.footer else "c", "index_col": None if told.header > 1 else False,
    }  # fmt: skip
    if multiple:
        options["sep"] = re.escape(told.delimiter)
    if told.footer:
        options["skipfooter"] = told.footer
    elif told.newline == "\r" and not multiple:
        options["lineterminator"] = "\r"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(io.BytesIO(file.data), **options)  # type: ignore[call-overload]
    except pd.errors.EmptyDataError:
        return Loaded((), ())
    except (pd.errors.ParserError, ValueError, csv.Error):
        return None
    rows = tuple(tuple("" if c != c else str(c) for c in row) for row in frame.itertuples(index=False))
    if not told.header:
        return Loaded((), rows)
    # What pandas adds to names that are empty or repeat is no fault of the loading.
    levels = [
        list(level)
        for level in zip(*[c if isinstance(c, tuple) else (c,) for c in frame.columns], strict=True)
    ]
    plain = [["" if str(w).startswith("Unnamed: ") else str(w) for w in level] for level in levels]
    plain = [
        [re.sub(r"\.\d+$", "", w) if re.sub(r"\.\d+$", "", w) in level else w for w in level]
        for level in plain
    ]
    return Loaded(_named(plain, "/"), rows)
