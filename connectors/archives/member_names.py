"""Names of the files in an archive: what they are called, and which of them nobody asked for.

Belongs here: the encoding of names, names that are refused, a bounded look into an archive's directory. Does not
belong here: the files' bytes (``unpack.py``), what is in them (``archive.py``).

Names are only labels: nothing is ever written under one. A name that leads out of the archive is refused all the
same, since whoever made it meant harm or made a mistake.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from connectors.text.encoding import by_likelihood, likelihood
from schemas.problem import Problem

DIRECTORY = 1 << 24  # bytes of the list of members that are read
_LISTED = 1 << 22  # the same, where only names are asked for
_UTF8 = 0x800
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._|~\$)", re.I)
_WORKBOOK = re.compile(r"(?:xl/|word/|\[Content_Types\]\.xml$|mimetype$)", re.I)


def directory_size(path: Path) -> int | None:
    """Bytes of the directory at the end of a zip file, as its last record tells; None where there is no such record."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 16) - 64))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return None
    told = int.from_bytes(tail[at + 12 : at + 16], "little")
    if told == 0xFFFFFFFF:  # zip64: the record before tells
        longer = tail.rfind(b"PK\x06\x06", 0, at)
        return int.from_bytes(tail[longer + 40 : longer + 48], "little") if longer >= 0 else None
    return told


def zip_names(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """What the members are called. Names without the mark of UTF-8 are what Chinese systems make of them, else as
    the format says (code page 437)."""
    raw: list[bytes | str] = []
    for member in members:
        unicode = _unicode_path(member.extra)
        if unicode is not None or member.flag_bits & _UTF8:
            raw.append(unicode or member.orig_filename)
        else:
            raw.append(member.orig_filename.encode("cp437", "replace"))
    return decoded(raw)


def decoded(raw: Sequence[bytes | str]) -> list[str]:
    """Names as text: those of bytes are decided together. A ``\\`` is a slash."""
    odd = b"\n".join(name for name in raw if isinstance(name, bytes) and not name.isascii())
    codec = "utf-8"
    if odd:
        try:
            odd.decode("utf-8")
        except UnicodeDecodeError:
            codec = by_likelihood(odd).codec
            text = odd.decode(codec, "replace")
            if "\ufffd" in text or likelihood(text, codec) < 0.3:
                codec = "cp437"
    texts = [name.decode(codec, "replace") if isinstance(name, bytes) else name for name in raw]
    return [text.partition("\x00")[0].replace("\\", "/") for text in texts]


def _unicode_path(extra: bytes) -> str | None:
    """The name in Unicode that some programs add to the name in their own encoding."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = (
            int.from_bytes(extra[at : at + 2], "little"),
            int.from_bytes(extra[at + 2 : at + 4], "little"),
        )
        if kind == 0x7075 and size > 5:
            try:
                return extra[at + 9 : at + 4 + size].decode("utf-8")
            except UnicodeDecodeError:
                return None
        at += 4 + size
    return None


def is_junk(name: str) -> bool:
    """Whether a name is that of a folder or of what an operating system leaves behind."""
    return name.endswith("/") or _JUNK.search(name) is not None


def checked(name: str, archive: str) -> str:
    """The name as a label. Raises Problem for one that leads out of the archive."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", name):
        shown = re.sub(r"[\x00-\x1f\x7f]", "?", name)[:100]
        raise Problem(
            f"the archive is refused: the name of its member '{shown}' leads out of it; pack the files anew, without paths.",
            f"拒绝读取该压缩包：成员名“{shown}”指向压缩包之外；请重新打包，不要带路径。",
            file=archive,
        )
    return "/".join(re.sub(r"[\x00-\x1f\x7f]", "\ufffd", part) for part in parts if part not in ("", "."))


def names_inside(path: Path) -> list[str]:
    """Names (without folders) of the files in a zip or gz archive, at most some thousands; [] for anything else, a
    workbook too, and for an archive that cannot be listed at small cost."""
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 10)
        if head.startswith(b"\x1f\x8b\x08") and head[3:4] and head[3] & 0x08:
            at = 10 + (2 + int.from_bytes(head[10:12], "little") if head[3] & 0x04 else 0)
            name = head[at:].partition(b"\x00")[0]
            return [n.rpartition("/")[2] for n in decoded([name]) if name]
        size = directory_size(path) if head.startswith(b"PK") else None
        if size is None or size > _LISTED:
            return []
        with zipfile.ZipFile(path) as archive:
            names = zip_names(archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError, EOFError, NotImplementedError):
        return []
    if any(_WORKBOOK.match(name) for name in names):
        return []
    return [name.rpartition("/")[2] for name in names if not is_junk(name)]
