-- One page of the rejects of all files, the newest file and its last line first. Those of a version that was read again are left out,
-- because the later version has them too.
-- $1: only this code   $2: only committed at this time or later   $3, $4: file_no and line of the last reject of the previous page
-- $5: limit   $6: only this feed
WITH oldest AS MATERIALIZED (
  -- The oldest file that may have a chunk of that time. Files before it need not be searched.
  SELECT least((SELECT min(file_no) FROM (SELECT file_no FROM sluice_files
                                          WHERE closed_at >= $2::timestamptz AND same_as IS NULL OFFSET 0) AS late),
               (SELECT min(file_no) FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL)) AS file_no
)
SELECT file_no AS "fileNo", file.feed, file.name, reject.line, reject.last_line AS "lastLine", col, code, expected, raw,
       resubmitted_at AS "resubmittedAt", resubmitted_as AS "resubmittedAs",
       CASE WHEN resubmitted_key IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(resubmitted_key)) END AS "resubmittedKey"
FROM sluice_rejects AS reject JOIN sluice_files AS file USING (file_no)
WHERE ($1::text IS NULL OR code = $1::text)
  AND ($6::text IS NULL OR file.feed = $6::text)
  AND (file_no, line) < ($3::bigint, $4::bigint)
  AND NOT EXISTS (SELECT FROM sluice_files AS replay
                  WHERE replay.name = file.name AND replay.token = file.token AND replay.content_no = file.content_no
                    AND replay.generation > file.generation AND replay.closed_at IS NOT NULL AND replay.quarantine IS NULL)
  AND ($2::timestamptz IS NULL OR (
    reject.file_no >= (SELECT file_no FROM oldest) AND file.file_no >= (SELECT file_no FROM oldest)
    AND (SELECT committed_at FROM sluice_chunks AS span
         WHERE span.file_no = reject.file_no AND span.first_line <= reject.line
         ORDER BY span.first_line DESC
         LIMIT 1) >= $2::timestamptz))
ORDER BY file_no DESC, line DESC
LIMIT $5::int
