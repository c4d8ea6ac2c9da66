-- Inserts the rows of claimed chunks and compares those whose key is there already.
-- $1: JSON array of claimed chunks, each {file_no, first_line, rows}. sluice_order: the place of the row's key among all

-- sluice_nth > 1: the key occurs earlier in this batch. sluice_again: it occurs earlier in the same chunk. The window keeps the rows
-- of a chunk together, because the chunks of a file do not overlap.
WITH candidate AS MATERIALIZED (
  SELECT *, row_number() OVER of_key AS sluice_nth,
         lag(sluice_file) OVER of_key = sluice_file AND lag(sluice_chunk) OVER of_key = sluice_chunk AS sluice_again
  FROM (
    SELECT own.file_no AS sluice_file, own.first_line AS sluice_chunk, record.sluice_line,
           coalesce(record.sluice_last_line, record.sluice_line) AS sluice_last_line, record.sluice_order, :values(record)
    FROM json_to_recordset($1::text::json) AS own (file_no BIGINT, first_line BIGINT, rows JSON),
         json_to_recordset(own.rows) AS record (sluice_line BIGINT, sluice_last_line BIGINT, sluice_order BIGINT, :recordset)
  ) AS record
  WINDOW of_key AS (PARTITION BY :key ORDER BY sluice_file, sluice_line)
),

:part(load)
delta AS (
  SELECT sluice_file AS file_no, count(*) AS candidates, 0 AS duplicates, 0 AS repeated, 0 AS conflicts
  FROM candidate GROUP BY sluice_file
  UNION ALL
  SELECT sluice_file, 0, count(*), count(*) FILTER (WHERE sluice_again), 0 FROM duplicate GROUP BY sluice_file
  UNION ALL
  SELECT file_no, 0, 0, 0, count(*) FROM conflict GROUP BY file_no
)

-- These texts are for the statements that follow. The program does not read them.
SELECT (SELECT coalesce(json_agg(delta), '[]') FROM delta)::text AS delta,
       (SELECT coalesce(json_agg(part), '[]')
        FROM (SELECT sluice_counted::text AS name, count(*) AS count
              FROM inserted WHERE sluice_counted IS NOT NULL GROUP BY 1) AS part)::text AS counts,
       -- Duplicates of rows that were committed after this statement's snapshot, which conflicts.sql compares.
       (SELECT json_agg(late)
        FROM (SELECT sluice_file, sluice_line, sluice_last_line, :texts(duplicate)
              FROM duplicate WHERE NOT sluice_seen) AS late)::text AS unseen
