"""``python -m tests.fuzz [READER …] --seconds 600``: fuzz readers one after the other; status 1 when one broke.

A failing case is saved with the command that repeats it, by default below the system's folder for temporary files.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

# Pool allocators reserve address space by the gigabyte, which the limit of a worker counts (as in connectors.child).
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def main() -> int:
    """Run what the command line asks for."""
    from tests.fuzz.campaign import case, judged, run
    from tests.fuzz.seeds import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=600.0, help="for each reader")
    parser.add_argument("--cases", type=int, default=1 << 30, help="at most, for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="this one only, in this process")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path(tempfile.gettempdir()) / "oncegrid-fuzz",
        help="folder for failing cases",
    )
    given = parser.parse_args()
    unknown = set(given.readers) - set(TARGETS)
    if unknown:
        parser.error(f"no such reader: {', '.join(sorted(unknown))}")
    broken = 0
    for reader in given.readers or TARGETS:
        if given.case is not None:
            data, options = case(reader, given.case, given.seed)
            with tempfile.TemporaryDirectory() as folder:
                told = judged(reader, data, options, Path(folder))
            print(told.get("trace", "") or told)
            broken += "where" in told
            continue
        outcome = run(reader, seconds=given.seconds, cases=given.cases, seed=given.seed)
        print(
            f"{reader}: {outcome.cases} cases, {outcome.tables} tables, {outcome.problems} problems ({outcome.contained} by the child), {outcome.failed} failed; "
            f"slowest {outcome.slowest:.2f} s (case {outcome.slowest_case})",
            flush=True,
        )  # fmt: skip
        for failure in outcome.failures.values():
            broken += 1
            given.keep.mkdir(parents=True, exist_ok=True)
            saved = given.keep / f"{reader}-{given.seed}-{failure.case}.bin"
            saved.write_bytes(case(reader, failure.case, given.seed)[0])
            print(f"  {failure.count} × {failure.where}\n    {saved}")
            print(f"    python -m tests.fuzz {reader} --seed {given.seed} --case {failure.case}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
