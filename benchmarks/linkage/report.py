"""The lines as a table, as JSON, and held against what the project must reach.

Belongs here: goals and printing. Does not belong here: measuring.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

from linkage.city import Line

MILLION = 900_000
"""Goals about speed and memory are held on sets of at least so many records: a small one is all start-up."""


@dataclass(frozen=True)
class Goal:
    """One thing asked of the project on one set, with what was found (None: not measured)."""

    set: str
    what: str
    bound: str
    found: float | None
    holds: bool | None


def about_machine() -> dict[str, object]:
    """The day, the machine, the versions that matter."""
    model = next((x.split(":")[1].strip() for x in _cpu() if x.startswith("model name")), platform.machine())
    return {
        "date": date.today().isoformat(), "machine": f"{model}, {os.cpu_count()} cores", "python": platform.python_version(),
        "splink": version("splink"), "duckdb": version("duckdb"), "load_average": os.getloadavg()[0],
    }  # fmt: skip


def _cpu() -> list[str]:
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123
            return file.read().splitlines()
    except OSError:
        return []


def goals(lines: Sequence[Line]) -> list[Goal]:
    """What is asked on each city and public set of ``lines``."""
    found: list[Goal] = []
    for name in dict.fromkeys(line.set for line in lines):
        of = {line.method: line for line in lines if line.set == name}
        found += _city_goals(name, of) if name.startswith("seed") else _published_goals(name, lines)
    return found


def _least(name: str, what: str, value: float | None, bound: float) -> Goal:
    return Goal(name, what, f"≥ {bound:g}", value, None if value is None else value >= bound)


def _most(name: str, what: str, value: float | None, bound: float) -> Goal:
    return Goal(name, what, f"≤ {bound:g}", value, None if value is None else value <= bound)


def _city_goals(name: str, of: dict[str, Line]) -> list[Goal]:
    ours = of.get("oncegrid")
    if ours is None or ours.score is None or ours.cost is None:
        return []
    s = ours.score
    if name.endswith("-hard"):
        result = [_least(name, "precision", s.precision, 0.999), _least(name, "F1", s.f1, 0.998)]
    else:
        items = ours.items("waiting")
        waiting = None if items is None else round(items / s.records, 6)
        result = [
            _least(name, "precision", s.precision, 0.9995), _least(name, "recall", s.recall, 0.9965),
            _most(name, "impure persons", s.impure_share, 0.0008), _most(name, "waiting for a person", waiting, 0.005),
        ]  # fmt: skip
    night = of.get("night")
    if night is not None:
        result.append(_least(name, "night as full", night.said.get("agreement_with_full"), 0.9999))
    if s.records < MILLION:
        return result
    walls = [x.cost.wall for m in ("splink", "splink_typed") if (x := of.get(m)) and x.cost]
    if walls:
        result.append(_most(name, "wall / plain Splink", round(ours.cost.wall / min(walls), 3), 1.5))
        if night is not None and night.cost is not None:
            result.append(_most(name, "night / plain Splink", round(night.cost.wall / min(walls), 3), 0.333))
    return [*result, _most(name, "peak memory, GB", ours.cost.memory_gb, 3.0)]


AIMS = {"febrl3": 0.998, "febrl4": 0.9996, "historical_50k": 0.87}


def _published_goals(name: str, lines: Sequence[Line]) -> list[Goal]:
    of = [line for line in lines if line.set == name and line.score is not None]
    ours = next((line.score for line in of if line.method == "oncegrid"), None)
    splink = max((line.score.f1 for line in of if line.method == "splink" and line.score), default=None)
    if ours is None:
        return []
    result = [_least(name, "F1 (aim)", ours.f1, AIMS[name])]
    if splink is not None:
        result.append(_least(name, "F1, plain Splink's best", ours.f1, splink))
    if name == "historical_50k":
        result.append(_most(name, "largest cluster", float(ours.largest), 30))
    return result


def as_json(lines: Sequence[Line], machine: dict[str, object]) -> dict[str, Any]:
    """Everything, for a file."""
    told = [
        {**asdict(line), "waiting": line.items("waiting"), "aside": line.items("aside")} for line in lines
    ]
    return {**machine, "lines": told, "goals": [asdict(goal) for goal in goals(lines)]}


def show(lines: Sequence[Line], machine: dict[str, object]) -> None:
    """The lines as a table, then the goals."""
    print(", ".join(f"{k} {v}" for k, v in machine.items()))
    head = (
        "method",
        "records",
        "precision",
        "recall",
        "F1",
        "B³ F1",
        "impure",
        "share",
        "largest",
        "waiting",
        "share",
        "aside",
        "wall s",
        "CPU s",
        "GB",
    )
    widths = (16, 9, 9, 9, 9, 9, 7, 8, 7, 7, 8, 7, 7, 7, 5)
    for name in dict.fromkeys(line.set for line in lines):
        print(
            f"\n{name}\n"
            + " ".join(
                h.rjust(w) if i else h.ljust(w) for i, (h, w) in enumerate(zip(head, widths, strict=True))
            )
        )
        for line in (x for x in lines if x.set == name):
            print(
                " ".join(
                    c.rjust(w) if i else c.ljust(w)
                    for i, (c, w) in enumerate(zip(_cells(line), widths, strict=True))
                )
                + (f"  {line.note}" if line.note else "")
            )
            if steps := line.said.get("seconds"):
                print("    " + ", ".join(f"{step} {n} s" for step, n in steps.items()))
            for status, items in (line.said.get("review") or {}).items():
                print(f"    {status}: " + ", ".join(f"{reason} {n}" for reason, n in items.items()))
    print()
    for goal in goals(lines):
        state = {None: "not measured", True: "holds", False: "FAILS"}[goal.holds]
        print(
            f"{goal.set:24s} {goal.what:28s} {goal.bound:10s} {goal.found if goal.found is not None else '-':>10}  {state}"
        )


def _cells(line: Line) -> list[str]:
    s, c = line.score, line.cost
    scored = ["-"] * 8 if s is None else [
        f"{s.records:,}", *(f"{x:.6f}" for x in (s.precision, s.recall, s.f1, s.b3_f1)), f"{s.impure:,}",
        f"{100 * s.impure_share:.3f} %", str(s.largest),
    ]  # fmt: skip
    waits = ["-", "-", "-"]
    if s is not None and (waiting := line.items("waiting")) is not None:
        waits = [f"{waiting:,}", f"{100 * waiting / s.records:.3f} %", f"{line.items('aside'):,}"]
    return [
        line.method,
        *scored,
        *waits,
        *(["-"] * 3 if c is None else [str(c.wall), str(c.cpu), str(c.memory_gb)]),
    ]
