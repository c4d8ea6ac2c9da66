-- The gone versions that a new one of a feed that keeps all records takes the place of: those of its name, and those of its content.
-- $1: feed   $2: name   $3: content hash
SELECT file_no AS "fileNo", contract_no AS "contractNo"
FROM sluice_files
WHERE feed = $1::text AND (name = $2::text OR content_hash = $3::text) AND gone_at IS NOT NULL AND closed_at IS NULL
