-- Notes the rows of the table that came from corrected rejects of these versions. If several were corrected to one id at the
-- same time, the first brought the row.
-- $1: file numbers
INSERT INTO sluice_undoing (event_id, created_at, file_no)
SELECT event.:key, event.created_at, reject.file_no
FROM sluice_rejects AS reject
JOIN :events AS event
  ON event.:key = reject.resubmitted_as AND event.created_at = reject.resubmitted_at AT TIME ZONE 'UTC'
WHERE reject.file_no = ANY ($1::bigint[])
  AND NOT EXISTS (SELECT FROM sluice_rejects AS earlier
                  WHERE earlier.resubmitted_as = reject.resubmitted_as
                    AND earlier.resubmitted_at = reject.resubmitted_at
                    AND (earlier.file_no, earlier.line) < (reject.file_no, reject.line))
ON CONFLICT DO NOTHING
