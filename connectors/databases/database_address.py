"""Where an agency's database is: its URL (from the environment, a key file or the YAML) and the driver it names.

Belongs here: the URL and nothing behind it; which of the extras of this project brings a driver.
Does not belong here: connecting (``database_connection.py``), how each kind of server is spoken to
(``database_manners.py``).

No message here holds a URL: it may tell a user or a password.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from schemas.problem import Problem
from schemas.source_forms import Database

# The driver for a URL that names none, said in full: what SQLAlchemy would take changes with its versions.
DRIVERS = {
    "postgresql": "psycopg2", "postgres": "psycopg2", "mysql": "pymysql", "mariadb": "pymysql", "oracle": "oracledb",
    "mssql": "pymssql", "dm": "dmpython", "opengauss": "psycopg2", "kingbase": "ksycopg2", "gbase8s": "gbase8sdb",
}  # fmt: skip
# What people write → the dialect that speaks to it. OceanBase is reached as the MySQL that its tenant plays.
_SAME = {"postgres": "postgresql", "oceanbase": "mysql", "dameng": "dm", "kingbase8": "kingbase"}
# Dialect → what of this project's extras brings its driver.
EXTRAS = {
    "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "oracle": "oracle", "mssql": "sqlserver",
    "dm": "dameng", "opengauss": "opengauss", "gbase8s": "gbase8s", "kingbase": "kingbase",
}  # fmt: skip


def address(database: Database, root: Path | None = None) -> URL:
    """The URL of a source's database, its driver said in full (``postgresql+psycopg2://``).

    ``root`` is the workspace, which ``url_file`` is relative to. Raises Problem when the variable is not set, the
    file cannot be read or may be read by others, and for what is no URL.
    """
    text = database.url or ""
    if database.url_env is not None:
        text = _of_environment(database.url_env)
    elif database.url_file is not None:
        text = _of_file(database.url_file, root or Path())
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Problem(
            "the database's URL cannot be understood; write it as dialect://user:password@host:port/name, with special "
            "characters of the password percent-encoded.",
            "数据库 URL 无法识别；请写成 方言://用户:密码@主机:端口/库名，密码中的特殊字符须作百分号编码。",
        ) from None
    name, _, driver = url.drivername.lower().partition("+")
    name = _SAME.get(name, name)
    if name == "dm" and driver in ("", "dmpython"):
        driver = "dmpython"  # its own spelling, dmPython, as well
    driver = driver or DRIVERS.get(name, "")
    return url.set(drivername=f"{name}+{driver}" if driver else name)


def _of_environment(name: str) -> str:
    if text := os.environ.get(name, "").strip():
        return text
    raise Problem(
        f"the environment variable {name}, named in database.url_env, is not set; set it to the "
        "database's URL, such as postgresql://user:password@host:5432/name.",
        f"database.url_env 指定的环境变量 {name} 未设置；请设为数据库 URL，如 postgresql://用户:密码@主机:5432/库名。",
    )


def _of_file(name: str, root: Path) -> str:
    path = root / name
    try:
        with path.open(encoding="utf-8-sig") as stream:
            # Asked of the open file: what is checked is what is read.
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read(10_000).strip() if stat.S_ISREG(mode) else ""
    except (OSError, UnicodeDecodeError) as error:
        words = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise Problem(
            f"the file {name}, named in database.url_file, cannot be read ({words}); its path is relative to the workspace, "
            "and it holds the database's URL.",
            f"database.url_file 指定的文件 {name} 无法读取（{words}）；路径相对于工作区，内容为数据库 URL。",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Problem(
            f"others than its owner have access to {name}, which holds a database's URL; do: chmod 600 {name}",
            f"{name} 存有数据库 URL，而属主以外的用户也能访问；请执行：chmod 600 {name}",
        )
    if not text:
        raise Problem(
            f"the file {name}, named in database.url_file, is empty; write the database's URL into it, "
            "such as postgresql://user:password@host:5432/name.",
            f"database.url_file 指定的文件 {name} 为空；请写入数据库 URL，如 postgresql://用户:密码@主机:5432/库名。",
        )
    return text


def shown_place(url: URL) -> str:
    """Which database it is, for messages: never a user, a password or an option."""
    if url.get_backend_name() == "sqlite":
        return url.database or "sqlite"
    where = url.host or url.get_backend_name()
    return where + (f":{url.port}" if url.port else "") + (f"/{url.database}" if url.database else "")


def no_driver(url: URL) -> Problem:
    """What to install for a URL whose driver is not there."""
    name = url.get_backend_name()
    extra = EXTRAS.get(name)
    if extra is None:
        known = ", ".join(sorted({"sqlite", "oceanbase", *EXTRAS}))
        return Problem(
            f"there is no database dialect '{name}'; known ones are: {known}.",
            f"没有“{name}”这种数据库方言；可用：{known}。",
        )
    en = f"the driver for {url.drivername} is not installed: pip install 'oncegrid[{extra}]'"
    zh = f"未安装 {url.drivername} 的驱动：pip install 'oncegrid[{extra}]'"
    usual = f"{name}+{DRIVERS[name]}"
    if url.drivername != usual:
        return Problem(f"{en}, and begin the URL with {usual}://.", f"{zh}，并将 URL 开头写为 {usual}://。")
    return Problem(f"{en}.", f"{zh}。")
