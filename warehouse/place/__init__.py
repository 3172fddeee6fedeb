"""Stage 2, place: which area, home and grid cell every record speaks of.

Belongs here: ``place`` (current core records → ``area``, ``grid``, ``dwelling`` and ``<kind>_placed``). Does not belong
here: how an address is cut into parts (``normalize/``), who lives where (``link/``, ``unify/``): owners and numbers of
residents are filled in there.

``place`` is a pure function of the records, the settings and the key. All of it is set-based, and every choice has a
total order, so that the order of rows and the number of threads change nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from schemas.derive import labelled
from schemas.model import schema
from schemas.settings import Settings
from warehouse.link.keyed_hash import key_blocks
from warehouse.normalize.functions import name_functions
from warehouse.place import answers, former, grids, homes, strays, tree
from warehouse.place.inputs import PLACED_KINDS, RECORD, PlaceInputs, Town, ranked
from warehouse.place.issues import issue_rows
from warehouse.place.placement import placement_rows, rule_counts
from warehouse.place.said import write_said
from warehouse.store import Stage, Store, signature

__all__ = ["PlaceInputs", "place"]

RULES = 3
"""Number of the rule set; raised whenever the rules change, so that results of older rules are not reused."""


def place(store: Store, inputs: PlaceInputs, settings: Settings, key: bytes) -> Stage:
    """Place the current records; returns the finished stage with the tables area, area_alias, area_crosswalk, grid,
    dwelling, placement, issue, and
    resident_placed, household_placed, event_placed, organisation_placed, dwelling_placed.

    ``key`` is the secret under which the ids of dwellings are made. Facts of the stage: ``listed`` (the tree comes from
    an area list; else from the codes that records state), ``placed`` (kind → records with a community), ``rules`` (column
    of placement → rule → records).
    """
    blocks = key_blocks(key)
    told = [inputs.signature, RULES, settings.city, settings.division_code, signature(key.hex())]
    stage = store.stage("place", told)
    folder = store.workspace.scratch / f"place-{stage.key}"
    with stage:
        if not stage.done:
            try:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True, mode=0o700)
                _make(store, stage, inputs, settings, blocks, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                for module in (tree, former, answers, homes, strays, grids):
                    for table in module.TABLES:
                        store.con.execute(f"drop table if exists temp.{table}")
    return stage


def _make(
    store: Store,
    stage: Stage,
    inputs: PlaceInputs,
    settings: Settings,
    key: Mapping[str, bytes],
    folder: Path,
) -> None:
    name_functions(store.con)
    said = write_said(store, inputs, folder / "said.parquet")
    town = Town(settings.city, settings.division_code, _newest(store, inputs, said))
    listed = tree.make_tree(store, inputs, said, town)
    answers.make_answers(store, said, town)
    homes.make_spots(store, said)
    grids.make_grids(store, inputs, said)
    homes.make_sites(store, key)
    grids.assign_cells(store, town)

    tables = schema().tables
    stage.write("area", labelled(tables["area"], f"select {tree.AREA_COLUMNS} from place_area"))
    stage.write("grid", labelled(tables["grid"], _GRID))
    stage.write("dwelling", _dwellings(inputs, said))
    for kind in PLACED_KINDS:
        stage.write(f"{kind}_placed", _placed(kind, said))
    stage.write("placement", labelled(tables["placement"], placement_rows(said)))
    stage.write("area_alias", labelled(tables["area_alias"], former.alias_rows(town)))
    stage.write("area_crosswalk", labelled(tables["area_crosswalk"], former.crosswalk_rows()))
    stage.write("issue", issue_rows(inputs, said))
    stage.facts |= {
        "listed": listed,
        "rules": rule_counts(stage),
        "placed": {
            kind: store.rows(f"select count(community_code) from {stage.scan(f'{kind}_placed')}")[0][0]
            for kind in PLACED_KINDS
        },
    }


def _newest(store: Store, inputs: PlaceInputs, said: str) -> date:
    newest = store.rows(
        f"select max(as_of) from (select max(as_of) as as_of from {said} union all select max(as_of) from {inputs.scan('area')})"
    )[0][0]
    return newest if isinstance(newest, date) else date(1970, 1, 1)


_GRID = """
    select grid_code, grid_type, grid_name as name, county as county_code, street as street_code,
        community as community_code, grid_worker, worker_phone, valid_from, valid_to, households, null as residents
    from place_grid
"""


_DWELLING = ("county_code", "street_code", "community_code", "grid_code")


def _dwellings(inputs: PlaceInputs, said: str) -> str:
    """Homes; floor area and use as the newest register of dwellings that tells them."""
    return f"""
        select dwelling_id, {", ".join(_DWELLING)}, road, road_no, estate, building, unit, room, floor_area, use,
            null as owner_resident_id
        from (select h.dwelling_id, {grids.decided("h", "h.none")}, h.road, h.road_no, h.estate, h.building, h.unit, h.room,
            r.floor_area, r.use
        from (select *, cast(null as varchar) as none from place_home) h {grids.cells_of("h", "h.none")}
        left join (
            select home, arg_min(floor_area, nth) filter (where floor_area is not null) as floor_area,
                arg_min(use, nth) filter (where use is not null) as use
            from (
                select s.home, d.floor_area, d.use, {ranked("s.home", "d.as_of desc, d.source, d.edition_id desc, d.row_number desc, d.record_key, d.record_no")} as nth
                from {inputs.scan("dwelling")} d
                join {said} t on t.kind = 'dwelling' and {" and ".join(f"t.{name} = d.{name}" for name in RECORD)}
                join place_site s using (spot) where s.home is not null
            ) group by home
        ) r using (home))
    """


def _placed(kind: str, said: str) -> str:
    """The SELECT of ``<kind>_placed``: one row a record."""
    return f"""
        select {", ".join(f"r.{name}" for name in RECORD)}, c.county_code, c.street_code, c.community_code, c.grid_code,
            c.estate, c.building, c.unit, c.room, h.dwelling_id, c.address_basis, c.grid_rule
        from {said} r join place_spot_cell c using (spot) left join place_home h using (home)
        where r.kind = '{kind}'
    """
