"""One writer a workspace; the next one is told who it is; a killed holder holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.lock import Held, holder, write_lock
from warehouse.workspace import Workspace

HOLD = """
import sys, time
from pathlib import Path
from warehouse.lock import write_lock
from warehouse.workspace import Workspace
with write_lock(Workspace(Path(sys.argv[1])), "a long sync"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def hold(workspace: Workspace) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline().strip() == "held"
    return process


def test_second_writer_is_refused_and_told_who_holds(workspace: Workspace) -> None:
    process = hold(workspace)
    try:
        with pytest.raises(Held) as refused, write_lock(workspace, "mine"):
            pass
        assert f"pid {process.pid}" in refused.value.text("en")
        assert "a long sync" in refused.value.text("zh")
        assert (holder(workspace) or {})["pid"] == process.pid
    finally:
        process.kill()
        process.wait()


def test_killed_holder_leaves_the_workspace_free(workspace: Workspace) -> None:
    process = hold(workspace)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert holder(workspace) is None
    with write_lock(workspace, "mine"):
        assert (holder(workspace) or {})["purpose"] == "mine"
    assert holder(workspace) is None


def test_waiting_gets_the_lock_when_it_is_given_up(workspace: Workspace) -> None:
    process = hold(workspace)
    process.terminate()
    with write_lock(workspace, "mine", wait_seconds=10):
        pass
    process.wait()
