-- Compares duplicates with the row that was there first: one of the table, which this statement can see and an earlier one of the
-- transaction perhaps could not, or else one of the same batch. If there is none, the row is no duplicate. A row that a trigger made in
-- this transaction does not count as the other row.
-- $1: JSON array of duplicates, and of the first rows of the batch (sluice_first) that some of them repeat
WITH record AS MATERIALIZED (
  SELECT sluice_file, sluice_line, sluice_last_line, sluice_first, :values(record)
  FROM json_to_recordset($1::text::json) AS record (
    sluice_file BIGINT, sluice_line BIGINT, sluice_last_line BIGINT, sluice_first BOOLEAN, :recordset)
),

sibling AS MATERIALIZED (SELECT * FROM record WHERE sluice_first),

duplicate AS MATERIALIZED (
  SELECT late.*, kept.sluice_found IS NOT NULL AS sluice_seen,
         CASE WHEN kept.sluice_found AND :differ(late, kept) THEN :contents(kept) END AS sluice_other
  FROM record AS late
  LEFT JOIN LATERAL (
    SELECT true AS sluice_found, :columns FROM :events AS stored
    WHERE (:key(stored)) = (:key(late)) AND stored.xmin <> pg_current_xact_id()::xid
    UNION ALL
    SELECT true, :columns FROM sibling WHERE (:key(sibling)) = (:key(late))
  ) AS kept ON true
  WHERE late.sluice_first IS NULL
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
