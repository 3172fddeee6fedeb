"""YAML with a line for every path, and faults found in it as ``Problem``s that name that line.

Belongs here: reading one YAML file, where each of its keys stands, and how a pydantic ``ValidationError`` or a
word nobody knows is put into words. Does not belong here: what the keys mean (``model.py``, ``sources.py`` …).

Plain scalars stay text: in a file of codes ``01``, ``no`` and ``2024-01-01`` are what was written, never an
octal, a boolean or a date. Only ``null``, ``~`` and nothing at all are null, ``true`` and ``false`` booleans;
the models convert the rest.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas.problem import Problem

YamlPath = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass
class Located:
    """A loaded YAML file: its plain value, the line (from 1) of every path in it, and how to show the file."""

    value: Any
    file: str
    lines: dict[YamlPath, int]
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Sequence[str | int]) -> int:
        """Line of ``path``, or of the nearest thing above it that stands in the file."""
        where = self.real_path(path)
        return self.lines.get(where, 1)

    def real_path(self, path: Sequence[str | int]) -> YamlPath:
        """``path`` without the parts that pydantic adds (names of models in a union, ``[key]`` …)."""
        found: YamlPath = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
        return found

    def add(self, path: Sequence[str | int], en: str, zh: str) -> None:
        """Note a fault at ``path``."""
        self.problems.append(Problem(en, zh, file=self.file, line=self.line(path)))


class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader (the C one where it is built in) that resolves no plain scalar: ``_plain`` does."""


_TextLoader.yaml_implicit_resolvers = {}
_NULLS, _BOOLS = ("", "~", "null", "Null", "NULL"), ("true", "True", "TRUE", "false", "False", "FALSE")


def load_yaml(path: Path, shown: str | None = None) -> Located:
    """Read ``path``. ``shown`` is its name in messages (default: its own name).

    Raises Problem where the file is missing, not UTF-8 or not YAML. Keys that stand twice are in ``problems``.
    """
    name = shown or path.name
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise Problem(
            "the file is missing; create it or correct its name.",
            "文件不存在；请新建或改正文件名。",
            file=name,
        ) from None
    except UnicodeDecodeError as error:
        raise Problem(
            f"the file is not UTF-8 (byte {error.start}); save it as UTF-8.",
            f"文件不是 UTF-8 编码（第 {error.start} 字节）；请另存为 UTF-8。",
            file=name,
        ) from None
    return parse_yaml(text, name)


def load_or_note(path: Path, shown: str, problems: list[Problem]) -> Located:
    """As ``load_yaml``, but a file that cannot be read is noted in ``problems`` and empty."""
    try:
        return load_yaml(path, shown)
    except Problem as problem:
        problems.append(problem)
        return Located(None, shown, {(): 1})


def parse_yaml(text: str, shown: str) -> Located:
    """As ``load_yaml``, from text."""
    found = Located(None, shown, {(): 1})
    loader = _TextLoader(text)
    try:
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not readable"
        raise Problem(
            f"this is not valid YAML: {what}; check indentation, colons and quotes here.",
            f"不是有效的 YAML（{what}）；请检查此处的缩进、冒号和引号。",
            file=shown,
            line=mark.line + 1 if mark is not None else None,
        ) from None
    finally:
        loader.dispose()
    found.value = None if node is None else _plain(node, (), found, set())
    return found


def _plain(node: yaml.Node, path: YamlPath, found: Located, above: set[int]) -> Any:
    found.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        if not node.style and node.value in _NULLS:
            return None
        if not node.style and node.value in _BOOLS:
            return node.value.lower() == "true"
        return node.value
    if id(node) in above:
        found.add(path, "an anchor contains itself; write it out.", "锚点引用了自身；请直接写出内容。")
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), found, above | {id(node)}) for i, item in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            found.problems.append(
                Problem("a key must be a word.", "键必须是一个词。", file=found.file, line=line)
            )
            continue
        key = key_node.value
        if key in result:
            first = found.lines[(*path, key)]
            found.problems.append(
                Problem(
                    f"'{key}' stands twice (first in line {first}); keep one of them.",
                    f"“{key}”重复（首次在第 {first} 行）；请只保留一个。",
                    file=found.file,
                    line=line,
                )
            )
            continue
        found.lines[(*path, key)] = line
        result[key] = _plain(value_node, (*path, key), found, above | {id(node)})
    return result


def validate(model: type[M], located: Located) -> M | None:
    """``located`` as ``model``; what is wrong goes to ``located.problems`` and the answer is then None."""
    if not isinstance(located.value, dict):
        located.add((), "the file must hold keys and values (key: value).", "文件内容应为“键: 值”。")
        return None
    try:
        return model.model_validate(located.value)
    except ValidationError as error:
        located.problems.extend(problems_of(error, located, model))
        return None


def problems_of(error: ValidationError, located: Located, model: type[BaseModel]) -> list[Problem]:
    """Each fault of a pydantic error as a Problem: file, line, what is wrong, what to do."""
    result, seen = [], set()
    for fault in error.errors(include_url=False):
        path = located.real_path(fault["loc"])
        # A union says once for each of its members that the same thing does not fit; the first is enough.
        sign = (path, fault["type"] if fault["type"] in ("extra_forbidden", "missing") else "")
        if sign in seen:
            continue
        seen.add(sign)
        en, zh = _words(fault, model)
        result.append(Problem(en, zh, file=located.file, line=located.line(path)))
    return result


def _words(fault: Any, model: type[BaseModel]) -> tuple[str, str]:
    kind, loc, context = fault["type"], fault["loc"], fault.get("ctx", {})
    shown = ".".join(str(part) for part in loc if not str(part).startswith(("function-", "constrained-")))
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        return unknown_word("key", "键", last, keys_at(model, loc[:-1]))
    if kind == "missing":
        return f"'{shown}' is missing; add it.", f"缺少“{shown}”；请补上。"
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        value = fault.get("input")
        words = [w.strip().strip("'") for w in expected.replace(" or ", ", ").split(",")]
        hint_en, hint_zh = did_you_mean(str(value), words)
        return (
            f"'{shown}' must be one of {expected}, not '{value}'{hint_en}.",
            f"“{shown}”只能是 {expected.replace(' or ', '、')}，不能是“{value}”{hint_zh}。",
        )
    if kind == "value_error":
        cause = getattr(context.get("error"), "problem", None)
        if isinstance(cause, Problem):
            return cause.en, cause.zh
    wanted = {
        "int": ("a whole number", "整数"),
        "float": ("a number", "数字"),
        "bool": ("true or false", "true 或 false"),
        "list": ("a list ([a, b])", "列表（[甲, 乙]）"),
        "tuple": ("a list ([a, b])", "列表（[甲, 乙]）"),
        "dict": ("keys with values ({a: b})", "键值（{甲: 乙}）"),
        "model": ("keys with values ({a: b})", "键值（{甲: 乙}）"),
        "string": ("text", "文字"),
    }.get(kind.split("_")[0])
    if wanted is not None and kind.split("_")[-1] in ("type", "parsing", "size"):
        return f"'{shown}' must be {wanted[0]}.", f"“{shown}”应为{wanted[1]}。"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"'{shown}': {message}.", f"“{shown}”有误：{message}。"


def together(problems: Sequence[Problem]) -> Problem:
    """Several Problems as one: the first with its place, each of the others on a line of its own."""
    first, *rest = problems
    if not rest:
        return first
    return Problem(
        "\n".join([first.en, *(p.text("en") for p in rest)]),
        "\n".join([first.zh, *(p.text("zh") for p in rest)]),
        file=first.file,
        line=first.line,
    )


def unknown_word(what_en: str, what_zh: str, word: str, known: Iterable[str]) -> tuple[str, str]:
    """Both wordings of "there is no such …", with the nearest known words, else all of a short list."""
    names = sorted(set(known))
    hint_en, hint_zh = did_you_mean(word, names)
    if not hint_en and 0 < len(names) <= 30:
        hint_en, hint_zh = f"; known: {', '.join(names)}", f"；可用：{'、'.join(names)}"
    return (
        f"unknown {what_en} '{word}'{hint_en}; correct or remove it.",
        f"未知的{what_zh}“{word}”{hint_zh}；请改正或删除。",
    )


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, str]:
    """`` (did you mean 'x'?)`` in both languages, or two empty strings."""
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    if not near:
        return "", ""
    return (
        f" (did you mean {' or '.join(repr(w) for w in near)}?)",
        f"（是否想写 {'、'.join(f'“{w}”' for w in near)}？）",
    )


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that may stand at ``loc`` below ``model`` (aliases as written in YAML)."""
    models: list[type[BaseModel]] = [model]
    for part in loc:
        models = [m for one in models for m in _below(one, part)] or models
    return [info.alias or name for one in models for name, info in one.model_fields.items()]


def _below(model: type[BaseModel], part: str | int) -> Iterator[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if part in (name, info.alias):
            yield from _models_in(info.annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated or origin in (typing.Union, types.UnionType) or origin is not None:
        for argument in typing.get_args(annotation):
            yield from _models_in(argument)
