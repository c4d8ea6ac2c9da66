-- A worker that was to read a version did not see it: that was no beginning. Updates none: it is closed, or gone, by now.
-- $1: file_no
UPDATE sluice_files SET begun = greatest(begun - 1, 0)
WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
