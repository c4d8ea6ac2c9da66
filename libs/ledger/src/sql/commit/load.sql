-- Inserts the rows of claimed chunks and compares those whose key is there already.
-- $1: JSON array of claimed chunks, each {file_no, first_line, rows}

-- nth > 1: the key occurs earlier in this batch. again: it occurs earlier in the same chunk. The window keeps the rows of a chunk
-- together, because the chunks of a file do not overlap.
WITH candidate AS MATERIALIZED (
  SELECT own.file_no, record.line, coalesce(record.last_line, record.line) AS last_line, :columns(record),
         row_number() OVER of_key AS nth,
         lag(own.file_no) OVER of_key = own.file_no AND lag(own.first_line) OVER of_key = own.first_line AS again
  FROM json_to_recordset($1::text::json) AS own (file_no BIGINT, first_line BIGINT, rows JSON),
       json_to_recordset(own.rows) AS record (line BIGINT, last_line BIGINT, :recordset)
  WINDOW of_key AS (PARTITION BY record.:key ORDER BY own.file_no, record.line)
),

:part(load)
delta AS (
  SELECT file_no, count(*) AS candidates, 0 AS duplicates, 0 AS repeated, 0 AS conflicts FROM candidate GROUP BY file_no
  UNION ALL
  SELECT file_no, 0, count(*), count(*) FILTER (WHERE again), 0 FROM duplicate GROUP BY file_no
  UNION ALL
  SELECT file_no, 0, 0, 0, count(*) FROM conflict GROUP BY file_no
)

-- These texts are for the statements that follow. The program does not read them.
SELECT (SELECT coalesce(json_agg(delta), '[]') FROM delta)::text AS delta,
       (SELECT coalesce(json_agg(part), '[]')
        FROM (SELECT :count_by AS name, count(*) AS count FROM inserted GROUP BY :count_by) AS part)::text AS counts,
       -- Duplicates of rows that were committed after this statement's snapshot, which late-conflicts.sql compares.
       (SELECT json_agg(late)
        FROM (SELECT file_no, line, last_line, :columns FROM duplicate WHERE NOT seen) AS late)::text AS unseen
