-- Compares the duplicates whose other row load.sql could not see, because that row was committed after its snapshot. This is
-- another statement of the same transaction and so has a newer snapshot. If the other row is still not there, the row is no
-- duplicate. A row that a trigger made in this transaction does not count as the other row.
-- $1: JSON array of duplicates
WITH late AS (
  SELECT sluice_file, sluice_line, sluice_last_line, :values(record)
  FROM json_to_recordset($1::text::json) AS record (
    sluice_file BIGINT, sluice_line BIGINT, sluice_last_line BIGINT, :recordset)
),

duplicate AS MATERIALIZED (
  SELECT late.*, kept.sluice_found IS NOT NULL AS sluice_seen,
         CASE WHEN kept.sluice_found AND :differ(late, kept) THEN :contents(kept) END AS sluice_other
  FROM late
  LEFT JOIN (SELECT true AS sluice_found, :columns FROM :events AS stored WHERE stored.xmin <> pg_current_xact_id()::xid) AS kept
    ON (:key(kept)) = (:key(late))
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, key, offered, kept)
  SELECT sluice_file, sluice_line, sluice_last_line, :key_uuid(duplicate), :key_json(duplicate), :contents(duplicate), sluice_other
  FROM duplicate
  WHERE sluice_other IS NOT NULL
  RETURNING file_no
)

SELECT (SELECT coalesce(json_agg(delta), '[]')
        FROM (SELECT file_no, 0 AS candidates, 0 AS duplicates, 0 AS repeated, count(*) AS conflicts
              FROM conflict GROUP BY file_no) AS delta)::text AS delta,
       (SELECT json_build_object('rows', count(*) OVER (), 'fileNo', sluice_file, 'line', sluice_line)
        FROM duplicate WHERE NOT sluice_seen ORDER BY sluice_file, sluice_line LIMIT 1) AS unseen
