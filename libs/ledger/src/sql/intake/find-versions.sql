-- The latest generation of each given version that the ledger knows. A replay that found no source is left out, because it says
-- nothing about the file. "untouched": nobody has begun to read it.
-- $1: JSON array of {name, token}
SELECT DISTINCT ON (name, token)
       file_no AS "fileNo", name, token, changed_at AS "changedAt", generation, content_no AS "contentNo", content_hash AS "contentHash",
       begun = 0 AS untouched,
       closed_at IS NOT NULL AS closed, gone_at IS NOT NULL AS gone, held IS NOT NULL AS held, folder
FROM sluice_files
JOIN json_to_recordset($1::text::json) AS found (name TEXT, token TEXT) USING (name, token)
WHERE quarantine IS DISTINCT FROM 'source_missing'
ORDER BY name, token, generation DESC
