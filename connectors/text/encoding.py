"""Which encoding a text file is in, and its characters.

Order of decision: stated by the source, byte order mark, zero bytes (UTF-16 without a mark), strict UTF-8 over
the whole file, then UTF-8 with damage, GB18030 or Big5 by how common the characters are that each would give
(Big5 text decodes as GB18030 without a single error, so an error count cannot decide).

Python's ``gb18030`` codec is the year-2000 mapping: 25 codes that GB 18030-2022 maps to real characters come out
in the private-use area, and old GBK exports carry more of them (U+E863 for 䶮). ``pua_map.csv`` maps them back.
Does not belong here: lines, delimiters, cells (``delimited.py``).
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from schemas.problem import Problem

CHUNK = 1 << 22
SAMPLE = 1 << 18

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# gbk and its relatives are strict subsets of gb18030; the gbk codec raises on codes that real exports hold.
_STATED = {
    "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "936": "gb18030", "gb18030-2000": "gb18030",
    "big5": "cp950", "big5-tw": "cp950", "utf-8-sig": "utf-8", "utf8": "utf-8", "utf-16": "utf-16-le",
}  # fmt: skip
_REPLACEMENT = "\ufffd".encode()
# Line ends that close a text: where data end, Python's gb18030 takes up to two good bytes behind a damaged one with it.
CLOSING = b"\n\n\n"
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Characters that any text about places and people is full of, simplified and traditional.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "省市区县街道镇乡村社居委会路巷号楼栋单元室户主男女汉族姓名身份证码址电话日期性别籍贯出生现住服务"
    "张王李赵刘陈杨黄周吴徐孙马朱胡郭何高林罗郑梁宋谢唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "東南西北京海江山河湖川廣州縣區鄉鎮鄰樓號戶證碼電話族別現長門華國會龍園臺灣里段弄棟層數統計資料時間"
)


@dataclass(frozen=True)
class Encoding:
    """A decided encoding: Python codec, bytes of the mark to skip, and how it was decided. ``whole``: every byte of
    the file was seen to be valid in it."""

    codec: str
    mark: int
    decided_by: str
    whole: bool = False


@cache
def private_use() -> dict[str, str]:
    """Private-use characters of GBK and GB18030-2000 text and the real characters they stand for (91 entries)."""
    text = resources.files("connectors.text").joinpath("pua_map.csv").read_text("utf-8")
    return {chr(int(r["code_point"], 16)): r["character"] for r in csv.DictReader(text.splitlines())}


def without_private_use(text: str) -> str:
    """``text`` with the mapped private-use characters replaced; others stay."""
    if _PRIVATE.search(text) is None:
        return text
    table = private_use()
    return _PRIVATE.sub(lambda m: table.get(m.group(), m.group()), text)


@cache
def _common(codec: str) -> frozenset[str]:
    # Level 1 of GB 2312 (3,755 characters) and of Big5 (5,401): what a text in that encoding is made of.
    if codec == "gb18030":
        pairs = (bytes((a, b)) for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF))
        return frozenset(c for p in pairs for c in p.decode("gb2312", "ignore"))
    if codec == "cp950":
        pairs = (bytes((a, b)) for a in range(0xA4, 0xC7) for b in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
        return frozenset(c for p in pairs for c in p.decode("cp950", "ignore") if "\u4e00" <= c <= "\u9fff")
    return _common("gb18030") | _common("cp950")


def _weight(c: str, common: frozenset[str]) -> float:
    """What one character says for the encoding that gave it."""
    if c in _FREQUENT:
        return 1.5
    if (
        c in common
        or "\u2010" <= c <= "\u2026"
        or "\u3000" <= c <= "\u3017"
        or "\uff01" <= c <= "\uff5e"
        or c == "·"
    ):
        return 1.0
    if "\u4e00" <= c <= "\u9fff":
        return 0.2
    if c == "\ufffd":
        return -4.0
    if "\ue000" <= c <= "\uf8ff":
        return 0.2 if c in private_use() else -2.0
    return -0.2 if "\u3400" <= c <= "\u4dbf" or c >= "\U00020000" else -1.0


def likelihood(text: str, codec: str) -> float:
    """How much ``text``, decoded with ``codec``, looks like Chinese text: about 1 for real text, below 0 for noise."""
    common, total, count = _common(codec), 0.0, 0
    met = Counter(text)
    # A cell of nothing but one sign, or a mark in every row, says no more of the encoding than a few of them.
    most = max(10, len(text) // 50)
    for c, times in met.items():
        if c < "\x80":
            continue
        n = times if c == "\ufffd" else min(times, most)
        count += n
        total += n * _weight(c, common)
    return total / count if count else 0.0


def named(encoding: str) -> str:
    """The Python codec for an encoding as a source states it. Raises Problem when there is none."""
    folded = encoding.strip().lower().replace("_", "-")
    codec = _STATED.get(folded, folded)
    try:
        "".encode(codec)  # binary transforms such as base64 are codecs too, but not of text
        return codecs.lookup(codec).name
    except (LookupError, ValueError, TypeError):
        raise Problem(
            f"there is no encoding '{encoding}'; leave it out, or use utf-8, gb18030, big5, utf-16-le or utf-16-be.",
            f"没有“{encoding}”这种编码；可不填，或填写 utf-8、gb18030、big5、utf-16-le、utf-16-be。",
        ) from None


def by_mark(head: bytes) -> Encoding | None:
    """The encoding told by a byte order mark, if there is one."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark), "byte order mark")
    return None


def by_zero_bytes(head: bytes) -> Encoding | None:
    """UTF-16 without a mark: ASCII (delimiters, digits, line ends) leaves zeros on one side of the pairs only."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if pairs == 0 or max(even, odd) < max(2, pairs // 50) or min(even, odd) * 20 > max(even, odd):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = sample.decode(codec, "replace")
    if text.count("\ufffd") > 1 or text.count("\x00") * 20 > len(text):
        return None
    return Encoding(codec, 0, "zero bytes of UTF-16")


def _first_error(path: Path) -> int | None:
    """Offset (to within a chunk) of the first bytes that are not UTF-8; None when the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return max(0, offset + error.start - 4)
            offset += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return max(0, offset - 4)
    return None


def decide(path: Path, stated: str | None = None) -> Encoding:
    """The encoding of a text file (the whole of it is looked at, in chunks). Raises Problem for an unknown name."""
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    mark = by_mark(head)
    if stated is not None:
        codec = named(stated)
        return Encoding(codec, mark.mark if mark and mark.codec == codec else 0, "stated by the source")
    if mark is not None:
        return mark
    zeros = by_zero_bytes(head[: 1 << 16])
    if zeros is not None:
        return zeros
    error = _first_error(path)
    if error is None:
        return Encoding(
            "utf-8",
            0,
            "the whole file is ASCII" if head.isascii() and len(head) < SAMPLE else "the whole file is UTF-8",
            whole=True,
        )
    with path.open("rb") as stream:
        stream.seek(error)
        around = stream.read(SAMPLE)
    # From the first undecodable place to a line end, so that no character is cut.
    sample = b"\n".join((head[: head.rfind(b"\n") + 1], around[around.find(b"\n") + 1 :] if error else b""))
    if not sample.strip() or sample.isascii():
        sample = head + b"\n" + around
    return by_likelihood(sample)


def by_likelihood(sample: bytes) -> Encoding:
    """UTF-8 (with damage), GB18030 or Big5, by how common the characters are that each gives for ``sample``."""
    scores = {c: likelihood(sample.decode(c, "replace"), c) for c in ("utf-8", "gb18030", "cp950")}
    codec = "gb18030"
    if scores["utf-8"] > max(scores["gb18030"], scores["cp950"]):
        codec = "utf-8"
    elif scores["cp950"] > scores["gb18030"] + 0.1:
        codec = "cp950"
        if "\ufffd" in sample.decode("cp950", "replace") and "\ufffd" not in sample.decode(
            "big5hkscs", "replace"
        ):
            codec = "big5hkscs"
    told = ", ".join(f"{c} {s:.2f}" for c, s in sorted(scores.items(), key=lambda kv: -kv[1]))
    return Encoding(codec, 0, f"likelihood ({told})")


class Characters:
    """The decoded text of a file in chunks, any number of times; counts what did not decode.

    ``undecodable`` is the number of U+FFFD met in the last pass (also those an earlier system had written).
    """

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path, self.encoding = path, encoding
        self.undecodable = 0

    def __iter__(self) -> Iterator[str]:
        self.undecodable = 0
        decoder = codecs.getincrementaldecoder(self.encoding.codec)("replace")
        gb = self.encoding.codec == "gb18030"
        for chunk in itertools.chain(self._chunks(), [b""]):
            text = decoder.decode(chunk) if chunk else self._last(decoder)
            if text:
                self.undecodable += text.count("\ufffd")
                yield without_private_use(text) if gb else text

    def utf8(self) -> Iterator[bytes]:
        """The text in UTF-8, in chunks that end anywhere."""
        self.undecodable = 0
        if self.encoding.whole:
            last = b""
            for chunk in self._chunks():
                # U+FFFD that an earlier system had written, one over the end of a chunk too.
                self.undecodable += (last + chunk[:2]).count(_REPLACEMENT) + chunk.count(_REPLACEMENT)
                last = chunk[-2:]
                yield chunk
            return
        decoder = codecs.getincrementaldecoder(self.encoding.codec)("replace")
        gb = self.encoding.codec == "gb18030"
        for chunk in itertools.chain(self._chunks(), [b""]):
            text = decoder.decode(chunk) if chunk else self._last(decoder)
            self.undecodable += text.count("\ufffd")
            data = text.encode("utf-8", "surrogatepass")
            # All that is mapped lies in U+E000 … U+EFFF, whose first byte in UTF-8 is EE.
            yield (
                without_private_use(text).encode("utf-8", "surrogatepass") if gb and b"\xee" in data else data
            )

    def _last(self, decoder: codecs.IncrementalDecoder) -> str:
        """What the decoder still holds at the end of the file."""
        if self.encoding.codec != "gb18030":
            return decoder.decode(b"", final=True)
        return decoder.decode(CLOSING, final=True)[: -len(CLOSING)]

    def undecoded(self) -> Iterator[bytes]:
        """The bytes behind the mark, in chunks that end anywhere; who decodes them counts ``undecodable``."""
        self.undecodable = 0
        return self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        with self.path.open("rb") as stream:
            stream.seek(self.encoding.mark)
            while chunk := stream.read(CHUNK):
                yield chunk

    def head(self, size: int = 1 << 18) -> str:
        """The first ``size`` bytes as text, cut at the last line end when there is more."""
        with self.path.open("rb") as stream:
            stream.seek(self.encoding.mark)
            data = stream.read(size)
            more = bool(stream.read(1))
        text = codecs.getincrementaldecoder(self.encoding.codec)("replace").decode(data, final=not more)
        cut = max(text.rfind("\n"), text.rfind("\r")) + 1 if more else 0
        text = text[:cut] if cut else text
        return without_private_use(text) if self.encoding.codec == "gb18030" else text
