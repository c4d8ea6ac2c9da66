-- Notes all rows of the batches of these versions. No other file was in those batches.
-- $1: file numbers
INSERT INTO sluice_undoing (:key, sluice_origin, sluice_of)
SELECT :key(stored), :origin(stored), chunk.file_no
FROM (SELECT committed_at AT TIME ZONE 'UTC' AS committed_at, min(file_no) AS file_no
      FROM sluice_chunks WHERE file_no = ANY ($1::bigint[]) GROUP BY committed_at) AS chunk
JOIN :events AS stored ON :origin(stored) = chunk.committed_at
ON CONFLICT DO NOTHING
