-- en: Every row of an edition that was read was kept, skipped or rejected: the three counts add up.
-- zh: 批次读取的每一行都被保留、跳过或拒绝：三个计数之和等于读取行数。
-- needs: edition
select edition_id, status, rows_read, rows_kept, rows_skipped, rows_rejected
from edition
where rows_read is not null
    and rows_read <> coalesce(rows_kept, 0) + coalesce(rows_skipped, 0) + coalesce(rows_rejected, 0)
