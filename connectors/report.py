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


@dataclass
class TableReport:
    """One table of a file. ``sheet`` is None for text; rows are numbered from 1; ``columns`` are the header names
    in order (``列<N>`` without one). ``alternatives`` gives the labels of columns named by a second header line."""

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
    parquet: str | None = None

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

    def rejected(self) -> int:
        """Rows rejected over all tables."""
        return sum(len(t.rejected) for t in self.tables)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it; ``of`` gives it back."""
        return {**asdict(self), "rows_read": self.rows_read, "n_rows": self.n_rows}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> FileReport:
        """A report from what ``plain`` gave."""
        told = {k: v for k, v in plain.items() if k not in ("rows_read", "n_rows", "tables")}
        tables = []
        for table in plain["tables"]:
            values = {k: v for k, v in table.items() if k not in ("skipped", "rejected")}
            tables.append(
                TableReport(
                    **values,
                    skipped=[Skip(**s) for s in table["skipped"]],
                    rejected=[Reject(**r) for r in table["rejected"]],
                )
            )
        return cls(**told, tables=tables)
