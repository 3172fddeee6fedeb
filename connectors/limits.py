"""What a reading child may use of the machine: memory, processor time, what it writes, open files; no programs, no network.

Belongs here: the limits that the kernel holds for one process, and the words for those that were met.
Does not belong here: the child itself and wall-clock time (``child.py``), what a reader refuses by itself
(``workbook_check.py``, ``archive.py`` …).
"""

from __future__ import annotations

import errno
import math
import os
import resource
import stat
import sys
from pathlib import Path

from schemas.problem import Problem

OPEN_FILES = 512
# What reading one file may write, in any one file and over the files of an edition: generous for archives of text.
WRITTEN_LEAST = 4 << 30
WRITTEN_TIMES = 250  # as of archives (``unpack.py``)

_CLOSED = frozenset(
    {
        "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
        "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo",
    }
)  # fmt: skip
_reading = False


def confine(memory: int) -> None:
    """Limit this process for good: ``memory`` bytes of address space (0: no limit), open files, no core dump.

    While ``begin`` has said that a file is being read, no program is started and no connection made.
    """
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        if limit:
            _lower(what, limit)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_audit)


def begin(seconds: float, written: int, *, file: bool) -> None:
    """Limits for one request: ``seconds`` of processor time from now (the kernel ends the process behind them with
    SIGXCPU) and ``written`` bytes in any one file. ``file``: a file is read, so neither programs nor connections."""
    global _reading
    _reading = file
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds))
    # Python ignores SIGXFSZ: a write beyond the limit fails with EFBIG.
    _lower(resource.RLIMIT_FSIZE, written)


def may_write(size: int) -> int:
    """How many bytes reading a file of ``size`` bytes may write."""
    return max(WRITTEN_LEAST, WRITTEN_TIMES * size)


def check_written(folder: Path) -> None:
    """Raises ``too_much`` where the files of ``folder`` are together larger than one file may be."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY and sum(p.stat().st_size for p in folder.iterdir()) > limit:
        raise too_much(limit)


def too_much(limit: int | None = None) -> Problem:
    """The Problem for a file of which too much would be written."""
    if limit is None:
        limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = f"{limit / (1 << 30):.1f} GiB"
    return Problem(
        f"reading this file would write more than {size}: it unpacks to far more than it holds; ask the agency what it "
        "is, or unpack and split it.",
        f"读取该文件将写出超过 {size} 的数据：内容展开后远大于文件本身；请向对方核实，或解压并拆分后重新放入。",
    )


def is_too_much(error: OSError) -> bool:
    """Whether a write failed at the limit."""
    return error.errno == errno.EFBIG


def check_regular(path: Path, name: str | None = None) -> None:
    """Raises Problem for what is no regular file: reading a pipe or a device may never end. Opens nothing."""
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        return
    en, zh = next((words for test, words in _KINDS if test(mode)), ("something else", "其他类型"))
    raise Problem(
        f"this is {en}, not a file; drop the file itself.",
        f"这是{zh}，不是文件；请放入文件本身。",
        file=name or path.name,
    )


_KINDS = (
    (stat.S_ISDIR, ("a folder", "文件夹")),
    (stat.S_ISFIFO, ("a pipe", "管道")),
    (stat.S_ISSOCK, ("a socket", "套接字")),
    (stat.S_ISBLK, ("a device", "设备")),
    (stat.S_ISCHR, ("a device", "设备")),
)


def _lower(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _audit(event: str, _: object) -> None:
    if _reading and event in _CLOSED:
        raise PermissionError(errno.EPERM, f"{os.strerror(errno.EPERM)}: {event}")
