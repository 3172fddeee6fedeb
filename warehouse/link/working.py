"""A database in memory beside the work database, in which Splink may make its tables.

It shares the work database's memory limit and threads. Nothing of it is ever written to the work database's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.link.characters import character_functions
from warehouse.normalize.functions import name_functions
from warehouse.store import Store

NAME = "link_work"


@contextmanager
def working(store: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on the empty database ``link_work`` but for ``node``, a copy of the store's ``link_node``.

    The store's own connection sees its tables as ``link_work.<table>`` for as long as it is there.
    """
    store.con.execute(f"attach ':memory:' as {NAME}")
    work = store.con.cursor()
    try:
        work.execute(f"use {NAME}")
        work.execute("set enable_progress_bar = false")
        name_functions(work)
        character_functions(work)
        store.con.execute(f"create table {NAME}.node as select * from link_node")
        yield work
    finally:
        work.close()
        store.con.execute(f"detach {NAME}")
