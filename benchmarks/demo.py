"""How long the demo takes: making the city, its first sync, a second one that changes nothing.

    python benchmarks/demo.py [--people N]

Prints wall seconds, CPU seconds and peak memory of each command as a whole process, with the date and the machine.
It measures this project alone; nothing is compared.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path


def measure(*arguments: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory (MiB) of ``oncegrid`` with these arguments, children included."""
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("oncegrid")), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"oncegrid {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=20_000)
    people = parser.parse_args().people
    print(
        f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {people:,} people"
    )
    with tempfile.TemporaryDirectory(prefix="oncegrid-bench-") as folder:
        root = str(Path(folder) / "city")
        steps = {
            "init --demo": ("init", root, "--demo", "--people", str(people)),
            "sync (first)": ("-w", root, "sync"),
            "sync (unchanged)": ("-w", root, "sync"),
        }
        for name, arguments in steps.items():
            wall, cpu, memory = measure(*arguments)
            print(f"{name:18s} {wall:8.1f} s wall {cpu:8.1f} s CPU {memory:8.0f} MiB")


if __name__ == "__main__":
    main()
