"""The little language of ``where`` in extracts: parsed, held to known names, written again as SQL.

Belongs here: a parser for conditions over the columns of one table. Nothing that was written reaches SQL as
text: names are quoted, values are literals of the tokenizer or bound parameters, functions are on a list.
Does not belong here: running anything, or who may see which rows (``warehouse/``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from schemas.located_yaml import unknown_word
from schemas.problem import Problem

FUNCTIONS = (
    "abs", "coalesce", "contains", "date_diff", "date_part", "day", "length", "lower", "month", "nullif", "round",
    "starts_with", "substr", "trim", "upper", "year",
)  # fmt: skip
_WORDS = (
    "and", "or", "not", "in", "is", "null", "between", "like", "true", "false", "current_date",
)  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|:(?P<param>[A-Za-z_]\w*)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|<>|!=|\|\||[=<>+\-*/%(),]))"
)


@dataclass(frozen=True)
class Condition:
    """A checked condition: ``sql`` with quoted columns and ``$name`` parameters, and what it names."""

    sql: str
    columns: frozenset[str]
    params: frozenset[str]


def parse_condition(text: str, columns: Collection[str], params: Collection[str]) -> Condition:
    """Parse ``text``. Raises Problem (without a place) for anything but a condition over known names."""
    parser = _Parser(_tokens(text), columns, params)
    sql = parser.either()
    parser.end()
    return Condition(sql, frozenset(parser.used_columns), frozenset(parser.used_params))


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at:].lstrip()[:1]
            raise Problem(
                f"'{sign}' cannot stand in a condition; remove it.", f"条件中不能出现“{sign}”；请删除。"
            )
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent; each method returns SQL."""

    def __init__(
        self, tokens: list[tuple[str, str]], columns: Collection[str], params: Collection[str]
    ) -> None:
        self.tokens, self.columns, self.params, self.at = tokens, columns, params, 0
        self.used_columns: set[str] = set()
        self.used_params: set[str] = set()
        self.depth = 0

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fault()

    def fault(self) -> Problem:
        shown = self.tokens[self.at][1] if self.at < len(self.tokens) else ""
        if not shown:
            return Problem("the condition ends too early; complete it.", "条件不完整；请补全。")
        return Problem(
            f"'{shown}' is not expected here; write e.g. status = 'active' and sex = :sex.",
            f"此处不应出现“{shown}”；请写成如 status = 'active' and sex = :sex。",
        )

    def peek(self, *words: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        kind, text = self.tokens[self.at]
        return kind in ("word", "sign") and text.lower() in words

    def take(self, *words: str) -> str | None:
        if not self.peek(*words):
            return None
        self.at += 1
        return self.tokens[self.at - 1][1].lower()

    def need(self, word: str) -> None:
        if self.take(word) is None:
            raise self.fault()

    def either(self) -> str:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else "(" + " or ".join(parts) + ")"

    def both(self) -> str:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else "(" + " and ".join(parts) + ")"

    def negated(self) -> str:
        self.depth += 1
        if self.depth > 50:
            raise Problem("the condition is nested too deeply; simplify it.", "条件嵌套过深；请简化。")
        sql = f"(not {self.negated()})" if self.take("not") else self.compared()
        self.depth -= 1
        return sql

    def compared(self) -> str:
        left = self.sum()
        sign = self.take("=", "<>", "!=", "<", "<=", ">", ">=")
        if sign is not None:
            return f"({left} {sign} {self.sum()})"
        if self.take("is"):
            no = "not " if self.take("not") else ""
            self.need("null")
            return f"({left} is {no}null)"
        no = "not " if self.take("not") else ""
        if self.take("in"):
            return f"({left} {no}in ({', '.join(self.arguments())}))"
        if self.take("between"):
            low = self.sum()
            self.need("and")
            return f"({left} {no}between {low} and {self.sum()})"
        if self.take("like"):
            return f"({left} {no}like {self.sum()})"
        if no:
            raise self.fault()
        return left

    def sum(self) -> str:
        sql = self.product()
        while (sign := self.take("+", "-", "||")) is not None:
            sql = f"({sql} {sign} {self.product()})"
        return sql

    def product(self) -> str:
        sql = self.single()
        while (sign := self.take("*", "/", "%")) is not None:
            sql = f"({sql} {sign} {self.single()})"
        return sql

    def single(self) -> str:
        if self.take("-"):
            return f"(-{self.single()})"
        if self.take("("):
            sql = self.either()
            self.need(")")
            return f"({sql})"
        if self.at >= len(self.tokens):
            raise self.fault()
        kind, text = self.tokens[self.at]
        if kind == "sign":
            raise self.fault()
        self.at += 1
        if kind in ("number", "text"):
            return text
        if kind == "param":
            if text not in self.params:
                raise Problem(*unknown_word("parameter", "参数", text, self.params))
            self.used_params.add(text)
            return f"${text}"
        return self.name(text)

    def name(self, text: str) -> str:
        word = text.lower()
        if self.peek("("):
            if word not in FUNCTIONS:
                raise Problem(*unknown_word("function", "函数", text, FUNCTIONS))
            return f"{word}({', '.join(self.arguments())})"
        if word in ("null", "true", "false", "current_date"):
            return word
        if word in _WORDS:
            self.at -= 1
            raise self.fault()
        if text not in self.columns:
            raise Problem(*unknown_word("column", "列", text, self.columns))
        self.used_columns.add(text)
        return f'"{text}"'

    def arguments(self) -> list[str]:
        self.need("(")
        result = [self.sum()]
        while self.take(","):
            result.append(self.sum())
        self.need(")")
        return result
