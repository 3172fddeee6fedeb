-- en: The sources of a resident with current records are the sources of those records, sorted.
-- zh: 有现行记录的居民，其来源即这些记录的来源（排序）。
-- needs: resident, resident_record
select p.resident_id, p.sources
from resident p join (
    select resident_id, string_agg(distinct source, ',' order by source) as sources from resident_record group by resident_id
) r on r.resident_id = p.resident_id
where p.sources <> r.sources
