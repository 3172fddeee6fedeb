"""Loading of ``codes/*.csv``: code, label, spellings.

Belongs here: the form of a code list's CSV, how a spelling is folded before it is looked up, and every
contradiction within a list as a Problem. Does not belong here: corrections for one source (its own YAML).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

from schemas.located_yaml import load_or_note
from schemas.model import Code, CodeList
from schemas.problem import Problem

_SPACE = re.compile(r"\s+")


def fold_code(text: str) -> str:
    """A cell or spelling as code lists compare it: NFKC, no white space, lower case."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def read_code_lists(directory: Path, problems: list[Problem]) -> dict[str, CodeList]:
    """The code lists in ``directory``; faults are added to ``problems``."""
    heads = load_or_note(directory / "lists.yaml", "codes/lists.yaml", problems)
    result: dict[str, CodeList] = {}
    for name, head in (heads.value or {}).items():
        path = directory / f"{name}.csv"
        if not path.is_file():
            heads.add((name,), f"codes/{name}.csv is missing; add it.", f"缺少 codes/{name}.csv；请补上。")
            continue
        codes = _read_codes(path, problems)
        try:
            result[name] = CodeList(name=name, codes=tuple(codes), **head)
        except (TypeError, ValueError):
            heads.add(
                (name,),
                "a code list has title, kind (standard or own) and perhaps standard; correct it.",
                "码表应有 title、kind（standard 或 own），可有 standard；请改正。",
            )
    for path in sorted(directory.glob("*.csv")):
        if heads.value is not None and path.stem not in heads.value:
            heads.add(
                (), f"codes/{path.name} is not listed here; add it.", f"未列出 codes/{path.name}；请补上。"
            )
    problems.extend(heads.problems)
    return result


def _read_codes(path: Path, problems: list[Problem]) -> list[Code]:
    shown, codes = f"codes/{path.name}", list[Code]()
    owner: dict[str, str] = {}
    reader = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
    if reader.fieldnames is None or list(reader.fieldnames[:3]) != ["code", "label", "aliases"]:
        problems.append(
            Problem(
                "the header must begin with code,label,aliases; correct it.",
                "表头应以 code,label,aliases 开始；请改正。",
                file=shown,
                line=1,
            )
        )
        return codes
    for row in reader:
        line = reader.line_num
        code, label = (row["code"] or "").strip(), (row["label"] or "").strip()
        aliases = tuple(a.strip() for a in (row["aliases"] or "").split("|") if a.strip())
        if not code or not label or None in row:
            problems.append(
                Problem(
                    "a row needs a code, a label and as many cells as the header; correct it.",
                    "每行应有代码、名称，列数与表头一致；请改正。",
                    file=shown,
                    line=line,
                )
            )
            continue
        if any(code == c.code for c in codes):
            problems.append(
                Problem(
                    f"the code '{code}' stands twice; keep one.",
                    f"代码“{code}”重复；请只保留一个。",
                    file=shown,
                    line=line,
                )
            )
            continue
        for text in (code, label, *aliases):
            other = owner.setdefault(fold_code(text), code)
            if other != code:
                problems.append(
                    Problem(
                        f"'{text}' already stands for the code '{other}'; remove it from one of them.",
                        f"“{text}”已对应代码“{other}”；请从其中一处删除。",
                        file=shown,
                        line=line,
                    )
                )
        extra = {k: (v or "").strip() for k, v in row.items() if k not in ("code", "label", "aliases")}
        codes.append(Code(code=code, label=label, aliases=aliases, extra=extra))
    return codes
