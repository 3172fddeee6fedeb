"""Names and numbers compared by their characters: SQL macros, and the forms in which near names are equal texts.

DuckDB's own distances count bytes, of which a Chinese character has three; these count characters. Two names that
differ in one character share a form with a ``*`` in its place (张秀英, 张秀瑛 → 张秀*), so "near" is an overlap of two
short lists, and a masked name is such a form already.

Belongs here: functions of one or two values. Does not belong here: which of them a comparison uses (the settings).
"""

from __future__ import annotations

import duckdb

from warehouse.normalize.identity import spacing

MACROS = {
    # Forms of one Chinese name of two to four characters, so that near names share a form. Lists of names are compared
    # by lists of forms: an overlap of two short lists costs a tenth of comparing all names of the one with all of the other.
    # og_forms: the name, with one character blotted out (of names of three and more: of two, one given character is all
    # there is), with one given character lost, and with the given characters in their own order
    "og_forms(x)": (
        "case when x is null then [] when strlen(x) = length(x) or length(x) < 3 then [x] "
        "when length(x) = 3 then [x, '*' || substr(x, 2), substr(x, 1, 1) || '*' || substr(x, 3), substr(x, 1, 2) || '*', "
        "substr(x, 1, 1) || substr(x, 3), substr(x, 1, 2), substr(x, 1, 1) || substr(x, 3) || substr(x, 2, 1)] "
        "when length(x) = 4 then [x, '*' || substr(x, 2), substr(x, 1, 1) || '*' || substr(x, 3), "
        "substr(x, 1, 2) || '*' || substr(x, 4), substr(x, 1, 3) || '*', "
        "substr(x, 1, 1) || substr(x, 3), substr(x, 1, 2) || substr(x, 4), substr(x, 1, 3)] "
        # a column too short for a long name
        "else [x, substr(x, 1, 3), substr(x, 1, 4)] end"
    ),
    # the characters in one order: of two names with characters exchanged it is the same
    "og_sorted(x)": (
        "case when x is null or strlen(x) = length(x) or length(x) < 3 then x "
        "when length(x) = 3 and substr(x, 2, 1) <= substr(x, 3, 1) then x "
        "when length(x) = 3 then substr(x, 1, 1) || substr(x, 3, 1) || substr(x, 2, 1) "
        "else array_to_string(list_sort(string_split(x, '')), '') end"
    ),
    # og_marks: the surname with each given character
    "og_marks(x)": (
        "case when x is null or strlen(x) = length(x) then [] when length(x) = 2 then [x] "
        "when length(x) = 3 then [substr(x, 1, 2), substr(x, 1, 1) || substr(x, 3)] "
        "when length(x) = 4 then [substr(x, 1, 2), substr(x, 1, 1) || substr(x, 3, 1), substr(x, 1, 1) || substr(x, 4)] else [substr(x, 1, 2)] end"
    ),
    # the last character, by which 小丽 and 老波 are called; og_pet: that of such a name, else nothing
    "og_last(x)": "case when x is null or strlen(x) = length(x) or length(x) < 2 then null else substr(x, length(x)) end",
    "og_pet(x)": "case when x is null or not regexp_matches(x, '^(小[^某]?|老|大[^某]?).$') then null else substr(x, length(x)) end",
    # one character differs, was lost or came in, or two stand in the other order; names of two characters are too
    # short to lose one, and their only given character says nothing once it differs
    "og_near(a, b)": (
        "case when a is null or b is null then null when strlen(a) = length(a) and strlen(b) = length(b) then levenshtein(a, b) <= 1 "
        "else list_has_any(og_forms(a), og_forms(b)) end"
    ),
    # what a record's name is to that of a number's owner: same; alike (one person's in all likelihood); kin (the
    # surname or the whole given name is shared); other; null where the record says too little of a name to contradict anything
    "og_name_relation(name, py, former, owner, owner_py)": (
        "case when name is null or owner is null then null when name = owner then 'same' "
        # 张*, 张某之子 before the name was given
        "when regexp_matches(name, '[*某]') or regexp_matches(owner, '[*某]') then "
        "case when substr(name, 1, 1) in (substr(owner, 1, 1), '某') or substr(owner, 1, 1) = '某' "
        "or regexp_matches(owner, '^..某|某之[子女]$') then null else 'other' end "
        "when py = owner_py or former = owner or og_near(name, owner) then 'alike' "
        # cut names: a field too short, a character that could not be written
        "when starts_with(owner, name) or starts_with(name, owner) then 'alike' "
        # 小丽, 老波: pet names by the last character
        "when (og_matches(name, '^[小老大阿].{1,2}$') or og_matches(owner, '^[小老大阿].{1,2}$')) "
        "and substr(name, length(name), 1) = substr(owner, length(owner), 1) then 'alike' "
        "when substr(name, 1, 1) = substr(owner, 1, 1) and strlen(name) <> length(name) then 'kin' "
        "when length(name) > 1 and substr(name, 2) = substr(owner, 2) then 'kin' "
        "when (strlen(name) = length(name) or strlen(owner) = length(owner)) and substr(py, 1, 3) = substr(owner_py, 1, 3) then 'kin' "
        "else 'other' end"
    ),
    # --- two birth dates, two lists of them
    "og_digits(x)": "(year(x) * 10000 + month(x) * 100 + day(x))",
    "og_one_digit(d)": (
        "d < 10 or (d < 100 and d % 10 = 0) or (d < 1000 and d % 100 = 0) or (d < 10000 and d % 1000 = 0) "
        "or (d < 100000 and d % 10000 = 0) or d % 100000 = 0"
    ),
    # the day of the month and the month agree and the year is wrong, or they are exchanged, or only the year was known,
    # or one digit is wrong
    "og_birth_slip(x, y)": (
        "(month(x) = month(y) and day(x) = day(y) and abs(year(x) - year(y)) in (1, 2, 10)) "
        "or (year(x) = year(y) and ((month(x) = day(y) and day(x) = month(y)) "
        "or (month(x) = 1 and day(x) = 1) or (month(y) = 1 and day(y) = 1))) "
        "or og_one_digit(abs(og_digits(x) - og_digits(y)))"
    ),
    "og_part_of(part, days)": (
        "case when part is null then false when length(part) = 6 then list_contains([strftime(x, '%Y%m') for x in days], part) "
        "else list_contains([strftime(x, '%Y') for x in days], part) end"
    ),
    "og_any_birth_slip(a, b)": (
        "case when len(a) = 1 and len(b) = 1 then og_birth_slip(a[1], b[1]) "
        "else coalesce(list_bool_or(flatten([[og_birth_slip(x, y) for y in b] for x in a])), false) end"
    ),
    "og_any_close(a, b)": (
        "case when len(a) = 1 and len(b) = 1 then abs(a[1] - b[1]) <= 62 "
        "else coalesce(list_bool_or(flatten([[abs(y - x) <= 62 for y in b] for x in a])), false) end"
    ),
    # --- a whole number (``number``) and what is left of another (``class``, ``part``)
    "og_id_rounds(number, class, part)": (
        "case when class = 'float_rounded' then coalesce(number not like '%X' and "
        f"abs(try_cast(number as bigint) - try_cast(part as bigint)) * 2 <= {spacing('(try_cast(part as bigint) // 10)')}, false) else false end"
    ),
    "og_id_slip(number, class, part)": (
        "case when number is null or part is null then false when class in ('bad_checksum', 'bad_date', 'length_error') "
        "then damerau_levenshtein(number, part) = 1 else false end"
    ),
    "og_id_near(number, class, part)": (
        "case when number is null or part is null then false when class in ('bad_checksum', 'bad_date', 'length_error') "
        "then damerau_levenshtein(number, part) = 2 else false end"
    ),
    "og_id_first(number, class, part)": "case when class = 'excel000' then coalesce(substr(number, 1, 15) = substr(part, 1, 15), false) else false end",
    # all signs that are not masked, of which eight at the least
    "og_id_mask(number, class, part)": (
        "case when class <> 'masked' or number is null then false "
        "else length(og_replaced(part, '[^0-9Xx]', '')) >= 8 and starts_with(number, og_part(part, '^[0-9]+')) "
        "and ends_with(number, og_part(part, '[0-9]+[0-9X]$')) end"
    ),
    "og_id_sci(number, class, part)": (
        "case when class <> 'sci_notation' or number is null then false "
        "else starts_with(number, og_replaced(og_part(part, '^[0-9.]+'), '[.]', '')) end"
    ),
}


def character_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros known to a connection (once per connection; again does no harm)."""
    for signature, body in MACROS.items():
        con.execute(f"create or replace temp macro {signature} as {body}")
