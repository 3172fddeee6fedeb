"""Releasing an extract: decided, run, written, logged, and only then handed over.

Belongs here: that order. A file that is not in the log is not released; a line in the log without a file can
happen (a crash in between), the other way round cannot.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from schemas.extracts import Extract, load_extracts
from schemas.problem import Problem
from schemas.settings import Settings, User, load_settings
from warehouse.extract.access import Denied, purpose_of
from warehouse.extract.log import Log, open_log
from warehouse.extract.query import Query, compose
from warehouse.extract.sheet import write_sheet
from warehouse.gateway import ask, connect, spill_folder
from warehouse.workspace import Workspace

SECONDS = 120.0  # an extract that takes longer is stopped


@dataclass(frozen=True)
class Released:
    """A file that was handed over. ``number`` stands on the file and in the log; ``cut`` counts shortened cells."""

    number: str
    extract: str
    user: str
    purpose: str
    version: str
    path: Path
    rows: int
    columns: tuple[str, ...]
    sha256: str
    cut: int


def release(
    workspace: Workspace,
    settings: Settings,
    name: str,
    *,
    user: str,
    output: Path,
    given: Mapping[str, str] | None = None,
    purpose: str | None = None,
    now: datetime | None = None,
) -> Released:
    """Take the extract ``name`` as ``user`` and write it to ``output`` (xlsx, mode 600).

    ``given`` are the parameters (``-p k=v``); the purpose may be among them. ``now`` is aware (default: now).
    Raises Denied with the reason, Problem for an unknown extract, a wrong parameter, too many rows, or a
    file that cannot be written. Denials and releases are logged, without any personal value.
    """
    moment = (now or datetime.now(UTC)).astimezone(ZoneInfo(settings.timezone))
    params = dict(given or {})
    extract = find_extract(workspace, name)
    if purpose is None and "purpose" not in extract.params:
        purpose = params.pop("purpose", None)
    person = settings.user(user)
    number = f"E{moment:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    said = {
        "number": number, "time": moment.astimezone(UTC).isoformat(timespec="milliseconds"),
        "user": user if person else "unknown", "extract": extract.id, "definition": extract.definition_hash,
    }  # fmt: skip
    try:
        why = purpose_of(extract, person, purpose, moment.date())
        assert person is not None  # purpose_of denies an unknown user
        with open_log(workspace) as log:
            _within_the_day(log, extract, person, moment)
        query = compose(extract, person, why, params, moment.date())
        said |= {"purpose": why, "params": _params_hash(extract, query, params)}
        rows, version, as_of = _run(workspace, extract, query)
    except Denied as denied:
        with open_log(workspace) as log:
            log.append({"action": "denied", "reason": denied.reason, **said})
        raise
    notice = {
        "用途": why, "提取人": person.user, "时间": f"{moment:%Y-%m-%d %H:%M}", "行数": str(rows.num_rows),
        "数据日期": as_of or version, "编号": number,
    }  # fmt: skip
    return _hand_over(
        workspace, extract, person, query, rows, output, notice, {**said, "version": version}, moment
    )


def run_extract(
    workspace: Workspace,
    name: str,
    user: str,
    given: Mapping[str, str],
    output: Path,
    *,
    purpose: str | None = None,
) -> dict[str, Any]:
    """``release`` under the workspace's own settings and users, as a row for the command line."""
    done = release(
        workspace, load_settings(workspace.root), name, user=user, given=given, output=output, purpose=purpose
    )
    return asdict(done) | {"path": str(done.path), "columns": list(done.columns)}


def find_extract(workspace: Workspace, name: str) -> Extract:
    """The extract ``name`` of the workspace's catalogue. Raises Problem where it is unknown or broken."""
    good, problems = load_extracts(workspace.extracts)
    for extract in good:
        if extract.id == name:
            return extract
    for problem in problems:
        if problem.file is not None and Path(problem.file).stem == name:
            raise problem
    known = ", ".join(extract.id for extract in good) or "-"
    raise Problem(
        f"there is no extract of this name; there are: {known}.", f"没有这个名称的提取；已有：{known}。"
    )


def _within_the_day(log: Log, extract: Extract, person: User, moment: datetime) -> None:
    """Denied where the person has taken this extract as often as a day allows, by the log."""
    taken = sum(
        line.get("action") == "released"
        and line.get("user") == person.user
        and line.get("extract") == extract.id
        and datetime.fromisoformat(line["time"]).astimezone(moment.tzinfo).date() == moment.date()
        for line in log.lines
    )
    if taken >= extract.limits.per_day:
        raise Denied(
            "per_day",
            f"denied: '{extract.id}' may be taken {extract.limits.per_day} times a day; come back tomorrow.",
            f"拒绝：提取“{extract.id}”每天限 {extract.limits.per_day} 次；请明天再来。",
        )


def _run(workspace: Workspace, extract: Extract, query: Query) -> tuple[pa.Table, str, str | None]:
    """The rows (columns of text), the snapshot's version and its date."""
    with connect(workspace, "core") as con:
        version, as_of = con.execute("select version, cast(as_of as varchar) from snapshot").fetchall()[0]
        answer = ask(con, query.sql, query.values, seconds=SECONDS, rows=extract.limits.rows)
    if answer.truncated:
        raise Denied(
            "rows",
            f"denied: more than {extract.limits.rows} rows, which is the limit of '{extract.id}'; narrow it down.",
            f"拒绝：超过提取“{extract.id}”的上限 {extract.limits.rows} 行；请缩小范围。",
        )
    return answer.table, str(version), as_of


def _params_hash(extract: Extract, query: Query, given: Mapping[str, str]) -> str:
    """SHA-256 over the parameters as bound (with defaults), so that the log tells equal from different ones."""
    bound = {name: query.values[name] for name in extract.params}
    text = json.dumps([extract.id, bound], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _hand_over(
    workspace: Workspace,
    extract: Extract,
    person: User,
    query: Query,
    rows: pa.Table,
    output: Path,
    notice: Mapping[str, str],
    said: Mapping[str, Any],
    moment: datetime,
) -> Released:
    part = output.with_name(f".{output.name}.{said['number']}.part")
    try:
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with TemporaryDirectory(prefix=f"{os.getpid()}-", dir=spill_folder(workspace)) as scratch:
                cut = write_sheet(
                    part, rows, query.headings, title=extract.title, notice=notice,
                    watermark=extract.output.watermark, scratch=Path(scratch),
                )  # fmt: skip
            with part.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
        except OSError as error:
            raise Problem(
                f"the file cannot be written ({error.strerror or type(error).__name__}); choose another place with -o.",
                f"文件无法写入（{error.strerror or type(error).__name__}）；请用 -o 另选位置。",
                file=output.name,
            ) from None
        columns = tuple(column.name for column in extract.columns)
        line = {
            "action": "released", **said, "rows": rows.num_rows, "columns": list(columns),
            "unmasked": [c.name for c in extract.columns if c.mask is None or said["purpose"] in c.unmask_for],
            "sha256": digest, "delete_after": extract.retention_days,
        }  # fmt: skip
        with open_log(workspace) as log:
            try:
                _within_the_day(log, extract, person, moment)  # again: another process may have been quicker
            except Denied as denied:
                log.append({"action": "denied", "reason": denied.reason, **said})
                raise
            try:
                log.append(line)
            except OSError as error:
                raise Problem(
                    f"the log of extracts cannot be written ({error.strerror or type(error).__name__}), so nothing was "
                    "handed over; make room and try again.",
                    f"提取日志无法写入（{error.strerror or type(error).__name__}），因此未交付文件；请腾出空间后重试。",
                    file="audit/extracts.jsonl",
                ) from None
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return Released(
        said["number"], extract.id, person.user, said["purpose"], said["version"], output, rows.num_rows,
        columns, digest, cut,
    )  # fmt: skip
