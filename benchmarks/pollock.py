"""How right the reader is, told nothing, against Python's csv and pandas told the true dialect.

    python benchmarks/pollock.py [--files N] [--kinds] [--worst N]

Over damaged files of the kinds of the Pollock benchmark (Vitagliano et al., VLDB 2023) made from tables of our own, see
``tests/pollock``. Prints the simple and the weighted score of ten by two conventions (a user's, and the paper's), then
with ``--kinds`` the scores of each kind of damage. A reader that does not return within a time limit fails a file.
"""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.pollock import scoring, systems
from tests.pollock.catalogue import all_files, spread, weights
from tests.pollock.pollutions import Polluted
from tests.pollock.scoring import Loaded

LIMIT = 20  # seconds of processor time a file, so that a busy machine fails none


class _TooLong(Exception):
    pass


def _stop(*_: object) -> None:
    raise _TooLong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, help="a spread of about so many files; all without")
    parser.add_argument("--kinds", action="store_true", help="the scores of each kind too")
    parser.add_argument("--worst", type=int, default=0, help="name so many files with our lowest scores")
    arguments = parser.parse_args()
    files = all_files()
    if arguments.files:
        files = spread(files, arguments.files)
    weight = weights(files)
    signal.signal(signal.SIGPROF, _stop)
    scores: dict[str, dict[str, tuple[float, float]]] = {}
    seconds: dict[str, float] = {}
    failed: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        readers: dict[str, Callable[[Polluted], Loaded | None]] = {
            "ours": lambda _: systems.read_ours(path),
            "csv": systems.read_csv_module,
            "pandas": systems.read_pandas,
        }
        for file in files:
            path.write_bytes(file.data)
            for name, reader in readers.items():
                began = time.perf_counter()
                signal.setitimer(signal.ITIMER_PROF, LIMIT)
                try:
                    loaded = reader(file)
                except _TooLong:
                    loaded = None
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
                failed[name] = failed.get(name, 0) + (loaded is None)
                scores.setdefault(name, {})[file.name] = (
                    scoring.ours(file, loaded),
                    scoring.paper(file, loaded),
                )
    print(f"{date.today()}  Python {platform.python_version()}  {platform.processor() or platform.machine()}")
    print(f"{len(files)} files\n")
    print(
        f"{'':10}{'user simple':>14}{'weighted':>10}{'paper simple':>14}{'weighted':>10}{'failed':>8}{'ms/file':>9}"
    )
    for name in readers:
        line = [
            _mean(scores[name], at, None) if how == 0 else _mean(scores[name], at, weight)
            for at in (0, 1)
            for how in (0, 1)
        ]
        print(
            f"{name:10}{line[0]:14.4f}{line[1]:10.4f}{line[2]:14.4f}{line[3]:10.4f}"
            f"{failed[name]:8}{1000 * seconds[name] / len(files):9.1f}"
        )
    if arguments.kinds:
        _kinds(files, scores)
    for file in sorted(files, key=lambda f: scores["ours"][f.name][0])[: arguments.worst]:
        told = "  ".join(
            f"{name} {scores[name][file.name][0]:.2f}/{scores[name][file.name][1]:.2f}" for name in readers
        )
        print(f"{file.name:50} {told}")


def _mean(scores: dict[str, tuple[float, float]], at: int, weight: dict[str, float] | None) -> float:
    if weight is None:
        return sum(s[at] for s in scores.values()) / len(scores)
    return sum(s[at] * weight[n] for n, s in scores.items()) / sum(weight[n] for n in scores)


def _kinds(files: list[Polluted], scores: dict[str, dict[str, tuple[float, float]]]) -> None:
    print(f"\n{'kind':30}{'files':>6}" + "".join(f"{n + ' user':>13}{'paper':>8}" for n in scores))
    kinds: dict[str, list[str]] = {}
    for file in files:
        kinds.setdefault(file.kind, []).append(file.name)
    for kind, names in kinds.items():
        told = "".join(
            f"{sum(s[n][0] for n in names) / len(names):13.3f}{sum(s[n][1] for n in names) / len(names):8.3f}"
            for s in scores.values()
        )
        print(f"{kind:30}{len(names):6}{told}")


if __name__ == "__main__":
    main()
