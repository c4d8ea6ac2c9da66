-- Where clean-up has put the content of a version, or was about to put it, newest first: the records of the version, of its
-- replays ("own": of these two kinds), and of files with the same name and content. "shared": another content had that token too.
-- $1: name   $2: token   $3: content_no   $4: content_hash, where it is known
SELECT moved_to AS "movedTo", moving_to AS "movingTo", closed_at AS "closedAt", cleaned_at AS "cleanedAt",
       changed_at AS "changedAt", token = $2::text AND content_no = $3::int AS own,
       EXISTS (SELECT FROM sluice_files AS other
               WHERE other.name = $1::text AND other.token = $2::text AND other.content_no <> $3::int) AS shared
FROM sluice_files
WHERE name = $1::text AND (token = $2::text AND content_no = $3::int OR content_hash = $4::text)
ORDER BY file_no DESC
LIMIT 20
