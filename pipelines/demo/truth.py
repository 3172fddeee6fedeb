"""What really is: the folder ``truth/``, which no sync reads.

Belongs here: ``person``, ``dwelling``, ``record`` (who each row is of), ``record_text`` (what it says, for linkage
benchmarks), ``record_told`` (the true values that its own cells still tell), ``cell`` (every damaged cell, what it
says, its true value, whether it or any record still tells that) and ``damage`` (how often each kind could happen and
did); of a hard city also ``double`` (who is made to resemble whom). Does not belong here: files that agencies write.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.demo.city import City
from pipelines.demo.damage import Cell, Damage
from pipelines.demo.hard import double_tally, made_doubles
from pipelines.demo.records import Feed

TEXTS = ("name", "id_number", "birth_date", "sex", "phone", "live_address", "hukou_address")
# What the measure of quality asks of each record; a home is told by its address, as the number of the dwelling.
TOLD = ("name", "id_number", "sex", "birth_date", "ethnicity", "phone", "marital_status", "education", "live_address", "hukou_address")  # fmt: skip
HOMES = {"live_address": "live_no", "hukou_address": "hukou_no"}
# A citizen number tells birth date and sex; these fields are whole where it is.
TOLD_BY_ID = ("birth_date", "sex")


def _fits(feed: Feed, field: str) -> str:
    """SQL: the cell's text is no longer than its column (bytes of GBK: two for each character beyond ASCII)."""
    if field not in feed.widths:
        return "true"
    text = f"coalesce(w_{field}, '')"
    return (
        f"(length({text}) + length(regexp_replace({text}, '[\\x00-\\x7f]', '', 'g')) <= {feed.widths[field]})"
    )


class Truth:
    """Collects the truth agency by agency; ``finish`` writes the tables."""

    def __init__(self, city: City, damage: Damage) -> None:
        self.city, self.damage = city, damage
        self.folder = city.root / "truth"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.parts: list[tuple[str, str]] = []
        self.fields: list[str] = ["id_number", "birth_date", "sex"]
        self.con = city.con
        self.con.execute("CREATE TABLE carried (person_id BIGINT, fields HUGEINT)")
        self.con.execute(
            "CREATE TABLE tally (source VARCHAR, field VARCHAR, kind VARCHAR, rate DOUBLE, cells BIGINT, eligible BIGINT, hit BIGINT)"
        )

    def _copy(self, name: str, source: str, sql: str) -> None:
        path = self.folder / f".{name}-{source}.parquet"
        self.con.execute(f"COPY ({sql}) TO '{path.as_posix()}' (FORMAT parquet, COMPRESSION zstd)")
        self.parts.append((name, source))

    def note(self, feed: Feed) -> None:
        """Keep what table ``w`` says of the rows of ``feed`` (before it is overwritten by the next agency)."""
        source = feed.source
        last = "row_number() OVER (PARTITION BY file, record_key, record_no ORDER BY kept DESC, sheet DESC, row_number DESC) = 1"
        self._copy("record", source, f"""
            SELECT '{source}' AS source, '{feed.kind}' AS record_kind, file, sheet, row_number, record_key, record_no::INTEGER AS record_no, person_id,
                   CASE WHEN NOT kept THEN 'skipped' WHEN {last} THEN 'kept' ELSE 'repeated' END AS expected
            FROM w ORDER BY file, sheet, row_number, record_no""")  # fmt: skip
        have = {cell.field: cell for cell in feed.cells}
        if feed.kind == "resident":
            columns = ", ".join(
                f"{feed.texts.get(f, f'w_{f}' if f in have else 'NULL::VARCHAR')} AS {f}" for f in TEXTS
            )
            self._copy("record_text", source, f"""
                SELECT '{source}' AS source, record_key, record_no::INTEGER AS record_no, file, sheet, row_number, person_id, {columns} FROM w WHERE kept ORDER BY file, sheet, row_number, record_no""")  # fmt: skip
            self._told(feed, have)
            self._carry(feed, have)
        if feed.cells:
            self._cells(feed)
            self._tally(feed)

    def _whole(self, feed: Feed, cell: Cell) -> str:
        """SQL: the cell is there, whole, and undamaged or damaged so that a careful reader still gets its true value."""
        f = cell.field
        kept = f"k_{f} IS NULL OR {self._keeps(feed.source, cell)}"
        return f"(w_{f} IS NOT NULL AND ({kept}) AND {_fits(feed, f)})"

    def _told(self, feed: Feed, have: dict[str, Cell]) -> None:
        told = {
            f: f"CASE WHEN {self._whole(feed, have[f])} THEN t_{f} END" if f in have and have[f].theirs else "NULL::VARCHAR"
            for f in TOLD
        }  # fmt: skip
        if "disability_no" in have:  # the number is the first part of the certificate's
            whole = self._whole(feed, have["disability_no"])
            told["id_number"] = f"CASE WHEN {whole} THEN left(t_disability_no, 18) END"
        listed = ", ".join(f"{sql} AS {f}" for f, sql in told.items())
        self._copy("record_told", feed.source, f"""
            SELECT '{feed.source}' AS source, record_key, record_no::INTEGER AS record_no, file, sheet, row_number, person_id, {listed}
            FROM w WHERE kept ORDER BY file, sheet, row_number, record_no""")  # fmt: skip

    def _carry(self, feed: Feed, have: dict[str, Cell]) -> None:
        own = [f for f in have if have[f].theirs]
        self.fields.extend(f for f in own if f not in self.fields)
        bits = []
        for f in own:
            whole = self._whole(feed, have[f])
            tells = [f, *(TOLD_BY_ID if f == "id_number" else ())]
            bits.append(
                f"CASE WHEN {whole} THEN {sum(1 << self.fields.index(t) for t in tells)}::HUGEINT ELSE 0 END"
            )
        self.con.execute(
            f"INSERT INTO carried SELECT person_id, bit_or({' | '.join(bits)}) FROM w WHERE kept AND person_id IS NOT NULL GROUP BY person_id"
        )

    def _cells(self, feed: Feed) -> None:
        # What a narrow column cuts off is damage that no rate declares.
        parts = [
            f"SELECT person_id, file, row_number, record_key, record_no::INTEGER AS record_no, '{c.field}' AS field, t_{c.field} AS true_value, w_{c.field} AS written, "
            f"CASE WHEN {_fits(feed, c.field)} THEN k_{c.field} ELSE 'cut_off' END AS damage, "
            f"coalesce({self._keeps(feed.source, c)}, true) AND {_fits(feed, c.field)} AS in_cell FROM w WHERE k_{c.field} IS NOT NULL OR NOT {_fits(feed, c.field)}"
            for c in feed.cells
        ]
        self._copy(
            "cell",
            feed.source,
            f"SELECT '{feed.source}' AS source, * FROM ({' UNION ALL '.join(parts)}) ORDER BY file, row_number, record_no, field",
        )

    def _keeps(self, source: str, cell: Cell) -> str:
        keeps = [kind for kind, _, k in self.damage.inflictions(source, cell) if k.keeps]
        return f"k_{cell.field} IN ({', '.join(repr(k) for k in [*keeps, ''])})"

    def _tally(self, feed: Feed) -> None:
        # In how many cells each kind could happen, and did; an exact copy of a row is no second draw.
        todo = [
            (cell.field, i, kind, rate)
            for cell in feed.cells
            for i, (kind, rate, _) in enumerate(self.damage.inflictions(feed.source, cell))
        ]
        counts = [
            f"count(*) FILTER (a_{f} & {1 << i} <> 0), count(*) FILTER (k_{f} = '{kind}')"
            for f, i, kind, _ in todo
        ]
        found = self.con.execute(
            f"SELECT {', '.join(['count(*)', *counts])} FROM w WHERE copy <> 1"
        ).fetchall()[0]
        self.con.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (feed.source, f, kind, rate, found[0], found[1 + 2 * n], found[2 + 2 * n])
                for n, (f, _, kind, rate) in enumerate(todo)
            ] or [(feed.source, "", "", 0.0, found[0], 0, 0)],
        )  # fmt: skip

    def finish(self) -> None:
        """Write the tables; a damaged cell is restorable where it, or a record of its person, still tells the value."""
        self.con.execute(
            "CREATE TABLE whole AS SELECT person_id, bit_or(fields) AS fields FROM carried GROUP BY person_id"
        )
        # A home without its county is told only where no other home of the city is written so.
        self.con.execute(
            "CREATE TABLE doubtful AS SELECT a_short AS written FROM dwelling GROUP BY a_short HAVING count(*) > 1"
        )
        bits = " ".join(f"WHEN '{f}' THEN {1 << i}::HUGEINT" for i, f in enumerate(self.fields))
        self._gather("record", "SELECT * FROM {parts} ORDER BY source, file, sheet, row_number, record_no")
        self._gather(
            "record_text", "SELECT * FROM {parts} ORDER BY source, file, sheet, row_number, record_no"
        )
        self._gather("cell", f"""
            SELECT source, file, row_number, record_key, record_no, field, true_value, parts.written, damage, in_cell AND doubtful.written IS NULL AS in_cell,
                   (in_cell AND doubtful.written IS NULL) OR coalesce((coalesce(whole.fields, 0) & (CASE field {bits} ELSE 0::HUGEINT END)) <> 0, false) AS restorable
            FROM {{parts}} AS parts LEFT JOIN whole USING (person_id) LEFT JOIN doubtful ON doubtful.written = parts.written AND damage = 'no_district'
            ORDER BY source, file, row_number, record_no, field""")  # fmt: skip
        # An address tells a home where the person has one in the city (one that left has only the place it left for).
        cells = (self.folder / "cell.parquet").as_posix()
        homes = ", ".join(
            f"CASE WHEN t.{address} IS NOT NULL AND NOT EXISTS (FROM read_parquet('{cells}') c WHERE c.field = '{address}' "
            "AND NOT c.in_cell AND c.source = t.source AND c.file = t.file AND c.row_number = t.row_number "
            f"AND c.record_no = t.record_no) THEN p.{home} END AS {address.replace('address', 'home')}"
            for address, home in HOMES.items()
        )
        self._gather(
            "record_told",
            f"SELECT t.*, {homes} FROM {{parts}} t JOIN person p USING (person_id) ORDER BY source, file, sheet, row_number, record_no",
        )
        if self.city.hard:
            self.con.execute(f"INSERT INTO tally {double_tally()}")
            self._save("double", f"SELECT * FROM ({made_doubles()}) ORDER BY kind, person_id")
        self._save("damage", "SELECT * FROM tally ORDER BY source, field, kind")
        self._save("person", """
            SELECT person_id, name, former_name, doc_type AS id_type, id_number, id15, sex, birth_date, nation AS ethnicity, marital_status, education, politics,
                   phone, coalesce(l_a_full, live_away) AS live_address, coalesce(h_a_full, hukou_away) AS hukou_address, household_id, household_no, relation AS relation_to_head,
                   resident_kind, status, death_date, move_date, twin, live_no AS dwelling_no, l_county_code AS county_code, l_street_code AS street_code,
                   l_community_code AS community_code, l_grid_code AS grid_code, l_estate AS estate, l_building_no::VARCHAR AS building, l_unit_no::VARCHAR AS unit, l_room AS room
            FROM pv ORDER BY person_id""")  # fmt: skip
        self._save("dwelling", """
            SELECT dwelling_no, house_code, county_code, street_code, community_code, grid_code, style, road, road_no::VARCHAR AS road_no, estate,
                   building_no::VARCHAR AS building, unit_no::VARCHAR AS unit, room, floor_area, a_full AS address FROM dwelling ORDER BY dwelling_no""")  # fmt: skip

    def _gather(self, name: str, sql: str) -> None:
        paths = [self.folder / f".{name}-{source}.parquet" for part, source in self.parts if part == name]
        listed = ", ".join(f"'{p.as_posix()}'" for p in paths)
        self._save(name, sql.replace("{parts}", f"read_parquet([{listed}])"))
        for path in paths:
            Path(path).unlink()

    def _save(self, name: str, sql: str) -> None:
        path = self.folder / f"{name}.parquet"
        self.con.execute(f"COPY ({sql}) TO '{path.as_posix()}' (FORMAT parquet, COMPRESSION zstd)")
