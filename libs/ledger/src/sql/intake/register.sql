-- Registers file versions before any job is made for them. They are sorted, so that two watchers cannot deadlock.
-- $1: JSON array of versions   $2: chunk_rows   $3: reader version   $4: JSON of the other rules   $5: the folder's identity
-- $6: their feed   $7: its contract; null: the contract from before feeds, with the rules in $4
INSERT INTO sluice_files (name, token, generation, content_no, changed_at, chunk_rows, reader, rules, landed_at, stable_at,
                          content_hash, same_as, closed_at, folder, feed, contract_no)
SELECT name, token, generation, content_no, changed_at, $2::int, $3::int, $4::text::json, landed_at, stable_at,
       content_hash, same_as, CASE WHEN same_as IS NOT NULL THEN now() END, $5::text, $6::text, $7::int
FROM json_to_recordset($1::text::json) AS version (
  name TEXT, token TEXT, generation INT, content_no INT, changed_at TEXT, landed_at TIMESTAMPTZ, stable_at TIMESTAMPTZ,
  content_hash TEXT, same_as BIGINT)
ORDER BY name, token
ON CONFLICT DO NOTHING
RETURNING file_no AS "fileNo"
