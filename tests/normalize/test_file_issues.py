"""The reader's report as issues: each fact once, where it is, and never a word that is not a figure or a place."""

from __future__ import annotations

from connectors.report import FileReport, Finding, Reject, TableReport
from schemas.model import schema
from warehouse.normalize.file_issues import FileIssue, file_issues


def told() -> FileReport:
    sheet = TableReport(
        "台账", hidden=True, hidden_rows=2, ragged_short=3, ragged_long=1, mended_quotes=4,
        rejected=[Reject(9, "quote")], findings=[Finding("total_mismatch", "10 ≠ 9", 12, "户数")],
    )  # fmt: skip
    return FileReport(
        "a.xlsx", "excel", "xlsx", undecodable=7, other_sheets=["说明"], tables=[sheet],
        findings=[Finding("text_mojibake", "3")],
    )  # fmt: skip


def test_each_fact_is_one_issue_at_its_place() -> None:
    assert file_issues(told()) == (
        FileIssue("text_mojibake", text="3"),
        FileIssue("text_undecodable", text="7"),
        FileIssue("sheet_skipped", "说明"),
        FileIssue("sheet_hidden", "台账"),
        FileIssue("hidden_rows", "台账", text="2"),
        FileIssue("rows_short", "台账", text="3"),
        FileIssue("rows_long", "台账", text="1"),
        FileIssue("quotes_mended", "台账", text="4"),
        FileIssue("row_structure", "台账", 9, text="quote"),
        FileIssue("total_mismatch", "台账", 12, "户数", "10 ≠ 9"),
    )


def test_every_code_is_on_the_list() -> None:
    codes = {code.code for code in schema().code_lists["issue_code"].codes}
    assert {issue.code for issue in file_issues(told())} <= codes


def test_a_clean_file_has_no_issue() -> None:
    assert file_issues(FileReport("a.csv", "delimited", "delimited", tables=[TableReport(n_rows=3)])) == ()
