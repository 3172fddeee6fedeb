-- en: Every current record comes from an edition that was kept.
-- zh: 每条现行记录都来自已采纳的批次。
-- needs: resident_record, edition
select r.source, r.edition_id, count(*) as n
from resident_record r
where not exists (select 1 from edition e where e.edition_id = r.edition_id and e.source = r.source and e.status = 'kept')
group by r.source, r.edition_id
