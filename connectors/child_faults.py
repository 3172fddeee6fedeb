"""What can go wrong between a reading child and its parent, in words; and Problems over the border between them.

Does not belong here: the processes (``child.py``), the limits (``limits.py``).
"""

from __future__ import annotations

import contextlib
import signal
from typing import Any

from connectors.sniff import NotReadableYet
from schemas.problem import Problem

_PROBLEM_KEYS = ("file", "sheet", "row", "column", "line")


class TooSlow(Problem):
    """The child was stopped: it took longer than it may."""


class TooBig(Problem):
    """The child needs more memory than it may have."""


class Crashed(Problem):
    """The child broke down."""


class TooLong(Problem):
    """The answer is longer than the parent takes."""


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


def too_slow(file: str, seconds: float) -> Problem:
    """The Problem for a file that took longer than ``seconds``."""
    return TooSlow(
        f"reading took more than {seconds:.0f} s and was stopped; split the file, or export it as CSV.",
        f"读取超过 {seconds:.0f} 秒，已停止；请拆分文件，或改导出为 CSV。",
        file=file,
    )


def too_long(file: str, answer: int) -> Problem:
    """The Problem for a file of which more than ``answer`` bytes would have to be told."""
    return TooLong(
        f"what was found in this file takes more than {answer >> 20} MiB to tell: it has too many tables or too many rows that "
        "cannot be split. Split it, or look at it with 'oncegrid read FILE -o OUT.csv'.",
        f"该文件的读取结果超过 {answer >> 20} MiB：表过多，或无法拆分的行过多。请拆分文件，或用 'oncegrid read 文件 -o 输出.csv' 查看。",
        file=file,
    )


def too_big(file: str, memory: int) -> Problem:
    """The Problem for a file that takes more than ``memory`` bytes."""
    size = f"{memory / (1 << 30):.1f} GiB"
    return TooBig(
        f"reading needs more memory than {size}; split the file, or export it as CSV.",
        f"读取所需内存超过 {size}；请拆分文件，或改导出为 CSV。",
        file=file,
    )


def crashed(file: str, code: int) -> Problem:
    """The Problem for a file at which the child ended with the status ``code`` (negative: a signal)."""
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            return Crashed(
                f"the reader broke down on this file ({name}); it is damaged or needs too much memory: open it in WPS or "
                "Excel and save it again, or ask the agency to export it anew.",
                f"读取程序处理该文件时崩溃（{name}）；文件已损坏或所需内存过大：请用 WPS 或 Excel 打开后另存，或请对方重新导出。",
                file=file,
            )
    return Crashed(
        f"the reader ended on this file (status {code}); it is damaged: open it in WPS or Excel and save it again, "
        "or ask the agency to export it anew.",
        f"读取程序处理该文件时退出（状态 {code}）；文件可能已损坏：请用 WPS 或 Excel 打开后另存，或请对方重新导出。",
        file=file,
    )
