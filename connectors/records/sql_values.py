"""What the values of SQL statements are as text.

Belongs here: literals and the few functions that exports write around them. Does not belong here: where a value begins
and ends (``sql_text.py``).

Text without its quotes and escapes, NULL as an empty cell, TRUE and FALSE in capitals, bytes as hexadecimal digits,
numbers as they are written. ``to_date('25-03-2019', 'dd-mm-yyyy')`` and its relatives become ISO dates where the
mask is made of whole parts; CAST and CONVERT give what is in them. Any other expression stays as it is written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from connectors.records.json_values import Number, is_long

_MEANING = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}
_E_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.S
)
_LITERAL = {
    True: re.compile(r"""'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'|"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+\"""", re.S),
    False: re.compile(r"""'[^']*+(?:''[^']*+)*+'|"[^"]*+(?:""[^"]*+)*+\"""", re.S),
}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_CALL = re.compile(r"(\w+)\s*\((.*)\)", re.S)
_PREFIXED = re.compile(r"([A-Za-z_]\w*)\s*('.*'|\".*\")", re.S)
_MASK = re.compile(r"(yyyy|rrrr|mm|dd|hh24|mi|ss)|ff\d?|.", re.I | re.S)
_DATES = frozenset({"to_date", "to_timestamp", "str_to_date"})
_INNER = frozenset({"to_clob", "to_nclob", "to_number", "date", "datetime", "timestamp"})
_BYTES = frozenset({"hextoraw", "unhex"})


class Values:
    """Values to text in one dialect. ``escapes``: whether a backslash is an escape (MySQL). ``kept`` counts
    expressions that stay as they are written."""

    def __init__(self, escapes: bool) -> None:
        self.escapes = escapes
        self.kept = 0

    def texts(self, tokens: Sequence[str]) -> tuple[list[str], list[int]]:
        """A column of values as text (``""`` for NULL), and the places of binary numbers of more than 15 digits."""
        found, long = [], []
        for i, token in enumerate(tokens):
            sign = token[0]
            if sign == "'":
                text = token[1:-1]
                if "'" in text or "\\" in text:
                    text = self.text(token) or ""
                found.append(text)
            elif token == "NULL":
                found.append("")
            elif token.isdigit():
                found.append(token)
            else:
                number = sign in "-+.0123456789" and "e" in token.lower() and _NUMBER.fullmatch(token)
                if number and is_long(Number(token)):
                    long.append(i)
                found.append(self.text(token) or "")
        return found, long

    def text(self, token: str) -> str | None:
        """One value; None for NULL."""
        token = token.strip()
        try:
            known = self._known(token)
        except RecursionError:
            known = _UNKNOWN
        if known is not _UNKNOWN:
            return known
        self.kept += 1
        return token

    def _known(self, token: str) -> str | None:
        if token[:1] in ("'", '"') and _whole(token, self.escapes):
            return self._quoted(token)
        if _NUMBER.fullmatch(token):
            return token
        upper = token.upper()
        if upper in ("NULL", "DEFAULT", "EMPTY_CLOB()", "EMPTY_BLOB()"):
            return None
        if upper in ("TRUE", "FALSE"):
            return upper
        if upper.startswith("0X") and re.fullmatch(r"[0-9A-F]*", upper[2:]):
            return token[2:].lower()
        if token.startswith("(") and token.endswith(")") and _closed(token):
            return self._known(token[1:-1].strip())
        prefixed = _PREFIXED.fullmatch(token)
        if prefixed is not None and _whole(prefixed[2], self.escapes or prefixed[1] in "eE"):
            return self._prefixed(prefixed[1].lower(), prefixed[2])
        if "::" in token:
            value, _, kind = token.rpartition("::")
            if re.fullmatch(r"[\w\s.()\[\]\",]+", kind):
                return self._known(value.strip())
        call = _CALL.fullmatch(token)
        if call is not None and _closed(token[len(call[1]) :].strip()):
            return self._call(call[1].lower(), arguments(call[2], self.escapes))
        return self._joined(token)

    def _prefixed(self, prefix: str, literal: str) -> str | None:
        if prefix == "e":
            return _E_ESCAPE.sub(_e_meaning, literal[1:-1].replace("''", "'"))
        if prefix == "x":
            return literal[1:-1].lower()
        if prefix == "u":
            return self._quoted(literal)
        # N'…', _utf8mb4'…', _binary '…', DATE '…', TIMESTAMP '…', b'0101', q'…' has its own quotes inside
        return _UNKNOWN if prefix in ("q", "nq") else self._quoted(literal)

    def _call(self, name: str, given: list[str]) -> str | None:
        if not given:
            return _UNKNOWN
        if name in ("cast", "try_cast"):
            inner, kind = _as(given[0])
            return _stored(self._known(inner), kind, inner) if kind else _UNKNOWN
        if name == "convert" and len(given) >= 2:
            return self._known(given[1]) if not given[0].startswith(("'", "N'")) else self._known(given[0])
        if name in _DATES and len(given) >= 2:
            value, mask = self._known(given[0]), self._known(given[1])
            if value in (None, "") or value is _UNKNOWN:
                return value
            iso = by_mask(value or "", mask or "") if name != "str_to_date" else None
            return iso if iso is not None else value
        if name in _INNER or name in _DATES:
            return self._known(given[0])
        if name in _BYTES:
            digits = self._known(given[0])
            return digits if digits is None or digits is _UNKNOWN else digits.lower()
        if name in ("chr", "char", "nchr") and len(given) == 1 and re.fullmatch(r"[0-9]{1,7}", given[0]):
            return _character(int(given[0]))
        if name == "concat":
            return self._together(given)
        return _UNKNOWN

    def _joined(self, token: str) -> str | None:
        parts = arguments(token, self.escapes, "||")
        if len(parts) < 2:
            parts = arguments(token, self.escapes, "+") if "'" in token else parts
        return self._together(parts) if len(parts) > 1 else _UNKNOWN

    def _together(self, parts: Sequence[str]) -> str | None:
        found = [self._known(part) for part in parts]
        return _UNKNOWN if any(one is _UNKNOWN for one in found) else "".join(one or "" for one in found)

    def _quoted(self, token: str) -> str:
        quote, text = token[0], token[1:-1]
        if not self.escapes or "\\" not in text:
            return text.replace(quote * 2, quote)
        # A doubled quote stands only where no backslash is before it.
        return re.sub(
            r"\\(.)|" + quote * 2,
            lambda m: _MEANING.get(m[1], m[1]) if m[1] is not None else quote,
            text,
            flags=re.S,
        )


_UNKNOWN = "\0unknown"


def arguments(text: str, escapes: bool, sign: str = ",") -> list[str]:
    """A text cut at each sign that stands outside quotes and parentheses; the parts' ends are trimmed."""
    parts, start, depth, at = [], 0, 0, 0
    while at < len(text):
        c = text[at]
        if c in "'\"":
            at = _literal_end(text, at, escapes or (at > 0 and text[at - 1] in "eE"))
            continue
        depth += (c == "(") - (c == ")")
        if depth == 0 and text.startswith(sign, at):
            parts.append(text[start:at].strip())
            at = start = at + len(sign)
            continue
        at += 1
    last = text[start:].strip()
    return [*parts, last] if last or parts else []


def _literal_end(text: str, at: int, escapes: bool) -> int:
    quote, at = text[at], at + 1
    while at < len(text):
        c = text[at]
        if c == "\\" and escapes:
            at += 2
        elif c == quote:
            if text[at + 1 : at + 2] != quote:
                return at + 1
            at += 2
        else:
            at += 1
    return at


def _whole(literal: str, escapes: bool) -> bool:
    return _LITERAL[escapes].fullmatch(literal) is not None


def _closed(text: str) -> bool:
    """Whether the first parenthesis is closed by the last sign."""
    depth, at = 0, 0
    while at < len(text):
        c = text[at]
        if c in "'\"":
            at = _literal_end(text, at, False)
            continue
        depth += (c == "(") - (c == ")")
        at += 1
        if depth == 0:
            return at == len(text)
    return False


def _e_meaning(found: re.Match[str]) -> str:
    octal, short, four, eight, other = found.groups()
    if octal or short:
        return chr(int(octal, 8) if octal else int(short, 16))
    if four or eight:
        return _character(int(four or eight, 16))
    return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(other, other)


def _character(number: int) -> str:
    return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else "\ufffd"


def _as(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*)\s+as\s+([\w\s(),.\[\]]+)", text, re.I | re.S)
    return (found[1].strip(), found[2].strip("[] ").lower()) if found else (text, "")


def _stored(value: str | None, kind: str, token: str) -> str | None:
    """What SQL Server's scripts write as bytes: ``CAST(0x0000A1B200000000 AS DateTime)``."""
    if value is None or re.fullmatch(r"0x(?:[0-9a-fA-F]{2})+", token) is None:
        return value
    data = bytes.fromhex(value)
    first = dt.datetime(1900, 1, 1)
    try:
        if kind == "datetime" and len(data) == 8:
            days, ticks = int.from_bytes(data[:4], "big", signed=True), int.from_bytes(data[4:], "big")
            moment = first + dt.timedelta(days=days, milliseconds=round(ticks * 10 / 3))
            return moment.isoformat(sep=" ", timespec="milliseconds" if moment.microsecond else "seconds")
        if kind == "smalldatetime" and len(data) == 4:
            moment = first + dt.timedelta(
                days=int.from_bytes(data[:2], "big"), minutes=int.from_bytes(data[2:], "big")
            )
            return moment.isoformat(sep=" ")
        if kind == "date" and len(data) == 3:
            return (dt.date(1, 1, 1) + dt.timedelta(days=int.from_bytes(data, "little"))).isoformat()
    except OverflowError:
        return value
    return value


def by_mask(text: str, mask: str) -> str | None:
    """A date in an Oracle mask as ISO; None where the mask has other parts, or the text does not fit it."""
    pattern, names = "", list[str]()
    for part in _MASK.finditer(mask):
        word = part[0].lower()
        if part[1]:
            name = {"rrrr": "yyyy", "hh24": "hh"}.get(word, word)
            if name in names:
                return None
            names.append(name)
            pattern += r"(\d{4})" if name == "yyyy" else r"(\d{1,2})"
        elif word.startswith("ff"):
            names.append("ff")
            pattern += r"(\d{1,9})"
        elif word.isalpha():
            return None
        else:
            pattern += r"\s+" if word.isspace() else r"[-/:.\s年月日]?" if word in "-/:." else re.escape(word)
    found = re.fullmatch(pattern, text.strip())
    if found is None or not {"yyyy", "mm", "dd"} <= set(names):
        return None
    part_of = dict(zip(names, found.groups(), strict=True))
    date = f"{part_of['yyyy']}-{part_of['mm']:0>2}-{part_of['dd']:0>2}"
    if "hh" not in part_of:
        return date
    time = ":".join(f"{part_of.get(k, '00'):0>2}" for k in ("hh", "mi", "ss"))
    return f"{date} {time}" + (f".{part_of['ff']}" if "ff" in part_of else "")
