"""``oncegrid.yaml`` and ``users.yaml``: the settings of one city's workspace, and who may see what.

Belongs here: their strict form and loading. Does not belong here: making a workspace, reading keys, deciding
on access (``warehouse/``).
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BeforeValidator
from pydantic import Field as PydanticField

from schemas.located_yaml import Located, load_yaml, together, validate
from schemas.problem import Problem
from schemas.source_forms import Part, Text, Texts

Role = Literal[
    "grid_worker", "community_clerk", "street_officer", "dept_steward", "analyst", "auditor", "operator", "admin",
]  # fmt: skip
_CRON = re.compile(r"(?:[\d*,/-]+\s+){2}(?:[\d*,/L-]+\s+)(?:[\dA-Za-z*,/-]+\s+)[\dA-Za-z*,/#-]+")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class SettingsProblem(Problem):
    """``oncegrid.yaml`` or ``users.yaml`` is broken: nothing can be done before it is corrected."""


def _grids(value: Any) -> Any:
    return () if value is None else (value,) if isinstance(value, str) else value


class User(Part):
    """A person: what they may do (``role``), where (``areas``: codes of areas or grids, everything below them),
    what for (``purposes``) and until when (inclusive; None: no end)."""

    user: Text
    role: Role
    areas: Annotated[tuple[Text, ...], BeforeValidator(_grids)] = PydanticField(
        default=(), validation_alias=AliasChoices("areas", "grids")
    )
    purposes: Texts = ()
    until: date | None = None


class Retention(Part):
    """``versions``: published snapshots to keep."""

    versions: Annotated[int, PydanticField(ge=1)] = 7


class Keys(Part):
    """Files that hold the secret keys (relative to the workspace): of resident ids, and of the analysts' ids."""

    resident: str = "state/keys/resident.key"
    analyst: str = "state/keys/analyst.key"


class Settings(Part):
    """A workspace's settings. ``users`` holds those of ``oncegrid.yaml`` and ``users.yaml`` together."""

    city: str
    division_code: Annotated[Text, PydanticField(pattern=r"^\d{2}(\d{2}){0,2}$")] | None = None
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] | None = None
    landline_area_code: Annotated[Text, PydanticField(pattern=r"^0\d{2,3}$")] | None = None
    nightly: str = "02:00"
    retention: Retention = Retention()
    memory: Annotated[str, PydanticField(pattern=r"^\d+(\.\d+)?\s*([KMGT]i?B|%)$")] = "4GB"
    threads: Annotated[int, PydanticField(ge=1)] | None = None
    engine: Literal["duckdb"] = "duckdb"
    keys: Keys = Keys()
    users: tuple[User, ...] = ()

    @property
    def nightly_cron(self) -> str:
        """``nightly`` as a cron expression of five fields."""
        clock = _CLOCK.fullmatch(self.nightly.strip())
        return f"{int(clock[2])} {int(clock[1])} * * *" if clock else self.nightly.strip()

    def user(self, name: str) -> User | None:
        """The user called ``name``, or None."""
        return next((one for one in self.users if one.user == name), None)


class _Users(Part):
    users: tuple[User, ...] = ()


def load_settings(root: Path) -> Settings:
    """The settings of the workspace at ``root``. Raises one SettingsProblem with every fault found."""
    try:
        located = load_yaml(root / "oncegrid.yaml", "oncegrid.yaml")
    except Problem as problem:
        raise _broken([problem]) from None
    settings = validate(Settings, located)
    if settings is not None:
        _check(settings, located)
    people, listed = _load_users(root / "users.yaml")
    problems = [*located.problems, *listed.problems]
    here = settings.users if settings is not None else ()
    problems += _twice(here, people, located, listed)
    if settings is None or problems:
        raise _broken(problems)
    return settings.model_copy(update={"users": (*here, *people)})


def _broken(problems: list[Problem]) -> SettingsProblem:
    one = together(problems)
    return SettingsProblem(one.en, one.zh, file=one.file, line=one.line)


def _check(settings: Settings, located: Located) -> None:
    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        located.add(
            ("timezone",),
            f"there is no timezone '{settings.timezone}'; write e.g. Asia/Shanghai.",
            f"没有时区“{settings.timezone}”；请写如 Asia/Shanghai。",
        )
    if not _CLOCK.fullmatch(settings.nightly.strip()) and not _CRON.fullmatch(settings.nightly.strip()):
        located.add(
            ("nightly",),
            f"'{settings.nightly}' is neither a time (\"02:00\") nor a cron expression of five fields (0 2 * * *).",
            f'“{settings.nightly}”既不是时刻（"02:00"），也不是五段 cron 表达式（0 2 * * *）。',
        )
    if settings.keys.resident == settings.keys.analyst:
        located.add(
            ("keys",),
            "the two keys must be different files, or analysts could undo the pseudonyms.",
            "两个密钥须为不同文件，否则分析人员可还原假名。",
        )
    _check_users(settings.users, located, ("users",))


def _check_users(users: tuple[User, ...], located: Located, path: tuple[str, ...]) -> None:
    for i, user in enumerate(users):
        for code in user.areas:
            if not re.fullmatch(r"[0-9A-Za-z_-]{2,40}", code):
                located.add(
                    (*path, i, "areas"),
                    f"'{code}' is no code of an area or a grid; write digits such as 210202005001.",
                    f"“{code}”不是区划或网格代码；请写如 210202005001。",
                )


def _load_users(path: Path) -> tuple[tuple[User, ...], Located]:
    if not path.is_file():
        return (), Located(None, path.name, {(): 1})
    try:
        located = load_yaml(path)
    except Problem as problem:
        return (), Located(None, path.name, {(): 1}, [problem])
    if located.value is None:
        return (), located
    if isinstance(located.value, list):
        # A list alone is what people write; the model wants a name for it.
        lines = {("users", *where): line for where, line in located.lines.items()} | {(): 1}
        located = Located({"users": located.value}, located.file, lines, located.problems)
    users = validate(_Users, located)
    if users is None:
        return (), located
    _check_users(users.users, located, ("users",))
    return users.users, located


def _twice(
    here: tuple[User, ...], there: tuple[User, ...], located: Located, listed: Located
) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for users, place in ((here, located), (there, listed)):
        for i, user in enumerate(users):
            first = seen.setdefault(user.user, f"{place.file}:{place.line(('users', i))}")
            if first != f"{place.file}:{place.line(('users', i))}":
                problems.append(
                    Problem(
                        f"the user '{user.user}' stands in {first} already; keep one.",
                        f"用户“{user.user}”已在 {first} 中；请只保留一处。",
                        file=place.file,
                        line=place.line(("users", i)),
                    )
                )
    return problems
