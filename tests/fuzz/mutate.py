"""Damage to files: of any bytes, of text by its tokens, of archives in their members.

Everything is decided by the ``random.Random`` that is passed in. Does not belong here: what a reader must do with it.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence

LARGEST = 1 << 20  # bytes of a damaged file
Shape = str  # "bytes", "text" or "archive"

_NUMBERS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
_TOKENS: dict[str, tuple[bytes, ...]] = {
    "any": (
        b"\x00", b"\n", b"\r", b"\r\n", b"\t", b" ", b'"', b"'", b"\\", b",", b";", b"|", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff",
        b"\xe5\xbc\xa0", b"\xd5\xc5", b"\x81", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\x1a", b"\x0c", b"\x85", b"\xe2\x80\xa8",
        b"-1", b"0", b"1e999", b"99999999999999999999", b"NULL",
    ),
    "delimited": (b'""', b'"""', b'","', b'"\n"', b'\\"', b',"', b'",', b"sep=;\n", b",,,,,,", "合计,".encode(), "注：".encode(), "（2人）\n".encode()),
    "json": (
        b"{", b"}", b"[", b"]", b":", b"null", b"true", b"NaN", b"Infinity", b"1E400", b'"a":', b"{}", b"[]", b"\\u0000", b"\\ud800",
        b"\\u", b'\\"', b"/*", b"//", b"[[[[[[[[", b'{"a":' * 8, b"[" * 2000, b'{"a":' * 2000, b"1" * 5000,
    ),
    "xml": (
        b"<", b">", b"</", b"/>", b"&", b"&amp;", b"&#0;", b"&#x110000;", b"&#xd800;", b"&#10;", b"&x;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
        b"<?x", b"?>", b"<!DOCTYPE a [", b'<!ENTITY x "y">', b"xmlns=", b"<a>", b"</a>", b"<a " * 50, b"<a>" * 500, b'encoding="gbk"',
        b'ss:Index="99999999"', b'ss:Index="-1"', b'ss:MergeDown="99999"', b'rowspan="99999"', b'colspan="99999"', b"<tr>", b"<td>",
        b"<table>", b"</table>", b"</tr>", b"<script>", b"<br>", b'r="XFD1048576"', b'r="A0"', b't="s"', b't="e"', b't="b"', b"<v>1e308</v>",
        b'table:number-columns-repeated="1000000"', b'table:number-rows-repeated="2000000000"', b's="99999"', b'count="4294967295"',
        b'<mergeCell ref="A1:XFD1048576"/>', b'ref="A1:"',
    ),
    "sql": (
        b"'", b"''", b"\\'", b"(", b")", b"),(", b";", b"--", b"/*", b"*/", b"#", b"`", b"INSERT INTO ", b"VALUES", b"VALUES (", b"NULL", b"0x",
        b"x'", b"N'", b"q'[", b"to_date(", b"||", b"chr(10)", b"CREATE TABLE t (a int);", b"(" * 3000, b"/*" * 200, b"DELIMITER //",
    ),
}  # fmt: skip


def _place(rng: random.Random, data: bytes) -> int:
    # Heads matter most: half of the damage falls into the first 512 bytes.
    return rng.randrange(min(len(data), 512) + 1) if rng.random() < 0.5 else rng.randrange(len(data) + 1)


def _flip(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        if out:
            out[min(_place(rng, data), len(out) - 1)] ^= 1 << rng.randrange(8)
    return bytes(out)


def _set(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    if out:
        out[min(_place(rng, data), len(out) - 1)] = rng.choice((0, 255, 0x7F, 0x80, rng.randrange(256)))
    return bytes(out)


def _number(rng: random.Random, data: bytes) -> bytes:
    size = rng.choice((1, 2, 4, 8))
    at = _place(rng, data)
    number = rng.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    return data[:at] + number.to_bytes(size, rng.choice(("little", "big"))) + data[at + size :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _drop(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + rng.choice((1, 2, 4, 16, 64, 512, rng.randrange(1, len(data) + 2))) :]


def _repeat(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    part = data[at : at + rng.choice((1, 2, 8, 64, 512))]
    return data[:at] + part * rng.choice((2, 3, 10, 100)) + data[at:]


def _move(rng: random.Random, data: bytes) -> bytes:
    a, b = _place(rng, data), _place(rng, data)
    part = data[a : a + rng.choice((4, 32, 256))]
    return data[:b] + part + data[b + (len(part) if rng.random() < 0.5 else 0) :]


def _noise(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.randbytes(rng.choice((1, 2, 7, 64))) + data[at:]


_BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _flip, _flip, _set, _number, _number, _cut, _drop, _repeat, _move, _noise,
)  # fmt: skip
_DIGITS = re.compile(rb"\d+")


def _token(rng: random.Random, data: bytes, words: Sequence[bytes]) -> bytes:
    at = _place(rng, data)
    word = rng.choice(words)
    return data[:at] + word * rng.choice((1, 1, 1, 2, 30)) + data[at + rng.choice((0, 0, 1, len(word))) :]


def _digits(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """One number in the text becomes another."""
    found = list(_DIGITS.finditer(data))
    if not found:
        return data
    place = rng.choice(found)
    number = rng.choice(
        (b"", b"0", b"-1", b"1048577", b"16385", b"4294967296", b"99999999999999999999", b"1.5", b"1e9")
    )
    return data[: place.start()] + number + data[place.end() :]


def _lines(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Lines dropped, doubled, swapped or joined."""
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[a]
    elif kind == 1:
        lines[a:a] = [lines[b]] * rng.choice((1, 2, 50))
    elif kind == 2:
        lines[a], lines[b] = lines[b], lines[a]
    elif a + 1 < len(lines):
        lines[a : a + 2] = [lines[a] + lines[a + 1]]
    return b"\n".join(lines)


def damaged(rng: random.Random, data: bytes, others: Sequence[bytes], shape: Shape, words: str) -> bytes:
    """``data`` with one to four faults. ``others`` lend parts; ``words`` names the tokens of the format."""
    if shape == "archive":
        return _archive(rng, data, others)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = _once(rng, data, others, shape, words)[:LARGEST]
    return data


def _once(rng: random.Random, data: bytes, others: Sequence[bytes], shape: Shape, words: str) -> bytes:
    chance = rng.random()
    if chance < 0.05 and others:
        other = rng.choice(others)
        return data[: _place(rng, data)] + other[_place(rng, other) :]
    if shape == "text" and chance < 0.7:
        return rng.choice((_token, _token, _token, _digits, _lines))(
            rng, data, _TOKENS[words] + _TOKENS["any"]
        )
    return rng.choice(_BYTES)(rng, data)


def _archive(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage inside the members (three of four times), to their names, or to the container's own bytes."""
    if rng.random() < 0.25:
        return damaged(rng, data, others, "bytes", "any")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(i.filename, archive.read(i)) for i in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, OSError):
        return damaged(rng, data, others, "bytes", "any")
    at = rng.randrange(len(members))
    name, content = members[at]
    chance = rng.random()
    if chance < 0.05:
        del members[at]
    elif chance < 0.1:
        members.append((name, content))
    elif chance < 0.15:
        name = rng.choice(
            ("../" + name, "/" + name, name.upper(), name + "\x00", "a/" * 100 + name, "", name[:-1])
        )
        members[at] = (name, content)
    else:
        plain = content.lstrip()[:1] in (b"<", b"\xef")
        content = damaged(
            rng, content, [c for _, c in members], "text" if plain else "bytes", "xml" if plain else "any"
        )
        members[at] = (name, content)
    out = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # two members of one name are meant
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()
