"""One small demo city with its first sync, made once a test run whoever asks first, in whatever worker of xdist.

Belongs here: making it and finding it again. Does not belong here: what must hold of it. Nobody may change it: a test
that does takes a copy.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PEOPLE, SEED = 2000, 3


@dataclass(frozen=True)
class SyncedDemo:
    """The workspace of the city, the exit status of its first sync, and what that told."""

    root: Path
    status: int
    summary: dict[str, Any]


def synced_demo(factory: pytest.TempPathFactory) -> SyncedDemo:
    """The city of this test run."""
    base = factory.getbasetemp()
    # The workers of one run have their folders in that of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, told = shared / "synced-demo", shared / "synced-demo.json"
    with (shared / "synced-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            _run("init", str(root), "--demo", "--people", str(PEOPLE), "--seed", str(SEED))
            done = _run("-w", str(root), "sync", "--json")
            told.write_text(json.dumps([done.returncode, json.loads(done.stdout)]), "utf-8")
    status, summary = json.loads(told.read_text("utf-8"))
    return SyncedDemo(root, status, summary)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as everybody runs it; status 1 says that some source has something to tell."""
    program = str(Path(sys.executable).with_name("oncegrid"))
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return done
