-- What clean-up has to know of file versions. Only closed ones may go (I5), and not while a replay is to read them.
-- $1: file numbers
SELECT file_no, name, token, closed_at,
       quarantine IS NOT NULL AND quarantine <> 'source_missing' AS quarantined,
       closed_at IS NOT NULL AND NOT EXISTS (
         SELECT FROM sluice_files AS replay
         WHERE replay.name = file.name AND replay.token = file.token AND replay.closed_at IS NULL) AS closed
FROM sluice_files AS file
WHERE file_no = ANY ($1::bigint[])
