-- en: A resident_id is 'r' and hex digits of a keyed hash, and holds no id number.
-- zh: resident_id 为 r 加密钥散列的十六进制数字，不含证件号码。
-- needs: resident
select resident_id from resident
where not regexp_matches(resident_id, '^r[0-9a-f]{20,}$') or contains(resident_id, coalesce(lower(id_number), '-'))
