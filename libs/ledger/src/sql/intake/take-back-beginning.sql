-- Takes back one beginning of a version that could not be read for a reason outside of it: the worker did not see it, its source did
-- not answer, or its feed had no room in staging. Updates no row if the version is closed or gone now.
-- $1: file_no
UPDATE sluice_files SET begun = greatest(begun - 1, 0)
WHERE file_no = $1::bigint AND closed_at IS NULL AND gone_at IS NULL
