-- The contents that have been loaded under the given names.
-- $1: names
SELECT name, content_hash AS "contentHash", max(file_no) AS "fileNo"
FROM sluice_files
WHERE name = ANY ($1::text[]) AND closed_at IS NOT NULL AND same_as IS NULL AND content_hash IS NOT NULL
  AND quarantine IS NULL
GROUP BY name, content_hash
