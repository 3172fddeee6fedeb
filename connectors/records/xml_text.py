"""XML as a stream of elements: decoded by its own declaration, mended where that is safe, limited.

Belongs here: encoding, stray signs, entities, depth. Does not belong here: which elements are records (``xml_records.py``).

A DTD that declares anything is refused (entities can blow up or open files), whatever it holds; one that only names
the kind of document is passed over. ``&`` that opens no reference, HTML's entities, and control characters are no
XML, but what they stand for is plain: they are mended and counted.
"""

from __future__ import annotations

import html
import html.entities
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from connectors.text.encoding import Characters, Encoding, decide, named
from schemas.problem import Problem

DEPTH = 256  # levels of a document
LONGEST = 1 << 24  # characters of one tag
_HELD = 64  # characters at the end of a chunk that may be cut
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ODD = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:(#[0-9]{1,8}|#x[0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{0,30});)?"
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")


class Stop(Exception):
    """Raised by a handler that has seen enough."""


def xml_encoding(path: Path, stated: str | None) -> Encoding:
    """Stated by the source, else a mark, else UTF-8 where the whole file is, else as the file declares, else by
    likelihood (a file that says UTF-8 and is not, or names an encoding that there is not)."""
    decided = decide(path, stated)
    if stated is not None or not decided.decided_by.startswith("likelihood"):
        return decided
    with path.open("rb") as stream:
        declared = _DECLARED.match(stream.read(1024))
    if declared is not None:
        try:
            codec = named(declared[1].decode("ascii"))
        except Problem:
            return decided
        if not codec.startswith("utf"):
            return Encoding(codec, 0, "declared by the file")
    return decided


class XmlText:
    """The elements of a file, any number of times. After a pass: ``mended`` (how many signs), ``fault`` (why and in
    which line the text is no XML; None for a whole document)."""

    def __init__(self, characters: Characters, name: str) -> None:
        self.characters, self.name = characters, name
        self.mended = 0
        self.fault: tuple[str, int] | None = None
        self.fed = 0

    def pieces(
        self,
        start: Callable[[str, list[str]], None],
        end: Callable[[str], None],
        data: Callable[[str], None],
    ) -> Iterator[None]:
        """Feed the file to the handlers, one yield a chunk. Attributes are names and values in turn.

        Raises Problem for declarations, for more than ``DEPTH`` levels and for a tag without end.
        """
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._declared
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = data
        self.mended, self.fault, self.fed = 0, None, 0
        try:
            for text in self._mended():
                encoded = text.encode("utf-8")
                self.fed += len(encoded)
                parser.Parse(encoded, False)
                if self.fed - max(0, parser.CurrentByteIndex) > LONGEST:
                    raise self._refused("a tag is longer than any real one", "有过长的标记")
                yield
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            words = expat.ErrorString(error.code) or "no XML"
            self.fault = (words, error.lineno)
        except Stop:
            return

    def _doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        if subset:
            raise self._refused("it declares a DTD of its own", "文件中带有 DTD 声明")

    def _declared(self, *_: Any) -> None:
        raise self._refused("it declares entities", "文件中声明了实体")

    def too_deep(self) -> Problem:
        """The Problem for more levels than ``DEPTH``."""
        return self._refused(f"it is nested deeper than {DEPTH} levels", f"嵌套超过 {DEPTH} 层")

    def _refused(self, en: str, zh: str) -> Problem:
        return Problem(
            f"this XML is refused: {en}, which data never needs; ask the agency for a plain export.",
            f"拒绝读取该 XML：{zh}，正常数据不需要；请对方重新导出。",
            file=self.name,
        )

    def _mended(self) -> Iterator[str]:
        """The text with what is no XML mended outside CDATA."""
        held, inside, first = "", False, True
        for chunk in self._chunks():
            text = held + chunk
            if first:
                first, text = False, text.lstrip("\ufeff \t\r\n")
            cut = max(0, len(text) - _HELD) if chunk else len(text)
            if chunk and (amp := text.rfind("&", max(0, cut - _HELD), cut)) >= 0:
                cut = amp
            done, at = [], 0
            while True:
                mark = text.find("]]>" if inside else "<![CDATA[", at)
                # A section that opens behind the cut is found again with the next chunk.
                stop = cut if mark < 0 or mark > cut else mark
                part = text[at : max(at, stop)]
                done.append(part if inside else self._plain(part))
                at = max(at, stop)
                if stop != mark:
                    break
                at = mark + (3 if inside else 9)
                done.append(text[mark:at])
                inside = not inside
                cut = max(cut, at)
            held = text[at:]
            yield "".join(done)

    def _chunks(self) -> Iterator[str]:
        held = ""  # end marks of DOS and padding are nothing at the end, and wrong in front of more
        for chunk in self.characters:
            text = held + chunk
            whole = text.rstrip("\x00\x1a \t\r\n")
            held, text = text[len(whole) :], whole
            if _CONTROL.search(text) is not None:
                text, count = _CONTROL.subn("\ufffd", text)
                self.mended += count
            if text:
                yield text
        yield ""

    def _plain(self, text: str) -> str:
        if "&" in text:
            text = _ODD.sub(self._one, text)
        return text

    def _one(self, found: re.Match[str]) -> str:
        word = found[1] or ""
        if word.startswith("#"):
            number = int(word[2:], 16) if word[1:2] == "x" else int(word[1:])
            if number < 0x110000 and _CONTROL.match(chr(number)) is None:
                return found[0]
            self.mended += 1
            return "\ufffd"
        self.mended += 1
        sign = html.entities.html5.get(word + ";")
        return html.escape(sign) if sign is not None else "&amp;" + found[0][1:]
