-- Records that an execution of a parse ended before it staged anything. If no other execution has begun, the version counts as
-- untouched again.
-- $1: file_no
UPDATE sluice_files SET begun = 0
WHERE file_no = $1::bigint AND begun = 1 AND begun_at_records = 0 AND records = 0
