"""What in a source YAML contradicts itself or the declared fields and codes.

Belongs here: every check that the form alone (``sources.py``) cannot make. Each fault names its line and what
to do. Does not belong here: anything that needs the agency's files (``oncegrid check`` and ``warehouse/``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from schemas.headers import fold_header
from schemas.located_yaml import Located, did_you_mean, unknown_word
from schemas.model import RECORD_KINDS, CodeList, schema
from schemas.source_forms import Columns, Database, Each, Mapping
from schemas.sources import COMMON_FIELDS, Source

Path = tuple[str | int, ...]


def contradictions(source: Source, located: Located) -> None:
    """Add every contradiction in ``source`` to ``located.problems``."""
    _names(source, located)
    _origin(source, located)
    _patterns(source, located)
    _columns(source.columns, source, located, ("columns",))
    if isinstance(source.each, Each):
        _each(source.each, source, located)
    elif source.each is not None:
        for i, one in enumerate(source.each):
            _columns(one.columns, source, located, ("each", i, "columns"))
            _fed((*one.feeds,), source, located, ("each", i, "feeds"))
    _headers(source, located)
    _bounds(source, located)


def _names(source: Source, located: Located) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", source.source):
        located.add(
            ("source",),
            f"'{source.source}' must begin with a-z and hold only a-z, 0-9 and _ (63 at most).",
            f"“{source.source}”须以小写字母开头，只含小写字母、数字和下划线（至多 63 个）。",
        )
    if not source.feeds:
        located.add(
            ("feeds",),
            "name at least one record kind, such as [resident].",
            "至少写一个记录种类，如 [resident]。",
        )
    if len(set(source.feeds)) != len(source.feeds):
        located.add(("feeds",), "a record kind stands twice; keep one.", "记录种类重复；请只保留一个。")
    if not source.columns and source.each is None:
        located.add((), "map at least one column under 'columns'.", "请在 columns 下至少映射一列。")
    if source.inbox is not None and not _plain_folder(source.inbox):
        located.add(
            ("inbox",),
            "'inbox' is the name of one folder below inbox/.",
            "inbox 应为 inbox/ 下一个文件夹的名称。",
        )


def _plain_folder(name: str) -> bool:
    return bool(name) and "/" not in name and "\\" not in name and name not in (".", "..")


def _origin(source: Source, located: Located) -> None:
    if (source.files is None) == (source.database is None):
        located.add(
            ("database",) if source.files is not None else (),
            "a source has either 'files' or 'database'; keep one." if source.files is not None
            else "say where the data comes from: 'files: \"*.csv\"' or 'database: …'.",
            "files 与 database 只能有一个；请保留其一。" if source.files is not None
            else "请写明数据从哪里来：files: \"*.csv\" 或 database: …。",
        )  # fmt: skip
    if source.files is not None:
        parts = re.split(r"[/\\]", source.files)
        if (
            not source.files
            or source.files.startswith(("/", "\\"))
            or ".." in parts
            or re.match(r"[A-Za-z]:", source.files)
        ):
            located.add(
                ("files",),
                "'files' is a pattern below the source's inbox folder, such as *.csv.",
                "files 是该来源收件夹之下的文件名模式，如 *.csv。",
            )
    if source.database is not None:
        _database(source.database, source, located)


def _database(base: Database, source: Source, located: Located) -> None:
    if sum(one is not None for one in (base.url, base.url_env, base.url_file)) != 1:
        located.add(
            ("database",),
            "give one of 'url_env' (a variable's name), 'url_file' (a file in the workspace) and 'url'.",
            "url_env（环境变量名）、url_file（工作区内的文件）与 url 三者写其一。",
        )
    if base.url is not None and holds_secret(base.url):
        located.add(
            ("database", "url"),
            "a password does not belong in this file; put the url in an environment variable and name it in 'url_env', "
            "or in a file that only its owner may read and name that in 'url_file'.",
            "密码不得写在此文件；请把 url 放入环境变量并用 url_env 写明变量名，或放入仅属主可读的文件并用 url_file 写明。",
        )
    if (base.table is None) == (base.query is None):
        located.add(("database",), "give either 'table' or 'query'.", "table 与 query 写其一。")
    if base.query is not None and not re.match(r"\s*(select|with)\b", base.query, re.IGNORECASE):
        located.add(
            ("database", "query"), "a query begins with SELECT or WITH.", "查询须以 SELECT 或 WITH 开头。"
        )
    if base.fetched is not None and source.mode == "full":
        located.add(
            ("database", "fetched"),
            "'fetched' leaves out rows, which under mode full would end their records; write 'mode: delta'.",
            "fetched 会略去部分行，在 mode: full 下这些记录会被视为终止；请写 mode: delta。",
        )
    if base.fetched is not None and not base.fetched.values:
        located.add(
            ("database", "fetched", "values"),
            'say which values mark a row that nobody has fetched, such as ["0"].',
            '请写明表示“未读取”的值，如 ["0"]。',
        )


# Options of drivers that hold a secret, as they stand behind the '?' of a URL.
_SECRETS = re.compile(r"[?&;](\w*(password|passwd|pwd|passphrase|secret|token)\w*)=[^&;]", re.IGNORECASE)


def holds_secret(url: str) -> bool:
    """Whether a database's URL holds a password, before the host (whatever signs are in it) or among the options."""
    plain = unquote(url)
    if _SECRETS.search(url) or _SECRETS.search(plain):
        return True
    rest = url.partition("://")[2]
    # The last @ ends the user: a password that is not percent-encoded may hold others, slashes too.
    before = rest.rpartition("@")[0] if "@" in rest else ""
    return not url.startswith("sqlite") and bool(before.partition(":")[2])


def _patterns(source: Source, located: Located) -> None:
    for name, pattern in (("part", source.part), ("as_of", source.as_of)):
        if pattern is None:
            continue
        try:
            groups = re.compile(pattern.pattern).groups
        except re.error as error:
            located.add(
                (name, "pattern"),
                f"not a regular expression ({error}); correct it.",
                f"不是有效的正则表达式（{error}）；请改正。",
            )
            continue
        if groups != 1:
            located.add(
                (name, "pattern"),
                f"the pattern must have one group (…), it has {groups}.",
                f"正则表达式须恰有一个分组 (…)，现有 {groups} 个。",
            )
    for header, (start, end) in (source.layout.widths or {}).items():
        if not 0 <= start < end:
            located.add(
                ("layout", "widths", header), "a width is [first byte from 0, end]; end must be larger.", "宽度写作 [起始字节（从 0）, 结束]，结束须大于起始。"
            )  # fmt: skip


def _columns(columns: Columns, source: Source, located: Located, path: Path) -> None:
    allowed = {name for kind in source.feeds for name in schema().record_table(kind).mappable}
    for name, mapping in columns.items():
        if name not in allowed and name not in COMMON_FIELDS:
            located.add((*path, name), *_not_here(name, allowed | set(COMMON_FIELDS)))
            continue
        _mapping(name, mapping, source, located, (*path, name))


def _not_here(name: str, allowed: set[str]) -> tuple[str, str]:
    owners = [kind for kind in RECORD_KINDS if name in schema().record_table(kind).mappable]
    if owners:
        return (
            f"'{name}' belongs to {' or '.join(owners)}; add it to 'feeds' or remove this line.",
            f"“{name}”属于 {'、'.join(owners)}；请加入 feeds，或删除此行。",
        )
    hint_en, hint_zh = did_you_mean(name, allowed)
    if not hint_en:
        hint_en, hint_zh = f"; known: {', '.join(sorted(allowed))}", f"；可用：{'、'.join(sorted(allowed))}"
    return (
        f"unknown canonical field '{name}'{hint_en}; correct or remove it.",
        f"未知的规范字段“{name}”{hint_zh}；请改正或删除。",
    )


def _mapping(name: str, mapping: Mapping, source: Source, located: Located, path: Path) -> None:
    said = [bool(mapping.from_), bool(mapping.join), mapping.const is not None]
    if sum(said) != 1:
        located.add(
            path,
            f"'{name}' needs exactly one of from, join and const.",
            f"“{name}”须恰有 from、join、const 之一。",
        )
    if mapping.sep and not mapping.join:
        located.add((*path, "sep"), "'sep' goes with 'join'.", "sep 只与 join 一起使用。")
    if mapping.slice is not None and not 0 <= mapping.slice[0] < mapping.slice[1]:
        located.add(
            (*path, "slice"),
            "a slice is [first character from 0, end]; end must be larger.",
            "slice 写作 [起始字符（从 0）, 结束]，结束须大于起始。",
        )
    if mapping.const is not None and (mapping.codes is not None or mapping.slice is not None):
        located.add(
            path, "a const needs no codes and no slice; remove them.", "const 不需要 codes 和 slice；请删除。"
        )
    lists = _code_lists(name, source)
    if not lists:
        return
    targets = (
        {} if mapping.codes is None else {("codes", cell): target for cell, target in mapping.codes.items()}
    )
    if mapping.const is not None:
        targets[("const",)] = mapping.const  # type: ignore[index]
    for where, target in targets.items():
        if target and all(one.find(target) is None for one in lists):
            known = [
                text for one in lists for code in one.codes for text in (code.code, code.label, *code.aliases)
            ]
            near = did_you_mean(target, known)
            shown = " / ".join(one.name for one in lists)
            located.add(
                (*path, *where),
                f"'{target}' is no code, label or alias of the list {shown}{near[0]}; see schemas/codes/.",
                f"“{target}”不是码表 {shown} 的代码、名称或别名{near[1]}；见 schemas/codes/。",
            )


def _code_lists(name: str, source: Source) -> list[CodeList]:
    fields = [schema().record_table(kind).mappable.get(name) for kind in source.feeds]
    names = dict.fromkeys(field.codes for field in fields if field is not None)
    if None in names:  # one of the fed kinds takes any text
        return []
    return [schema().code_lists[one] for one in names if one is not None]


def _each(each: Each, source: Source, located: Located) -> None:
    path: Path = ("each", "columns")
    _columns(each.columns, source, located, path)
    _fed(each.feeds, source, located, ("each", "feeds"))
    spans = [re.fullmatch(r"(\d+)\.\.(\d+)", word) for word in each.numbers]
    if not each.numbers or any(
        span and not int(span[1]) <= int(span[2]) <= int(span[1]) + 200 for span in spans
    ):
        located.add(
            ("each", "numbers"), "write a range such as 1..8, or a list.", "请写范围（如 1..8）或列表。"
        )
    if not any("{n}" in header for one in each.columns.values() for header in one.headers):
        located.add(path, "no header holds {n}, so all records would be alike; write e.g. \"姓名{n}\".", "没有列名含 {n}，各条记录将完全相同；请写成如 \"姓名{n}\"。")  # fmt: skip


def _fed(kinds: Iterable[str], source: Source, located: Located, path: Path) -> None:
    for kind in kinds:
        if kind not in source.feeds:
            located.add(path, *unknown_word("fed kind", "记录种类", kind, source.feeds))


def _headers(source: Source, located: Located) -> None:
    used = {fold_header(header): header for header in source.used_headers}
    seen: set[str] = set()
    for i, header in enumerate(source.ignore):
        folded = fold_header(header)
        if folded in used:
            located.add(
                ("ignore", i),
                f"'{header}' is ignored and used; keep one.",
                f"“{header}”既被忽略又被使用；请只保留其一。",
            )
        if folded in seen:
            located.add(("ignore", i), f"'{header}' stands twice in ignore.", f"“{header}”在 ignore 中重复。")
        seen.add(folded)
    owner: dict[str, str] = {}
    for header, spellings in source.headers.items():
        for text in (header, *spellings):
            other = owner.setdefault(fold_header(text), header)
            if other != header:
                located.add(
                    ("headers", header),
                    f"'{text}' is a spelling of '{other}' already; remove one.",
                    f"“{text}”已是“{other}”的写法；请删除其一。",
                )
        if fold_header(header) not in used and fold_header(header) not in seen:
            located.add(
                ("headers", header),
                f"'{header}' is neither mapped, used nor ignored; name it as it is named there.",
                f"“{header}”未被映射、使用或忽略；请与该处写法一致。",
            )
    if source.deleted is not None and not source.deleted.values:
        located.add(("deleted",), "say which values withdraw a record.", "请写明哪些值表示撤销。")
    for header, values in source.where.items():
        if not values:
            located.add(
                ("where", header), 'say which values are kept (["1"]).', '请写明保留哪些值（["1"]）。'
            )


def _bounds(source: Source, located: Located) -> None:
    bounds = source.bounds
    if bounds is None:
        return
    if bounds.minimum is not None and bounds.maximum is not None and bounds.minimum > bounds.maximum:
        located.add(("bounds", "rows"), "the least is above the most; swap them.", "下限高于上限；请交换。")
    sets = (
        [source.each.columns] if isinstance(source.each, Each) else [one.columns for one in source.each or ()]
    )
    mapped = set(source.columns).union(*sets)
    for name in bounds.fill or {}:
        if name not in mapped:
            located.add(("bounds", "fill", name), *unknown_word("mapped field", "已映射字段", name, mapped))
