"""The sheets of a workbook as rows of text, as a person would see them, whatever its format.

Belongs here: which reader a workbook gets. Does not belong here: the readers (``xlsx_sheet.py``, ``old_excel.py``,
``calamine_sheet.py`` …), the check before parsing (``workbook_check.py``), headers and row kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from connectors.sniff import NAMES, sniff
from connectors.workbooks.calamine_sheet import calamine_sheets, cell_text
from connectors.workbooks.number_format import LONG, number_text
from connectors.workbooks.sheet import Content, Sheet
from connectors.workbooks.workbook_check import check_archive, sheet_facts
from schemas.problem import Problem

__all__ = ["LONG", "cell_text", "number_text", "open_workbook"]


def open_workbook(
    path: Path, name: str | None = None, kind: str | None = None, encoding: str | None = None
) -> list[Sheet]:
    """All worksheets in order, hidden ones too. Raises Problem for a file that is damaged, locked or unsafe; what is
    wrong with a sheet may only be met when its rows are asked for.

    ``name`` is the file's name in messages, ``kind`` that of ``sniff`` where it is known, ``encoding`` what
    the source states for the text of a page or of a workbook older than Excel 97.
    """
    shown = name or path.name
    kind = kind or sniff(path).kind
    sheets = _READERS[kind](path, shown, encoding)
    if not sheets:
        raise Problem(
            f"this is {NAMES[kind][0]} without a worksheet; ask the agency to export it anew.",
            f"这是{NAMES[kind][1]}，但没有工作表；请对方重新导出。",
            file=shown,
        )
    return sheets


def _xlsx(path: Path, file: str, _: str | None) -> list[Sheet]:
    from connectors.records.text_spans import Odd
    from connectors.workbooks.xlsx_sheet import open_sheets

    check_archive(path, file)
    held: list[dict[str, Sheet]] = []

    def otherwise() -> dict[str, Sheet]:
        # calamine overlooks damage that makes no sense to the reader here, and refuses in words what it cannot read.
        if not held:
            facts = sheet_facts(path, file)
            held.append({sheet.sheet or "": sheet for sheet in calamine_sheets(path, file, facts)})
        return held[0]

    def either(first: Callable[[], Content], title: str) -> Content:
        try:
            return first()
        except Odd:
            return otherwise()[title].load()

    try:
        sheets = open_sheets(path, file)
    except (KeyError, ValueError, OSError, RuntimeError):
        return list(otherwise().values())
    return [Sheet(s.sheet, s.hidden, partial(either, s.load, s.sheet or ""), file) for s in sheets]


def _xlsb(path: Path, file: str, _: str | None) -> list[Sheet]:
    from connectors.workbooks.xlsb_sheet import open_xlsb

    check_archive(path, file)
    return open_xlsb(path, file)


def _ods(path: Path, file: str, _: str | None) -> list[Sheet]:
    from connectors.workbooks.ods_sheet import open_ods

    check_archive(path, file)
    return open_ods(path, file)


def _old(path: Path, file: str, encoding: str | None) -> list[Sheet]:
    from connectors.workbooks.old_excel import open_old

    return open_old(path, file, encoding)


def _page(path: Path, file: str, encoding: str | None) -> list[Sheet]:
    from connectors.workbooks.html_table import open_page

    return open_page(path, file, encoding)


def _web_archive(path: Path, file: str, encoding: str | None) -> list[Sheet]:
    from connectors.workbooks.html_table import open_archive

    return open_archive(path, file, encoding)


def _spreadsheet_xml(path: Path, file: str, _: str | None) -> list[Sheet]:
    from connectors.workbooks.spreadsheet_xml import open_spreadsheet

    return open_spreadsheet(path, file)


_READERS: dict[str, Callable[[Path, str, str | None], list[Sheet]]] = {
    "xlsx": _xlsx,
    "xlsm": _xlsx,
    "xlsb": _xlsb,
    "ods": _ods,
    "xls": _old,
    "biff": _old,
    "html": _page,
    "mhtml": _web_archive,
    "xml_spreadsheet": _spreadsheet_xml,
}
