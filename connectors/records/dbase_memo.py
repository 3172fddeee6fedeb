"""Memo files of dBASE tables (``.dbt``, ``.fpt``): the long texts that records only point to.

Belongs here: finding the file beside its table, and one memo by its block number.
Does not belong here: pointers in records (``dbase.py``), encodings.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

from connectors.records.dbase_header import VISUAL_FOXPRO
from schemas.problem import Problem

LONGEST = 1 << 26  # bytes of one memo; a length beyond it is read from a damaged file
_BLOCK = 512
_FOXPRO = VISUAL_FOXPRO + b"\xf5\xfb"
_DBASE_3 = b"\x02\x03\x83"


class MemoFile:
    """The memos of one table. ``with MemoFile(path, version) as memos: memos[block]``."""

    def __init__(self, path: Path, version: int) -> None:
        self.path = path
        self.form: Literal["fpt", "dbt3", "dbt4"] = (
            "fpt" if path.suffix.lower() == ".fpt" else "dbt3" if version in _DBASE_3 else "dbt4"
        )
        self._stream: BinaryIO = path.open("rb")
        head = self._stream.read(24)
        size = (
            int.from_bytes(head[6:8], "big") if self.form == "fpt" else int.from_bytes(head[20:22], "little")
        )
        # FoxPro writes 0 for blocks of one byte; dBASE III has none but 512.
        self.block = _BLOCK if self.form == "dbt3" else size or (1 if self.form == "fpt" else _BLOCK)

    def __enter__(self) -> MemoFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def read(self, number: int) -> tuple[bytes, bool] | None:
        """The memo that starts at a block, and whether it is text; None where the file holds no whole memo there."""
        self._stream.seek(number * self.block)
        if self.form == "dbt3":
            return self._to_mark()
        head = self._stream.read(8)
        if len(head) < 8:
            return None
        if self.form == "fpt":
            kind, length = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
            text = kind == 1
        elif head[:2] == b"\xff\xff":
            # The length counts the eight bytes of the block's own head.
            length, text = int.from_bytes(head[4:], "little") - 8, True
        else:
            # A dBASE III memo in a file of a later program.
            self._stream.seek(number * self.block)
            return self._to_mark()
        if not 0 <= length <= LONGEST:
            return None
        memo = self._stream.read(length)
        return (memo, text) if len(memo) == length else None

    def _to_mark(self) -> tuple[bytes, bool] | None:
        found = b""
        while len(found) <= LONGEST and (part := self._stream.read(1 << 12)):
            found += part
            at = found.find(b"\x1a")
            if at >= 0:
                return found[:at], True
        return (found, True) if found and len(found) <= LONGEST else None


def memo_path(table: Path, version: int, name: str) -> Path:
    """The memo file beside a table (any case of the suffix). ``name`` is the table's name in messages.

    Raises Problem naming the file that is missing.
    """
    suffixes = (".fpt", ".dbt") if version in _FOXPRO else (".dbt", ".fpt")
    stems = {table.stem.casefold(), Path(name).stem.casefold()}
    beside = sorted(p for p in table.parent.iterdir() if p.stem.casefold() in stems and p.is_file())
    for suffix in suffixes:
        for path in beside:
            if path.suffix.lower() == suffix:
                return path
    missing = Path(name).stem + suffixes[0]
    raise Problem(
        f"the table keeps its long texts in {missing}, which is missing; put it beside the table, or ask the agency for it.",
        f"该表的备注型字段存放在 {missing} 中，而该文件缺失；请把它与表放在一起，或请对方补报。",
        file=name,
    )
