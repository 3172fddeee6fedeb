"""What a file is, by its content, never by its extension.

Belongs here: magic bytes, the shape of the first kilobytes, and the word for what cannot be read yet.
Fixed-width text cannot be told from other text: it is read as such only where the source says so.
Does not belong here: encodings (``encoding.py``), dialects (``delimited.py``), the inside of workbooks.
"""

from __future__ import annotations

import codecs
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from connectors.limits import check_regular
from connectors.records.dbase_header import dbase_header
from schemas.problem import Problem

HEAD = 1 << 16

# kind → what it is called in English and Chinese. Kinds outside READABLE are recognised, not yet read.
NAMES: dict[str, tuple[str, str]] = {
    "delimited": ("delimited text", "分隔符文本"),
    "xlsx": ("an Excel workbook (.xlsx)", "Excel 工作簿（.xlsx）"),
    "xlsm": ("an Excel workbook with macros (.xlsm)", "带宏的 Excel 工作簿（.xlsm）"),
    "xlsb": ("a binary Excel workbook (.xlsb)", "二进制 Excel 工作簿（.xlsb）"),
    "xls": ("an Excel 97–2003 workbook (.xls)", "Excel 97–2003 工作簿（.xls）"),
    "ods": ("an OpenDocument spreadsheet (.ods)", "OpenDocument 电子表格（.ods）"),
    "encrypted": ("a workbook protected by a password", "有打开密码的工作簿"),
    "ole": ("an OLE document that is no workbook", "非工作簿的 OLE 文档"),
    "biff": ("an Excel 2–4 sheet", "Excel 2–4 工作表"),
    "xml_spreadsheet": ("an Excel 2003 XML sheet", "Excel 2003 XML 表格"),
    "html": ("an HTML table", "HTML 网页表格"),
    "mhtml": ("a web archive (MHTML)", "网页归档（MHTML）"),
    "xml": ("XML", "XML 文件"),
    "json": ("JSON", "JSON 文件"),
    "json_lines": ("JSON lines", "JSON Lines 文件"),
    "sqlite": ("an SQLite database", "SQLite 数据库"),
    "parquet": ("Parquet", "Parquet 文件"),
    "dbf": ("a dBASE table (.dbf)", "dBASE 数据表（.dbf）"),
    "access": ("an Access database", "Access 数据库"),
    "fixed_width": ("fixed-width text", "定宽文本"),
    "zip": ("a zip archive", "zip 压缩包"),
    "gz": ("a gzip archive", "gzip 压缩包"),
    "bz2": ("a bzip2 archive", "bzip2 压缩包"),
    "xz": ("an xz archive", "xz 压缩包"),
    "tar": ("a tar archive", "tar 归档"),
    "rar": ("a RAR archive", "RAR 压缩包"),
    "7z": ("a 7z archive", "7z 压缩包"),
    "pdf": ("a PDF document", "PDF 文档"),
    "sql_dump": ("an SQL dump", "SQL 导出脚本"),
    "binary": ("a binary file of unknown kind", "未知的二进制文件"),
}
WORKBOOKS = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "biff", "xml_spreadsheet", "html", "mhtml"})
READABLE = WORKBOOKS | {
    "delimited", "dbf", "fixed_width", "parquet", "json_lines", "json", "xml", "sql_dump", "sqlite", "zip", "gz", "bz2", "xz",
    "tar",
}  # fmt: skip
# Text formats that only the source can tell apart; for all else the content has the last word.
_STATED = frozenset({"delimited", "fixed_width", "json", "json_lines", "xml"})

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"SQLite format 3\x00", "sqlite", "SQLite header"),
    (b"PAR1", "parquet", "Parquet magic"),
    (b"\x1f\x8b", "gz", "gzip magic"),
    (b"\xfd7zXZ\x00", "xz", "xz magic"),
    (b"Rar!\x1a\x07", "rar", "RAR magic"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "7z magic"),
    (b"%PDF-", "pdf", "PDF magic"),
    (b"\x00\x01\x00\x00Standard ", "access", "Access header"),
)


class NotReadableYet(Problem):
    """A file whose kind is known and which this version does not read. ``kind`` is the key of ``NAMES``."""

    kind: str = ""


@dataclass(frozen=True)
class Sniffed:
    """``format`` as source YAMLs name it (delimited, excel, dbf …), ``kind`` more exactly (xlsx, xls …), and why."""

    format: str
    kind: str
    why: str


def _sniffed(kind: str, why: str) -> Sniffed:
    return Sniffed("excel" if kind in WORKBOOKS else kind, kind, why)


def not_readable_yet(sniffed: Sniffed, file: str | None = None) -> NotReadableYet:
    """The Problem for a recognised kind that cannot be read: what it is and what to do."""
    en, zh = NAMES[sniffed.kind]
    todo_en, todo_zh = (
        "ask the agency for xlsx or CSV, or save it as one of them.",
        "请对方改报 xlsx 或 CSV，或另存为其中之一。",
    )
    if sniffed.kind == "encrypted":
        todo_en, todo_zh = (
            "remove the password in WPS or Excel and drop it again.",
            "请在 WPS 或 Excel 中去掉密码后重新放入。",
        )
    elif sniffed.kind in ("rar", "7z"):
        todo_en, todo_zh = (
            "unpack it and drop the files in it, or ask for a zip archive.",
            "请解压后把其中的文件放入，或请对方改用 zip。",
        )
    problem = NotReadableYet(
        f"this is {en}, which cannot be read yet; {todo_en}",
        f"这是{zh}，目前还不能读取；{todo_zh}",
        file=file,
    )
    problem.kind = sniffed.kind
    return problem


def sniff(path: Path, stated: str | None = None) -> Sniffed:
    """The kind of a file by its first bytes (for zip and OLE files also by their directory).

    ``stated`` is the source's ``format``. It decides among text formats; a workbook or another container that
    shows itself by its magic bytes is what it is. Raises Problem for an empty file and for what is no file.
    """
    check_regular(path)
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise Problem(
            "the file is empty (0 bytes); ask the agency to export it anew.",
            "文件是空的（0 字节）；请对方重新导出。",
            file=path.name,
        )
    container = _container(path, head)
    if container is not None:
        return container
    if stated in _STATED:
        return Sniffed(stated, stated, "stated by the source")
    return _text(head)


def _container(path: Path, head: bytes) -> Sniffed | None:
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip(path, head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(path)
    for magic, kind, why in _MAGIC:
        if head.startswith(magic):
            return _sniffed(kind, why)
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return _sniffed("bz2", "bzip2 magic")
    if head[257:262] == b"ustar":
        return _sniffed("tar", "tar header")
    if is_bare_biff(head):
        return _sniffed("biff", "BIFF record")
    if dbase_header(head) is not None or _is_dbf(head, path.stat().st_size):
        return _sniffed("dbf", "dBASE header")
    return None


def _zip(path: Path, head: bytes) -> Sniffed:
    from connectors.archives.member_names import DIRECTORY, directory_size

    if (directory_size(path) or 0) > DIRECTORY:
        return _damaged_zip(head)
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            short = "mimetype" in names and archive.getinfo("mimetype").file_size < 200
            if short and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return _sniffed("ods", "OpenDocument mimetype")
            if "xl/workbook.bin" in names:
                return _sniffed("xlsb", "xl/workbook.bin in the archive")
            if any(n.lower().startswith("xl/") and n.lower().endswith(".xml") for n in names):
                macros = any(n.lower().endswith("vbaproject.bin") for n in names)
                return _sniffed("xlsm" if macros else "xlsx", "xl/ in the archive")
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        EOFError,
    ):
        return _damaged_zip(head)
    return _sniffed("zip", "zip magic")


def _damaged_zip(head: bytes) -> Sniffed:
    # Told apart by the names in its local headers, so that it is refused as what it was.
    if b"[Content_Types].xml" in head or b"xl/" in head:
        return _sniffed("xlsx", "a damaged archive whose first member is that of a workbook")
    if b"opendocument.spreadsheet" in head:
        return _sniffed("ods", "a damaged archive with the mimetype of a spreadsheet")
    return _sniffed("zip", "zip magic")


def _ole(path: Path) -> Sniffed:
    # Stream names of the OLE directory, in UTF-16. The directory may lie anywhere in the file.
    names = {n.encode("utf-16-le"): n for n in ("EncryptedPackage", "Workbook", "Book", "WordDocument")}
    found: set[str] = set()
    tail, records = b"", False
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 22):
            data = tail + chunk
            # In the directory a name is preceded by the end of another entry (zeros) and ended by zeros.
            found |= {name for raw, name in names.items() if raw + b"\x00\x00" in data}
            # WPS and others name the stream as they like; it starts as records of Excel 97 do.
            records = records or b"\x09\x08\x10\x00\x00\x06\x05\x00" in data
            tail = data[-64:]
    if "EncryptedPackage" in found:
        return _sniffed("encrypted", "EncryptedPackage in an OLE file")
    if found & {"Workbook", "Book"}:
        return _sniffed("xls", "Workbook stream in an OLE file")
    if records and "WordDocument" not in found:
        return _sniffed("xls", "records of a workbook in an OLE file")
    return _sniffed("ole", "OLE magic")


def is_bare_biff(head: bytes) -> bool:
    """Whether a file starts as the records of Excel 2 to 95 do, without an OLE file around them."""
    if len(head) < 8 or head[0] != 9 or head[1] not in (0, 2, 4, 8):
        return False
    size, kind = int.from_bytes(head[2:4], "little"), int.from_bytes(head[6:8], "little")
    return size in (4, 6, 8, 16) and kind in (0x05, 0x10, 0x20, 0x40, 0x100)


def _is_dbf(head: bytes, size: int) -> bool:
    """Whether a file starts as a dBASE table does whose header does not add up."""
    if len(head) < 66 or head[0] not in b"\x03\x30\x31\x32\x43\x63\x83\x8b\xcb\xf5\xfb":
        return False
    records = int.from_bytes(head[4:8], "little")
    header = int.from_bytes(head[8:10], "little")
    length = int.from_bytes(head[10:12], "little")
    plausible = 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and header >= 65 and length >= 2
    # The first field descriptor names its type with a letter.
    return plausible and header + records * length <= size + 2 and chr(head[43]) in "CDNFLMTIBYGPQV0@+OW"


_PAGE = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*)*+(?:<!doctype html|<(?:html|head|body|meta)\b"
    r"|<(table|style|div|center|font|form|script|link|tr|title|span|p)\b)",
    re.S,
)


def _text(head: bytes) -> Sniffed:
    text = _ascii_view(head)
    start = text.lstrip("\ufeff \t\r\n")
    lower = start[:16384].lower()
    if (
        lower.startswith("<?xml")
        or re.match(r"<[a-z_][\w.:-]*[\s/>]", lower)
        or lower.startswith(("<!doctype", "<!--"))
    ):
        if "urn:schemas-microsoft-com:office:spreadsheet" in lower or "excel.sheet" in lower:
            return _sniffed("xml_spreadsheet", "Excel 2003 XML namespace")
        # Data may well have a <table>, a <form> or a <p>; pages have cells in them.
        page = _PAGE.match(lower)
        if page is not None and (page[1] is None or re.search(r"<t[dhr][\s>]", start.lower())):
            return _sniffed("html", "HTML tags")
        return _sniffed("xml", "XML start")
    if re.match(r"(mime-version|from|content-type|subject|date|x-[\w-]+):", lower) and "text/html" in lower:
        return _sniffed("mhtml", "MIME header")
    if start[:1] in ("{", "["):
        kind = _json(_decoded(head, start), len(head) >= HEAD)
        if kind is not None:
            return _sniffed(kind, "first line is a JSON object" if kind == "json_lines" else "JSON start")
    if _is_sql(lower):
        return _sniffed("sql_dump", "SQL statements")
    odd = sum(
        1 for c in text if c < " " and c not in "\t\r\n\x0b\x0c\x01\x02\x03\x1a\x1b\x1c\x1d\x1e\x1f\x00"
    )
    zeros = text.count("\x00")
    if odd * 20 > len(text) or zeros * 4 > len(text):
        return _sniffed("binary", "control characters")
    return _sniffed("delimited", "text")


_SQL_SKIPPED = re.compile(r"(?:\s++|--[^\n]*+\n|/\*.*?\*/|#[^\n]*+\n|;)", re.S)
_SQL_PLAIN = re.compile(
    r"(?:insert\s+(?:ignore\s+)?into|insert\s+all|replace\s+into|insert\s+[\[\"`]|create\s+(?:\w+\s+){0,2}table|drop\s+table"
    r"|set\s+names|begin\s+transaction;|pragma\s+foreign_keys|copy\s[^;]{1,4000}\sfrom\s+stdin)"
)
# What stands in front of the first of these in an export, and may begin other texts too.
_SQL_BEFORE = re.compile(
    r"(?:set|use|go|prompt|rem|alter|create|drop|delete|truncate|lock|comment|select|start|begin|commit|insert|\\\w+|spool|if|exec|declare|print|replace|unset|grant)\b"
)


def _is_sql(lower: str) -> bool:
    at = 0
    while (skipped := _SQL_SKIPPED.match(lower, at)) is not None:
        at = skipped.end()
    if _SQL_PLAIN.match(lower, at):
        return True
    if not _SQL_BEFORE.match(lower, at):
        return False
    return any(_SQL_PLAIN.match(lower, m.end()) for m in re.finditer(r"\n[ \t]*", lower))


def _ascii_view(head: bytes) -> str:
    """The head with its ASCII readable, whatever the encoding: enough for tags and braces."""
    # Imported here: the encodings module is not needed to tell containers apart.
    from connectors.text.encoding import by_mark, by_zero_bytes

    encoding = by_mark(head) or by_zero_bytes(head)
    if encoding is not None:
        return head[encoding.mark :].decode(encoding.codec, "replace")
    return head.decode("latin-1")


def _decoded(head: bytes, start: str) -> str:
    """The head of JSON as text: a second byte of GB18030 may look like a backslash, which JSON takes for one."""
    from connectors.text.encoding import by_mark, by_zero_bytes

    if head.isascii() or by_mark(head) is not None or by_zero_bytes(head) is not None:
        return start
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = head.decode("gb18030", "replace")
    return text.lstrip("\ufeff \t\r\n")


def _json(start: str, cut: bool) -> str | None:
    lines = [line for line in start.split("\n") if line.strip()]
    whole = lines[:-1] if cut else lines
    if start[0] == "{" and len(whole) >= 2:
        try:
            if all(isinstance(json.loads(line), dict) for line in whole[:3]):
                return "json_lines"
        except (ValueError, RecursionError):
            pass
    if re.match(r'\{\s*("|\})|\[\s*([{\["\]]|-?\d)', start):
        if cut:
            return "json"
        try:
            json.loads(start)
        except (ValueError, RecursionError):
            # JSON broken at its end is still no CSV: a brace and a quoted name with a colon do not start one.
            return "json" if re.match(r'[\[{]\s*\{?\s*"[^"\n]*"\s*:', start) else None
        return "json"
    return None
