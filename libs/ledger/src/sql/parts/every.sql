-- Calculates n for sampling every nth file. $1: completed since this time   $2: about how many files to sample
-- $3: completed before this time; null: until now
SELECT greatest(1, ((SELECT file_no FROM sluice_files WHERE closed_at < coalesce($3::timestamptz, 'infinity') AND same_as IS NULL
                     ORDER BY closed_at DESC LIMIT 1)
                  - (SELECT file_no FROM sluice_files WHERE closed_at >= $1::timestamptz AND same_as IS NULL
                     ORDER BY closed_at LIMIT 1)) / $2::int) AS nth
