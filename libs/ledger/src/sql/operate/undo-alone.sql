-- Notes all rows of the batches of these versions. No other file was in those batches.
-- $1: file numbers
INSERT INTO sluice_undoing (event_id, created_at, file_no)
SELECT event.:key, event.created_at, chunk.file_no
FROM (SELECT committed_at AT TIME ZONE 'UTC' AS created_at, min(file_no) AS file_no
      FROM sluice_chunks WHERE file_no = ANY ($1::bigint[]) GROUP BY committed_at) AS chunk
JOIN :events AS event USING (created_at)
ON CONFLICT DO NOTHING
