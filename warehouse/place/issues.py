"""What could not be placed, told row by row to those who can correct it.

Belongs here: the SELECT of stage place's ``issue`` rows. Does not belong here: the decisions (``answers.py``, ``grids.py``).
Values are masked, but for area codes, which name no person.
"""

from __future__ import annotations

from schemas.model import schema
from warehouse.place.inputs import PlaceInputs
from warehouse.store import literal


def issue_rows(inputs: PlaceInputs, said: str) -> str:
    """The SELECT of ``issue``: names and codes of areas that lead nowhere or contradict, cells that no roster has, that lie
    in another community than the address, houses that stand in another community than the codes beside them, or that rosters state though the community's list has them not."""
    listed = schema().code_lists["issue_code"].codes
    severity = " ".join(f"when {literal(c.code)} then {literal(c.extra['severity'])}" for c in listed)
    row = "r.source, r.edition_id, r.file, r.sheet, r.row_number"
    return f"""
        select source, edition_id, file, sheet, row_number, field, code, case code {severity} end as severity, value_masked from (
            select distinct {row}, d.field, d.code,
                case when d.field in ('community_code', 'street_code') then d.value else og_masked(d.value) end as value_masked
            from {said} r join place_doubt d using (question)
            union all
            select distinct {row}, case r.kind when 'resident' then 'live_address' else 'address' end, 'address_conflict', og_masked(coalesce(r.estate, r.road))
            from {said} r join place_spot_cell c using (spot) where c.astray
            union all
            select distinct {row}, 'grid_code', 'grid_unknown', og_masked(r.grid_said)
            from {said} r join place_spot_cell c using (spot)
            where r.grid_said is not null and c.stated is null
            union all
            select distinct {row}, 'grid_code', 'grid_conflict', og_masked(r.grid_said)
            from {said} r join place_spot_cell c using (spot) join place_grid g on g.grid_code = c.stated
            where c.answered <> g.community
            union all
            {_not_on_the_list(said)}
            union all
            select {row}, 'area_code', 'area_unknown', null from {inputs.scan("area")} r where r.area_code is null
            union all
            select {row}, 'grid_code', 'grid_unknown', null from {inputs.scan("grid")} r where r.grid_code is null
        )
    """


def _not_on_the_list(said: str) -> str:
    """Once for each such cell and edition, at its first row: the roster's people are in the cell all the same."""
    return f"""
        select source, edition_id, file, sheet, row_number, 'grid_code', 'grid_unknown', og_masked(grid_said) from (
            select r.*, row_number() over (
                partition by r.source, r.edition_id, r.grid_said order by r.file nulls last, r.sheet nulls last, r.row_number, r.record_key, r.record_no
            ) as nth
            from {said} r join place_spot_cell c using (spot) join place_grid g on g.grid_code = c.stated
            where not g.listed and g.community in (select community from place_grid where listed)
        ) where nth = 1
    """
