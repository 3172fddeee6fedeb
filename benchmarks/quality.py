"""How much of what the demo's files still tell arrives right: the core tables against the demo's truth.

    python benchmarks/quality.py [--people N] [--seed N] [--keep DIR] [--workspace DIR] [--json] [--examples N]

Makes a demo city with the default damage, syncs it and compares. ``--workspace`` measures one that was synced already.

*By source and field* every kept record is held against ``truth/record_told``: **rows** are the kept records of people,
**told** those whose own cell still tells the true value to a careful reader, **right** those of them whose typed value
is that value. A record that is missing counts as wrong. *By resident* the golden values are held against the person
whose records the resident is made of; **told** is what at least one of these records tells, so that faults of linkage
are not counted here. *By kind of damage* each damaged id number must have the status that says what happened to it. A number that a float64
rounded to one whose check digit holds (one in eleven) is a good number to all who see only text: it is counted apart.

Ends with status 1 when a gate fails. An empty denominator fails its gate: what was not measured is not right.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

VALID = ("ok", "ok_upgraded15", "area_unknown", "area_date_conflict")
# What a damaged id number must be called. A number of somebody else's is a good number; whose it is, linkage decides.
CLASSES: dict[str, tuple[str, ...]] = {
    "missing": ("missing",), "placeholder": ("placeholder",), "masked": ("masked",), "masked_long": ("masked",),
    "excel000": ("excel000",), "float_rounded": ("float_rounded",), "sci_notation": ("sci_notation",),
    "mistyped": ("bad_checksum", "bad_date"), "swapped_digits": ("bad_checksum", "bad_date"), "lost_digit": ("length_error",),
    "old15": ("ok_upgraded15",), "relative": (*VALID, "other_document"), "letter_o": VALID, "two_in_cell": ("length_error",), "cut_off": ("length_error",),
    "lower_x": VALID, "multiply_sign": VALID, "full_width": VALID, "spaces": VALID, "apostrophe": VALID,
    "hidden_character": VALID, "tab": VALID, "reissued": VALID,
    # Rounded to a multiple of 1000: the sign of the other damage, with the same remedy.
    "float_rounded, 000": ("float_rounded", "excel000"), "float_rounded, check holds": ("float_rounded", *VALID),
}  # fmt: skip
ROSTER = "zongzhi_wangge"
PARTS = ("building", "unit", "room")
# Fields whose value is one column that equals the truth's text.
PLAIN = ("sex", "birth_date", "ethnicity", "name", "id_number", "phone", "marital_status", "education")
GOLDEN = ("sex", "birth_date", "ethnicity")


@dataclass(frozen=True)
class Line:
    """One line of a table: ``what`` was held against the truth, of ``source`` ('all' for the sum)."""

    table: str
    source: str
    what: str
    rows: int
    told: int
    right: int

    @property
    def share(self) -> float | None:
        return self.right / self.told if self.told else None


@dataclass(frozen=True)
class Gate:
    """What must hold: at least ``least`` of what is told is right, over all sources."""

    table: str
    what: str
    least: float


GATES = (
    Gate("record", "sex", 0.999), Gate("record", "birth_date", 0.999), Gate("record", "ethnicity", 0.999),
    Gate("record", "live parts", 0.99), Gate("record", "hukou parts", 0.99), Gate("record", "grid", 0.99),
    Gate("id", "lost", 0.995), Gate("id", "disturbed", 0.995), Gate("name", "altered", 1.0),
    Gate("resident", "sex", 0.999), Gate("resident", "birth_date", 0.999), Gate("resident", "ethnicity", 0.999),
    Gate("resident", "parts", 0.99), Gate("resident", "grid", 0.99),
)  # fmt: skip


class Quality:
    """The comparison of one synced demo workspace. Reads its published core, its place stage and its truth."""

    def __init__(self, root: Path) -> None:
        self.con = duckdb.connect()
        self.con.execute("set enable_progress_bar = false")
        core = root / "published" / "current-core"
        self.con.execute(f"attach '{core.resolve().as_posix()}' as core (read_only)")
        for name in ("record", "record_told", "record_text", "cell", "person", "dwelling"):
            path = (root / "truth" / f"{name}.parquet").as_posix()
            self.con.execute(f"create view {name} as select * from read_parquet('{path}')")
        for name in ("resident_record", "resident"):
            self.con.execute(f"create table core_{name} as select * from core.{name}")
        placed = max(
            (root / "warehouse" / "stages" / "place").glob("*/resident_placed.parquet"),
            key=lambda p: p.stat().st_mtime,
        )
        self.con.execute(f"create table core_placed as select * from read_parquet('{placed.as_posix()}')")

    def prepare(self) -> None:
        """Table ``held``: every kept record of a person, what it told, and what became of it (null where it is lost)."""
        columns = ", ".join(f"t.{field} as t_{field}, c.{field} as c_{field}" for field in PLAIN)
        homes = ", ".join(
            f"{p}.dwelling_no as t_{p}_home, "
            + ", ".join(f"{p}.{part} as t_{p}_{part}, c.{p}_{part} as c_{p}_{part}" for part in (*PARTS, "road_no", "estate"))
            for p in ("live", "hukou")
        )  # fmt: skip
        self.con.execute(f"""
            create or replace table held as
            select t.source, t.record_key, t.record_no, t.person_id, c.resident_id, c.source is not null as there, c.id_status,
                c.live_address as c_live_address, c.hukou_address as c_hukou_address, {columns}, {homes}, live.grid_code as t_grid,
                concat_ws('/', live.community_code, live.estate, live.road, coalesce(live.building, live.road_no)) as t_spot, g.grid_code as c_grid,
                x.name as written_name, k.damage as name_damage
            from record_told t
            join record r using (source, file, row_number, record_no)
            left join core_resident_record c on c.source = t.source and c.record_key = t.record_key and c.record_no = t.record_no
            left join core_placed g on g.source = c.source and g.edition_id = c.edition_id and g.record_key = c.record_key and g.record_no = c.record_no
            left join dwelling live on live.dwelling_no = t.live_home
            left join dwelling hukou on hukou.dwelling_no = t.hukou_home
            left join record_text x on x.source = t.source and x.file = t.file and x.sheet is not distinct from t.sheet
                and x.row_number = t.row_number and x.record_no = t.record_no
            left join cell k on k.source = t.source and k.file = t.file and k.row_number = t.row_number and k.record_no = t.record_no and k.field = 'name'
            where r.expected = 'kept' and t.sheet is not distinct from r.sheet
        """)

    def _counted(
        self, table: str, what: str, rows: str, told: str, right: str, by: str = "source"
    ) -> list[Line]:
        found = self.con.execute(f"""
            select {by}, count(*), count(*) filter ({told}), count(*) filter (({told}) and coalesce(({right}), false))
            from {rows} group by {by} order by {by}
        """).fetchall()
        lines = [Line(table, str(name), what, *(int(n) for n in numbers)) for name, *numbers in found]
        return [*lines, Line(table, "all", what, *(sum(n) for n in zip(*((line.rows, line.told, line.right) for line in lines), strict=True)))] if lines else [Line(table, "all", what, 0, 0, 0)]  # fmt: skip

    def records(self) -> list[Line]:
        """Every field by source."""
        lines = []
        for field in PLAIN:
            told, right = TOLD_RIGHT[field]
            lines += self._counted("record", field, "held", told, right)
        for prefix in ("live", "hukou"):
            lines += self._counted(
                "record",
                f"{prefix} parts",
                "held",
                f"t_{prefix}_home is not null",
                _parts(f"t_{prefix}_", f"c_{prefix}_"),
            )
        # Where the roster of grid cells has no home of a building (of a village: of the house), no file tells its cell.
        self.con.execute(f"""
            create or replace table listed as
            select distinct t_spot as spot from held where source = '{ROSTER}' and t_spot is not null
        """)
        return lines + self._counted(
            "record", "grid", "held", "t_grid is not null and t_spot in (from listed)", "t_grid = c_grid"
        )

    def ids(self) -> list[Line]:
        """Damaged id numbers by kind, and together: those that are lost, and those that a careful reader restores."""
        cases = " ".join(
            f"when '{kind}' then c.id_status in ({', '.join(map(repr, names))})"
            for kind, names in CLASSES.items()
        )
        self.con.execute(f"""
            create or replace table damaged_id as
            select c.source, kind, k.in_cell, k.in_cell and c.c_id_number is distinct from c.t_id_number as misread,
                coalesce(case kind {cases} else false end, false) as classed
            from (select *, case when damage <> 'float_rounded' then damage when {_check("written")} then 'float_rounded, check holds'
                when written like '%000' then 'float_rounded, 000' else damage end as kind from cell) k
            join record r using (source, file, row_number, record_no)
            join held c on c.source = k.source and c.record_key = k.record_key and c.record_no = k.record_no
            where r.expected = 'kept' and (k.field = 'id_number' or (k.source = 'canlian' and k.field = 'disability_no'))
        """)
        by_kind = self._counted(
            "id kind", "classed", "damaged_id", "true", "classed and not misread", by="kind"
        )
        return [
            *by_kind,
            *self._counted(
                "id",
                "lost",
                "damaged_id",
                "not in_cell and kind not in ('missing', 'float_rounded, check holds')",
                "classed",
            ),
            *self._counted("id", "disturbed", "damaged_id", "in_cell", "classed and not misread"),
        ]

    def names(self) -> list[Line]:
        """Names that are neither the person's nor, folded of blanks, width and separators, what the cell said."""
        self.con.execute(f"create or replace macro folded(x) as {FOLDED}")
        # Of rows with one key the last is kept, and the rows of a database have no order that a file would have.
        self.con.execute("""
            create or replace table of_key as
            select distinct r.source, r.record_key, r.record_no, folded(x.name) as name from record r
            join (select source, record_key, record_no from record group by all having count(*) > 1) k
                on k.source = r.source and k.record_key = r.record_key and k.record_no = r.record_no
            join record_text x on x.source = r.source and x.file = r.file and x.row_number = r.row_number and x.record_no = r.record_no
        """)
        return self._counted(
            "name", "altered", "held", "c_name is not null",
            "c_name = t_name or folded(c_name) = folded(written_name) or (name_damage in ('suffix_note', 'dead_note') and c_name = t_name) "
            "or (source, record_key, record_no, folded(c_name)) in (select (source, record_key, record_no, name) from of_key)",
        )  # fmt: skip

    def residents(self) -> list[Line]:
        """Golden values of the residents against the person most of whose records they have."""
        told = ", ".join(f"max(t_{f}) filter (person_id = of) as told_{f}" for f in GOLDEN)
        self.con.execute(f"""
            create or replace table golden as
            with counted as (select resident_id, person_id, count(*) as n from held where there group by all),
            one as (select resident_id, arg_max(person_id, n * 100000000 - person_id) as of from counted group by resident_id),
            said as (select h.resident_id, o.of, {told}, max(t_live_home) filter (person_id = of) as told_home,
                max(t_live_home) filter (person_id = of and t_spot in (from listed)) as told_grid
                     from held h join one o using (resident_id) group by all)
            select 'residents' as source, s.*, p.sex as t_sex, p.birth_date as t_birth_date, p.ethnicity as t_ethnicity, p.grid_code as t_grid,
                p.building as t_building, p.unit as t_unit, p.room as t_room, r.sex as c_sex, r.birth_date as c_birth_date, r.ethnicity as c_ethnicity,
                r.grid_code as c_grid, r.building as c_building, r.unit as c_unit, r.room as c_room
            from said s join person p on p.person_id = s.of left join core_resident r using (resident_id)
        """)
        lines = []
        for f in GOLDEN:
            lines += self._counted("resident", f, "golden", f"told_{f} is not null", f"t_{f} = c_{f}")
        lines += self._counted("resident", "parts", "golden", "told_home is not null", _parts("t_", "c_"))
        return lines + self._counted("resident", "grid", "golden", "told_grid is not null", "t_grid = c_grid")

    def measure(self) -> list[Line]:
        """All lines."""
        self.prepare()
        return [*self.records(), *self.ids(), *self.names(), *self.residents()]


# Text as the truth has it, and what the typed column must be.
TOLD_RIGHT = {field: (f"t_{field} is not null", f"c_{field} = t_{field}") for field in PLAIN} | {
    "birth_date": ("t_birth_date is not null", "c_birth_date = t_birth_date::date"),
    # Traditional characters stay: they may be the legal ones.
    "name": ("t_name is not null", "c_name = case name_damage when 'traditional' then written_name else t_name end"),
}  # fmt: skip
FOLDED = r"lower(regexp_replace(nfc_normalize(translate(x, '０１２３４５６７８９', '0123456789')), '[\s\x{3000}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{feff}\x{a0}·・･•.．‧。－-]', '', 'g'))"


def _check(x: str) -> str:
    """SQL: eighteen digits ``x`` have the check digit of ISO 7064 MOD 11-2 (the whole weighted sum is 1 modulo 11)."""
    total = " + ".join(f"(ascii(substr({x}, {i}, 1)) - 48) * {2 ** (18 - i) % 11}" for i in range(1, 19))
    return f"(({total}) % 11 = 1)"


def _parts(true: str, core: str) -> str:
    """SQL: building, unit and room are those of the home (a home may lack any of them: then the core must)."""
    return " and ".join(f"{true}{part} is not distinct from {core}{part}" for part in PARTS)


def failed(lines: Sequence[Line], gates: Sequence[Gate] = GATES) -> list[tuple[Gate, Line]]:
    """The gates that do not hold, each with its line."""
    found = {(line.table, line.what): line for line in lines if line.source == "all"}
    bad = []
    for gate in gates:
        line = found.get((gate.table, gate.what), Line(gate.table, "all", gate.what, 0, 0, 0))
        if line.share is None or line.share < gate.least:
            bad.append((gate, line))
    return bad


def make(root: Path, people: int, seed: int | None) -> None:
    """A demo city in ``root`` and its first sync, by the commands that everybody uses."""
    program = str(Path(sys.executable).with_name("oncegrid"))
    seeded = [] if seed is None else ["--seed", str(seed)]
    for command in (
        ["init", str(root), "--demo", "--people", str(people), *seeded],
        ["-w", str(root), "sync"],
    ):
        done = subprocess.run(
            [program, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode not in (0, 1):
            raise SystemExit(
                f"oncegrid {' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-2000:]}"
            )


def show(lines: Sequence[Line]) -> None:
    """The tables as text, then the gates."""
    gates = {(gate.table, gate.what): gate for gate in GATES}
    for table in dict.fromkeys(line.table for line in lines):
        print(
            f"\n{table:10s} {'source':18s} {'field':14s} {'rows':>9s} {'told':>9s} {'right':>9s} {'wrong':>7s} {'share':>9s}"
        )
        for line in lines:
            if line.table != table or (line.told == 0 and line.source != "all"):
                continue
            share = "-" if line.share is None else f"{100 * line.share:.3f} %"
            gate = gates.get((line.table, line.what)) if line.source == "all" else None
            held = (
                ""
                if gate is None
                else f"  (≥ {100 * gate.least:g} %: {'FAILS' if failed([line], [gate]) else 'holds'})"
            )
            print(
                f"{'':10s} {line.source:18s} {line.what:14s} {line.rows:9,} {line.told:9,} {line.right:9,} {line.told - line.right:7,} {share:>9s}{held}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--keep", type=Path, help="make the city here and leave it")
    parser.add_argument("--workspace", type=Path, help="measure this synced demo workspace")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oncegrid-quality-") as folder:
        root = options.workspace or options.keep or Path(folder) / "city"
        if options.workspace is None:
            make(root, options.people, options.seed)
        lines = Quality(root).measure()
    if options.json:
        print(json.dumps([asdict(line) | {"share": line.share} for line in lines], ensure_ascii=False))
    else:
        show(lines)
    bad = failed(lines)
    for gate, line in bad:
        told = "nothing was told" if line.share is None else f"{100 * line.share:.3f} % of {line.told:,}"
        print(
            f"gate {gate.table} {gate.what}: {told}, at least {100 * gate.least:g} % wanted", file=sys.stderr
        )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
