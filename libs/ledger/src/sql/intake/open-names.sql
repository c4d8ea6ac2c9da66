-- Which of these names have an open version.
-- $1: names
SELECT DISTINCT name FROM sluice_files WHERE name = ANY ($1::text[]) AND closed_at IS NULL AND gone_at IS NULL
