-- One page of the quarantined files, newest first. "correctedBy": a later file with the same name that was loaded. "settled": why it needs no
-- attention any more.
-- $1: file_no of the last file of the previous page   $2: limit   $3: only this feed   $4: not null: only those that are not settled
SELECT *
FROM (SELECT file_no AS "fileNo", feed, name, token, folder, content_hash AS "contentHash", moved_to AS "movedTo", moving_to AS "movingTo",
             cleaned_at AS "cleanedAt", quarantine, quarantine_detail AS "quarantineDetail", last_line AS "lastLine", records,
             inserted - undone AS rows, duplicates, rejects, closed_at AS "closedAt",
             (SELECT max(file_no) FROM sluice_files AS later
              WHERE later.name = file.name AND later.file_no > file.file_no AND later.closed_at IS NOT NULL
                AND later.quarantine IS NULL) AS "correctedBy",
             :part(settled) AS settled
      FROM sluice_files AS file
      WHERE quarantine IS NOT NULL AND file_no < coalesce($1::bigint, 9223372036854775807)
        AND ($3::text IS NULL OR feed = $3::text)) AS file
WHERE $4::text IS NULL OR settled IS NULL
ORDER BY "fileNo" DESC
LIMIT $2::int
