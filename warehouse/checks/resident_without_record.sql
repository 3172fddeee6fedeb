-- en: A resident without a current record is unseen, or known to have died or moved out.
-- zh: 没有现行记录的居民，状态为本期未见、死亡或迁出。
-- needs: resident, resident_record
select p.resident_id, p.status from resident p
where p.status not in ('unseen', 'deceased', 'moved_out')
    and not exists (select 1 from resident_record r where r.resident_id = p.resident_id)
