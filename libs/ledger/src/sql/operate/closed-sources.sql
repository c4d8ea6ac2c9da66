-- What clean-up must know about file versions. It may only take closed ones (I5), and not while a replay is still to read
-- them, or after another content has come with the same name and token.
-- $1: file numbers
SELECT file_no AS "fileNo", name, token, changed_at AS "changedAt", content_hash AS "contentHash", closed_at AS "closedAt",
       moving_to AS "movingTo",
       quarantine IS NOT NULL AND quarantine <> 'source_missing' AS quarantined,
       closed_at IS NOT NULL AND NOT EXISTS (
         SELECT FROM sluice_files AS other
         WHERE other.name = file.name AND other.token = file.token
           AND (other.content_no > file.content_no
                OR other.content_no = file.content_no AND other.closed_at IS NULL)) AS closed
FROM sluice_files AS file
WHERE file_no = ANY ($1::bigint[])
