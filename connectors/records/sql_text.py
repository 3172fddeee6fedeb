"""An SQL script cut into its statements, and its INSERTs into rows of values, in bounded memory.

Belongs here: the cursor over a script, broken rows, what is passed over. Does not belong here: the forms of statements
(``sql_grammar.py``), what a value is as text (``sql_values.py``), tables (``sql_dump.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.records.sql_cursor import LONGEST, SqlCursor
from connectors.records.sql_grammar import (
    AGAIN,
    ALL,
    BLANK,
    BLOCK_END,
    CHANGE,
    COMMA,
    COPY,
    CREATE,
    DELIMITED,
    DELIMITER,
    EXPRESSION,
    HIDES,
    INSERT,
    LABEL,
    LINE,
    OVER,
    PROGRAM,
    TAIL,
    VERB,
    WRITES,
    Other,
    Rows,
    Statement,
    Table,
    copied_row,
    declared_columns,
    first_line,
    path_of,
    row_pattern,
)
from schemas.problem import Problem

_AHEAD = 1 << 16  # characters in which the head of a statement ends
_ROWS = 1_000  # handed on at a time
_WIDE = 1_000  # columns of which a row is taken at once
_BROKEN: tuple[tuple[str, ...], bool, int] = ((), False, -1)


class SqlText(SqlCursor):
    """The statements of a script. ``escapes``: whether a backslash in a text is an escape."""

    def statements(self) -> Iterator[Statement]:
        """All statements; comments too, one a run of them."""
        comment = ""
        while True:
            if len(self._text) - self._at < _AHEAD:
                self._more(_AHEAD)
            if (blank := BLANK.match(self._text, self._at)) is not None:
                self._at = blank.end()
                continue
            if self._at == len(self._text):
                if not self._more():
                    break
                continue
            if self._text.startswith(("--", "/*"), self._at):
                comment = comment or self._text[self._at : self._at + 80]
                if not self._comment():
                    yield Rows((), (), [], broken=True)
                continue
            if comment:
                yield Other(first_line(comment))
                comment = ""
            yield from self._statement()
        if comment:
            yield Other(first_line(comment))

    def _statement(self) -> Iterator[Statement]:
        text, at = self._text, self._at
        if (found := INSERT.match(text, at)) is not None:
            self._at = found.end()
            yield from self._insert(path_of(found["table"]), path_of(found["columns"] or ""))
        elif (found := COPY.match(text, at)) is not None:
            self._at = found.end()
            yield from self._copy(path_of(found["table"]), path_of(found["columns"] or ""))
        elif (found := ALL.match(text, at)) is not None:
            self._at = found.end()
        elif (found := WRITES.match(text, at)) is not None:
            self._skip()
            yield Rows(path_of(found["table"] or ""), (), [], broken=True)
        elif (found := DELIMITER.match(text, at)) is not None:
            self._at = found.end()
            # Triggers and procedures, up to the usual delimiter.
            if found[1] == ";" or self._to(DELIMITED):
                yield Other("delimiter")
            else:
                yield Rows((), (), [], broken=True)
        elif PROGRAM.match(text, at):
            words = first_line(text[at : at + 80])
            self._program()
            yield Other(words)
        elif (found := LINE.match(text, at)) is not None:
            self._at = found.end()
            words = found[0].strip()
            if words not in ("/", ";") and words.lower() != "go":
                yield Other(first_line(words))
        else:
            yield self._plain()

    def _plain(self) -> Statement:
        head = self._text[self._at : self._at + 80]
        if VERB.match(head) is None:
            # The rest of a broken statement, or no SQL at all.
            self._resume()
            return Rows((), (), [], broken=True)
        created = CREATE.match(self._text, self._at)
        whole = self._skip()
        if created is not None and (found := CREATE.match(whole)) is not None:
            columns, labels = declared_columns(whole[found.end() :])
            return Table(path_of(found["table"]), columns, labels)
        if (label := LABEL.match(whole)) is not None:
            *table, column = path_of(label["column"])
            return Table(tuple(table), (), {column: label["text"][1:-1].replace("''", "'")})
        changes = CHANGE.match(head) is not None
        return Other(head.split(None, 1)[0] if changes else first_line(head), changes)

    def _program(self) -> None:
        """Past a trigger or procedure: to the line that ends its block, else as any statement."""
        while (found := BLOCK_END.search(self._text, self._at)) is None:
            if len(self._text) - self._at > 1 << 20 or not self._more():
                whole = self._skip()
                # SQLite's triggers hold statements; PostgreSQL quotes the body.
                if (
                    "$" not in whole
                    and re.search(r"\bbegin\b", whole, re.I)
                    and not re.search(r"\bend\s*$", whole, re.I)
                ):
                    self._to(re.compile(r"\bend\s*;", re.I))
                return
        self._at = found.end()

    def _insert(self, table: tuple[str, ...], columns: tuple[str, ...]) -> Iterator[Statement]:
        rows: list[tuple[str, ...]] = []
        width, going = len(columns), True
        pattern = row_pattern(width, self.escapes) if 0 < width <= _WIDE else None
        while going:
            found = pattern.match(self._text, self._at) if pattern is not None else None
            if found is not None and found.end() < len(self._text):
                *values, again = found.groups()
                rows.append(tuple(values))
                self._at = found.end()
                going = again == ","
            else:
                got = self._slow_row()
                if got is not None:
                    rows.append(got[0])
                    going = got[1]
                    if not width:
                        width = len(got[0])
                        pattern = row_pattern(width, self.escapes) if width <= _WIDE else None
                else:
                    yield Rows(table, columns, rows, broken=True)
                    rows, going = [], self._resume()
            if going and not self._text.startswith("(", self._at) and not self._opens():
                yield Rows(table, columns, rows, broken=True)
                rows, going = [], self._resume()
            if len(rows) >= _ROWS:
                yield Rows(table, columns, rows)
                rows = []
        if rows:
            yield Rows(table, columns, rows)
        self._tail()

    def _slow_row(self) -> tuple[tuple[str, ...], bool] | None:
        """A row value by value, and whether a comma follows; None where it is broken or does not end."""
        while True:
            got = self._values()
            if got is _BROKEN:
                return None
            if got is not None and (got[2] < len(self._text) or self._ended):
                values, again, self._at = got
                return values, again
            if got is None and len(self._text) - self._at > LONGEST:
                if AGAIN.search(self._text, self._at + 1) is None:
                    raise self._endless()
                return None  # other rows can be seen behind it
            if not self._more(1 << 20):
                if got is None:
                    return None
                self._ended = True

    def _endless(self) -> Problem:
        line = self._line()
        return Problem(
            f"the row of values that begins in line {line} of this SQL script does not end within {LONGEST >> 20} MiB: "
            "a text in it is never closed, or is longer than any cell; correct that line, or ask the agency to export "
            "the table anew.",
            f"该 SQL 脚本第 {line} 行开始的一行数据超过 {LONGEST >> 20} MiB 仍未结束：其中的文本缺少结束引号，或超出单元格的合理"
            "长度；请更正该行，或请对方重新导出。",
            line=line,
        )

    def _values(self) -> tuple[tuple[str, ...], bool, int] | None:
        """The values of a row, whether a comma follows, and where it ends; None where the text ends before it does,
        ``_BROKEN`` where it is none."""
        text, token = self._text, EXPRESSION[self.escapes]
        if not text.startswith("(", self._at):
            return _BROKEN if self._at < len(text) else None
        at, depth, start, values = self._at + 1, 0, self._at + 1, list[str]()
        while (found := token.match(text, at)) is not None:
            sign, at = found[0], found.end()
            if sign == "(":
                depth += 1
            elif sign in (",", ")") and depth == 0:
                value = text[start : at - 1].strip()
                if not value:
                    return _BROKEN
                values.append(value)
                start = at
                if sign == ")":
                    tail = COMMA.match(text, at)
                    assert tail is not None  # it may be empty
                    return tuple(values), tail[1] == ",", tail.end()
            elif sign == ")":
                depth -= 1
            elif (OVER if sign[0] not in "'\"eE" else HIDES).search(sign) is not None:
                return _BROKEN  # the end of a statement, not of a value
        return None

    def _tail(self) -> None:
        """What may stand behind the last row."""
        if len(self._text) - self._at < 200:
            self._more()
        found = TAIL.match(self._text, self._at)
        if found is None:
            return
        self._at = found.end()
        if not found[0].endswith(";"):
            self._skip()

    def _copy(self, table: tuple[str, ...], columns: tuple[str, ...]) -> Iterator[Statement]:
        ended = False
        while not ended:
            end = self._text.rfind("\n") + 1
            if end <= self._at:
                if self._more():
                    continue
                end = len(self._text)
                if end <= self._at:
                    return
            block = self._text[self._at : end]
            stop = 0 if block.startswith("\\.") else block.find("\n\\.") + 1
            if stop or block.startswith("\\."):
                ended, block = True, block[:stop]
                line = self._text.find("\n", self._at + stop)
                self._at = line + 1 if line >= 0 else len(self._text)
            else:
                self._at = end
            lines = [line.removesuffix("\r") for line in block.split("\n")]
            rows = [copied_row(line) for line in (lines[:-1] if lines[-1] == "" else lines)]
            if rows:
                yield Rows(table, columns, rows, plain=True)
