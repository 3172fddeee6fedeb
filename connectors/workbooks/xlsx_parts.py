"""The parts of an xlsx that its sheets refer to: the list of sheets, number formats, shared strings.

Belongs here: ``workbook.xml`` with its relations, ``styles.xml``, ``sharedStrings.xml``.
Does not belong here: cells (``xlsx_cells.py``), whether the archive is safe (``workbook_check.py``).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from connectors.workbooks.number_format import Shape, built_in, shape_of

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 1 << 23
LONGEST = 1 << 26  # bytes of one string item
UNUSUAL = 1 << 28  # bytes of strings that have to be turned into what is usual
DEEPEST, ELEMENTS = 64, 2_000_000  # of parts other than sheets and strings
_TEXT = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t\s*>")
_PHONETIC = re.compile(rb"<rPh\b.*?</rPh\s*>", re.S)
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.S)


@dataclass
class Book:
    """``sheets``: (name, hidden, member) in order; ``shapes`` by cell style; ``strings`` the member or None."""

    sheets: list[tuple[str, bool, str]]
    shapes: list[Shape] = field(default_factory=list)
    strings: str | None = None
    from_1904: bool = False


def as_utf8(data: bytes) -> bytes:
    """XML in UTF-8, whatever it says to be in; bytes that do not decode become U+FFFD."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    declared = re.match(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)", data[:200])
    codec = declared[1].decode().lower() if declared else "utf-8"
    if codec in ("utf-8", "utf8", "us-ascii", "ascii") and data.isascii():
        return data
    codec = {"gb2312": "gb18030", "gbk": "gb18030"}.get(codec, codec)
    try:
        data.decode("utf-8")
        return data
    except UnicodeDecodeError:
        try:
            return data.decode(codec, "replace").encode()
        except LookupError:
            return data.decode("utf-8", "replace").encode()


def without_prefix(data: bytes, root: bytes) -> bytes:
    """XML whose elements have no namespace prefix, as spreadsheet programs write it. ``root`` names the root."""
    prefix = re.search(rb"<(\w+):" + root + rb"\b", data[:4096])
    if prefix is not None:
        data = data.replace(b"<" + prefix[1] + b":", b"<").replace(b"</" + prefix[1] + b":", b"</")
    return data


def plain_text(data: bytes) -> bytes:
    """XML without comments, and with CDATA sections as escaped text."""
    if b"<!" not in data:
        return data

    def escaped(match: re.Match[bytes]) -> bytes:
        return match[1].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")

    return _COMMENT.sub(b"", _CDATA.sub(escaped, data))


def item_text(item: bytes) -> bytes:
    """The characters of a string item (``si`` or ``is``): its runs without phonetic marks, entities as they are."""
    return b"".join(_TEXT.findall(_PHONETIC.sub(b"", item)))


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    return {n.replace("\\", "/").lower(): n for n in archive.namelist()}


def elements(archive: zipfile.ZipFile, member: str) -> list[tuple[int, str, dict[str, str]]]:
    """The elements of a small part: depth, name and attributes, without prefixes. Raises ValueError."""
    found: list[tuple[int, str, dict[str, str]]] = []
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST or len(found) > ELEMENTS:
            raise ValueError("a part that is too deep or too large")
        found.append((depth, _local(tag), {_local(k): v for k, v in attributes.items()}))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: Any) -> None:
        raise ValueError("document type declaration")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(1 << 16):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError) as error:  # the latter for an encoding that there is not
        raise ValueError(str(error)) from None
    return found


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def read_book(archive: zipfile.ZipFile) -> Book:
    """The parts of a workbook. Raises ValueError or KeyError for damage."""
    names = _members(archive)
    member = "xl/workbook.xml"
    if "_rels/.rels" in names:
        for _, _, told in elements(archive, names["_rels/.rels"]):
            if told.get("Type", "").endswith("/officeDocument"):
                member = told.get("Target", member).replace("\\", "/").lstrip("/").lower()
    folder, file = posixpath.split(member)
    targets: dict[str, tuple[str, str]] = {}
    for _, name, told in elements(archive, names[posixpath.join(folder, "_rels", file + ".rels")]):
        if name == "Relationship":
            target = told.get("Target", "").replace("\\", "/")
            absolute = target.startswith("/")
            target = target[1:] if absolute else posixpath.normpath(posixpath.join(folder, target))
            kind = told.get("Type", "").rpartition("/")[2]
            targets[told.get("Id", "")] = (kind, names.get(target.lower(), ""))
    book = Book([])
    for _, name, told in elements(archive, names[member]):
        if name == "sheet":
            kind, part = targets.get(told.get("id", ""), ("", ""))
            if kind == "worksheet" and not part:
                raise ValueError("sheet without a part")
            if kind == "worksheet":
                book.sheets.append((told.get("name", ""), told.get("state", "visible") != "visible", part))
        elif name == "workbookPr":
            book.from_1904 = told.get("date1904", "0").lower() in ("1", "true", "on")
    parts = {kind: part for kind, part in targets.values() if part}
    book.strings = parts.get("sharedStrings")
    if "styles" in parts:
        book.shapes = _shapes(elements(archive, parts["styles"]))
    return book


def _shapes(elements: list[tuple[int, str, dict[str, str]]]) -> list[Shape]:
    codes: dict[int, str] = {}
    numbers: list[int] = []
    group = ""
    for depth, name, told in elements:
        if depth == 2:
            group = name
        number = told.get("numFmtId", "0")
        if name == "numFmt" and number.isdecimal():
            codes.setdefault(int(number), told.get("formatCode", ""))
        elif name == "xf" and group == "cellXfs" and depth == 3:
            numbers.append(int(number) if number.isdecimal() else 0)
    return [shape_of(codes[n]) if n in codes else built_in(n) for n in numbers]


def shared_strings(archive: zipfile.ZipFile, member: str | None) -> pa.StringArray:
    """The shared strings from place 1 on; place 0 is ``""``. Raises Odd for a part of an unusual make."""
    import pyarrow as pa

    made = [pa.array([""], pa.string())]
    if member is None:
        return made[0]
    with archive.open(member) as stream:
        data = stream.read(CHUNK)
        declared = re.match(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)", data[:200])
        usual = declared is None or declared[1].lower() in (b"utf-8", b"us-ascii")
        if not usual or data[:1] != b"<" or re.search(rb"<\w+:sst\b", data[:4096]):
            rest = stream.read(UNUSUAL)
            if len(rest) == UNUSUAL:
                raise ValueError("long and unusual")
            data = without_prefix(as_utf8(data + rest), b"sst")
        start = data.find(b"<si")
        data = data[start:] if start >= 0 else b""
        while data:
            more = stream.read(CHUNK)
            cut = data.rfind(b"</si>") + 5 if more else len(data)
            if cut >= 5 or not more:
                made.append(_items(data[:cut]))
                data = data[cut:]
            if len(data) > LONGEST:
                raise ValueError("a string without an end")
            data += more
    return pa.concat_arrays(made)


def _items(data: bytes) -> pa.StringArray:
    """The string items of a piece of XML that ends where an item does."""
    import numpy as np
    import pyarrow as pa

    from connectors.records.text_spans import PAD, cell_strings, tags, unescaped_cell

    data = plain_text(data)
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data = data.decode("utf-8", "replace").encode()
    data += PAD
    buffer = np.frombuffer(data, np.uint8)
    opens, closes = tags(buffer)
    first, second = buffer[opens + 1], buffer[opens + 2]
    ends = np.frombuffer(b"> /\t\r\n", np.uint8)
    item = np.flatnonzero((first == ord("s")) & (second == ord("i")))
    item = item[np.isin(buffer[opens[item] + 3], ends)]
    if not len(item):
        return pa.array([], pa.string())
    # The usual item is <si><t>…</t></si>: its tag, then t, /t, /si; after the last one the list may end.
    last = len(opens) - 1
    text, stop, end = (np.minimum(item + n, last) for n in (1, 2, 3))
    plain = (first[text] == ord("t")) & np.isin(second[text], ends) & (buffer[closes[text] - 1] != ord("/"))
    plain &= (first[stop] == ord("/")) & (second[stop] == ord("t"))
    plain &= (first[end] == ord("/")) & (second[end] == ord("s"))
    starts, stops = closes[text] + 1, opens[stop].copy()
    other = np.flatnonzero(~plain)
    starts[other], stops[other] = 0, 0
    result = cell_strings(data, starts, stops)
    if len(other):
        bounds = [*opens[item].tolist(), len(data)]
        rich = [
            unescaped_cell(item_text(data[bounds[n] : bounds[n + 1]]).decode("utf-8", "replace"))
            for n in other
        ]
        order = np.arange(len(result))
        order[other] = len(result) + np.arange(len(other))
        result = pa.concat_arrays([result, pa.array(rich, pa.string())]).take(pa.array(order))
    return result
