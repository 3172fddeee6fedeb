"""The page of one run: what was expected of which source and what was found, as one HTML file that needs no network.

Belongs here: the page, the index of the pages that are kept, and which are kept. Does not belong here: masking (it
is done where rows are read).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from warehouse.expectations.outcomes import Outcome

KEEP = 30  # pages of runs
INDEX = "index.html"

_STYLE = """
body{font:15px/1.6 -apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1d2129}
h1{font-size:1.4rem} h2{font-size:1.1rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%;margin:.3rem 0 1rem} th,td{border:1px solid #c9cdd4;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f3f5} td.n{text-align:right;white-space:nowrap}
.pass{color:#00692b} .warning{color:#8a4b00;font-weight:600} .blocking{color:#a8071a;font-weight:600}
details{margin:.3rem 0} summary{cursor:pointer} .note{color:#4e5969}
@media print{details{display:block}}
"""


@dataclass
class Run:
    """One run: when, and the outcomes by source."""

    moment: str
    outcomes: dict[str, Sequence[Outcome]] = field(default_factory=dict)


def write_page(path: Path, run: Run) -> None:
    """Write the page of ``run`` and the index beside it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, render(run))
    _write(path.parent / INDEX, render_index(_pages(path.parent)))


def prune(folder: Path, needed: Collection[str] = (), keep: int = KEEP) -> None:
    """Remove all but the newest ``keep`` pages and those ``needed``."""
    for path in _pages(folder)[keep:]:
        if path.name not in needed:
            path.unlink(missing_ok=True)
    if (folder / INDEX).is_file():
        _write(folder / INDEX, render_index(_pages(folder)))


def render(run: Run) -> str:
    """The page of ``run``."""
    failed = [
        (source, one)
        for source, outcomes in sorted(run.outcomes.items())
        for one in outcomes
        if not one.passed
    ]
    count = sum(len(outcomes) for outcomes in run.outcomes.values())
    parts = [
        f"<h1>数据检查 {escape(run.moment)}</h1>",
        f"<p>{len(run.outcomes)} 个来源，{count} 项检查，{len(failed)} 项未通过。"
        "<span class='note'>示例行中的值已遮蔽；“阻断”的批次暂不采用，继续使用上一期好数据。</span></p>",
    ]
    if failed:
        parts.append("<h2>未通过</h2><ul>")
        parts += [
            f"<li><a href='#{_anchor(source, one)}'>{escape(source)} · {escape(one.name)}</a> "
            f"<span class='{one.severity}'>{_word(one)}</span></li>" for source, one in failed
        ]  # fmt: skip
        parts.append("</ul>")
    for source, outcomes in sorted(run.outcomes.items()):
        parts.append(_source(source, outcomes))
    return _document(f"数据检查 {run.moment}", parts)


def render_index(pages: Sequence[Path]) -> str:
    """A page that links the pages kept, newest first."""
    items = [f"<li><a href='{escape(p.name)}'>{escape(p.stem)}</a></li>" for p in pages]
    return _document("数据检查", ["<h1>数据检查</h1>", "<ul>", *items, "</ul>"])


def _source(source: str, outcomes: Sequence[Outcome]) -> str:
    head = "".join(
        f"<th scope='col'>{word}</th>" for word in ("检查组", "检查", "要求", "结果", "问题行数", "明细")
    )
    rows = "".join(_row(source, one) for one in outcomes)
    return f"<h2>{escape(source)}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(source: str, one: Outcome) -> str:
    state = "pass" if one.passed else one.severity
    cells = [
        f"<td>{escape(one.suite)}</td>", f"<td>{escape(one.name)}</td>", f"<td>{escape(one.zh)}</td>",
        f"<td class='{state}'>{_word(one)}</td>", f"<td class='n'>{one.offending}</td>", f"<td>{_details(one)}</td>",
    ]  # fmt: skip
    return f"<tr id='{_anchor(source, one)}'>{''.join(cells)}</tr>"


def _details(one: Outcome) -> str:
    if one.passed:
        return ""
    if one.fault is not None:
        return f"无法执行：{escape(one.fault)}"
    found = "".join(
        f"<li>{escape(f'{b.delivery} {b.field}'.strip())}：{b.offending}" + (f" / {b.rows}" if b.rows is not None else "") + "</li>"
        for b in one.breaches
    )  # fmt: skip
    return f"<ul>{found}</ul>{_sample(one.sample)}"


def _sample(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    names = (
        ("file", "文件"),
        ("sheet", "工作表"),
        ("row", "行"),
        ("field", "字段"),
        ("value", "值（已遮蔽）"),
    )
    head = "".join(f"<th scope='col'>{word}</th>" for _, word in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if row.get(n) is None else escape(str(row[n]))}</td>" for n, _ in names) + "</tr>"
        for row in rows
    )  # fmt: skip
    return (
        f"<details><summary>示例 {len(rows)} 行</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></details>"
    )


def _word(one: Outcome) -> str:
    if one.passed:
        return "通过"
    return "阻断" if one.severity == "blocking" else "警告"


def _anchor(source: str, one: Outcome) -> str:
    return escape(f"{source}-{one.suite}-{one.name}")


def _document(title: str, parts: Sequence[str]) -> str:
    return (
        f"<!DOCTYPE html>\n<html lang='zh-CN'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _pages(folder: Path) -> list[Path]:
    return sorted((p for p in folder.glob("*.html") if p.name != INDEX), key=lambda p: p.name, reverse=True)


def _write(path: Path, text: str) -> None:
    beside = path.with_suffix(".building")
    beside.write_text(text, "utf-8")
    beside.replace(path)
