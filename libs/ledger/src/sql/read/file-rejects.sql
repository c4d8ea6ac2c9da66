-- One page of the rejects of one file, by line.
-- $1: file_no   $2: only this code   $3: line of the last reject of the previous page   $4: limit
SELECT file_no AS "fileNo", file.feed, file.name, reject.line, reject.last_line AS "lastLine", col, code, expected, raw,
       resubmitted_at AS "resubmittedAt", resubmitted_as AS "resubmittedAs",
       CASE WHEN resubmitted_key IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(resubmitted_key)) END AS "resubmittedKey"
FROM sluice_rejects AS reject JOIN sluice_files AS file USING (file_no)
WHERE file_no = $1::bigint AND line > $3::bigint AND ($2::text IS NULL OR code = $2::text)
ORDER BY line
LIMIT $4::int
