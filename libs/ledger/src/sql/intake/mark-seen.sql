-- Records that versions which were gone are in the folder again, because a folder can be unmounted and mounted.
-- $1: file numbers
UPDATE sluice_files SET gone_at = NULL, gone_why = NULL
WHERE file_no = ANY ($1::bigint[]) AND gone_at IS NOT NULL AND closed_at IS NULL
