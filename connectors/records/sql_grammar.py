"""The forms of SQL statements that exports hold, as patterns: MySQL, Oracle, PostgreSQL, SQL Server, DM, SQLite.

Belongs here: names, literals, heads of statements, what CREATE TABLE declares. Does not belong here: where a script
is in a file (``sql_text.py``), what a value is as text (``sql_values.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

_FLAGS = re.I | re.S | re.X

_STANDARD = r"'[^']*+(?:''[^']*+)*+'"
_ESCAPED = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_DOUBLE = r"\"[^\"\\]*+(?:(?:\\.|\"\")[^\"\\]*+)*+\""
_NAME = r"(?:`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|\[[^\]]+\]|[\w$\#@]+)"
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME}){{0,3}}"
INSERT = re.compile(
    rf"""(?:(?:insert|replace)\b(?:\s+(?:low_priority|delayed|high_priority|ignore|or\s+\w+))*+(?:\s+into\b)?|into\b)
    \s*(?P<table>{_PATH})\s*+(?:\((?P<columns>\s*{_NAME}\s*(?:,\s*{_NAME}\s*)*+)\))?\s*+
    (?:overriding\s+\w+\s+value\s+)?values?\s*+(?=\()""",
    _FLAGS,
)
COPY = re.compile(
    rf"copy\s+(?P<table>{_PATH})\s*+(?:\((?P<columns>\s*{_NAME}\s*(?:,\s*{_NAME}\s*)*+)\))?\s*+from\s+stdin\s*+;[^\n]*+\n?",
    _FLAGS,
)
CREATE = re.compile(
    rf"create\s+(?:(?:global|local|temporary|temp|unlogged|column|row)\s+)*table\s+(?:if\s+not\s+exists\s+)?(?P<table>{_PATH})\s*+\(",
    _FLAGS,
)
LABEL = re.compile(rf"comment\s+on\s+column\s+(?P<column>{_PATH})\s+is\s+(?P<text>'(?:[^']|'')*+')", _FLAGS)
PROGRAM = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(?:(?:non)?editionable\s+)?(?:trigger|procedure|proc|function|package|type)\b",
    _FLAGS,
)
CHANGE = re.compile(r"(?:update|delete|merge|truncate)\b", re.I)
# Commands of SQL*Plus, sqlcmd and psql end with their line.
LINE = re.compile(
    r"(?:(?:prompt|rem|remark)\b|\\\w+|\.\w+|\#)[^\n]*+\n?|(?:set|spool|whenever|exit|quit|use|go|print)\b(?:'[^'\n]*+'|[^\n;'])*+(?:;|\n)?|[/;]",
    re.I,
)
DELIMITER = re.compile(r"delimiter[ \t]+(\S+)[^\n]*+\n?", re.I)
BLANK = re.compile(r"[\s\ufeff\x1a\x00]++")
COMMENT = re.compile(r"--[^\n]*+\n?|/\*.*?\*/", re.S)
STOP = re.compile(r"['\"`;]|--|/\*|\$\w*\$|\n[ \t]*+(?:go|/)[ \t\r]*+(?=\n|\Z)", re.I)
BLOCK_END = re.compile(r"\n[ \t]*+(?:go|/)[ \t\r]*+(?:\n|\Z)", re.I)
TAIL = re.compile(r"\s*+(?:;|(?=on\s+(?:duplicate|conflict)\b|returning\b|as\s+\w))", re.I)
# Every way begins with a sign that is sought at once, and none looks over line ends that another will begin at.
AGAIN = re.compile(
    r"\)\s*+,\s*+(?=\()|;[ \t]*+\r?\n|\n(?=[^\S\n]*+(?:insert|replace|into|create|copy)\b)", re.I
)
COMMA = re.compile(r"\s*+(,?)\s*+")
OVER = re.compile(r";[ \t]*\r?\n")
HIDES = re.compile(r";[ \t]*\r?\n\s*(?:insert|replace|copy|create)\b", re.I)
VERB = re.compile(
    r"(?:alter|analyze|attach|begin|call|comment|commit|create|declare|delete|disable|do|drop|enable|end|exec|execute|flush|grant"
    r"|if|lock|merge|optimize|pragma|rename|reset|revoke|rollback|savepoint|select|show|start|sync|truncate|unlock|unset|update"
    r"|vacuum|with)\b",
    re.I,
)
ALL = re.compile(r"insert\s+(?:all|first)\b", re.I)
WRITES = re.compile(rf"(?:insert|replace|copy)\b\s*(?:into\s+)?(?P<table>{_PATH})?", _FLAGS)
DELIMITED = re.compile(r"delimiter[ \t]+;[^\n]*+\n?", re.I)
_PLAIN_DOUBLE = '"[^"]*+"'
EXPRESSION = {
    True: re.compile(rf"[eE]{_ESCAPED}|{_ESCAPED}|{_DOUBLE}|(?:(?!\b[eE]')[^'\"(),])++|[(),]", re.S),
    False: re.compile(rf"[eE]{_ESCAPED}|{_STANDARD}|{_PLAIN_DOUBLE}|(?:(?!\b[eE]')[^'\"(),])++|[(),]", re.S),
}


@dataclass
class Rows:
    """Rows of an INSERT or COPY: values as they are written, or (``plain``) as text, "" for none. ``columns`` is empty
    where the statement names none. ``broken``: a row that cannot be read comes behind these."""

    table: tuple[str, ...]
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    plain: bool = False
    broken: bool = False


@dataclass
class Table:
    """A CREATE TABLE: names of columns, and their labels as far as comments tell them."""

    table: tuple[str, ...]
    columns: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Other:
    """Anything else: its first words. ``changes``: it would change rows."""

    text: str
    changes: bool = False


Statement = Rows | Table | Other


def identifier(word: str) -> str:
    """A name without its quotes."""
    word = word.strip()
    if word[:1] == "[":
        return word[1:-1]
    return word[1:-1].replace(word[0] * 2, word[0]) if word[:1] in '"`' else word


def path_of(text: str) -> tuple[str, ...]:
    """``[dbo].[T]`` → ("dbo", "T")."""
    return tuple(identifier(word) for word in re.findall(_NAME, text, _FLAGS))


@cache
def row_pattern(width: int, escapes: bool) -> re.Pattern[str]:
    text = f"{_ESCAPED}|{_DOUBLE}" if escapes else _STANDARD
    inner = rf"\((?:[^'()]++|{text}|\([^'()]*+\))*+\)"
    cell = rf"\s*+([eE]{_ESCAPED}|{text}|[-+]?[\w.]++(?:(?<=[eE])[-+]\d++|\s*+{inner}|\s*+(?:{text}))?+)\s*+"
    return re.compile(r"\(" + ",".join([cell] * width) + r"\)\s*+(,?)\s*+", re.S)


_COPIED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COPY_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.S)


def copied_row(line: str) -> tuple[str, ...]:
    cells = line.split("\t")
    if "\\" not in line:
        return tuple(cells)
    return tuple("" if c == "\\N" else _COPY_ESCAPE.sub(_meant, c) if "\\" in c else c for c in cells)


def _meant(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1], 8) if found[1] else int(found[2], 16))
    return _COPIED.get(found[3], found[3])


def first_line(text: str) -> str:
    return " ".join(text.strip().partition("\n")[0].split())[:60]


@cache
def closing(sign: str, escapes: bool) -> re.Pattern[str]:
    """What ends a text, a name or a comment that ``sign`` opens, from behind it."""
    if sign == "'" and escapes:
        return re.compile(r"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'", re.S)
    if sign in ("'", '"', "`"):
        return re.compile(rf"[^{sign}]*+{sign}", re.S)
    if sign == "--":
        return re.compile(r"[^\n]*+(?:\n|\Z)")
    return re.compile(r".*?" + (r"\*/" if sign == "/*" else re.escape(sign)), re.S)


_ITEM = re.compile(
    r"'(?:[^']|'')*+'|`[^`]*+`|\"[^\"]*+\"|--[^\n]*+|/\*.*?\*/|[(),]|[^'`\"(),/-]++|[-/]", re.S
)
_KEYWORDS = re.compile(
    r"(?:primary|key|unique|constraint|index|fulltext|spatial|foreign|check|cluster|exclude|like|partition|period)\b",
    re.I,
)


def declared_columns(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The columns between the parentheses of a CREATE TABLE, and MySQL's comments on them."""
    items, depth, parts = list[str](), 0, list[str]()
    for found in _ITEM.finditer(text):
        sign = found[0]
        if sign.startswith(("--", "/*")):
            continue
        if sign in (",", ")") and depth == 0:
            items.append("".join(parts).strip())
            parts = []
            if sign == ")":
                break
            continue
        depth += (sign == "(") - (sign == ")")
        parts.append(sign)
    columns, labels = list[str](), dict[str, str]()
    for item in items:
        name = re.match(_NAME, item, _FLAGS)
        if name is None or _KEYWORDS.match(item):
            continue
        columns.append(identifier(name[0]))
        label = re.search(r"\bcomment\s+'((?:[^']|'')*+)'", item, re.I)
        if label is not None and label[1]:
            labels[columns[-1]] = label[1].replace("''", "'")
    return tuple(columns), labels
