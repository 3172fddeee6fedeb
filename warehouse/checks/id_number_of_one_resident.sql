-- en: A valid id number is the id number of one living record holder only.
-- zh: 一个有效的公民身份号码只属于一名有现行记录的居民。
-- needs: resident, resident_record
select min(p.resident_id) as resident_id, max(p.resident_id) as other_id, count(*) as n
from resident p
where regexp_matches(p.id_number, '^[1-9][0-9]{16}[0-9X]$') and coalesce(p.id_type, '111') = '111'
    and exists (select 1 from resident_record r where r.resident_id = p.resident_id)
group by p.id_number having count(*) > 1
