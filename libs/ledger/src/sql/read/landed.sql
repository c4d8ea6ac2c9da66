-- How many files of a feed landed in a time, as far as that matters. A replay brings no file, and one that went away unread came.
-- $1: feed   $2: from   $3: before   $4: no more than this
SELECT count(*) AS landed
FROM (SELECT FROM sluice_files AS file
      WHERE feed = $1::text AND landed_at >= $2::timestamptz AND landed_at < $3::timestamptz
        AND (generation = 0 OR NOT EXISTS (SELECT FROM sluice_files AS before
                                           WHERE before.name = file.name AND before.token = file.token
                                             AND before.generation < file.generation AND before.content_no = file.content_no))
      LIMIT $4::int) AS counted
