-- en: The residents of a grid are the active residents who live there.
-- zh: 网格的居住人数等于居住在该网格的在册居民数。
-- needs: grid, resident
select g.grid_code, g.residents, coalesce(p.n, 0) as n
from grid g left join (
    select grid_code, count(*) as n from resident where status = 'active' group by grid_code
) p on p.grid_code = g.grid_code
where g.residents is distinct from coalesce(p.n, 0)
