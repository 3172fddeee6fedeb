"""Whether a workbook archive is whole and safe to parse, before any parser sees it; and what calamine leaves out.

Belongs here: the zip directory (damage, bombs), document type declarations, cells far apart, and in the same look
over the sheets' XML the error cells (``#N/A``) and the hidden rows, which calamine does not tell.
Does not belong here: the cells themselves (``excel.py``).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.problem import Problem

MEMBERS = 20_000
UNPACKED = 4 << 30
RATIO = 250
RATIO_FROM = 256 << 20  # below this size unpacked no ratio is a danger
CELLS = 60_000_000  # the rectangle from A1 to the last cell, which calamine holds in memory
_CHUNK = 1 << 22
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?>\s*<(?:\w+:)?(?:v|is|f)\b')
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


def _unsafe(file: str, en: str, zh: str) -> Problem:
    return Problem(
        f"the workbook is refused: {en}; copy the table into a new workbook and save it, or ask the agency to export it anew.",
        f"拒绝读取该工作簿：{zh}；请把表格复制到新工作簿后保存，或请对方重新导出。",
        file=file,
    )


def check_workbook(path: Path, name: str | None = None) -> dict[str, SheetFacts]:
    """Facts by sheet name for an xlsx or xlsm; for xlsb and ods the archive is checked and the result is empty.

    Raises Problem for an archive that is damaged, unpacks to too much, holds a document type declaration,
    or has cells so far apart that the sheet would not fit into memory.
    """
    shown = name or path.name
    try:
        with zipfile.ZipFile(path) as archive:
            _directory(archive, shown)
            sheets = _sheet_members(archive)
            facts: dict[str, SheetFacts] = {}
            for info in archive.infolist():
                if info.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(info) as stream:
                        if b"<!DOCTYPE" in stream.read(2048):
                            raise _unsafe(
                                shown, "it holds a document type declaration", "其中含有文档类型声明（DTD）"
                            )
            for sheet, member in sheets.items():
                facts[sheet] = _look(archive, member, sheet, shown)
            return facts
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, RuntimeError) as error:
        whole = not isinstance(error, zipfile.BadZipFile)
        detail = (
            ("its parts cannot be unpacked", "内部部件无法解压")
            if whole
            else ("not a whole zip archive", "压缩结构不完整")
        )
        raise damaged(shown, detail) from None


def _directory(archive: zipfile.ZipFile, file: str) -> None:
    infos = archive.infolist()
    total = sum(i.file_size for i in infos)
    packed = sum(i.compress_size for i in infos)
    if len(infos) > MEMBERS:
        raise _unsafe(file, f"it has {len(infos)} parts", f"其中有 {len(infos)} 个部件")
    if total > UNPACKED or (total > RATIO_FROM and total > RATIO * max(packed, 1)):
        size = f"{total / (1 << 20):,.0f} MiB"
        raise _unsafe(file, f"it would unpack to {size}", f"解压后将达 {size}")
    for info in infos:
        if info.flag_bits & 0x1:
            raise _unsafe(file, "its parts are encrypted", "其部件已加密")


def _sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member, by ``xl/workbook.xml`` and its relations. Empty for other kinds of workbooks."""
    import xml.etree.ElementTree as ET

    names = {i.filename.lower(): i.filename for i in archive.infolist()}
    book, relations = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {}
    try:
        targets: dict[str, str] = {}
        for relation in ET.fromstring(_xml(archive, relations)).iter():
            if relation.get("Id") and relation.get("Target"):
                targets[relation.get("Id", "")] = relation.get("Target", "")
        result: dict[str, str] = {}
        for element in ET.fromstring(_xml(archive, book)).iter():
            if element.tag.rpartition("}")[2] == "sheet":
                key = next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "id"), "")
                target = targets.get(key, "")
                member = names.get((target.lstrip("/") if target.startswith("/") else "xl/" + target).lower())
                if member is not None and "worksheets" in member.lower():
                    result[element.get("name", "")] = member
        return result
    except ET.ParseError:
        raise ValueError("workbook.xml") from None


def _xml(archive: zipfile.ZipFile, member: str) -> bytes:
    data = archive.read(member)
    if b"<!DOCTYPE" in data:
        raise ValueError("document type declaration")
    return data


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
    for place, data in enumerate(_chunks(archive, member)):
        if place == 0:
            dimension = re.search(
                rb'<(?:\w+:)?dimension\s[^>]*ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"', data[:65536]
            )
            wide = dimension is None or (_position(dimension[1]) + 1) * int(dimension[2]) > CELLS
        # A stated range that is small enough is believed: a lie costs the reader's child its memory, no more.
        # Styled whole columns state a huge range for few cells, so then the cells are looked at.
        if wide:
            for match in _CELL.finditer(data):
                facts.last_row = max(facts.last_row, int(match[2]))
                facts.last_column = max(facts.last_column, _position(match[1]))
            if facts.last_row * (facts.last_column + 1) > CELLS:
                raise _unsafe(
                    file,
                    f"sheet '{sheet}' has cells too far apart (row {facts.last_row}, column {facts.last_column + 1})",
                    f"工作表“{sheet}”的单元格相距过远（第 {facts.last_row} 行，第 {facts.last_column + 1} 列）",
                )
        if b't="e"' in data:
            for match in _ERROR.finditer(data):
                facts.errors[int(match[2]), _position(match[1])] = match[3].decode("utf-8", "replace")
        if b"hidden=" in data:
            facts.hidden_rows.update(int(m[1]) for m in _HIDDEN.finditer(data))
    return facts
