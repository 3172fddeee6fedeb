"""The Dagster instance of a workspace: its home, its reaper, its long-running processes.

Does not belong here: the graph (``definitions.py``, ``defs/``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.problem import Problem, told
from warehouse.lock import write_lock
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from dagster import DagsterInstance

TEMPLATE = Path(__file__).resolve().parent.parent / "dagster.yaml"


def render_home(workspace: Workspace) -> Path:
    """Make the workspace's Dagster home from the template, with absolute paths; returns it."""
    home = workspace.dagster_home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = TEMPLATE.read_text("utf-8").replace("{dagster_home}", str(home))
    target = home / "dagster.yaml"
    if not target.is_file() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")
    return home


def environment(workspace: Workspace) -> dict[str, str]:
    """Environment of every Dagster process of this workspace: its home, and nothing that calls out."""
    return os.environ | {
        "DAGSTER_HOME": str(render_home(workspace)),
        "ONCEGRID_WORKSPACE": str(workspace.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_DG_UPDATE_CHECK_ENABLED": "0",
        "DO_NOT_TRACK": "1",
    }


def open_instance(workspace: Workspace) -> DagsterInstance:
    """The workspace's Dagster instance in this process."""
    os.environ.update(environment(workspace))
    from dagster import DagsterInstance

    return DagsterInstance.get()


def reap(instance: DagsterInstance) -> list[str]:
    """Report as failed the runs that a power cut left open; returns their ids.

    Run monitoring can't see that the process of a run is gone after the daemon itself was killed, and such a
    run would stand in the way of the next night (max_concurrent_runs is 1). Call it with the workspace's write
    lock held, when no run can be alive.
    """
    from dagster import DagsterRunStatus, RunsFilter

    open_states = [
        DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.CANCELING,
    ]  # fmt: skip
    left = instance.get_runs(filters=RunsFilter(statuses=open_states))
    for run in left:
        instance.report_run_failed(run, "The process of this run is gone (reported at start-up).")
    return [run.run_id for run in left]


def serve(workspace: Workspace, host: str, port: int) -> int:
    """Run the web server and the daemon until one ends or Ctrl-C; returns the exit status."""
    env = environment(workspace)
    instance = open_instance(workspace)
    with write_lock(workspace, "start of Dagster"):
        reap(instance)
    instance.dispose()
    code = ["-m", "pipelines.definitions"]
    commands = [
        [sys.executable, "-m", "dagster_webserver", "--host", host, "--port", str(port), *code],
        [sys.executable, "-m", "dagster._daemon", "run", *code],
    ]
    click.echo(
        told(
            f"Dagster: http://{host}:{port} (Ctrl-C ends it)", f"Dagster：http://{host}:{port}（Ctrl-C 结束）"
        ),
        err=True,
    )
    processes = [subprocess.Popen(command, env=env, cwd=workspace.root) for command in commands]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        while not stopping and all(process.poll() is None for process in processes):
            time.sleep(0.5)
    finally:
        _end(processes)
    if not stopping:
        ended = next(p for p in processes if p.returncode is not None)
        raise Problem(
            f"a Dagster process ended by itself (status {ended.returncode}); its words are above. Is port {port} taken?",
            f"Dagster 进程自行退出（状态 {ended.returncode}），原因见上。端口 {port} 是否被占用？",
        )
    return 0


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    until = time.monotonic() + 20
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
