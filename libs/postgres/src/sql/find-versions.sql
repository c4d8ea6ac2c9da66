-- The latest generation of each of the given versions that the ledger knows.
-- $1: JSON array of {name, token}
SELECT DISTINCT ON (name, token)
       name, token, file_no, closed_at IS NOT NULL AS closed, gone_at IS NOT NULL AS gone
FROM sluice_files
JOIN json_to_recordset($1::text::json) AS found (name TEXT, token TEXT) USING (name, token)
ORDER BY name, token, generation DESC
