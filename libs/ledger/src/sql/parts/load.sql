inserted AS (
  :part(insert)
  RETURNING :key, :count_by
),

-- A row that was not inserted is a duplicate of a row in the table, or of a row that this statement itself inserts and therefore
-- cannot see in the table.
late AS MATERIALIZED (
  SELECT * FROM candidate WHERE NOT (nth = 1 AND :key IN (SELECT :key FROM inserted))
),
sibling AS MATERIALIZED (
  SELECT * FROM candidate
  WHERE nth = 1
    AND :key IN (SELECT :key FROM late WHERE nth > 1)
    AND :key IN (SELECT :key FROM inserted)
),
duplicate AS MATERIALIZED (
  SELECT late.*,
         kept.:key IS NOT NULL AS seen,
         CASE WHEN (:content(late)) IS DISTINCT FROM (:content(kept))
              THEN json_build_array(:content(kept)) END AS other_content
  FROM late
  LEFT JOIN LATERAL (
    SELECT :columns FROM :events AS stored WHERE stored.:key = late.:key
    UNION ALL
    SELECT :columns FROM sibling WHERE sibling.:key = late.:key
  ) kept ON true
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, offered, kept)
  SELECT file_no, line, last_line, :key, json_build_array(:content), other_content
  FROM duplicate
  WHERE seen AND other_content IS NOT NULL
  RETURNING file_no, line
),
