-- en: first_seen is not after last_seen, and confidence lies between 0 and 1.
-- zh: first_seen 不晚于 last_seen，置信度在 0 至 1 之间。
-- needs: resident
select resident_id, first_seen, last_seen, confidence from resident
where first_seen > last_seen or confidence < 0 or confidence > 1 or confidence is null
