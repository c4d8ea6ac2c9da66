-- Versions that are still to be loaded then belong to the folder that a watcher sees next.
UPDATE sluice_files SET folder = NULL
WHERE closed_at IS NULL AND gone_at IS NULL AND folder IS NOT NULL
