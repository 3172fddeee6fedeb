"""SQLAlchemy dialects for drivers that have none for this version of SQLAlchemy: 达梦, 人大金仓, openGauss, GBase 8s.

Belongs here: just what reading a table or a query needs: how to connect, quoting, which tables there are.
Does not belong here: time-outs and sessions (``database_manners.py``).

人大金仓 and openGauss speak PostgreSQL's protocol and dialect; they differ in what they say of their version. 达梦 and
GBase 8s are reached by their DB-API drivers alone. None of these four could be tried against a server of its own.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import URL
from sqlalchemy.engine.default import DefaultDialect


class Kingbase(PGDialect_psycopg2):
    """人大金仓 by ksycopg2, psycopg2's twin."""

    name = "kingbase"
    driver = "ksycopg2"
    supports_statement_cache = True
    _module = "ksycopg2"

    @classmethod
    def import_dbapi(cls) -> Any:
        return importlib.import_module(cls._module)

    @property
    def _psycopg2_extensions(self) -> Any:
        return importlib.import_module(f"{self._module}.extensions")

    @property
    def _psycopg2_extras(self) -> Any:
        return importlib.import_module(f"{self._module}.extras")

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return (12, 0)  # of the PostgreSQL that it behaves like, as far as reading goes


class OpenGauss(Kingbase):
    """openGauss by psycopg2. Its own build of libpq is needed where the server asks for sha256 passwords."""

    name = "opengauss"
    driver = "psycopg2"
    supports_statement_cache = True
    _module = "psycopg2"

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return (9, 2, 4)


class _DriverOnly(DefaultDialect):
    """A DB-API driver, its tables listed by one query each."""

    supports_statement_cache = True
    default_paramstyle = "qmark"
    _module = ""
    # Names of tables and views of a schema (bound once a query), and of the user's own.
    _listed = ""
    _own = ""

    @classmethod
    def import_dbapi(cls) -> Any:
        return importlib.import_module(cls._module)

    def _get_server_version_info(self, connection: Any) -> None:
        return None

    def _get_default_schema_name(self, connection: Any) -> str:
        return ""

    def do_ping(self, dbapi_connection: Any) -> bool:
        return True

    def get_table_names(self, connection: sa.Connection, schema: str | None = None, **kw: Any) -> list[str]:
        known: Any = self
        if not self.requires_name_normalize:
            rows = (
                connection.exec_driver_sql(self._listed, (schema,))
                if schema
                else connection.exec_driver_sql(self._own)
            )
            return [str(row[0]).rstrip() for row in rows]
        owner = known.denormalize_name(schema) if schema else None
        rows = (
            connection.exec_driver_sql(self._listed, (owner,))
            if owner
            else connection.exec_driver_sql(self._own)
        )
        return [known.normalize_name(str(row[0]).rstrip()) for row in rows]

    def get_view_names(self, connection: sa.Connection, schema: str | None = None, **kw: Any) -> list[str]:
        return []  # among the tables


class Dameng(_DriverOnly):
    """达梦 DM8 by dmPython. Names without quotes are upper case, as in Oracle."""

    name = "dm"
    driver = "dmpython"
    supports_statement_cache = True
    requires_name_normalize = True  # so a name that is lower case there is quoted, and only that
    _module = "dmPython"
    _own = "SELECT OBJECT_NAME FROM USER_OBJECTS WHERE OBJECT_TYPE IN ('TABLE', 'VIEW')"
    _listed = "SELECT OBJECT_NAME FROM ALL_OBJECTS WHERE OBJECT_TYPE IN ('TABLE', 'VIEW') AND OWNER = ?"

    def create_connect_args(self, url: URL) -> Any:
        told: dict[str, Any] = {
            "server": url.host or "localhost",
            "port": url.port or 5236,
            "autoCommit": False,
        }
        for key, value in (("user", url.username), ("password", url.password), ("schema", url.database)):
            if value:
                told[key] = value
        return [], {
            **told,
            **{k: int(v) if isinstance(v, str) and v.isdecimal() else v for k, v in url.query.items()},
        }


class GBase8s(_DriverOnly):
    """GBase 8s by gbase8sdb: ``gbase8s://user:password@host:9088/name?GBASEDBTSERVER=gbase01``."""

    name = "gbase8s"
    driver = "gbase8sdb"
    supports_statement_cache = True
    _module = "gbase8sdb"
    _own = "SELECT tabname FROM systables WHERE tabid > 99 AND tabtype IN ('T', 'V')"
    _listed = "SELECT tabname FROM systables WHERE tabid > 99 AND tabtype IN ('T', 'V') AND owner = ?"

    def __init__(self, **kw: Any) -> None:
        super().__init__(**kw)
        # A quoted name is taken for a text unless DELIMIDENT is set, so a plain one must stand bare.
        preparer: Any = self.identifier_preparer
        preparer.quote = preparer.quote_schema = _bare(preparer.quote_identifier)

    def create_connect_args(self, url: URL) -> Any:
        options = {str(k).lower(): v for k, v in url.query.items()}
        server = options.pop("gbasedbtserver", None)
        if server is None:
            raise sa.exc.ArgumentError("GBASEDBTSERVER=<name> is missing behind the '?'")
        dsn = self.import_dbapi().makedsn(
            host=url.host, port=url.port or 9088, db_name=url.database, server_name=server, **options
        )
        return [], {"dsn": dsn, "user": url.username or "", "password": url.password or ""}


def _bare(quote: Callable[[str], str]) -> Callable[..., str]:
    def bare(name: str, force: object = None) -> str:
        return str(name) if re.fullmatch(r"\w+", name) else quote(name)

    return bare


def register() -> None:
    """Make SQLAlchemy know these dialects. Their drivers are imported when one of them is asked for."""
    for name, driver, made in (
        ("kingbase", "ksycopg2", "Kingbase"), ("opengauss", "psycopg2", "OpenGauss"), ("dm", "dmpython", "Dameng"),
        ("gbase8s", "gbase8sdb", "GBase8s"),
    ):  # fmt: skip
        registry.register(f"{name}.{driver}", __name__, made)
