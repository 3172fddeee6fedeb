"""Files are read in a child process with limits: a hostile or broken file costs its own edition, never the run.

``Reader`` is the parent's side: one child serves file after file, a fresh one takes over after a crash, a time-out
or a refusal of memory. ``python -m connectors.child`` is the child: a JSON object a line on standard input,
one answer a line on standard output. Problems cross in both languages.
Does not belong here: reading itself (``raw.py``, ``reading.py``).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from connectors.layout import Layout
from connectors.report import FileReport
from connectors.sniff import NotReadableYet
from schemas.problem import Problem

MEMORY = 3 << 30  # address space of the child
SECONDS = 1800.0  # for one file
_PROBLEM_KEYS = ("file", "sheet", "row", "column", "line")


def problem_to_plain(problem: Problem) -> dict[str, Any]:
    """A Problem as JSON can hold it."""
    plain = {"en": problem.en, "zh": problem.zh, **{k: getattr(problem, k) for k in _PROBLEM_KEYS}}
    if isinstance(problem, NotReadableYet):
        plain["kind"] = problem.kind
    return plain


def problem_of_plain(plain: dict[str, Any]) -> Problem:
    """The Problem that ``problem_to_plain`` put into words."""
    places = {k: plain.get(k) for k in _PROBLEM_KEYS}
    if "kind" in plain:
        known = NotReadableYet(plain["en"], plain["zh"], **places)
        known.kind = plain["kind"]
        return known
    return Problem(plain["en"], plain["zh"], **places)


class Reader:
    """The parent's handle of a reading child. ``with Reader() as reader: reader.read_edition(path, out)``.

    ``memory`` in bytes (0: no limit), ``seconds`` of wall clock for one file. Not for several threads at once.
    """

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self.memory, self.seconds = memory, seconds
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

    def csv(self, path: Path, out: Path) -> list[tuple[Path, int]]:
        """``connectors.reading.as_csv`` in the child."""
        answer = self._ask({"do": "csv", "path": str(path), "out": str(out)}, path.name)
        return [(Path(written), rows) for written, rows in answer]

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
            }  # fmt: skip
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.child", str(self.memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            )  # fmt: skip
        return self._process

    def _ask(self, request: dict[str, Any], file: str) -> Any:
        process = self._start()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            process.stdin.flush()
            line = _line_within(process.stdout, self.seconds)
        except TimeoutError:  # before OSError, of which it is one
            process.kill()
            self.close()
            raise _too_slow(file, self.seconds) from None
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
            raise _crashed(file, code)
        answer = json.loads(line)
        if "memory" in answer:
            self.close()
            raise _too_big(file, self.memory)
        if "problem" in answer:
            raise problem_of_plain(answer["problem"])
        return answer["result"]


def _line_within(stream: IO[bytes], seconds: float) -> bytes:
    """One line from a pipe, or what came before its end. Raises TimeoutError."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            left = end - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            # The child writes one line an answer and nothing in between, so nothing is read past the line.
            part = os.read(stream.fileno(), 1 << 20)
            parts.append(part)
            if not part or part.endswith(b"\n"):
                return b"".join(parts)


def _too_slow(file: str, seconds: float) -> Problem:
    return Problem(
        f"reading took more than {seconds:.0f} s and was stopped; split the file, or export it as CSV.",
        f"读取超过 {seconds:.0f} 秒，已停止；请拆分文件，或改导出为 CSV。",
        file=file,
    )


def _too_big(file: str, memory: int) -> Problem:
    size = f"{memory / (1 << 30):.1f} GiB"
    return Problem(
        f"reading needs more memory than {size}; split the file, or export it as CSV.",
        f"读取所需内存超过 {size}；请拆分文件，或改导出为 CSV。",
        file=file,
    )


def _crashed(file: str, code: int) -> Problem:
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            return Problem(
                f"the reader broke down on this file ({name}); it is damaged or needs too much memory: open it in WPS or "
                "Excel and save it again, or ask the agency to export it anew.",
                f"读取程序处理该文件时崩溃（{name}）；文件已损坏或所需内存过大：请用 WPS 或 Excel 打开后另存，或请对方重新导出。",
                file=file,
            )
    return Problem(
        f"the reader ended on this file (status {code}); it is damaged: open it in WPS or Excel and save it again, "
        "or ask the agency to export it anew.",
        f"读取程序处理该文件时退出（状态 {code}）；文件可能已损坏：请用 WPS 或 Excel 打开后另存，或请对方重新导出。",
        file=file,
    )


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    options = {k: request.get(k) for k in ("layout", "encoding", "format")}
    path = Path(request["path"])
    try:
        if request["do"] == "tables":
            from connectors.reading import as_json

            return {"result": as_json(path, **options)}
        if request["do"] == "csv":
            from connectors.reading import as_csv

            return {
                "result": [
                    (str(written), rows) for written, rows in as_csv(path, Path(request["out"]), **options)
                ]
            }
        from connectors.raw import read_edition

        return {
            "result": read_edition(path, Path(request["out"]), name=request.get("name"), **options).plain()
        }
    except Problem as problem:
        return {"problem": problem_to_plain(problem)}
    except MemoryError:
        return {"memory": True}
    except OSError as error:
        words = error.strerror or type(error).__name__
        return {
            "problem": {
                "en": f"the file cannot be read: {words}.",
                "zh": f"无法读取文件：{words}。",
                "file": path.name,
            }
        }


def main(memory: int) -> None:
    """Serve requests until standard input ends. ``memory`` limits the address space (0: no limit)."""
    os.umask(0o077)
    if memory:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Answers go to a copy of standard output: nothing that a library prints may stand among them.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        answer = _serve(json.loads(line))
        out.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        out.flush()
        if "memory" in answer:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMORY)
