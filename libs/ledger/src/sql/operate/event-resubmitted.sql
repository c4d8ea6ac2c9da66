-- The rejects that were corrected to this row. "origin": the correction is the row in the table, and not a duplicate of it.
-- $1: the name of the table   $2: JSON object of the values of its key   $3: when the row was committed, if that tells its origin
-- $4, $5: file_no and line of the record that the row names, if it names one
WITH asked AS MATERIALIZED (
  SELECT :key_uuid(given) AS uuid, :key_json(given) AS json FROM json_to_record($2::text::json) AS given (:keyset)
),
file AS (
  :part(filling)
)
SELECT file.file_no AS "fileNo", file.name, reject.line, reject.code, reject.resubmitted_at AS "resubmittedAt",
       (SELECT batch_id::text FROM sluice_commits
        WHERE committed_at = reject.resubmitted_at AND chunks = 0 LIMIT 1) AS "batchId",
       CASE WHEN $4::bigint IS NOT NULL THEN (file.file_no, reject.line) = ($4::bigint, $5::bigint)
            ELSE row_number() OVER (PARTITION BY reject.resubmitted_at ORDER BY reject.file_no, reject.line) = 1
                 AND coalesce(reject.resubmitted_at AT TIME ZONE 'UTC' = $3::text::timestamp, false) END AS origin
FROM sluice_rejects AS reject JOIN file USING (file_no)
WHERE reject.resubmitted_as = (SELECT uuid FROM asked) OR reject.resubmitted_key = (SELECT json FROM asked)
ORDER BY reject.resubmitted_at, reject.file_no, reject.line
LIMIT 100
