"""What is wrong between a source YAML and the columns of its files, in words.

Does not belong here: finding the columns (``raw.py``).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from schemas.problem import Problem
from schemas.sources import Source, fold_header


def missing(source: Source, absent: Sequence[str], there: Sequence[str]) -> list[Problem]:
    """Mapped headers that no file of the batch has, with near names. ``there``: the columns that there are."""
    folded = {fold_header(column): column for column in there}
    problems = []
    listed = ", ".join(there[:40]) + (" …" if len(there) > 40 else "")
    for header in absent:
        fields = _fields(source, header)
        near = [folded[name] for name in difflib.get_close_matches(fold_header(header), list(folded), 3, 0.5)]
        problems.append(
            Problem(
                f"column mapped that no file has: '{header}' (for {', '.join(fields)}). "
                + (f"Near names: {', '.join(near)}. " if near else "")
                + f"The files have: {listed}. Correct the mapping, or add the new spelling under 'headers:'.",
                f"映射的列在任何文件中都不存在：“{header}”（用于 {', '.join(fields)}）。"
                + (f"相近的列名：{'、'.join(near)}。" if near else "")
                + f"文件中的列：{listed}。请更正映射，或在 headers 中补充新写法。",
                file=f"sources/{source.source}.yaml",
                column=header,
            )
        )
    return problems


def ambiguous_header(header: str, hits: Sequence[str], file: str) -> Problem:
    """A header that fits several columns of one file."""
    return Problem(
        f"the header '{header}' fits several columns: {', '.join(hits)}; name the full path of the one meant.",
        f"列名“{header}”对应多列：{'、'.join(hits)}；请写明所指列的完整路径。",
        file=file,
        column=header,
    )


def without_key(file: str, headers: Sequence[str]) -> Problem:
    """A file without a column that no row can be told without."""
    return Problem(
        f"this file lacks the column that the key, where or deleted needs: {', '.join(headers)}; ask for a whole "
        "export, or add the new spelling under 'headers:'.",
        f"文件缺少主键、筛选或撤销所需的列：{'、'.join(headers)}；请索取完整导出，或在 headers 中补充新写法。",
        file=file,
        column=headers[0],
    )


def _fields(source: Source, header: str) -> list[str]:
    """The canonical fields that read a header, or what else needs it."""
    found = [
        name
        for kind in source.feeds
        for number in source.record_numbers(kind)
        for name, mapping in source.mappings(kind, number).items()
        if header in mapping.headers
    ]
    found += [name for name, mapping in source.columns.items() if header in mapping.headers]
    needs = {
        "key": source.key,
        "where": source.where,
        "deleted": (source.deleted.column,) if source.deleted else (),
    }
    return list(dict.fromkeys([*found, *(word for word, headers in needs.items() if header in headers)]))
