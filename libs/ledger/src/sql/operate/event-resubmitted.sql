-- The rejects that were corrected to this event. "origin": the correction is the row in the table, and not a duplicate of it.
-- $1: event_id
SELECT file.file_no AS "fileNo", file.name, reject.line, reject.code, reject.resubmitted_at AS "resubmittedAt",
       (SELECT batch_id::text FROM sluice_commits
        WHERE committed_at = reject.resubmitted_at AND chunks = 0 LIMIT 1) AS "batchId",
       row_number() OVER (PARTITION BY reject.resubmitted_at ORDER BY reject.file_no, reject.line) = 1
         AND EXISTS (SELECT FROM :events AS event
                     WHERE event.:key = reject.resubmitted_as
                       AND event.created_at = reject.resubmitted_at AT TIME ZONE 'UTC') AS origin
FROM sluice_rejects AS reject JOIN sluice_files AS file USING (file_no)
WHERE reject.resubmitted_as = $1::uuid
ORDER BY reject.resubmitted_at, reject.file_no, reject.line
LIMIT 100
