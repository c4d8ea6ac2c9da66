-- Notes the rows of the table that came from corrected rejects of these versions. If several were corrected to one key at the
-- same time, the first brought the row.
-- $1: file numbers
INSERT INTO sluice_undoing (:key, sluice_origin, sluice_of)
SELECT :key(stored), :origin(stored), reject.file_no
FROM sluice_rejects AS reject
JOIN :events AS stored
  ON (reject.resubmitted_as = :key_uuid(stored) OR reject.resubmitted_key = :key_json(stored)) AND :origin(stored) = reject.resubmitted_at AT TIME ZONE 'UTC'
WHERE reject.file_no = ANY ($1::bigint[])
  AND NOT EXISTS (SELECT FROM sluice_rejects AS earlier
                  WHERE (earlier.resubmitted_as = reject.resubmitted_as OR earlier.resubmitted_key = reject.resubmitted_key)
                    AND earlier.resubmitted_at = reject.resubmitted_at
                    AND (earlier.file_no, earlier.line) < (reject.file_no, reject.line))
ON CONFLICT DO NOTHING
