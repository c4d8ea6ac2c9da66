-- Which of these names have a version that is being loaded.
-- $1: names
SELECT DISTINCT name FROM sluice_files WHERE name = ANY ($1::text[]) AND closed_at IS NULL AND gone_at IS NULL AND held IS NULL
