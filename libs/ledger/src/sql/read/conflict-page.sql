-- One page of the conflicts, the newest file and its last line first. The contents are text, so that no price becomes a float.
-- $1: only this file_no   $2, $3: file_no and line of the last conflict of the previous page   $4: limit   $5: only this feed
SELECT conflict.file_no AS "fileNo", file.name, conflict.line, conflict.last_line AS "lastLine", conflict.event_id AS "eventId",
       ARRAY(SELECT json_array_elements_text(offered)) AS offered,
       CASE WHEN kept IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(kept)) END AS kept
FROM sluice_conflicts AS conflict JOIN sluice_files AS file USING (file_no)
WHERE ($1::bigint IS NULL OR conflict.file_no = $1::bigint) AND (conflict.file_no, conflict.line) < ($2::bigint, $3::bigint)
  AND ($5::text IS NULL OR file.feed = $5::text)
ORDER BY conflict.file_no DESC, conflict.line DESC
LIMIT $4::int
