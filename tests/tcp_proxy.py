"""A TCP proxy that misbehaves: it drops connections, cuts them after so many bytes, or goes silent."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class Proxy:
    """Between a client and ``host:port``. ``with Proxy(…) as proxy: … proxy.port``.

    The first ``drop`` connections are closed at once; the next ``cut`` ones after ``after`` bytes of the server's; those
    that follow pass. ``silent``: after ``after`` bytes nothing more is sent, and nothing closed. ``seen`` counts them all.
    """

    def __init__(
        self, host: str, port: int, *, drop: int = 0, cut: int = 0, after: int = 0, silent: bool = False
    ) -> None:
        self.target, self.drop, self.cut, self.after, self.silent = (host, port), drop, cut, after, silent
        self.seen = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in [self._listener, *self._open]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.seen += 1
            if self.seen <= self.drop:
                client.close()
                continue
            limit = self.after if self.silent or self.seen <= self.drop + self.cut else None
            server = socket.create_connection(self.target)
            self._open += [client, server]
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, limit), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                passed += len(data)
                if limit is not None and passed > limit:
                    if self.silent:
                        continue  # swallowed, from here on
                    break
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
