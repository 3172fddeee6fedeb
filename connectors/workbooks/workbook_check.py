"""Whether a workbook archive is whole and safe to parse, before any parser sees it; and what calamine leaves out.

Belongs here: the zip directory (damage, bombs), document type declarations, cells far apart, and in the same look
over the sheets' XML the error cells (``#N/A``) and the hidden rows, which calamine does not tell.
Does not belong here: the cells themselves (``excel.py``).
"""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.archives.member_names import DIRECTORY, directory_size
from connectors.workbooks.sheet import CELLS, refused, too_far
from connectors.workbooks.xlsx_parts import read_book
from schemas.problem import Problem

MEMBERS = 20_000
UNPACKED = 4 << 30
RATIO = 250
RATIO_FROM = 64 << 20  # below this size unpacked no ratio is a danger
_CHUNK = 1 << 22
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?>\s*<(?:\w+:)?(?:v|is|f)\b')
_BEYOND = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="(?:[A-Z]{4}|[A-Z]{1,3}\d{8})')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(#[^<]{1,20})</',
    re.S,
)
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")(?=[^>]*\br="(\d{1,7})")[^>]*>')


@dataclass
class SheetFacts:
    """What one sheet's XML tells: errors by (row, position), hidden rows, and the largest row and column used."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0


def damaged(file: str, detail: tuple[str, str] | None = None) -> Problem:
    """The Problem for a workbook that cannot be opened. ``detail`` says in English and Chinese what is broken."""
    en, zh = (f" ({detail[0]})", f"（{detail[1]}）") if detail else ("", "")
    return Problem(
        f"the workbook is damaged{en}; open it in WPS or Excel and save it again, or ask the agency to export it anew.",
        f"工作簿已损坏{zh}；请用 WPS 或 Excel 打开后另存，或请对方重新导出。",
        file=file,
    )


def check_archive(path: Path, file: str) -> None:
    """Raises Problem for an archive that is damaged, unpacks to too much or holds a document type declaration."""
    with _whole(path, file) as archive:
        _directory(archive, file)
        for info in archive.infolist():
            if info.filename.lower().endswith((".xml", ".rels")):
                with archive.open(info) as stream:
                    if b"<!DOCTYPE" in stream.read(2048):
                        raise refused(
                            file, "it holds a document type declaration", "其中含有文档类型声明（DTD）"
                        )


def sheet_facts(path: Path, file: str) -> dict[str, SheetFacts]:
    """What calamine leaves out of an xlsx, by sheet name. Raises Problem for cells so far apart that the sheet would
    not fit into memory, and for damage."""
    with _whole(path, file) as archive:
        return {sheet: _look(archive, member, sheet, file) for sheet, _, member in read_book(archive).sheets}


@contextlib.contextmanager
def _whole(path: Path, file: str) -> Iterator[zipfile.ZipFile]:
    if (directory_size(path) or 0) > DIRECTORY:
        raise damaged(file, ("its directory makes no sense", "压缩目录有误"))
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, RuntimeError) as error:
        whole = not isinstance(error, zipfile.BadZipFile)
        detail = (
            ("its parts cannot be unpacked", "内部部件无法解压")
            if whole
            else ("not a whole zip archive", "压缩结构不完整")
        )
        raise damaged(file, detail) from None


def _directory(archive: zipfile.ZipFile, file: str) -> None:
    infos = archive.infolist()
    total = sum(i.file_size for i in infos)
    packed = sum(i.compress_size for i in infos)
    if len(infos) > MEMBERS:
        raise refused(file, f"it has {len(infos)} parts", f"其中有 {len(infos)} 个部件")
    if total > UNPACKED or (total > RATIO_FROM and total > RATIO * max(packed, 1)):
        size = f"{total / (1 << 20):,.0f} MiB"
        raise refused(file, f"it would unpack to {size}", f"解压后将达 {size}")
    for info in infos:
        if info.flag_bits & 0x1:
            raise refused(file, "its parts are encrypted", "其部件已加密")


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The XML of a sheet in pieces that end at a row's end, so that no cell is cut."""
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            data = tail + chunk
            cut = data.rfind(b"</row>") + 6
            cut = cut if cut >= 6 else data.rfind(b":row>") + 5
            if cut < 6 and len(data) < 8 * _CHUNK:
                tail = data
                continue
            cut = cut if cut >= 6 else len(data)
            yield data[:cut]
            tail = data[cut:]
    if tail:
        yield tail


def _position(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1


def _look(archive: zipfile.ZipFile, member: str, sheet: str, file: str) -> SheetFacts:
    facts = SheetFacts()
    for data in _chunks(archive, member):
        if _BEYOND.search(data):
            raise ValueError("a cell beyond any sheet")
        # The cells tell, not the range that the sheet states: calamine makes room for all between the outermost.
        for match in _CELL.finditer(data):
            facts.last_row = max(facts.last_row, int(match[2]))
            facts.last_column = max(facts.last_column, _position(match[1]))
        if facts.last_row * (facts.last_column + 1) > CELLS:
            raise too_far(file, sheet, facts.last_row, facts.last_column + 1)
        if b't="e"' in data:
            for match in _ERROR.finditer(data):
                facts.errors[int(match[2]), _position(match[1])] = match[3].decode("utf-8", "replace")
        if b"hidden=" in data:
            facts.hidden_rows.update(int(m[1]) for m in _HIDDEN.finditer(data))
    return facts
