"""What was found in a file: the account that every later stage trusts. Plain data, to and from JSON.

Always true: ``rows_read`` = data rows + skipped + rejected, for a table and for a file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# Of rows skipped for one reason so many are listed with their text; the counts are always whole.
LISTED = 10_000


@dataclass(frozen=True)
class Skip:
    """A row that is no data: ``why`` is a code of the list ``skip_reason`` (header, title, note, total, blank …)."""

    row: int
    why: str
    text: str


@dataclass(frozen=True)
class Reject:
    """A row whose structure cannot be read: ``reason`` is a code of the list ``skip_reason``: quote, width, structure …"""

    row: int
    reason: str


@dataclass(frozen=True)
class Finding:
    """Something worth a person's look that cost no row: ``code`` is one of the list ``issue_code``.

    ``row`` (from 1) and ``column`` (a header) where there is one; ``text`` says what was met, in figures and
    places: never a value that may be a person's.
    """

    code: str
    text: str
    row: int | None = None
    column: str | None = None


@dataclass
class TableReport:
    """One table of a file. ``sheet`` is None for text; rows are numbered from 1; ``columns`` are the header names
    in order (``列<N>`` without one). ``alternatives`` gives the labels of columns named by a second header line.

    ``section_column`` is the column (the last) that carries the words of the section rows down to the rows below
    them, None without such rows. ``totals_checked`` counts the totals (rows of sums, counts in headings and titles)
    that were held against the rows; those that differ are findings. ``continues`` names the sheet whose columns this
    one has too, with that sheet's header where it has none itself. ``stated`` is what form lines around the table say (``{"填报单位": "…"}``).
    """

    sheet: str | None = None
    hidden: bool = False
    header_rows: list[int] = field(default_factory=list)
    first_data_row: int | None = None
    columns: list[str] = field(default_factory=list)
    n_rows: int = 0
    rows_read: int = 0
    skip_counts: dict[str, int] = field(default_factory=dict)
    skipped: list[Skip] = field(default_factory=list)
    rejected: list[Reject] = field(default_factory=list)
    alternatives: dict[str, str] = field(default_factory=dict)
    # Facts that are no fault of the structure but worth saying.
    ragged_short: int = 0
    ragged_long: int = 0
    mended_quotes: int = 0
    long_numbers: int = 0
    hidden_rows: int = 0
    section_column: str | None = None
    totals_checked: int = 0
    continues: str | None = None
    stated: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parquet: str | None = None

    def find(self, code: str, text: str, row: int | None = None, column: str | None = None) -> None:
        """Note a finding, as long as the list is short."""
        if len(self.findings) < LISTED:
            self.findings.append(Finding(code, text, row, column))

    def skip(self, row: int, why: str, text: str) -> None:
        """Count a row that is no data, and list it as long as the list is short."""
        count = self.skip_counts[why] = self.skip_counts.get(why, 0) + 1
        if count <= LISTED:
            self.skipped.append(Skip(row, why, text))


@dataclass
class FileReport:
    """A whole file. ``format`` as source YAMLs name it, ``kind`` more exactly; ``undecodable`` counts U+FFFD."""

    file: str
    format: str
    kind: str
    encoding: str | None = None
    decided_by: str = ""
    delimiter: str | None = None
    undecodable: int = 0
    # Sheets with nothing in them, and sheets the layout does not ask for.
    empty_sheets: list[str] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    # What concerns the file as a whole.
    findings: list[Finding] = field(default_factory=list)
    tables: list[TableReport] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """All rows of all tables: data, skipped and rejected."""
        return sum(t.rows_read for t in self.tables)

    @property
    def n_rows(self) -> int:
        """Data rows of all tables."""
        return sum(t.n_rows for t in self.tables)

    def skip_counts(self) -> dict[str, int]:
        """Rows skipped, by reason, over all tables."""
        counts: dict[str, int] = {}
        for table in self.tables:
            for why, n in table.skip_counts.items():
                counts[why] = counts.get(why, 0) + n
        return counts

    def stated(self) -> dict[str, str]:
        """What form lines say, over all tables; what differs between tables is joined by "；"."""
        said: dict[str, dict[str, None]] = {}
        for table in self.tables:
            for label, text in table.stated.items():
                said.setdefault(label, {})[text] = None
        return {label: "；".join(texts) for label, texts in said.items()}

    def rejected(self) -> int:
        """Rows rejected over all tables."""
        return sum(len(t.rejected) for t in self.tables)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; ``of`` gives it back."""
        return {**asdict(self), "rows_read": self.rows_read, "n_rows": self.n_rows}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> FileReport:
        """A report from what ``plain`` gave."""
        told = {k: v for k, v in plain.items() if k not in ("rows_read", "n_rows", "tables", "findings")}
        tables = []
        for table in plain["tables"]:
            values = {k: v for k, v in table.items() if k not in ("skipped", "rejected", "findings")}
            tables.append(
                TableReport(
                    **values,
                    skipped=[Skip(**s) for s in table["skipped"]],
                    rejected=[Reject(**r) for r in table["rejected"]],
                    findings=[Finding(**f) for f in table["findings"]],
                )
            )
        return cls(**told, tables=tables, findings=[Finding(**f) for f in plain["findings"]])
