-- Records that a replay has moved a file back into the source folder.
-- $1: name   $2: the path where the file was
UPDATE sluice_files SET moved_to = nullif(moved_to, $2::text), moving_to = nullif(moving_to, $2::text), cleaned_at = NULL
WHERE name = $1::text AND $2::text IN (moved_to, moving_to)
