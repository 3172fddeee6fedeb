"""The log of extracts: append-only, on disk before a file is released, each line chained to the one before.

Belongs here: appending, counting and verifying lines. Does not belong here: what a line says (``release.py``).

``audit/extracts.jsonl`` holds one JSON object a line. ``prev`` is the ``mac`` of the line before (64 zeros at
first), ``mac`` is SHA-256 over the line's canonical JSON without ``mac``. An edited, removed, inserted or moved
line breaks the chain; lines cut off the end are noticed by ``extracts.head``, which names the last one. Whoever
can write both files can forge the whole chain: copy the head to where they cannot.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.problem import Problem
from warehouse.workspace import Workspace

_FIRST = "0" * 64
Line = dict[str, Any]


def log_path(workspace: Workspace) -> Path:
    """Where the log lies."""
    return workspace.audit / "extracts.jsonl"


class Log:
    """The log, held exclusively: what is counted stays true until the line is appended."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle
        self.lines, self._torn = _read(path)

    def append(self, said: Line) -> Line:
        """Append one line; it is on disk when this returns. Returns it with ``seq``, ``prev`` and ``mac``."""
        last: Line = self.lines[-1] if self.lines else {"seq": 0, "mac": _FIRST}
        line: Line = {"seq": last["seq"] + 1, **said, "prev": last["mac"]}
        if self._torn is not None:
            # A crash cut a line off; nothing was released on it. The next line vouches for its remains.
            line["torn"] = hashlib.sha256(self._torn).hexdigest()
        line["mac"] = _mac(line)
        data = (b"\n" if self._torn is not None else b"") + _canonical(line) + b"\n"
        written = os.write(self._handle, data)
        os.fsync(self._handle)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes were written")
        self.lines.append(line)
        self._torn = None
        _write_head(self.path.with_suffix(".head"), line)
        return line


@contextmanager
def open_log(workspace: Workspace) -> Iterator[Log]:
    """The log of a workspace, to count in and append to; others wait."""
    workspace.audit.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = log_path(workspace)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield Log(path, handle)
    finally:
        os.close(handle)


def verify(workspace: Workspace) -> int:
    """How many lines the log has, all of them as they were written. Raises Problem for the first that is not."""
    path = log_path(workspace)
    if not path.is_file():
        if path.with_suffix(".head").is_file():
            raise _broken(path, 1, "the log is gone", "日志已不存在")
        return 0
    prev, seq, torn = _FIRST, 0, None
    macs = {0: _FIRST}
    for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
        line = _parsed(raw)
        if line is None:
            if raw and torn is not None:
                raise _broken(path, number, "the line cannot be read", "该行无法读取")
            torn = raw or torn
            continue
        if torn is not None and line.get("torn") != hashlib.sha256(torn).hexdigest():
            raise _broken(path, number - 1, "the line cannot be read", "该行无法读取")
        seq += 1
        if line.get("prev") != prev or line.get("seq") != seq:
            raise _broken(
                path, number, "a line before it was removed, added or moved", "此前有行被删除、插入或移动"
            )
        if line.get("mac") != _mac(line):
            raise _broken(path, number, "the line was changed", "该行被改动")
        prev, torn, macs[seq] = line["mac"], None, line["mac"]
    head = path.with_suffix(".head")
    told: Line = json.loads(head.read_text("utf-8")) if head.is_file() else {"seq": 0, "mac": _FIRST}
    if macs.get(told["seq"]) != told["mac"]:
        raise _broken(path, seq, "lines after it were removed", "其后有行被删除")
    return seq


def _broken(path: Path, number: int, en: str, zh: str) -> Problem:
    return Problem(
        f"the log of extracts has been tampered with or damaged: {en}. Keep the file and call the auditor.",
        f"提取日志被篡改或损坏：{zh}。请保留该文件并通知审计人员。",
        file=f"audit/{path.name}",
        line=number,
    )


def _read(path: Path) -> tuple[list[Line], bytes | None]:
    """The lines that can be read, and what a crash left of a last one."""
    data = path.read_bytes()
    *whole, rest = data.split(b"\n")
    lines = [line for line in map(_parsed, whole) if line is not None]
    return lines, rest or None


def _parsed(raw: bytes) -> Line | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _canonical(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _mac(line: Line) -> str:
    return hashlib.sha256(_canonical({k: v for k, v in line.items() if k != "mac"})).hexdigest()


def _write_head(path: Path, line: Line) -> None:
    temporary = path.with_suffix(".head.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, _canonical({"seq": line["seq"], "mac": line["mac"]}))
        os.fsync(handle)
    finally:
        os.close(handle)
    temporary.replace(path)
