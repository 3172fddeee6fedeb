"""Many cases of one reader in worker processes that may crash, hang or eat memory, and what came of them.

A worker is forked, works case after case and tells each before it starts; when it dies or takes too long, the case
it told is the failure and another worker goes on behind it. The same numbers give the same cases anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import selectors
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.child import Reader
from schemas.problem import Problem
from tests.fuzz.mutate import damaged
from tests.fuzz.oracle import check
from tests.fuzz.seeds import TARGETS, seeds

LIMIT = 20.0  # seconds for one case; a file of a few kilobytes takes milliseconds
_ABORTED = f"the worker broke down ({signal.SIGABRT.value})"
MEMORY = 2 << 30  # address space of a worker


@dataclass
class Failure:
    """A case that broke something. ``where`` tells one fault from another: the kind of error and the line that raised it."""

    reader: str
    case: int
    where: str
    trace: str
    count: int = 1


@dataclass
class Outcome:
    """How many cases ended how (``contained``: of the problems, those in which a foreign parser ended its process, as memory
    that it cannot have makes it do, and the reading child told it as a Problem), the slowest of them in seconds, and one failure of each kind."""

    reader: str
    tables: int = 0
    problems: int = 0
    contained: int = 0
    failed: int = 0
    slowest: float = 0.0
    slowest_case: int = -1
    failures: dict[str, Failure] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """All of them."""
        return self.tables + self.problems + self.failed

    def fail(self, failure: Failure) -> None:
        """Count a failure; the first of each kind is kept."""
        self.failed += 1
        known = self.failures.setdefault(failure.where, failure)
        if known is not failure:
            known.count += 1


def case(reader: str, number: int, seed: int = 0) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a case and how they are read. The first cases are the seeds as they are."""
    known = seeds(reader)
    if number < len(known):
        return known[number].data, known[number].options
    rng = random.Random(f"{seed}/{reader}/{number}")
    chosen = rng.choice(known)
    target = TARGETS[reader]
    others = [s.data for s in known]
    return damaged(rng, chosen.data, others, target.shape, target.words), chosen.options


def run(
    reader: str,
    *,
    seconds: float = 3600.0,
    cases: int = 1 << 30,
    seed: int = 0,
    start: int = 0,
    limit: float = LIMIT,
) -> Outcome:
    """Cases from ``start`` on, until the time or their number is over. A seed that gives no tables is a failure."""
    outcome = Outcome(reader)
    end, last = time.monotonic() + seconds, start + cases
    seeds(reader)  # made before the workers, which share them
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        while start < last and time.monotonic() < end:
            for told in _worker(reader, seed, range(start, last), Path(folder), end, limit):
                number = int(told["case"])
                start = number + 1
                if told["spent"] > outcome.slowest:
                    outcome.slowest, outcome.slowest_case = told["spent"], number
                if told.get("where") == _ABORTED and _contained(*case(reader, number, seed), Path(folder)):
                    outcome.problems += 1
                    outcome.contained += 1
                elif "where" in told:
                    outcome.fail(Failure(reader, number, told["where"], told["trace"]))
                elif told["is"] == "tables":
                    outcome.tables += 1
                elif number < len(seeds(reader)):
                    outcome.fail(Failure(reader, number, "a valid file is refused", told["is"]))
                else:
                    outcome.problems += 1
    return outcome


def _contained(data: bytes, options: dict[str, Any], folder: Path) -> bool:
    """Whether the child that reads all files of a run tells such a case as a Problem."""
    path = folder / "contained"
    path.write_bytes(data)
    with Reader() as child:
        try:
            child.read_edition(path, folder / "out", **options)
        except Problem:
            return True
    return False


def _worker(
    reader: str, seed: int, numbers: range, folder: Path, end: float, limit: float
) -> Iterator[dict[str, Any]]:
    """What one worker tells of its cases, until it has done all, the time is over, or it broke down."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(read)
            _work(reader, seed, numbers, folder, end, write)
        finally:
            os._exit(0)
    os.close(write)
    begun, started, tail, ended = -1, time.monotonic(), b"", False
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(read, selectors.EVENT_READ)
            while selector.select(max(0.0, started + limit - time.monotonic())):
                part = os.read(read, 1 << 16)
                if not part:
                    ended = True
                    break
                *lines, tail = (tail + part).split(b"\n")
                for line in lines:
                    told = json.loads(line)
                    started = time.monotonic()
                    if "is" in told or "where" in told:
                        begun = -1
                        yield told
                    else:
                        begun = told["case"]
            else:
                if begun < 0:
                    raise RuntimeError("the worker did not start: fork from a process without threads")
                os.kill(pid, signal.SIGKILL)
                spent = time.monotonic() - started
                yield {"case": begun, "where": f"no end within {limit:g} s", "trace": "", "spent": spent}
                begun = -1
    finally:
        os.close(read)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0 if ended else signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    if begun >= 0:
        yield {"case": begun, "where": f"the worker broke down ({status})", "trace": "", "spent": 0.0}


def _work(reader: str, seed: int, numbers: range, folder: Path, end: float, pipe: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    for number in numbers:
        if time.monotonic() > end:
            return
        os.write(pipe, json.dumps({"case": number}).encode() + b"\n")
        data, options = case(reader, number, seed)
        begun = time.monotonic()
        told = {"case": number, **judged(reader, data, options, folder, sample=number % 5 == 0)}
        told["spent"] = time.monotonic() - begun
        os.write(pipe, json.dumps(told).encode() + b"\n")


def judged(
    reader: str, data: bytes, options: dict[str, Any], folder: Path, *, sample: bool = True
) -> dict[str, str]:
    """``{"is": …}``, or ``where`` and ``trace`` of what broke. ``folder`` is scratch space."""
    path, out = folder / "case", folder / "out"
    path.write_bytes(data)
    try:
        return {"is": check(path, out, TARGETS[reader], options, sample=sample)}
    except (Exception, MemoryError) as error:
        trace = traceback.format_exc()
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if "/connectors/" in f.filename or "/tests/" in f.filename] or frames
        at = own[-1]
        # The text tells the faults apart that the oracle raises at one line; figures and values do not.
        text = str(error).split(",")[0][:60] if "oracle" in at.filename else ""
        words = "".join(c for c in text if not c.isdigit())
        return {"where": f"{type(error).__name__} {Path(at.filename).name}:{at.lineno} {words}".strip(), "trace": trace[-4000:]}  # fmt: skip
    finally:
        shutil.rmtree(out, ignore_errors=True)
