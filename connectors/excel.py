"""Sheets of a workbook as rows of text, as a person would see them.

Belongs here: opening xlsx, xlsm, xlsb, xls and ods with calamine; the text of a cell; numeric cells of more than
15 digits (an id typed as a number is damaged beyond the 15th); hidden sheets and merged ranges.
Does not belong here: the check before parsing (``workbook_check.py``), headers and row kinds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.header_names import Merge, Row
from connectors.sniff import NAMES, sniff
from connectors.workbook_check import SheetFacts, check_workbook, damaged
from schemas.problem import Problem

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

# Excel keeps 15 significant digits; a whole number from here on has lost digits or may have.
LONG = 10**15


def number_text(value: float) -> str:
    """A number without float artefacts: 5.0 → 5, 1132.8700000000001 → 1132.87, 1e-05 → 0.00001."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value):
        return str(int(value)) if abs(value) < 1e21 else repr(value)
    text = repr(value)
    # Excel shows 15 digits. Where these end in a run of zeros, the 16th and 17th are noise of binary arithmetic.
    rounded = f"{value:.15g}"
    digits = sum(c.isdigit() for c in rounded.partition("e")[0].lstrip("-0."))
    if len(rounded) < len(text) and digits <= 12:
        text = rounded
    return format(Decimal(text), "f") if "e" in text.lower() else text


def _time_text(value: dt.time) -> str:
    return value.strftime("%H:%M:%S") + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")


def _near_second(value: dt.datetime) -> dt.datetime:
    # A day is a float: 10:18:00 may come as 10:17:59.999997.
    rounded = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    return rounded if abs(rounded - value) < dt.timedelta(milliseconds=2) else value


def cell_text(value: Any) -> str:
    """The text of one cell as calamine gives it. Dates are ISO; a date without a time has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        moment = _near_second(value) if value.microsecond else value
        time = moment.time()
        return moment.date().isoformat() + ("" if time == dt.time.min else " " + _time_text(time))
    if isinstance(value, dt.time):
        return _time_text(value)
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if value is None else str(value)


@dataclass
class ExcelSheet:
    """One sheet. ``long`` gives, by row, the positions of numeric cells over 15 digits, as far as rows were read."""

    sheet: str | None
    hidden: bool
    merges: Sequence[Merge]
    _sheet: CalamineSheet
    facts: SheetFacts
    long: dict[int, list[int]] = field(default_factory=dict)

    @property
    def rejected(self) -> dict[int, str]:
        """A sheet has no rows that cannot be split."""
        return {}

    def rows(self) -> Iterator[Row]:
        """(row number as Excel shows it, cells from column A on)."""
        start = self._sheet.start
        if start is None:
            return
        pad = [""] * start[1]
        errors: dict[int, list[tuple[int, str]]] = {}
        for (row, at), text in self.facts.errors.items():
            errors.setdefault(row, []).append((at, text))
        last = 0
        for number, values in enumerate(self._sheet.iter_rows(), 1):
            last = number
            cells = pad + [v if type(v) is str else cell_text(v) for v in values]
            for at, value in enumerate(values, len(pad)):
                if isinstance(value, (int, float)) and abs(value) >= LONG:
                    at_row = self.long.setdefault(number, [])
                    if at not in at_row:
                        at_row.append(at)
            for at, text in errors.get(number, ()):
                if at >= len(cells):
                    cells.extend([""] * (at + 1 - len(cells)))
                cells[at] = cells[at] or text
            yield number, cells
        # Rows that hold nothing but errors are no rows to calamine.
        for number in sorted(n for n in errors if n > last):
            for between in range(last + 1, number):
                yield between, []
            width = max(at for at, _ in errors[number]) + 1
            cells = [""] * width
            for at, text in errors[number]:
                cells[at] = text
            last = number
            yield number, cells


def _guarded(action: Any, file: str, sheet: str | None = None) -> Any:
    """Run a calamine call. Its errors, and the panics of the Rust below it, are a damaged workbook."""
    import python_calamine as calamine

    try:
        return action()
    except calamine.PasswordError:
        raise Problem(
            "the workbook is protected by a password; remove it in WPS or Excel and drop it again.",
            "工作簿有打开密码；请在 WPS 或 Excel 中去掉密码后重新放入。",
            file=file,
        ) from None
    except (calamine.CalamineError, OSError, ValueError, OverflowError):
        problem = damaged(file)
        problem.sheet = sheet
        raise problem from None
    except BaseException as error:
        # pyo3 lets a panic through as a BaseException of its own that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(file) from None


def open_workbook(path: Path, name: str | None = None) -> list[ExcelSheet]:
    """All worksheets in order, hidden ones too. Raises Problem for a file that is damaged, locked or unsafe.

    ``name`` is the file's name in messages.
    """
    import python_calamine as calamine

    shown = name or path.name
    kind = sniff(path).kind
    facts = check_workbook(path, shown) if kind != "xls" else {}
    # By content: calamine would go by the extension, and many an .xls is an xlsx.
    with path.open("rb") as stream:
        workbook: CalamineWorkbook = _guarded(lambda: calamine.CalamineWorkbook.from_filelike(stream), shown)
        sheets = []
        for meta in workbook.sheets_metadata:
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = _guarded(lambda title=meta.name: workbook.get_sheet_by_name(title), shown, meta.name)
            ranges = sheet.merged_cell_ranges or []
            sheets.append(
                ExcelSheet(
                    meta.name,
                    meta.visible != calamine.SheetVisibleEnum.Visible,
                    [(a[0] + 1, a[1], b[0] + 1, b[1]) for a, b in ranges],
                    sheet,
                    facts.get(meta.name, SheetFacts()),
                )
            )
    if not sheets:
        raise Problem(
            f"this is {NAMES[kind][0]} without a worksheet; ask the agency to export it anew.",
            f"这是{NAMES[kind][1]}，但没有工作表；请对方重新导出。",
            file=shown,
        )
    return sheets
