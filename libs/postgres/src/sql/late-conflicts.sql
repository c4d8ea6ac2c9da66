-- Compares the duplicates that the commit statement could not see the other row of, because that row was committed
-- after its snapshot. Runs in the same transaction, as a statement of its own, and so with a newer snapshot.
-- $1: JSON array of duplicates   $2: commit_no
WITH late AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::text::json) AS duplicate (
    file_no BIGINT, line BIGINT, event_id UUID, event_type TEXT, product_id TEXT, user_id TEXT,
    event_timestamp TIMESTAMP, quantity INT, price NUMERIC)
),

conflict AS (
  INSERT INTO sluice_conflicts (file_no, line, event_id, offered, kept)
  SELECT late.file_no, late.line, late.event_id,
         json_build_array(late.event_type, late.product_id, late.user_id, late.event_timestamp, late.quantity, late.price),
         json_build_array(kept.event_type, kept.product_id, kept.user_id, kept.event_timestamp, kept.quantity, kept.price)
  FROM late JOIN :events AS kept USING (event_id)
  WHERE (late.event_type, late.product_id, late.user_id, late.event_timestamp, late.quantity, late.price)
          IS DISTINCT FROM
        (kept.event_type, kept.product_id, kept.user_id, kept.event_timestamp, kept.quantity, kept.price)
  RETURNING file_no
),

delta AS MATERIALIZED (
  SELECT file_no, count(*) AS conflicts FROM conflict GROUP BY file_no
),

-- Its rows are locked by this transaction already.
updated AS (
  UPDATE sluice_files AS file SET conflicts = file.conflicts + delta.conflicts
  FROM delta WHERE file.file_no = delta.file_no
),

committed AS (
  UPDATE sluice_commits SET conflicts = conflicts + (SELECT sum(conflicts) FROM delta)
  WHERE commit_no = $2::bigint AND EXISTS (SELECT FROM delta)
)

SELECT file_no, conflicts FROM delta
