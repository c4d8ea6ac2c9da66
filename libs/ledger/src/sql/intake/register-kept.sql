-- Registers a version of a feed that keeps all records. Not while an earlier version of its name, or one of its content, is being loaded. Content
-- that the feed has loaded is closed at once, and new content of a loaded name waits for an operator, unless the feed adds them.
-- $1: JSON of the version   $2: feed   $3: contract   $4: chunk_rows   $5: reader version   $6: the folder's identity
-- $7: sameContent   $8: newContent (hold or add)
WITH version AS (
  SELECT * FROM json_to_record($1::text::json) AS version (
    name TEXT, token TEXT, generation INT, content_no INT, changed_at TEXT, landed_at TIMESTAMPTZ, stable_at TIMESTAMPTZ,
    content_hash TEXT)
),
other AS (
  SELECT file.file_no, file.name = version.name AS of_name, file.content_hash = version.content_hash AS of_content,
         file.closed_at IS NULL AND file.gone_at IS NULL AND file.held IS NULL AS open,
         file.closed_at IS NOT NULL AND file.records > 0 AND file.undone_at IS NULL AS loaded
  FROM version JOIN sluice_files AS file ON file.feed = $2::text
    AND (file.name = version.name OR file.content_hash = version.content_hash)
),
same AS (
  SELECT max(file_no) AS file_no FROM other WHERE of_content AND loaded AND $7::text = 'hold'
)
INSERT INTO sluice_files (name, token, generation, content_no, changed_at, feed, contract_no, chunk_rows, reader, landed_at, stable_at,
                          content_hash, folder, same_as, closed_at, held)
SELECT name, token, generation, content_no, changed_at, $2::text, $3::int, $4::int, $5::int, landed_at, stable_at,
       content_hash, $6::text, same.file_no, CASE WHEN same.file_no IS NOT NULL THEN now() END,
       CASE WHEN same.file_no IS NOT NULL THEN 'same_content'
            WHEN $8::text = 'hold' AND EXISTS (SELECT FROM other WHERE of_name AND loaded) THEN 'new_content' END
FROM version, same
WHERE NOT EXISTS (SELECT FROM other WHERE open)
ON CONFLICT DO NOTHING
RETURNING name, held, (SELECT name FROM sluice_files AS loaded WHERE loaded.file_no = sluice_files.same_as) AS "sameAs"
