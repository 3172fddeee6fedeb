"""What people's lives are like: where they are registered, where they moved, work, school, phone, need, death.

Belongs here: table ``person``, the true city, and view ``pv``, a person with the addresses of their homes.
Does not belong here: what an agency knows or gets wrong.
"""

from __future__ import annotations

import pyarrow as pa

from pipelines.demo.city import City, shipped, terms
from pipelines.demo.hard import copy_names
from pipelines.demo.identity import TOWNS, VILLAGES, make_papers, mobile
from pipelines.demo.names import WESTERN, make_names

EMPLOYERS = terms(
    "连海港务有限公司 滨城船舶配件厂 渤海机床厂 海昌热力有限公司 连盛轴承有限公司 新港百货 星海软件有限公司 滨城公共交通公司 北方冷链集团 芝海港务公司 "
    "果园食品有限公司 海润化工有限公司 市第三人民医院 市中心医院 城市自来水公司 锦华服装厂 云帆科技有限公司 个体工商户 飞达快运 通达劳务派遣公司"
)


LUNAR_MONTHS = "正二三四五六七八九十冬腊"


def make_lunar_days(city: City) -> None:
    """Table ``lunar_day``: what a ledger that keeps birthdays by the old calendar says of each day.

    ``lunar_as_solar`` is the lunar year, month and day written as if they were solar (NULL for a leap month or where
    there is no such day); ``lunar_text`` spells it out.
    """
    city.con.register("month_rows", pa.Table.from_pylist(shipped("data/lunar_months.csv")))
    city.con.execute(f"""
        CREATE TABLE lunar_day AS
        WITH month AS (
          SELECT first_day::DATE AS first_day, lunar_year::INT AS y, lunar_month::INT AS m, leap = '1' AS leap,
                 lead(first_day::DATE, 1, first_day::DATE + 30) OVER (ORDER BY first_day::DATE) - first_day::DATE AS days
          FROM month_rows
        ), day AS (
          SELECT first_day + d::INTEGER AS day, y, m, d::INTEGER + 1 AS d, leap FROM month, LATERAL (SELECT unnest(range(0, days)) AS d)
        )
        SELECT day::DATE AS day, CASE WHEN NOT leap AND d <= day(last_day(make_date(y, m, 1))) THEN make_date(y, m, d) END AS lunar_as_solar,
               '农历' || y || '年' || CASE WHEN leap THEN '闰' ELSE '' END || substr('{LUNAR_MONTHS}', m, 1) || '月'
               || CASE WHEN d <= 10 THEN '初' || substr('一二三四五六七八九十', d, 1) WHEN d < 20 THEN '十' || substr('一二三四五六七八九', d - 10, 1)
                       WHEN d = 20 THEN '二十' WHEN d < 30 THEN '廿' || substr('一二三四五六七八九', d - 20, 1) ELSE '三十' END AS lunar_text
        FROM day
    """)
    city.con.unregister("month_rows")


def make_people(city: City) -> None:
    """Tables ``person`` and view ``pv``, out of ``member``, ``named`` and ``papers``."""
    make_names(city)
    if city.hard:
        copy_names(city)
    make_papers(city)
    c = city.chance
    homes = city.count("SELECT count(*) FROM dwelling")
    western = c.one_of(WESTERN.split("|"), "western", "person_id")
    away = (
        f"origin || {c.one_of(TOWNS, 'town', 'household_id')} || (['乡', '镇'])[1 + {c.below(2, 'town kind', 'household_id')}]"
        f" || {c.one_of(VILLAGES, 'village', 'household_id')} || '村' || {c.between(1, 160, 'house', 'household_id')} || '号'"
    )
    years = f"date_diff('day', birth_date, {city.today}) // 365.2425"
    city.con.execute(f"""
        CREATE TABLE person AS
        WITH base AS (
          SELECT m.*, n.* EXCLUDE (person_id, name), p.* EXCLUDE (person_id), floor({years})::INTEGER AS years,
                 CASE WHEN foreigner THEN {western} ELSE n.name END AS name, m.household_id * 16 + m.slot AS own
          FROM member m JOIN named n USING (person_id) JOIN papers p USING (person_id)
        ), fate AS (
          SELECT *, CASE WHEN overseas THEN 'overseas' WHEN migrant THEN 'migrant' ELSE 'hukou' END AS resident_kind,
                 CASE WHEN {c.u("death")} < CASE WHEN years >= 85 THEN 0.16 WHEN years >= 70 THEN 0.06 WHEN years >= 55 THEN 0.012 ELSE 0.001 END THEN 'deceased'
                      WHEN NOT migrant AND NOT overseas AND {c.u("leaving")} < CASE WHEN role IN ('child1', 'child2') AND years BETWEEN 18 AND 40 THEN 0.2
                           WHEN years BETWEEN 18 AND 60 THEN 0.03 ELSE 0.006 END THEN 'moved_out' ELSE 'active' END AS status,
                 {c.under(0.2, "registered elsewhere", "household_id")} OR {c.under(0.04, "registered elsewhere alone")} AS apart,
                 {c.under(0.30, "moved", "household_id")} AS moved
          FROM base
        )
        SELECT person_id, household_id, slot, kind, role, relation, CASE WHEN male THEN '1' ELSE '2' END AS sex, male, birth_date, years, twin, line, nation,
               name, CASE WHEN foreigner THEN name ELSE surname END AS surname, CASE WHEN foreigner THEN '' ELSE given END AS given,
               CASE WHEN foreigner THEN name ELSE name_pinyin END AS name_pinyin, former_name, rare AND NOT foreigner AS rare,
               doc_type, id_number, id15, family_id, resident_kind, status, origin, household_no::VARCHAR AS household_no, foreigner, overseas,
               CASE WHEN status <> 'moved_out' THEN dwelling_no END AS live_no,
               CASE WHEN migrant OR overseas THEN NULL WHEN apart THEN {c.below(homes, "registered home", "household_id")}::BIGINT ELSE dwelling_no END AS hukou_no,
               CASE WHEN status = 'moved_out' THEN dwelling_no WHEN moved THEN {c.below(homes, "earlier home", "household_id")}::BIGINT END AS earlier_no,
               CASE WHEN migrant THEN {away} END AS hukou_away,
               CASE WHEN status = 'moved_out' THEN {c.one_of(["北京市朝阳区望京街道", "上海市浦东新区花木街道", "辽宁省沈阳市和平区", "山东省青岛市市南区", "广东省深圳市南山区", "日本东京都"], "left for")} END AS live_away,
               CASE WHEN status = 'deceased' THEN ({city.today} - {c.between(5, 1100, "day of death")})::DATE END AS death_date,
               CASE WHEN moved OR status = 'moved_out' OR migrant THEN ({city.today} - {c.between(30, 3200, "day of move", "household_id")})::DATE END AS move_date,
               CASE WHEN years >= 12 AND NOT (years >= 82 AND {c.under(0.5, "no mobile")}) THEN {mobile(city, "phone", "own")} END AS phone,
               {mobile(city, "phone", "household_id * 16")} AS family_phone, {mobile(city, "earlier phone", "own")} AS earlier_phone,
               CASE WHEN yantai THEN '0535' ELSE '0411' END AS area_phone,
               CASE WHEN yantai THEN {c.between(6000000, 6999999, "landline", "household_id")} ELSE {c.between(82000000, 88999999, "landline", "household_id")} END::VARCHAR AS landline,
               CASE WHEN years < 20 OR kind IN ('single_young', 'flat_share') THEN '10' WHEN role IN ('spouse', 'father') THEN '20'
                    WHEN role = 'mother' AND kind = 'with_mother' THEN '30' WHEN kind = 'single_old' THEN CASE WHEN {c.under(0.75, "widowed")} THEN '30' ELSE '10' END
                    WHEN kind = 'one_parent' AND role = 'head' THEN '40' WHEN role IN ('child1', 'child2') AND kind <> 'grandparents' THEN '10'
                    WHEN role = 'grandchild' THEN '10' WHEN {c.under(0.06, "married again", "household_id")} THEN '22' ELSE '20' END AS marital_status,
               CASE WHEN years < 7 THEN NULL WHEN years < 13 THEN '80' WHEN years < 16 THEN '70' WHEN years < 19 THEN '60'
                    WHEN years > 75 THEN (['90', '80', '80', '70', '60', '30'])[1 + {c.below(6, "education")}]
                    WHEN years > 50 THEN (['80', '70', '70', '60', '40', '30', '20'])[1 + {c.below(7, "education")}]
                    ELSE (['70', '60', '40', '30', '20', '20', '20', '10'])[1 + {c.below(8, "education")}] END AS education,
               CASE WHEN years >= 18 AND {c.under(0.11, "party")} THEN '01' WHEN years BETWEEN 14 AND 28 AND {c.under(0.5, "league")} THEN '03' ELSE '13' END AS politics,
               CASE WHEN years < 7 THEN NULL WHEN years < 20 THEN '31' WHEN years >= CASE WHEN male THEN 60 ELSE 55 END THEN '80'
                    ELSE (['13', '17', '24', '24', '27', '51', '54', '70', '21'])[1 + {c.below(9, "occupation")}] END AS occupation,
               CASE WHEN years BETWEEN 20 AND 60 THEN {c.one_of(EMPLOYERS, "employer")} END AS employer,
               {c.u("disability")} < CASE WHEN years >= 60 THEN 0.07 ELSE 0.018 END AND NOT overseas AND NOT migrant AS disabled,
               {c.between(1, 7, "disability type")}::VARCHAR AS disability_type, {c.between(1, 4, "disability level")}::VARCHAR AS disability_level,
               {c.under(0.028, "poor", "household_id")} AND NOT migrant AND NOT overseas AS poor
        FROM fate
    """)
    make_lunar_days(city)
    parts = "dwelling_no community_id community_code community community_short street_code street county_code county city yantai rural style estate road road_no building_no unit_no floor_no room grid_code"
    forms = "a_full a_city a_mid a_short a_dash a_hash a_numerals a_no_room"
    city.con.execute(f"""
        CREATE VIEW pv AS
        SELECT p.*, d.lunar_as_solar, d.lunar_text, {", ".join(f"l.{x} AS l_{x}" for x in terms(f"{parts} {forms}"))},
               {", ".join(f"h.{x} AS h_{x}" for x in terms(f"community street_code county_code county community_code {forms}"))},
               {", ".join(f"e.{x} AS e_{x}" for x in terms(f"community_id community_code community community_short street_code street county_code county city yantai grid_code building_no unit_no road_no room estate road style {forms}"))}
        FROM person p LEFT JOIN lunar_day d ON d.day = p.birth_date LEFT JOIN dwelling l ON l.dwelling_no = p.live_no
        LEFT JOIN dwelling h ON h.dwelling_no = p.hukou_no LEFT JOIN dwelling e ON e.dwelling_no = p.earlier_no
    """)
