"""Archives (zip, gz, tar) as the tables of the files in them.

Belongs here: the members' reports as one. Does not belong here: unpacking and its limits (``unpack.py``), the names of
members (``member_names.py``), reading a member (``reading.py``).

One archive is one file. With a single member its tables are as they would be without the archive; of several each
table's sheet is the member's name, ``member/Sheet`` for workbooks, scripts and database files. ``layout.sheets`` names
sheets, members (with or without their folders) or both joined; members that it leaves out are not looked at. Memo
files beside dBASE tables go with them. A member that cannot be read is the fault of the whole archive.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.archives.unpack import Member, unpack
from connectors.layout import Layout
from connectors.report import FileReport, Finding, TableReport
from connectors.sniff import WORKBOOKS, NotReadableYet, sniff
from connectors.tables.sink import Sink
from schemas.problem import Problem

# Kinds that have sheets of their own, among which their reader chooses.
_SHEETS = WORKBOOKS | {"sql_dump", "sqlite"}
_FOLDER = "oncegrid-unpacked-"

# path, sink, layout, name in messages
Read = Callable[[Path, Sink, Layout, str], FileReport]


def read_archive(path: Path, kind: str, sink: Sink, layout: Layout, name: str, read: Read) -> FileReport:
    """Read the members of an archive into ``sink`` with ``read``. ``kind`` as of ``sniff``; ``name`` is shown in messages.

    Raises Problem for an archive that is damaged, refused or empty, and those of its members.
    """
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-") as folder:
        found = unpack(path, kind, Path(folder), name)
        if not found.members:
            raise Problem(
                "the archive holds no files; ask the agency to pack it anew.",
                "压缩包中没有文件；请对方重新打包。",
                file=name,
            )
        several = len(found.members) > 1
        reports, left = list[tuple[str, FileReport]](), list[str]()
        for member in found.members:
            inside = replace(layout, member=member.label)
            if several and not _wanted(member, inside):
                left.append(member.label)
                continue
            into: Sink = _Labelled(sink, member.label) if several else sink
            reports.append((member.label, _read(member, into, inside, name, read, several)))
    report = _joined(reports, name, several)
    report.other_sheets = [*report.other_sheets, *left]
    if found.junk:
        listed = ", ".join(found.junk[:20])
        report.findings.append(Finding("members_skipped", f"{len(found.junk)}: {listed}"))
    if not report.tables and report.other_sheets:
        raise Problem(
            f"layout.sheets asks for {', '.join(layout.sheets)}, but the archive holds: {', '.join(report.other_sheets[:50])}.",
            f"layout.sheets 要读 {'、'.join(layout.sheets)}，而压缩包中有：{'、'.join(report.other_sheets[:50])}。",
            file=name,
        )
    return report


def _wanted(member: Member, layout: Layout) -> bool:
    if layout.wants(member.label):
        return True
    return member.path.stat().st_size > 0 and sniff(member.path).kind in _SHEETS


def _read(member: Member, sink: Sink, layout: Layout, name: str, read: Read, several: bool) -> FileReport:
    shown = f"{name}/{member.label}"
    try:
        return read(member.path, sink, layout, shown)
    except NotReadableYet as problem:
        if several:
            problem.en = (
                f"{problem.en.rstrip('.')}; or name the members that are to be read in layout.sheets."
            )
            problem.zh = f"{problem.zh.rstrip('。')}；或在 layout.sheets 中写明要读取的成员。"
        raise


class _Labelled:
    """A sink in which the sheets of a member carry its label."""

    def __init__(self, sink: Sink, label: str) -> None:
        self._sink, self._label = sink, label
        self._named: list[TableReport] = []

    def begin(self, table: TableReport) -> None:
        if not any(table is one for one in self._named[-2:]):
            self._named.append(table)
            table.sheet = self._label if table.sheet is None else f"{self._label}/{table.sheet}"
        self._sink.begin(table)

    def chunk(self, *given: Any) -> None:
        self._sink.chunk(*given)

    def end(self, table: TableReport) -> None:
        self._sink.end(table)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)


def _joined(reports: Sequence[tuple[str, FileReport]], name: str, several: bool) -> FileReport:
    """The account of an archive: what its members have in common is said, what differs is not."""

    def common(what: str, otherwise: Any) -> Any:
        found = {getattr(report, what) for _, report in reports}
        return found.pop() if len(found) == 1 else otherwise

    def labelled(label: str, sheet: str) -> str:
        return f"{label}/{sheet}" if several else sheet

    told = FileReport(
        name, common("format", "archive"), common("kind", "archive"), encoding=common("encoding", None),
        decided_by=common("decided_by", "member by member"), delimiter=common("delimiter", None),
    )  # fmt: skip
    for label, report in reports:
        told.undecodable += report.undecodable
        told.empty_sheets += [labelled(label, s) for s in report.empty_sheets]
        told.other_sheets += [labelled(label, s) for s in report.other_sheets]
        told.findings += [replace(f, text=labelled(label, f.text)) for f in report.findings]
        told.tables += report.tables
    return told


def _sweep() -> None:
    """Take away what reading processes that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        found = re.match(r"(\d+)-", folder.name.removeprefix(_FOLDER))
        if found is None:
            continue
        try:
            os.kill(int(found[1]), 0)
        except ProcessLookupError:
            with contextlib.suppress(OSError):
                if folder.stat().st_uid == os.getuid() and not folder.is_symlink():
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
