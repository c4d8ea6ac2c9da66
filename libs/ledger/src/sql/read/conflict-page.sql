-- One page of the conflicts, the newest file and its last line first. Values are text, so that no price becomes a float. Contents are
-- objects by field, or arrays in the order of the fields.
-- $1: only this file_no   $2, $3: file_no and line of the last conflict of the previous page   $4: limit   $5: only this feed
SELECT conflict.file_no AS "fileNo", file.name, conflict.line, conflict.last_line AS "lastLine", conflict.event_id AS "eventId",
       CASE WHEN key IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(key)) END AS key,
       file.feed, file.contract_no AS "contractNo", in_text.offered, in_text.kept
FROM sluice_conflicts AS conflict JOIN sluice_files AS file USING (file_no),
     LATERAL (SELECT CASE json_typeof(offered)
                WHEN 'array' THEN to_json(ARRAY(SELECT json_array_elements_text(offered)))
                ELSE (SELECT json_object_agg(field.key, field.value) FROM json_each_text(offered) AS field) END AS offered,
              CASE json_typeof(kept)
                WHEN 'array' THEN to_json(ARRAY(SELECT json_array_elements_text(kept)))
                ELSE (SELECT json_object_agg(field.key, field.value) FROM json_each_text(kept) AS field) END AS kept) AS in_text
WHERE ($1::bigint IS NULL OR conflict.file_no = $1::bigint) AND (conflict.file_no, conflict.line) < ($2::bigint, $3::bigint)
  AND ($5::text IS NULL OR file.feed = $5::text)
ORDER BY conflict.file_no DESC, conflict.line DESC
LIMIT $4::int
