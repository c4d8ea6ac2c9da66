-- Records the ctime that a parse finds, or a new ctime that appeared during the parse and did not change what it had read. Only
-- updates a version whose ctime is unknown, or that no other execution has begun to read, because what that one read is unknown.
-- $1: file_no   $2: the ctime that the parse knew   $3: the ctime that it found
UPDATE sluice_files SET changed_at = $3::text
WHERE file_no = $1::bigint
  AND (changed_at = $3::text
       OR changed_at IS NULL AND $2::text IS NULL
       OR changed_at = $2::text AND begun = 1 AND begun_at_records = 0)
