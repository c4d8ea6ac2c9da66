-- Versions that are still to be loaded then belong to the folder that a watcher sees next.
-- $1: only of this feed; null: all
UPDATE sluice_files SET folder = NULL
WHERE closed_at IS NULL AND gone_at IS NULL AND folder IS NOT NULL AND ($1::text IS NULL OR feed = $1::text)
