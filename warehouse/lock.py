"""The one lock of a workspace: who may write, and who holds it now.

A file lock of the operating system, so that it goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.problem import Problem
from warehouse.workspace import Workspace


class Held(Problem):
    """Another process is writing to this workspace."""


@contextmanager
def write_lock(workspace: Workspace, purpose: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the workspace for writing. Raises Held, saying who has it, when it is not free in time."""
    path = workspace.state / "write.lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as file:
        _acquire(file.fileno(), path, wait_seconds)
        try:
            file.seek(0)
            file.truncate()
            json.dump(_myself(purpose), file, ensure_ascii=False)
            file.flush()
            yield
        finally:
            file.seek(0)
            file.truncate()
            fcntl.flock(file, fcntl.LOCK_UN)


def holder(workspace: Workspace) -> dict[str, Any] | None:
    """Who holds the workspace (pid, user, host, purpose, since), or None when it is free."""
    path = workspace.state / "write.lock"
    if not path.is_file():
        return None
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(path)
        fcntl.flock(file, fcntl.LOCK_UN)
        return None


def _acquire(descriptor: int, path: Path, wait_seconds: float) -> None:
    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise _held(_read(path)) from None
            time.sleep(0.2)


def _myself(purpose: str) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "user": getpass.getuser(),
        "host": socket.gethostname(),
        "purpose": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}  # the holder is just about to write its name


def _held(by: dict[str, Any]) -> Held:
    who = f"{by.get('purpose', '?')}, pid {by.get('pid', '?')}, {by.get('user', '?')}@{by.get('host', '?')}, {by.get('since', '?')}"
    return Held(
        f"another run holds this workspace ({who}); wait until it has ended, or stop it, and try again.",
        f"另一个任务正在使用这个工作区（{who}）；请等它结束或将其停止后再试。",
    )
