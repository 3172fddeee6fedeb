"""How long refusing a hostile file takes, and what it costs the process that asked: ``python benchmarks/hostile.py [WORD]``.

One line a case of ``tests/hostile.py``: seconds of wall clock (the child is already running), the growth of this process's
memory, the child's largest memory, and what the file was refused with.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from connectors.child import Reader
from schemas.problem import Problem
from tests.hostile import CASES, HEADER, ROWS, Case
from tests.table_writers import delimited

MIB = 1 << 20


def memory(what: str, process: str = "self") -> float:
    """``VmRSS`` or ``VmHWM`` of a process in MiB, 0 when it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(what)), 0.0)


def measure(name: str, case: Case, folder: Path) -> float:
    """Read one file in a fresh child that has read another before; prints a line, returns the seconds."""
    path = folder / case.name
    path.write_bytes(case.make())
    good = folder / "good.csv"
    good.write_bytes(delimited(HEADER, ROWS))
    with Reader() as reader:
        reader.read_edition(good, folder / "out")
        before, begun = memory("VmRSS"), time.perf_counter()
        try:
            report = reader.read_edition(path, folder / "out", **case.options)
            told = f"{report.n_rows} rows, {report.rejected()} rejected"
        except Problem as problem:
            told = f"{type(problem).__name__}: {problem.en}"
        seconds = time.perf_counter() - begun
        grown = memory("VmRSS") - before
        child = memory("VmHWM", str(reader._process.pid)) if reader._process else 0.0
    print(f"{seconds:6.2f} s  {grown:+6.1f} MiB  child {child:6.0f} MiB  {path.stat().st_size / MIB:7.2f} MiB  {name}: {told[:150]}", flush=True)  # fmt: skip
    path.unlink()
    return seconds


def main() -> None:
    """All cases, or those whose name holds the word given."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as folder:
        slowest = max(measure(name, case, Path(folder)) for name, case in CASES.items() if word in name)
    print(f"slowest: {slowest:.2f} s")


if __name__ == "__main__":
    main()
