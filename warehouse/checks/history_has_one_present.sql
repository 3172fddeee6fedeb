-- en: Every resident has exactly one open period in resident_history, and every open period is of a resident.
-- zh: 每个居民在 resident_history 中恰有一个未结束的时段，每个未结束的时段都属于居民。
-- needs: resident, resident_history
select coalesce(p.resident_id, h.resident_id) as resident_id, coalesce(h.n, 0) as n
from resident p full join (
    select resident_id, count(*) as n from resident_history where valid_to is null group by resident_id
) h on h.resident_id = p.resident_id
where p.resident_id is null or h.n is null or h.n <> 1
