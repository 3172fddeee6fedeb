"""One method in a process of its own: what it took, and what it says of itself.

Belongs here: starting ``benchmarks/link.py`` again for one method and reading the kernel's account of the child.
Does not belong here: the methods.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[1] / "link.py"


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds and peak resident memory (GB of 10⁹ bytes) of a whole process, interpreter and imports included."""

    wall: float
    cpu: float
    memory_gb: float


class Failed(RuntimeError):
    """A method's process ended badly; the message is the end of what it wrote."""


def run(arguments: Sequence[str], python: str = sys.executable) -> tuple[Cost, dict[str, Any]]:
    """Run a program that prints one JSON object last on standard output; its cost and that object."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen([python, *arguments], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise Failed(f"{arguments[0]} ended with {process.returncode}: {err.read().decode()[-2000:]}")
        lines = out.read().decode().strip().splitlines()
    cost = Cost(
        round(wall, 1), round(usage.ru_utime + usage.ru_stime, 1), round(usage.ru_maxrss * 1024 / 1e9, 2)
    )
    return cost, json.loads(lines[-1]) if lines else {}


def child(method: str, **options: object) -> tuple[Cost, dict[str, Any]]:
    """Run one method of ``link.py`` in a process of its own."""
    return run([str(PROGRAM), "method", method, json.dumps(options, default=str)])
