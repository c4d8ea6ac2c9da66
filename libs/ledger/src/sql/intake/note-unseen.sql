-- Takes back one beginning, because the worker did not see the version it was to read. Updates no row if the version is closed
-- or gone now.
-- $1: file_no
UPDATE sluice_files SET begun = greatest(begun - 1, 0)
WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
