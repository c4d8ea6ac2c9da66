inserted AS (
  :part(insert)
  RETURNING :key, :count_by AS sluice_counted
),

-- A row that was not inserted is a duplicate of a row in the table, or of a row that this statement itself inserts and therefore
-- cannot see in the table.
late AS MATERIALIZED (
  SELECT * FROM candidate WHERE NOT (sluice_nth = 1 AND (:key) IN (SELECT :key FROM inserted))
),
sibling AS MATERIALIZED (
  SELECT * FROM candidate
  WHERE sluice_nth = 1
    AND (:key) IN (SELECT :key FROM late WHERE sluice_nth > 1)
    AND (:key) IN (SELECT :key FROM inserted)
),
duplicate AS MATERIALIZED (
  SELECT late.*, kept.sluice_found IS NOT NULL AS sluice_seen,
         CASE WHEN kept.sluice_found AND :differ(late, kept) THEN :contents(kept) END AS sluice_other
  FROM late
  LEFT JOIN LATERAL (
    SELECT true AS sluice_found, :columns FROM :events AS stored WHERE (:key(stored)) = (:key(late))
    UNION ALL
    SELECT true, :columns FROM sibling WHERE (:key(sibling)) = (:key(late))
  ) kept ON true
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, last_line, event_id, key, offered, kept)
  SELECT sluice_file, sluice_line, sluice_last_line, :key_uuid(duplicate), :key_json(duplicate), :contents(duplicate), sluice_other
  FROM duplicate
  WHERE sluice_other IS NOT NULL
  RETURNING file_no, line
),
