"""Where the city's people live: communities, estates, dwellings, grid cells.

Belongs here: tables ``division``, ``community``, ``estate``, ``dwelling``, ``grid``. Division codes and names are
real (NBS, cut-off 2023-06-30); roads, estates and grid cells are made up. Does not belong here: who lives there.
"""

from __future__ import annotations

import math

import pyarrow as pa

from pipelines.demo.chance import text_list
from pipelines.demo.city import City, shipped, terms

ESTATE_WORDS = terms(
    "阳光 锦绣 海韵 星海 金色 滨海 翠湖 幸福 和平 新华 银河 东方 华府 天河 绿洲 香榭 丽景 富民 龙泉 福佳 明珠 "
    "海昌 枫林 御景 金地 观海 学府 盛世 佳兆 康馨 兰亭 文华 泰和 紫荆 万科 保利 世纪 黄金 凤凰 樱花"
)
ESTATE_ENDS = terms("花园 小区 新村 家园 名苑 嘉园 公寓 国际 山庄 华庭 里 城")
ROADS = terms(
    "松江 长春 解放 胜利 友好 五四 黄河 民生 昆明 成仁 高尔基 鲁迅 南山 春和 桃源 葵英 兴工 太原 西安 联合 锦绣 "
    "红旗 华北 山东 千山 迎客 育才 建设 向阳 新生 长江 同兴 兴业 枫叶 五一 白云 虎滩 香海 通海 福民"
)
YANTAI_ROADS = terms(
    "南大 北马 大马 西大 毓璜顶东 幸福中 海港 青年 胜利 向阳 大海阳 环山 芝罘屯 通世南 上夼西 南通 二马 文化 "
    "道恕 广仁 奇山 白石 四眼桥 新桥西 黄务 机场 红旗中 只楚 港城西 化工南"
)


def chinese_number(sql: str) -> str:
    """A number of at most two digits as Chinese numerals (十二, 三十); longer ones digit by digit (五〇一)."""
    digits = f"translate({sql}::VARCHAR, '0123456789', '〇一二三四五六七八九')"
    tens = f"CASE WHEN {sql}::INT < 20 THEN '十' ELSE translate(({sql}::INT // 10)::VARCHAR, '23456789', '二三四五六七八九') || '十' END"
    ones = f"translate(({sql}::INT % 10)::VARCHAR, '0123456789', ' 一二三四五六七八九')"
    return f"CASE WHEN {sql}::INT BETWEEN 10 AND 99 THEN trim({tens} || {ones}) ELSE {digits} END"


def make_places(city: City, households: int) -> None:
    """Make all place tables, with room for ``households`` and about a tenth of the homes empty."""
    _divisions(city)
    _communities(city, households)
    _estates(city)
    _dwellings(city)
    _grids(city)


def _divisions(city: City) -> None:
    rows = shipped("divisions.csv")
    city.con.register("rows_in", pa.Table.from_pylist(rows))
    city.con.execute(
        "CREATE TABLE division AS SELECT code, level, name, nullif(parent_code, '') AS parent_code FROM rows_in"
    )
    city.con.unregister("rows_in")


def _communities(city: City, households: int) -> None:
    """Some streets of both cities (a quarter in 芝罘), some communities of each, with their number of households.

    The bigger the city, the more streets; a small one still has at least six, of both cities, one of them rural.
    """
    c = city.chance
    wanted = max(7, math.ceil(households / 850))
    streets = min(164, max(6, round(2.2 * math.sqrt(wanted))))
    city.con.execute(f"""
        CREATE TABLE community AS
        WITH town AS (
          SELECT t.code, t.name, t.parent_code, k.name AS county, left(t.code, 4) = '3706' AS yantai,
                 row_number() OVER (PARTITION BY left(t.code, 4) = '3706', t.name NOT LIKE '%街道'
                                    ORDER BY -ln(1 - {c.u("street", "t.code")})
                                      / CASE WHEN left(t.code, 6) IN ('210202', '210203', '210204', '210211') THEN 3 ELSE 1 END,
                                      t.code) AS n
          FROM division t JOIN division k ON k.code = t.parent_code WHERE t.level = 'town'
        ), chosen AS (
          SELECT * FROM town WHERE (yantai AND n <= greatest(2, {streets} // 4))
             OR (NOT yantai AND name LIKE '%街道' AND n <= greatest(3, {streets} - {streets} // 4 - {streets} // 6))
             OR (NOT yantai AND name NOT LIKE '%街道' AND n <= greatest(1, {streets} // 6))
        ), village AS (
          SELECT v.code, v.name, s.code AS street, s.name AS street_name, s.county, s.parent_code, s.yantai,
                 row_number() OVER (PARTITION BY s.code ORDER BY {c.bits("community", "v.code")}, v.code) AS n
          FROM division v JOIN chosen s ON v.parent_code = s.code
        ), ranked AS (
          SELECT *, row_number() OVER (ORDER BY n, yantai DESC, street, code) AS community_id FROM village
        )
        SELECT community_id::INTEGER AS community_id, code AS community_code, name AS community,
               CASE WHEN name LIKE '%村委会' OR name LIKE '%村民委员会'
                    THEN regexp_replace(regexp_replace(name, '(村民委员会|村委会)$', ''), '([^村屯])$', '\\1村')
                    ELSE regexp_replace(name, '(社区)?(居民委员会|居委会)$', '') END AS community_short,
               left(street, 9) AS street_code, street_name AS street, left(parent_code, 6) AS county_code, county,
               CASE WHEN yantai THEN '烟台市' ELSE '大连市' END AS city,
               CASE WHEN yantai THEN '山东省' ELSE '辽宁省' END AS province, yantai,
               name LIKE '%村委会' OR name LIKE '%村民委员会' AS rural
        FROM ranked WHERE community_id <= {wanted}
    """)
    city.con.execute(f"""
        ALTER TABLE community ADD COLUMN homes INTEGER;
        UPDATE community SET homes = share.homes FROM (
          SELECT community_id, ceil(w / sum(w) OVER () * {households} * 1.12)::INTEGER + 4 AS homes FROM (
            SELECT community_id, (CASE WHEN rural THEN 0.45 ELSE 1.0 END) * (0.6 + 0.9 * {c.u("homes", "community_id")}) AS w
            FROM community)) share
        WHERE community.community_id = share.community_id;
    """)


def _estates(city: City) -> None:
    """One to several estates a community; a style says how its homes are numbered and written.

    Styles: ``estate`` (小区 3号楼 2单元 501), ``dash`` (大连: 街5号2-3-4), ``inner`` (烟台: 12号内3号), ``village`` (123号).
    """
    c, e = city.chance, "estate_id"
    # Roads and estate names repeat over the counties but not within one: n counts the estates of a county.
    dalian, yantai = len(ROADS), len(YANTAI_ROADS)
    words, ends = len(ESTATE_WORDS), len(ESTATE_ENDS)
    start = c.below(1000, "names of a county", "county_code::INT")
    road = f"""CASE WHEN yantai THEN ({text_list(YANTAI_ROADS)})[1 + ({start} + n) % {yantai}] ELSE ({text_list(ROADS)})[1 + ({start} + n) % {dalian}] END
        || (['街', '路', '巷'])[1 + (n // CASE WHEN yantai THEN {yantai} ELSE {dalian} END) % 3]"""
    name = f"({text_list(ESTATE_WORDS)})[1 + ({start} + n) % {words}] || ({text_list(ESTATE_ENDS)})[1 + ({start} + n // {words} + n) % {ends}]"
    city.con.execute(f"""
        CREATE TABLE estate AS
        WITH part AS (
          SELECT c.*, p.part::INTEGER AS part, (community_id * 64 + p.part)::INTEGER AS estate_id,
                 CASE WHEN rural THEN 1 ELSE 1 + homes // 330 END AS parts
          FROM community c, range(0, 40) p(part)
        ), styled AS (
          SELECT *, (row_number() OVER (PARTITION BY county_code ORDER BY estate_id) - 1)::INTEGER AS n,
                 CASE WHEN rural THEN 'village'
                         WHEN {c.u("style", e)} < 0.62 THEN 'estate'
                         WHEN yantai AND {c.u("style", e)} < 0.85 THEN 'inner' ELSE 'dash' END AS style
          FROM part WHERE part < parts
        )
        SELECT *, ceil(homes * 1.0 / parts)::INTEGER AS size, CASE WHEN style = 'village' THEN NULL ELSE {road} END AS road,
               CASE style WHEN 'estate' THEN {c.between(1, 280, "road no", e)} END AS own_road_no,
               CASE style WHEN 'estate' THEN {name} END AS estate,
               CASE style WHEN 'estate' THEN {c.between(2, 4, "units", e)} WHEN 'dash' THEN {c.between(2, 4, "units", e)} ELSE 1 END AS units,
               CASE style WHEN 'estate' THEN ([6, 6, 7, 7, 11, 18])[1 + {c.below(6, "floors", e)}] WHEN 'dash' THEN {c.between(4, 7, "floors", e)} ELSE 1 END AS floors,
               CASE style WHEN 'inner' THEN 7 WHEN 'village' THEN 1 ELSE {c.between(2, 3, "rooms", e)} END AS rooms,
               {c.between(1978, 2021, "built", e)} AS built
        FROM styled
    """)


def _dwellings(city: City) -> None:
    """Every home with its parts and its address in the forms that agencies write."""
    c = city.chance
    building, unit, room = chinese_number("building_no"), chinese_number("unit_no"), chinese_number("room")
    city.con.execute(f"""
        CREATE TABLE dwelling AS
        WITH numbered AS (
          SELECT e.*, k.k, k.k // (units * floors * rooms) AS b, (k.k // (floors * rooms)) % units + 1 AS u,
                 (k.k // rooms) % floors + 1 AS f, k.k % rooms + 1 AS d
          FROM estate e, LATERAL (SELECT unnest(range(0, e.size)) AS k) k
        ), parts AS (
          SELECT (row_number() OVER (ORDER BY estate_id, k) - 1)::BIGINT AS dwelling_no, *,
                 CASE WHEN style = 'estate' THEN (b + 1)::INTEGER END AS building_no,
                 CASE style WHEN 'estate' THEN own_road_no WHEN 'dash' THEN 2 * b + 1 + 100 * (n // 90) WHEN 'inner' THEN 2 * b + 2 + 100 * (n // 90)
                            ELSE k + 1 END::INTEGER AS road_no,
                 CASE WHEN style IN ('estate', 'dash') THEN u::INTEGER END AS unit_no,
                 CASE WHEN style IN ('estate', 'dash') THEN f::VARCHAR || lpad(d::VARCHAR, 2, '0') WHEN style = 'inner' THEN d::VARCHAR END AS room
          FROM numbered
        ), texts AS (
          SELECT *, CASE style WHEN 'estate' THEN building_no || '号楼' || unit_no || '单元' || room || '室'
                               WHEN 'dash' THEN road_no || '号' || unit_no || '单元' || room
                               WHEN 'inner' THEN road_no || '号内' || room || '号' ELSE road_no || '号' END AS tail,
                 CASE style WHEN 'estate' THEN building_no || '-' || unit_no || '-' || room
                            WHEN 'dash' THEN road_no || '号' || unit_no || '-' || f || '-' || d
                            WHEN 'inner' THEN road_no || '-' || room ELSE road_no || '号' END AS dashes,
                 CASE style WHEN 'estate' THEN building_no || '#' || unit_no || '-' || room
                            WHEN 'dash' THEN road_no || '#' || unit_no || '-' || f || '-' || d
                            WHEN 'inner' THEN road_no || '#' || room ELSE road_no || '#' END AS hashed,
                 CASE style WHEN 'estate' THEN {building} || '号楼' || {unit} || '单元' || {room} || '室'
                            WHEN 'dash' THEN {chinese_number("road_no")} || '号' || {unit} || '单元' || {room}
                            ELSE {chinese_number("road_no")} || '号' END AS numerals,
                 CASE style WHEN 'estate' THEN building_no || '号楼' WHEN 'village' THEN '' ELSE road_no || '号' END AS no_room,
                 CASE style WHEN 'estate' THEN estate WHEN 'village' THEN community_short ELSE road END AS place,
                 CASE style WHEN 'estate' THEN road || road_no || '号' || estate WHEN 'village' THEN community_short ELSE road END AS spot
          FROM parts
        )
        SELECT dwelling_no, estate_id, community_id, community_code, community, community_short, street_code, street, county_code, county,
               city, province, yantai, rural, style, estate, road, road_no, building_no, unit_no, f::INTEGER AS floor_no, room, b::INTEGER AS block, built,
               county_code || lpad(dwelling_no::VARCHAR, 10, '0') AS house_code, round(38 + 110 * {c.u("area", "dwelling_no")}, 2) AS floor_area,
               province || city || county || street || CASE WHEN style = 'village' THEN '' ELSE community END || spot || tail AS a_full,
               city || county || spot || tail AS a_city, county || spot || tail AS a_mid, place || tail AS a_short, county || place || dashes AS a_dash,
               county || place || hashed AS a_hash, county || spot || numerals AS a_numerals, county || street || place || no_room AS a_no_room
        FROM texts
    """)


def _grids(city: City) -> None:
    """Cells of 300 to 500 homes: whole buildings of one community, numbered in their order (12-digit code + 3)."""
    c = city.chance
    city.con.execute(f"""
        CREATE TABLE building_grid AS
        WITH first AS (
          SELECT community_id, community_code, estate_id, block, min(i) AS start FROM (
            SELECT *, row_number() OVER (PARTITION BY community_id ORDER BY dwelling_no) - 1 AS i FROM dwelling)
          GROUP BY ALL
        ), cell AS (
          SELECT *, dense_rank() OVER (PARTITION BY community_id ORDER BY start // {c.between(330, 430, "grid size", "community_id")}) AS cell
          FROM first
        )
        SELECT estate_id, block, community_id, cell::INTEGER AS cell, community_code || lpad(cell::VARCHAR, 3, '0') AS grid_code FROM cell
    """)
    city.con.execute("""
        ALTER TABLE dwelling ADD COLUMN grid_code VARCHAR;
        UPDATE dwelling SET grid_code = g.grid_code FROM building_grid g
        WHERE g.estate_id = dwelling.estate_id AND g.block = dwelling.block;
        CREATE TABLE grid AS
        SELECT grid_code, community_id, min(cell) AS cell, row_number() OVER (ORDER BY grid_code) AS grid_no
        FROM building_grid GROUP BY grid_code, community_id;
    """)
