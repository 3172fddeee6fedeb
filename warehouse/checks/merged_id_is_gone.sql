-- en: An id whose last change is a merge is no resident any more.
-- zh: 最近一次变化为合并的编号，不再是居民。
-- needs: resident, resident_change
select c.resident_id, c.other_id, c.version
from resident_change c join resident p on p.resident_id = c.resident_id
where c.change = 'merged' and not exists (
    select 1 from resident_change later where later.resident_id = c.resident_id and later.version > c.version
)
