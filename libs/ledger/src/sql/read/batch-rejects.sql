-- The first rejects of a micro-batch, by file and line.
-- $1: the batch   $2: limit
SELECT file_no AS "fileNo", file.feed, file.name, reject.line, reject.last_line AS "lastLine", col, code, expected, raw,
       resubmitted_at AS "resubmittedAt", resubmitted_as AS "resubmittedAs",
       CASE WHEN resubmitted_key IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(resubmitted_key)) END AS "resubmittedKey"
FROM sluice_chunks AS chunk
JOIN sluice_files AS file USING (file_no)
JOIN sluice_rejects AS reject USING (file_no)
WHERE chunk.batch_id = $1::uuid AND reject.line BETWEEN chunk.first_line AND chunk.last_line
ORDER BY file_no, reject.line
LIMIT $2::int
