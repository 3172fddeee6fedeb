"""Delimited files of many kinds of damage, each with the truth: what stands in it, and in which dialect.

Belongs here: the kinds of the Pollock benchmark (Vitagliano et al., VLDB 2023) applied to tables of our own, and
those that Chinese exports add. Does not belong here: the tables (``source_table.py``), which files there are
(``catalogue.py``), the scores (``scoring.py``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.pollock.source_table import Table


@dataclass(frozen=True)
class Told:
    """The true dialect, as a reader is told it. ``header`` is the number of header rows; ``preamble`` and
    ``footer`` are rows above and below the table, blank ones too."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = '"'
    newline: str = "\r\n"
    encoding: str = "utf-8"
    header: int = 1
    preamble: int = 0
    footer: int = 0


@dataclass(frozen=True)
class Polluted:
    """One file: its bytes, its dialect, and its truth (``header`` empty: the file has none).

    ``levels`` are the header rows as they stand, for the convention of the paper.
    """

    name: str
    kind: str
    data: bytes
    told: Told
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    levels: tuple[tuple[str, ...], ...] = ()
    # The rows of the first table, where a file has two; the paper takes these alone for the truth.
    first: tuple[tuple[str, ...], ...] | None = field(default=None)


def cell(text: str, told: Told, quoted: bool = False) -> str:
    """A cell as it is written; quotes where they are needed, or ``quoted``."""
    quote = told.quote
    if not quoted and not any(s in text for s in (told.delimiter.strip(" ") or " ", quote, "\n", "\r")):
        return text
    inner = text
    if told.escape is not None:
        inner = text.replace(told.escape, told.escape * 2) if told.escape == "\\" else text
        inner = inner.replace(quote, told.escape + quote)
    return f"{quote}{inner}{quote}"


def pieces(row: Sequence[str], told: Told, quoted: frozenset[int]) -> list[str]:
    """The cells of a row as they are written."""
    return [cell(text, told, i in quoted) for i, text in enumerate(row)]


def encoded(text: str, encoding: str) -> bytes:
    """Bytes in an encoding; ``utf-16-le`` and ``utf-16-be`` with their mark."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    return (mark + text).encode(encoding)


class Maker:
    """Files out of one table."""

    def __init__(self, table: Table, told: Told, rng: random.Random) -> None:
        self.table, self.told, self.rng = table, told, rng

    def lines(self, told: Told | None = None) -> list[str]:
        """Header and rows as they are written, without their ends."""
        told, table = told or self.told, self.table
        return [told.delimiter.join(pieces(r, told, table.quoted)) for r in (table.header, *table.rows)]

    def made(
        self,
        name: str,
        kind: str,
        text: str,
        told: Told | None = None,
        header: Sequence[str] | None = None,
        rows: Sequence[Sequence[str]] | None = None,
        **more: object,
    ) -> Polluted:
        told = told or self.told
        table = self.table
        result = Polluted(
            f"{table.name}_{name}.csv", kind, encoded(text, told.encoding), told,
            tuple(table.header if header is None else header),
            tuple(tuple(r) for r in (table.rows if rows is None else rows)),
        )  # fmt: skip
        return replace(result, **more)  # type: ignore[arg-type]

    def whole(self, name: str, kind: str, **changes: object) -> Polluted:
        """The table in another dialect."""
        told = replace(self.told, **changes)  # type: ignore[arg-type]
        return self.made(name, kind, told.newline.join(self.lines(told)) + told.newline, told)

    def files(self) -> Iterator[Polluted]:
        """The pollutions of the whole file."""
        told, table, lines = self.told, self.table, self.lines()
        end = told.newline
        width = len(table.header)
        text = end.join(lines) + end
        yield self.made("source", "source", text)
        yield self.made("no_payload", "no_payload", "", header=(), rows=(), told=replace(told, header=0))
        yield self.made("no_trailing_newline", "no_trailing_newline", end.join(lines))
        yield self.made("double_trailing_newline", "double_trailing_newline", text + end)
        yield self.made("no_header", "no_header", end.join(lines[1:]) + end, replace(told, header=0), ())
        for n in (2, 3):
            yield self.made(
                f"header_multirow_{n}", "header_multirow", end.join(lines[:1] * (n - 1) + lines) + end,
                replace(told, header=n), levels=(table.header,) * n,
            )  # fmt: skip
        for n, above in enumerate(self.preambles()):
            yield self.made(
                f"preamble_{n}",
                "preamble",
                end.join([*above, *lines]) + end,
                replace(told, preamble=len(above)),
            )
        for n, below in enumerate(self.footnotes()):
            yield self.made(
                f"footnote_{n}",
                "footnote",
                end.join([*lines, *below]) + end,
                replace(told, footer=len(below)),
            )
        yield from self.two_tables(lines)
        yield self.made("header_only", "header_only", lines[0] + end, rows=())
        yield self.made("one_data_row", "one_data_row", end.join(lines[:2]) + end, rows=table.rows[:1])
        repeated = [*lines[:30], lines[0], *lines[30:60], lines[0], *lines[60:]]
        yield self.made("repeated_header", "repeated_header", end.join(repeated) + end)
        trailing = end.join(line + told.delimiter for line in lines) + end
        yield self.made("trailing_delimiter", "trailing_delimiter", trailing)
        body = end.join([lines[0], *(line + told.delimiter for line in lines[1:])]) + end
        yield self.made("trailing_delimiter_rows", "trailing_delimiter", body)
        padded = [line + told.delimiter * 3 for line in lines] + [told.delimiter * (width + 2)] * 5
        yield self.made("padded", "padded", end.join(padded) + end, replace(told, footer=5))
        blank = [x for n, line in enumerate(lines) for x in ((line, "") if n and n % 20 == 0 else (line,))]
        yield self.made("blank_rows", "blank_rows", end.join(blank) + end)
        yield self.made("short_rows", "short_rows", *self.short(lines))
        yield self.made("long_rows", "long_rows", *self.long(lines))
        yield self.made("line_breaks", "line_breaks", *self.breaks())
        if told.delimiter in "".join("".join(r) for r in table.rows):
            yield self.made("unquoted_delimiter", "unquoted_delimiter", *self.unquoted())
        yield from self.headers(lines)
        yield from self.dialects()

    def short(self, lines: list[str]) -> tuple[str, Told, tuple[str, ...], list[tuple[str, ...]]]:
        """Rows that end before their last, empty, cells."""
        table, told = self.table, self.told
        rows = [r if n % 5 else (*r[:-4], "", "", "", "") for n, r in enumerate(table.rows)]
        ended = [
            told.delimiter.join(pieces(r if n % 5 else r[:-4], told, table.quoted))
            for n, r in enumerate(rows)
        ]
        return told.newline.join([lines[0], *ended]) + told.newline, told, table.header, rows

    def long(self, lines: list[str]) -> tuple[str, Told, tuple[str, ...], list[tuple[str, ...]]]:
        """Rows with a cell more than the header: kept, in a column without a name."""
        table, told = self.table, self.told
        rows = [(*r, f"extra {n}") if n % 17 == 5 else r for n, r in enumerate(table.rows)]
        written = [told.delimiter.join(pieces(r, told, table.quoted)) for r in rows]
        return told.newline.join([lines[0], *written]) + told.newline, told, table.header, rows

    def breaks(self) -> tuple[str, Told, tuple[str, ...], list[tuple[str, ...]]]:
        """Line breaks inside quoted cells."""
        table, told = self.table, self.told
        at = min(table.quoted)
        rows = [
            (*r[:at], r[at] + "\n" + r[at][:9], *r[at + 1 :]) if n % 4 == 1 else r
            for n, r in enumerate(table.rows)
        ]
        written = [told.delimiter.join(pieces(r, told, table.quoted)) for r in (table.header, *rows)]
        return told.newline.join(written) + told.newline, told, table.header, rows

    def unquoted(self) -> tuple[str, Told, tuple[str, ...], list[tuple[str, ...]]]:
        """A few rows with a delimiter in one cell that is not quoted."""
        table, told = self.table, self.told
        written = []
        for n, row in enumerate(table.rows):
            parts = pieces(row, told, table.quoted)
            inside = [
                i for i, c in enumerate(row) if c.count(told.delimiter) in (1, 2) and told.quote not in c
            ]
            if n % 8 == 3 and inside:
                parts[inside[n % len(inside)]] = row[inside[n % len(inside)]]
            written.append(told.delimiter.join(parts))
        head = told.delimiter.join(pieces(table.header, told, table.quoted))
        return told.newline.join([head, *written]) + told.newline, told, table.header, list(table.rows)

    def preambles(self) -> Iterator[list[str]]:
        """Lines above the table: a title, delimited and not, with a blank line and without."""
        width, sign = len(self.table.header), self.told.delimiter
        title = "Register of visits" if self.table.name != "chinese" else "附件1：2025年来访登记表"
        note = "Source: front desk" if self.table.name != "chinese" else "填报单位：城关街道"
        yield [title + sign * (width - 1), sign * (width - 1)]
        yield [title, ""]
        yield [title]
        yield [title, note, ""]
        yield [title + sign * (width - 1), note + sign * (width - 1)]

    def footnotes(self) -> Iterator[list[str]]:
        """Lines below the table."""
        width, sign = len(self.table.header), self.told.delimiter
        note = "Note: figures are provisional" if self.table.name != "chinese" else "注：以上数据为初步统计"
        yield ["", note]
        yield [note + sign * (width - 1)]
        if self.table.name == "chinese":
            yield ["合计" + sign * 8 + "123456.00" + sign * (width - 9)]
            yield ["", "填表人：张三    审核人：李四"]

    def two_tables(self, lines: list[str]) -> Iterator[Polluted]:
        """A second table below the first, with less, as many and more columns, with a blank row between or none."""
        table, told = self.table, self.told
        width = len(table.header)
        below = table.rows[:40]
        for name, size in (("less", width - 3), ("same", width), ("more", width + 1)):
            names = tuple(f"{h}2" for h in table.header[:size]) + ("Extra",) * (size - width)
            rows = [(*r[:size], *("x",) * (size - width)) for r in below]
            second = [told.delimiter.join(pieces(r, told, frozenset())) for r in (names, *rows)]
            for gap in (0, 1):
                yield self.made(
                    f"multitable_{name}_{gap}", "multitable",
                    told.newline.join([*lines, *[""] * gap, *second]) + told.newline,
                    rows=[*table.rows, *rows], first=table.rows,
                )  # fmt: skip

    def headers(self, lines: list[str]) -> Iterator[Polluted]:
        """Headers that are hard to name: repeated, empty, odd, in two levels."""
        table, told = self.table, self.told
        odd = {"nonunique": (3, 5), "empty": (2, 5), "odd": (1, 4)}
        for name, at in odd.items():
            new = list(table.header)
            for i in at:
                new[i] = {"nonunique": table.header[at[0]], "empty": "", "odd": f"{new[i]}/%(R)"}[name]
            head = told.delimiter.join(pieces(new, told, table.quoted))
            yield self.made(
                f"header_{name}",
                f"header_{name}",
                told.newline.join([head, *lines[1:]]) + told.newline,
                header=new,
            )
        group = "Contact" if table.name != "chinese" else "联系方式"
        top, low = list(table.header), [""] * len(table.header)
        for i in (3, 4):
            top[i], low[i] = (group if i == 3 else ""), table.header[i]
        names = [f"{group}/{low[i]}" if low[i] else top[i] for i in range(len(top))]
        two = [told.delimiter.join(pieces(r, told, table.quoted)) for r in (top, low)]
        yield self.made(
            "header_levels", "header_levels", told.newline.join([*two, *lines[1:]]) + told.newline,
            replace(told, header=2), names, levels=(tuple(top), tuple(low)),
        )  # fmt: skip

    def dialects(self) -> Iterator[Polluted]:
        """Other signs for fields, quotes, escapes and record ends, and two dialects in one file."""
        told = self.told
        yield self.whole("record_delimiter_lf", "record_delimiter_lf", newline="\n")
        yield self.whole("record_delimiter_cr", "record_delimiter_cr", newline="\r")
        fields = {
            "semicolon": ";", "tab": "\t", "space": " ", "comma_space": ", ", "bar": "|", "caret": "^",
            "tilde": "~", "soh": "\x01", "double_bar": "||", "double_at": "@@", "double_tab": "\t\t", "colon": ":",
        }  # fmt: skip
        for name, sign in fields.items():
            yield self.whole(f"field_delimiter_{name}", f"field_delimiter_{name}", delimiter=sign)
        yield self.whole("quotation_apostrophe", "quotation_apostrophe", quote="'", escape="'")
        yield self.whole("quotation_apostrophe_none", "quotation_apostrophe", quote="'", escape=None)
        yield self.whole("escape_backslash", "escape_backslash", escape="\\")
        yield self.whole("escape_none", "escape_none", escape=None)
        for first, rest in ((";", ","), (",", "\t"), ("|", ",")):
            one, two = self.lines(replace(told, delimiter=first)), self.lines(replace(told, delimiter=rest))
            for cut in (12, 60):
                yield self.made(
                    f"two_dialects_{ord(first):x}_{ord(rest):x}_{cut}", "two_dialects",
                    told.newline.join(one[:cut] + two[cut:]) + told.newline, replace(told, delimiter=first),
                )  # fmt: skip
        half = self.lines()
        yield self.made(
            "two_ends", "two_ends", "".join(x + ("\n" if n % 3 else "\r\n") for n, x in enumerate(half))
        )

    def rows(self, share: float) -> Iterator[Polluted]:
        """Damage of one row: a delimiter too few or too many, a quote too many, another delimiter. ``share`` of all
        the (row, column) places there are, the header's all."""
        table, told, rng = self.table, self.told, self.rng
        width = len(table.header)
        lines = self.lines()
        for r, cells in enumerate((table.header, *table.rows)):
            parts = pieces(cells, told, table.quoted)
            for c in range(width):
                told_here = replace(told)
                at = f"{r}_{c}"

                def file(
                    kind: str,
                    line: str,
                    row: Sequence[str] | None = None,
                    r: int = r,
                    at: str = at,
                    told: Told = told_here,
                ) -> Polluted:
                    text = told.newline.join([*lines[:r], line, *lines[r + 1 :]]) + told.newline
                    header, body = table.header, list(table.rows)
                    if row is not None and r == 0:
                        header = tuple(row)
                    elif row is not None:
                        body[r - 1] = tuple(row)
                    return self.made(f"{kind}_{at}", kind, text, told, header, body)

                chance = max(share, 0.3) if r == 0 else share
                if c and rng.random() < chance:
                    glued = [*parts[: c - 1], parts[c - 1] + parts[c], *parts[c + 1 :]]
                    yield file("row_less_sep", told.delimiter.join(glued))
                if rng.random() < chance:
                    yield file("row_more_sep", told.delimiter.join([*parts[:c], "", *parts[c:]]))
                if rng.random() < chance:
                    spoiled = [*parts[:c], told.quote + parts[c], *parts[c + 1 :]]
                    row = [*cells[:c], told.quote + cells[c], *cells[c + 1 :]]
                    yield file("row_extra_quote", told.delimiter.join(spoiled), row)
            if rng.random() < max(0.34, share):
                sign = rng.choice([s for s in (" ", ";", "\t", "|", ",") if s != told.delimiter])
                # A careful writer of that row quotes what would be cut; half of them are not.
                careful = rng.random() < 0.5
                line = sign.join(
                    pieces(cells, replace(told, delimiter=sign), table.quoted) if careful else parts
                )
                text = told.newline.join([*lines[:r], line, *lines[r + 1 :]]) + told.newline
                yield self.made(f"row_field_delimiter_{r}_{ord(sign):x}", "row_field_delimiter", text)

    def encodings(self) -> Iterator[Polluted]:
        """The same in other encodings, in other dialects, with a header and without."""
        known = ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]
        known += ["gb18030", "cp936"] if self.table.name == "chinese" else ["gb18030"]
        for encoding in known:
            for sign in (",", ";", "\t", "|"):
                for newline in ("\r\n", "\n", "\r"):
                    told = replace(self.told, delimiter=sign, newline=newline, encoding=encoding)
                    if not _fits(self.table, encoding):
                        continue
                    lines = self.lines(told)
                    at = f"{encoding}_{ord(sign):x}_{len(newline)}{ord(newline[-1]):x}"
                    yield self.made(f"encoding_{at}", "encoding", newline.join(lines) + newline, told)
                    yield self.made(
                        f"encoding_no_header_{at}", "encoding", newline.join(lines[1:]) + newline,
                        replace(told, header=0), (),
                    )  # fmt: skip


def _fits(table: Table, encoding: str) -> bool:
    try:
        "".join("".join(r) for r in (table.header, *table.rows)).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
