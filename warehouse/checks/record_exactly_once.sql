-- en: Every current record of a resident is in resident_record exactly once, and nothing else is.
-- zh: 每条现行居民记录在 resident_record 中恰有一行，且别无其他。
-- needs: resident_core, resident_record
select coalesce(c.source, r.source) as source, coalesce(c.edition_id, r.edition_id) as edition_id,
    coalesce(c.record_key, r.record_key) as record_key, coalesce(c.record_no, r.record_no) as record_no,
    coalesce(r.n, 0) as n
from (select distinct source, edition_id, record_key, record_no from resident_core) c
full join (
    select source, edition_id, record_key, record_no, count(*) as n from resident_record
    group by source, edition_id, record_key, record_no
) r on r.source = c.source and r.edition_id = c.edition_id and r.record_key = c.record_key and r.record_no = c.record_no
where c.source is null or r.n is null or r.n <> 1
