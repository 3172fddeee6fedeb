"""Files that are a part of another: the memo file of a dBASE table lies beside it under the same stem.

Belongs here: which files these are, and the hash over a file with them. Does not belong here: landing (``landing.py``),
what is in a memo file (``dbase_memo.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

MEMOS = (".dbt", ".fpt")
_CHUNK = 1 << 22


def companions_of(path: Path) -> list[Path]:
    """The files beside a file that belong to it, by name: ``x.dbt`` and ``x.fpt`` of ``x.dbf``, in any case of letters."""
    if path.suffix.lower() != ".dbf":
        return []
    stem = path.stem.casefold()
    beside = (p for p in path.parent.iterdir() if p.suffix.lower() in MEMOS and p.stem.casefold() == stem)
    return sorted(p for p in beside if p.is_file() and not p.is_symlink())


def is_companion(path: Path) -> bool:
    """Whether a file belongs to a table beside it."""
    if path.suffix.lower() not in MEMOS:
        return False
    stem = path.stem.casefold()
    return any(p.suffix.lower() == ".dbf" and p.stem.casefold() == stem for p in path.parent.iterdir())


def hash_of(path: Path, companions: Sequence[Path] = ()) -> str:
    """sha256 over a file, read in chunks, and over its companions behind it."""
    digest = hashlib.sha256()
    for one in (path, *companions):
        with one.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
