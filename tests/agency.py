"""An agency with a database, and the pulls from it: SQLite in a file, PostgreSQL and MariaDB where a server answers.

The servers' addresses come from the environment (``ONCEGRID_TEST_POSTGRESQL``, ``ONCEGRID_TEST_MARIADB``); each agency
makes a database of its own there and drops it. Where no server answers, the tests are skipped with a reason that names it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from connectors.databases.database import Fetch, in_process, pull
from connectors.landing import Arrival, Known, landed_file
from schemas.problem import Problem
from schemas.source_forms import Database

DAY = dt.date(2024, 11, 1)
SERVERS = {
    "postgresql": ("PostgreSQL", "ONCEGRID_TEST_POSTGRESQL", "postgresql+psycopg2://postgres@127.0.0.1:5432/test"),
    "mariadb": ("MariaDB", "ONCEGRID_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/test"),
}  # fmt: skip
Server = Literal["sqlite", "postgresql", "mariadb"]


class Agency:
    """A database at ``url``, a workspace at ``root``, and the pulls that have landed so far."""

    def __init__(self, root: Path, url: sa.URL, told: str) -> None:
        self.root, self.url, self.told = root, url, told
        self.landing = root / "landing" / "renshe"
        self.known: list[Known] = []
        self.engine = sa.create_engine(url, poolclass=NullPool)

    def run(self, sql: str, *rows: tuple[Any, ...]) -> None:
        """Run statements as the agency would; ``?`` in ``sql`` stands for the cells of ``rows``."""
        with self.engine.begin() as con:
            if not rows:
                for statement in sql.split(";\n"):
                    con.exec_driver_sql(
                        statement.replace("%", "%%") if con.dialect.paramstyle != "qmark" else statement
                    )
            else:
                mark = "?" if con.dialect.paramstyle == "qmark" else "%s"
                con.exec_driver_sql(sql.replace("?", mark), list(rows))

    def value(self, sql: str) -> Any:
        with self.engine.connect() as con:
            return con.exec_driver_sql(sql).scalar()

    def pull(
        self, mode: Literal["full", "delta"] = "full", *, day: int = 1, by: Fetch = in_process, **asked: Any
    ) -> Arrival:
        """One pull on the ``day`` of November 2024; what lands is known to the next."""
        told = Database(**{"url": self.told, **asked})
        date = DAY.replace(day=day)
        [arrival] = pull("renshe", told, self.root, self.landing, self.known, day=date, mode=mode, by=by)
        if arrival.edition is not None:
            new = arrival.edition
            self.known.append(Known(new.edition_id, new.file, new.sha256, f"{len(self.known):03d}"))
        return arrival

    def landed(self, arrival: Arrival) -> tuple[list[str], list[list[str | None]]]:
        """Columns and rows of what has landed."""
        assert arrival.outcome == "landed" and arrival.edition is not None, arrival
        table = pq.read_table(landed_file(self.landing / arrival.edition.edition_id))
        columns = [c.to_pylist() for c in table.columns]
        return table.column_names, [list(row) for row in zip(*columns, strict=True)]

    def rows(self, arrival: Arrival) -> list[list[str | None]]:
        return self.landed(arrival)[1]

    def firsts(self, arrival: Arrival) -> list[str | None]:
        """The first column of what has landed."""
        return [row[0] for row in self.rows(arrival)]

    def told_of_pull(self, arrival: Arrival) -> dict[str, Any]:
        """What the manifest tells of the pull."""
        assert arrival.edition is not None
        text = (self.landing / arrival.edition.edition_id / "manifest.json").read_text("utf-8")
        told: dict[str, Any] = json.loads(text)["pull"]
        return told


@contextmanager
def agency_at(server: Server, root: Path, name: str = "inbox/renshe/renshe.db") -> Iterator[Agency]:
    """An agency with an empty database; ``name`` is the SQLite file's below ``root``."""
    if server == "sqlite":
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        # The file is named by the path: in a URL, what stands behind a '?' would be options.
        made = Agency(root, sa.URL.create("sqlite", database=str(root / name)), f"sqlite:///{name}")
        yield made
        made.engine.dispose()
        return
    word, variable, default = SERVERS[server]
    address = sa.make_url(os.environ.get(variable, default))
    if "+" not in address.drivername:
        address = address.set(drivername=sa.make_url(default).drivername)
    control = sa.create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        con = control.connect()
    except sa.exc.OperationalError:
        pytest.skip(f"no {word} server answers at {address.host}:{address.port} ({variable})")
    database = f"oncegrid_{uuid.uuid4().hex[:12]}"
    with con:
        utf8 = " CHARACTER SET utf8mb4" if server == "mariadb" else " ENCODING 'UTF8' TEMPLATE template0"
        con.exec_driver_sql(f"CREATE DATABASE {database}{utf8}")
        try:
            url = address.set(database=database)
            yield Agency(root, url, url.render_as_string(hide_password=False))
        finally:
            con.exec_driver_sql(
                f"DROP DATABASE {database}" + (" WITH (FORCE)" if server == "postgresql" else "")
            )


def problem_of(arrival: Arrival) -> Problem:
    """The Problem of a pull that failed, in two languages and without a secret."""
    assert arrival.outcome == "failed" and arrival.problem is not None and arrival.edition is None, arrival
    told = arrival.problem
    assert told.en != told.zh and "secret" not in told.en + told.zh
    return told
