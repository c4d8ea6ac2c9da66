-- Records that versions which are still to be loaded were seen in this folder.
-- $1: file numbers   $2: the folder's identity
UPDATE sluice_files SET folder = $2::text
WHERE file_no = ANY ($1::bigint[]) AND closed_at IS NULL
