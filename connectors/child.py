"""Files are read in a child process with limits: a hostile or broken file costs its own edition, never the run.

``Reader`` is the parent's side: one child serves file after file, a fresh one takes over after a crash, a time-out
or a refusal of memory. ``python -m connectors.child`` is the child: a JSON object a line on standard input,
one answer a line on standard output. Problems cross in both languages.
Does not belong here: reading itself (``raw.py``, ``reading.py``), the limits that the kernel holds (``limits.py``).
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from connectors import limits
from connectors.child_faults import (
    Crashed,
    TooBig,
    TooLong,
    TooSlow,
    crashed,
    problem_of_plain,
    problem_to_plain,
    too_big,
    too_long,
    too_slow,
)
from connectors.layout import Layout
from connectors.report import FileReport
from schemas.problem import Problem

if TYPE_CHECKING:
    from connectors.sample import FileSample

__all__ = ["Crashed", "Reader", "TooBig", "TooLong", "TooSlow"]

MEMORY = 3 << 30  # address space of the child
SECONDS = 1800.0  # for one file
CPU_SECONDS = 3600.0  # of all threads, for one file
ANSWER = 128 << 20  # bytes of one answer; the parent holds no more of a file than that


class Reader:
    """The parent's handle of a reading child. ``with Reader() as reader: reader.read_edition(path, out)``.

    ``memory`` in bytes (0: no limit); for one file ``seconds`` of wall clock, ``cpu`` seconds of processor time, and
    ``written`` bytes in any one file written (default: by the size of what is read). Not for several threads at once.
    """

    def __init__(
        self,
        *,
        memory: int = MEMORY,
        seconds: float = SECONDS,
        cpu: float = CPU_SECONDS,
        written: int | None = None,
    ) -> None:
        self.memory, self.seconds, self.cpu, self.written = memory, seconds, cpu, written
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read_edition(
        self,
        path: Path,
        out: Path,
        *,
        layout: object = None,
        encoding: str | None = None,
        format: str | None = None,
        name: str | None = None,
    ) -> FileReport:
        """``connectors.raw.read_edition`` in the child. Raises its Problems, and one for a crash or a limit met."""
        answer = self._ask(
            {
                "do": "raw", "path": str(path), "out": str(out), "layout": Layout.of(layout).plain(),
                "encoding": encoding, "format": format, "name": name,
            },
            name or path.name,
        )  # fmt: skip
        return FileReport.of(answer)

    def tables(
        self, path: Path, *, layout: object = None, encoding: str | None = None, format: str | None = None
    ) -> list[dict[str, Any]]:
        """``connectors.reading.as_json`` in the child."""
        request = {
            "do": "tables",
            "path": str(path),
            "layout": Layout.of(layout).plain(),
            "encoding": encoding,
            "format": format,
        }
        answer: list[dict[str, Any]] = self._ask(request, path.name)
        return answer

    def sample(self, path: Path, *, rows: int | None = None, whole: bool = False) -> FileSample:
        """``connectors.sample.sample_file`` in the child."""
        from connectors.sample import ROWS, FileSample

        request = {"do": "sample", "path": str(path), "rows": ROWS if rows is None else rows, "whole": whole}
        return FileSample.of(self._ask(request, path.name))

    def json(self, path: Path, out: Path) -> None:
        """``connectors.views.write_json`` in the child."""
        self._ask({"do": "json", "path": str(path), "out": str(out)}, path.name)

    def csv(self, path: Path, out: Path) -> list[tuple[Path, int]]:
        """``connectors.views.as_csv`` in the child."""
        answer = self._ask({"do": "csv", "path": str(path), "out": str(out)}, path.name)
        return [(Path(written), rows) for written, rows in answer]

    def pull(self, request: dict[str, Any]) -> dict[str, Any]:
        """``connectors.databases.database_fetch.fetch_plain`` in the child, which has this process's environment."""
        answer: dict[str, Any] = self._ask({**request, "do": "pull"}, "")
        return answer

    def look(self, database: dict[str, Any], root: Path) -> FileSample:
        """``connectors.databases.database_sample.sample_database`` in the child; ``database`` is a ``Database`` as JSON holds it."""
        from connectors.sample import FileSample

        return FileSample.of(self._ask({"do": "look", "database": database, "root": str(root.resolve())}, ""))

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            process, self._process = self._process, None
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            root = str(Path(__file__).resolve().parent.parent)
            paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
            environment = {
                **os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8",
                # Pool allocators reserve address space by the gigabyte, which the limit counts.
                "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1",
                # Blocks of megabytes that come and go: given back to the kernel each time, they cost a tenth of all CPU.
                "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
            }  # fmt: skip
            # No errors of the child on this terminal: what matters of them is its answer, or its status.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.child", str(self.memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            )  # fmt: skip
        return self._process

    def _ask(self, request: dict[str, Any], file: str) -> Any:
        process = self._start()
        request = {**request, "cpu": self.cpu, "written": self.written}
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            process.stdin.flush()
            line = _line_within(process.stdout, self.seconds)
        except TimeoutError:  # before OSError, of which it is one
            process.kill()
            self.close()
            raise too_slow(file, self.seconds) from None
        except OSError:
            line = b""
        except BaseException:
            # Interrupted while the child works: its late answer must not be taken for that of the next file.
            process.kill()
            self.close()
            raise
        if not line.endswith(b"\n"):
            self.close()
            code = process.wait()
            if code == -signal.SIGXCPU:
                raise too_slow(file, self.cpu)
            raise crashed(file, code)
        answer = json.loads(line)
        if "memory" in answer:
            self.close()
            raise too_big(file, self.memory)
        if "long" in answer:
            raise too_long(file, ANSWER)
        if "problem" in answer:
            raise problem_of_plain(answer["problem"])
        return answer["result"]


def _line_within(stream: IO[bytes], seconds: float) -> bytes:
    """One line from a pipe, or what came before its end or before ``ANSWER`` bytes. Raises TimeoutError."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            left = end - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            # The child writes one line an answer and nothing in between, so nothing is read past the line.
            part = os.read(stream.fileno(), 1 << 20)
            parts.append(part)
            size += len(part)
            if not part or part.endswith(b"\n") or size > ANSWER + 1024:
                return b"".join(parts)


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    pull = request["do"] in ("pull", "look")
    written = request["written"]
    if written is None:
        path = None if pull else Path(request["path"])
        written = limits.may_write(path.stat().st_size if path is not None and path.is_file() else 0)
        written *= 16 if pull else 1  # a database is as large as it is
    limits.begin(request["cpu"], written, file=not pull)
    if pull:
        return _serve_pull(request)
    options = {k: request.get(k) for k in ("layout", "encoding", "format")}
    path = Path(request["path"])
    try:
        if request["do"] == "tables":
            from connectors.reading import as_json

            return {"result": as_json(path, **options)}
        if request["do"] == "sample":
            from connectors.sample import sample_file

            return {
                "result": sample_file(path, rows=request["rows"], whole=request["whole"], **options).plain()
            }
        if request["do"] == "csv":
            from connectors.views import as_csv

            return {
                "result": [
                    (str(written), rows) for written, rows in as_csv(path, Path(request["out"]), **options)
                ]
            }
        if request["do"] == "json":
            from connectors.views import write_json

            write_json(path, Path(request["out"]), **options)
            return {"result": None}
        from connectors.raw import read_edition

        return {
            "result": read_edition(path, Path(request["out"]), name=request.get("name"), **options).plain()
        }
    except Problem as problem:
        return {"problem": problem_to_plain(problem)}
    except MemoryError:
        return {"memory": True}
    except RuntimeError as error:
        if "new thread" in str(error):  # there is no room for its stack
            return {"memory": True}
        raise
    except OSError as error:
        if limits.is_too_much(error):
            return {"problem": {**problem_to_plain(limits.too_much()), "file": path.name}}
        words = error.strerror or type(error).__name__
        return {
            "problem": {
                "en": f"the file cannot be read: {words}.",
                "zh": f"无法读取文件：{words}。",
                "file": path.name,
            }
        }


def _serve_pull(request: dict[str, Any]) -> dict[str, Any]:
    from connectors.databases.database_fetch import fetch_plain
    from schemas.source_forms import Database

    try:
        if request["do"] == "look":
            from connectors.databases.database_sample import sample_database

            database = Database.model_validate(request["database"])
            return {"result": sample_database(database, Path(request["root"])).plain()}
        return {"result": fetch_plain(request)}
    except Problem as problem:
        return {"problem": problem_to_plain(problem)}
    except MemoryError:
        return {"memory": True}


def _words(answer: dict[str, Any]) -> bytes | None:
    """An answer as a line, None for one that is too long."""
    try:
        told = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        return None
    return told if len(told) <= ANSWER else None


def main(memory: int) -> None:
    """Serve requests until standard input ends. ``memory`` limits the address space (0: no limit)."""
    os.umask(0o077)
    limits.confine(memory)
    # Answers go to a copy of standard output: nothing that a library prints may stand among them.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answer = _serve(request)
        told = _words(answer)
        if told is None:
            if request["do"] == "raw":  # what nobody is told of must not be there
                shutil.rmtree(request["out"], ignore_errors=True)
            told = b'{"long": true}'
        out.write(told + b"\n")
        out.flush()
        if "memory" in answer:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMORY)
