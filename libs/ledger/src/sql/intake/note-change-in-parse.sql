-- Takes note of the ctime that a parse finds, or of one that came while it read and left what it had read as it was. Only of a version
-- whose ctime is not known yet, or that no other execution has begun to read: of what that one read nothing is known.
-- $1: file_no   $2: the ctime that the parse knew   $3: the one it found
UPDATE sluice_files SET changed_at = $3::text
WHERE file_no = $1::bigint
  AND (changed_at = $3::text
       OR changed_at IS NULL AND $2::text IS NULL
       OR changed_at = $2::text AND begun = 1 AND begun_at_records = 0)
