-- en: All parts of a resident's residence come from one record.
-- zh: 居民所在地的各部分来自同一条记录。
-- needs: resident_value
select resident_id, count(distinct source || chr(31) || edition_id || chr(31) || record_key || chr(31) || cast(record_no as varchar)) as n
from resident_value
where chosen and field in (
    'county_code', 'street_code', 'community_code', 'grid_code', 'estate', 'building', 'unit', 'room', 'dwelling_id',
    'address_basis', 'grid_rule'
)
group by resident_id
having count(distinct source || chr(31) || edition_id || chr(31) || record_key || chr(31) || cast(record_no as varchar)) > 1
