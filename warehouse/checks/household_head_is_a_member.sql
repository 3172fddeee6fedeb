-- en: A household's head is one of its residents, where its residents are known by relation.
-- zh: 家庭的户主如由与户主关系得出，则其本人属于该户。
-- needs: household, resident
select h.household_id, h.head_resident_id
from household h join resident p on p.resident_id = h.head_resident_id
where p.relation_to_head = '02' and p.household_id is distinct from h.household_id
    and exists (
        select 1 from resident m where m.household_id = h.household_id and m.relation_to_head in ('01', '02')
    )
