"""connectors.databases.database_address: the URL's three places, drivers in full, what is missing. And what a YAML may hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from agency import DAY, problem_of

from connectors.databases.database import in_process, pull
from connectors.databases.database_address import EXTRAS, address, shown_place
from schemas.located_yaml import parse_yaml
from schemas.problem import Problem
from schemas.source_checks import holds_secret
from schemas.source_forms import Database
from schemas.sources import check_source

SOURCE = """\
source: s
feeds: [resident]
mode: delta
key: [a]
columns: {name: b}
database:
"""


def test_drivers_are_said_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    for told, meant in {
        "postgresql://h/x": "postgresql+psycopg2", "postgres://h/x": "postgresql+psycopg2", "mysql://h/x": "mysql+pymysql",
        "mariadb://h/x": "mariadb+pymysql", "oceanbase://h/x": "mysql+pymysql", "mssql://h/x": "mssql+pymssql",
        "oracle://h/x": "oracle+oracledb", "dm://h": "dm+dmpython", "dm+dmPython://h": "dm+dmpython", "dameng://h": "dm+dmpython",
        "opengauss://h/x": "opengauss+psycopg2", "kingbase://h/x": "kingbase+ksycopg2", "gbase8s://h/x": "gbase8s+gbase8sdb",
        "postgresql+asyncpg://h/x": "postgresql+asyncpg", "sqlite:///x.db": "sqlite", "nope://h/x": "nope",
    }.items():  # fmt: skip
        assert address(Database(url=told, table="t")).drivername == meant
    monkeypatch.setenv("U", "postgresql://someone:secret@10.0.0.1:5432/city?password=secret")
    assert shown_place(address(Database(url_env="U", table="t"))) == "10.0.0.1:5432/city"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (None, "AGENCY_URL"),
        ("  ", "AGENCY_URL"),
        ("secret", "dialect://"),
        ("nope://u:secret@h/x", "no database dialect"),
        (
            "mysql+mysqldb://u:secret@h/x",
            "pip install 'oncegrid[mysql]', and begin the URL with mysql+pymysql://",
        ),
        ("oracle+cx_oracle://u:secret@h/x", "oncegrid[oracle]"),
        ("dm+dmPython://u:secret@h:5236/x", "oncegrid[dameng]"),
        ("kingbase://u:secret@h:54321/x", "oncegrid[kingbase]"),
        ("gbase8s://u:secret@h:9088/x?GBASEDBTSERVER=g", "oncegrid[gbase8s]"),
        ("mssql+pyodbc://u:secret@h/x", "oncegrid[sqlserver]"),
        ("postgresql+psycopg2://u:secret@127.0.0.1:1/x?nonsense=1", "cannot connect to 127.0.0.1:1/x"),
    ],
)
def test_faults_before_any_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, word: str
) -> None:
    monkeypatch.delenv("AGENCY_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("AGENCY_URL", url)
    asked = Database(url_env="AGENCY_URL", table="t")
    [arrival] = pull("s", asked, tmp_path, tmp_path / "l", day=DAY, by=in_process)
    assert word in problem_of(arrival).en and problem_of(arrival).file == "t.parquet"


def test_every_dialect_has_an_extra_that_is_declared() -> None:
    import tomllib

    root = Path(__file__).parent.parent
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS.values()) <= set(extras) and "oceanbase" in extras


# -- the key file ------------------------------------------------------------------------------------------
def test_the_url_of_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "renshe.url"
    path.parent.mkdir()
    asked = Database(url_file="keys/renshe.url", table="t")
    with pytest.raises(Problem, match="cannot be read"):
        address(asked, tmp_path)
    path.write_text("\ufeffpostgresql://u:secret@h/x\n", "utf-8")
    path.chmod(0o600)
    assert address(asked, tmp_path).password == "secret"
    for mode in (0o640, 0o604, 0o602, 0o660):
        path.chmod(mode)
        with pytest.raises(Problem) as caught:
            address(asked, tmp_path)
        assert "chmod 600 keys/renshe.url" in caught.value.en and "chmod 600" in caught.value.zh
        assert "secret" not in caught.value.en + caught.value.zh
    path.chmod(0o600)
    path.write_bytes(b" \n")
    with pytest.raises(Problem, match="empty"):
        address(asked, tmp_path)
    path.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(Problem, match="UnicodeDecodeError"):
        address(asked, tmp_path)
    with pytest.raises(Problem, match="cannot be read"):
        address(Database(url_file="keys", table="t"), tmp_path)


# -- the YAML ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@h/x", "postgresql://u:sec/ret@h/x", "postgresql://u:p@ss@h/x", "mysql+pymysql://:secret@h/x",
        "postgresql://h/x?user=u&password=secret", "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BX%7D%3BUID%3Du%3BPWD%3Dsecret",
        "postgresql://h/x?sslpassword=secret", "oracle://u:secret@h:1521/?service_name=x", "dm://SYSDBA:SYSDBA001@h:5236",
        "mysql://h/x?ssl_key_password=secret", "mysql://h/x?passwd=secret",
    ],
)  # fmt: skip
def test_a_password_in_the_yaml_is_refused(url: str) -> None:
    assert holds_secret(url)
    source, problems = check_source(parse_yaml(f"{SOURCE}  url: '{url}'\n  table: t\n", "s.yaml"))
    [problem] = problems
    assert source is None and problem.line == 7 and "url_env" in problem.en and "secret" not in problem.en


@pytest.mark.parametrize(
    "url",
    ["postgresql://u@h:5432/x", "sqlite:///inbox/a:b@c.db", "sqlite:////srv/x.db", "mysql://h:3306/x?charset=gbk", "postgresql://h/x",
     "oracle://h:1521/?service_name=x", "postgresql:///x?host=/var/run/postgresql", "postgresql://h/x?sslmode=require&passfile=/k"],
)  # fmt: skip
def test_a_url_without_a_password_may_stand_there(url: str) -> None:
    assert not holds_secret(url)
    source, problems = check_source(parse_yaml(f"{SOURCE}  url: '{url}'\n  table: t\n", "s.yaml"))
    assert source is not None and not problems


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("  table: t\n", "give one of 'url_env'"),
        ("  url_env: A\n  url_file: b\n  table: t\n", "give one of 'url_env'"),
        ("  url_env: A\n", "either 'table' or 'query'"),
        ("  url_env: A\n  query: DELETE FROM t\n", "SELECT or WITH"),
        ("  url_env: A\n  table: t\n  fetched: {column: f, values: []}\n", "mark a row"),
        ("  url_env: A\n  table: t\n  fetched: {column: f}\n", "values"),
        ("  url_env: A\n  table: t\n  seconds: {total: 0}\n", "greater than or equal to 1"),
        ("  url_env: A\n  table: t\n  mark: {column: f}\n", "mark"),
    ],
)
def test_what_the_yaml_says_of_a_database_is_checked(text: str, word: str) -> None:
    source, problems = check_source(parse_yaml(SOURCE + text, "s.yaml"))
    assert source is None and any(word in p.en for p in problems), problems


def test_a_fetched_flag_is_for_deltas() -> None:
    text = "  url_env: A\n  table: t\n  fetched: {column: f, values: [0]}\n"
    source, problems = check_source(parse_yaml(SOURCE + text, "s.yaml"))
    assert source is not None and source.database is not None and not problems
    assert source.database.fetched is not None and source.database.fetched.values == ("0",)
    assert "f" in source.used_headers
    whole, problems = check_source(parse_yaml((SOURCE + text).replace("mode: delta", "mode: full"), "s.yaml"))
    assert whole is None and "mode: delta" in problems[0].en and problems[0].line == 9


def test_what_the_order_is() -> None:
    assert Database(table="t", order="a", cursor="b").sequence == ("a",)  # type: ignore[arg-type]
    assert Database(table="t", cursor="b").sequence == ("b",) and Database(table="t").sequence == ()
    asked = Database(table="t", order=("a", "b"), cursor="b")
    assert asked.used_headers == ("b", "a")
