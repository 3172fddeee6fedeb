-- en: The periods of a resident in resident_history end after they begin and do not overlap.
-- zh: 同一居民在 resident_history 中的时段先始后终，互不重叠。
-- needs: resident_history
select resident_id, valid_from, valid_to, next_from from (
    select resident_id, valid_from, valid_to,
        lead(valid_from) over (partition by resident_id order by valid_from) as next_from
    from resident_history
)
where valid_to <= valid_from or next_from < coalesce(valid_to, date '9999-12-31')
