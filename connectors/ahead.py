"""Work done ahead in a second thread, so that two cores share one file.

Belongs here: an iterator that runs in a thread of its own, a few items ahead of whoever takes them; and the
opposite, calls that a thread makes behind the caller. Both keep the order and pass errors on.
Does not belong here: what the work is. It must release the interpreter's lock to gain anything (Arrow, zlib and file
access do, the codecs of Python do not).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """The same items, at most ``depth`` of them made before they are asked for. An error is raised in its place."""
    ready: queue.Queue[Any] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: Any) -> bool:
        while not stopped.is_set():
            with suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
            put((_END, None))
        except BaseException as error:
            put((_END, error))

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        stopped.set()
        thread.join()


class Behind:
    """Calls made one after the other in a thread, at most ``depth`` waiting. ``call`` raises what an earlier one did."""

    def __init__(self, depth: int = 2) -> None:
        self._waiting: queue.Queue[Any] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def _work(self) -> None:
        while (todo := self._waiting.get()) is not None:
            if self._error is None:
                try:
                    todo[0](*todo[1])
                except BaseException as error:
                    self._error = error

    def call(self, action: Callable[..., object], *arguments: Any) -> None:
        """Have ``action`` called later; waits while too many are waiting. Raises the error of an earlier call."""
        self._raise()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="behind", daemon=True)
            self._thread.start()
        self._waiting.put((action, arguments))

    def wait(self) -> None:
        """Until all calls are made; raises the first error of them. Further calls may follow."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
