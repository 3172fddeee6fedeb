"""An agency's rows: which people it has, what it writes about them, in which file and line.

Belongs here: table ``w``, the rows of the agency that is being written, with the place each will have.
Does not belong here: the form of the file (writers), what is kept of the rows as truth (truth).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.demo.city import City
from pipelines.demo.damage import Cell, Damage, spoil
from pipelines.demo.labels import label, sex_word

COPIES = "CASE WHEN {duplicate} THEN [0, 1] WHEN {repeated} THEN [0, 2] ELSE [0] END"


@dataclass(frozen=True)
class Feed:
    """What an agency exports.

    ``where`` chooses rows of ``base`` (a relation with ``person_id`` and the columns of ``pv``); ``key``, ``file``, ``sheet``
    and ``order`` are SQL over ``carry`` and the written cells (w_…); ``top`` is the number of the first data row.
    ``ident`` is the number that draws and keys are made of. A row whose ``kept`` is false is one that the source YAML
    leaves out by ``where``. ``blanks``: the format can hold empty rows. ``widths``: bytes that a column of the format
    can hold, by field. ``texts`` says where a field stands that has no cell of its own.
    """

    source: str
    cells: tuple[Cell, ...]
    where: str
    key: str
    file: str
    carry: Mapping[str, str] = field(default_factory=dict)
    sheet: str = "NULL::VARCHAR"
    order: str = "rid"
    top: str = "2"
    base: str = "pv"
    ident: str = "person_id"
    copies: str = COPIES
    kept: str = "true"
    kind: str = "resident"
    record_no: str = "0"
    roster: bool = False
    blanks: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)


def name_cell() -> Cell:
    return Cell("name", "name", "name", "name")


def id_cell() -> Cell:
    return Cell("id_number", "id_number", "id_number", "id")


def sex_cell(base: str | None = None) -> Cell:
    return Cell("sex", "sex", base or sex_word(), "sex")


def birth_cell(form: str = "%Y-%m-%d") -> Cell:
    return Cell("birth_date", "birth_date", f"strftime(birth_date, '{form}')", "date")


def phone_cell(true: str = "phone") -> Cell:
    return Cell("phone", true, true, "phone")


def live_cell(form: str = "a_mid") -> Cell:
    return Cell(
        "live_address",
        "coalesce(l_a_full, live_away)",
        f"coalesce(l_{form}, live_away)",
        "address",
        "l",
        form,
    )


def hukou_cell(form: str = "a_mid") -> Cell:
    return Cell(
        "hukou_address",
        "coalesce(h_a_full, hukou_away)",
        f"coalesce(h_{form}, hukou_away)",
        "address",
        "h",
        form,
    )


def code_cell(name: str, code_list: str | None, column: str | None = None) -> Cell:
    """A coded field: as a label of ``code_list``, or as the bare code where that is None."""
    column = column or name
    return Cell(name, column, label(code_list, column) if code_list else column, "text")


def text_cell(name: str, sql: str) -> Cell:
    return Cell(name, sql, sql, "text")


def listed(city: City, damage: Damage, source: str, share: float, also: str = "true") -> str:
    """SQL: who of those that ``also`` admits is on an agency's list. Some of the dead and departed stay on it."""
    c = city.chance
    dead, gone = damage.row(source, "dead_still_listed"), damage.row(source, "moved_still_listed")
    stays = f"CASE status WHEN 'deceased' THEN {c.under(dead, f'{source} dead')} WHEN 'moved_out' THEN {c.under(gone, f'{source} gone')} ELSE true END"
    return f"({also}) AND {c.under(share, f'{source} covers')} AND {stays}"


def write_rows(city: City, damage: Damage, feed: Feed) -> int:
    """Make table ``w``: the agency's rows as written, each with file, sheet, row_number and record_key.

    Rows are set apart by blank rows and, in rosters that were once printed, by repeated headers (``blank`` and
    ``again`` say that one stands before the row); row_number counts them. Returns the number of rows.
    """
    c, source = city.chance, feed.source
    copies = feed.copies.replace(
        "{duplicate}", c.under(damage.row(source, "duplicate_row"), f"{source} duplicate", feed.ident)
    ).replace("{repeated}", c.under(damage.row(source, "repeated_key"), f"{source} repeated", feed.ident))
    rows = f"""
        SELECT *, {feed.ident} * 8 + copy AS rid, CASE copy WHEN 1 THEN {feed.ident} * 8 ELSE {feed.ident} * 8 + copy END AS draw
        FROM (SELECT *, unnest({copies})::BIGINT AS copy FROM {feed.base} WHERE {feed.where})
    """
    blank = c.under(damage.row(source, "blank_row"), f"{source} blank", "rid") if feed.blanks else "false"
    carry = {"rid": "rid", "person_id": "person_id", "copy": "copy", **feed.carry}
    again = (
        c.under(damage.row(source, "repeated_header"), f"{source} again", "rid") if feed.roster else "false"
    )
    city.con.execute("DROP TABLE IF EXISTS w")
    city.con.execute(f"""
        CREATE TABLE w AS
        WITH spoilt AS ({spoil(city, damage, source, feed.cells, rows, carry)}),
        keyed AS (
          SELECT *, {feed.key} AS record_key, {feed.file} AS file, {feed.sheet} AS sheet, {feed.record_no} AS record_no, {feed.kept} AS kept,
                 {blank} AS blank, {again} AS again
          FROM spoilt
        ), ranked AS (SELECT *, row_number() OVER (PARTITION BY file, sheet ORDER BY {feed.order}, rid) AS n FROM keyed)
        SELECT * EXCLUDE (n), n, ({feed.top} + n - 1 + sum(blank::INTEGER + again::INTEGER) OVER (PARTITION BY file, sheet ORDER BY n))::BIGINT AS row_number
        FROM ranked
    """)
    return city.count("SELECT count(*) FROM w")
