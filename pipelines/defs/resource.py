"""The run's one resource: the open workspace, held for writing from the run's first step to its last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date

import dagster as dg
from pydantic import Field, PrivateAttr

from pipelines.night import Night
from warehouse.lock import write_lock
from warehouse.workspace import Workspace


class NightResource(dg.ConfigurableResource[Night]):
    """``scope`` and ``as_of`` are those of ``oncegrid sync``; ``lock`` is false where the caller holds the lock."""

    workspace: str
    scope: list[str] = Field(default_factory=list)
    as_of: str | None = None
    lock: bool = True
    wait_seconds: float = 600.0

    _night: Night | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[NightResource]:  # type: ignore[override]  # the resource hands itself out, as its base does by default
        workspace = Workspace.open(self.workspace)
        with ExitStack() as stack:
            if self.lock:
                stack.enter_context(write_lock(workspace, "nightly sync", wait_seconds=self.wait_seconds))
            as_of = date.fromisoformat(self.as_of) if self.as_of else None
            self._night = stack.enter_context(Night(workspace, scope=self.scope, as_of=as_of))
            yield self

    @property
    def open(self) -> Night:
        """The night that this run works on."""
        assert self._night is not None, "the resource is used outside a run"
        return self._night
