-- Every how many files one is looked at. $1: completed from this time on   $2: look at about so many
SELECT greatest(1, ((SELECT file_no FROM sluice_files WHERE closed_at IS NOT NULL AND same_as IS NULL
                     ORDER BY closed_at DESC LIMIT 1)
                  - (SELECT file_no FROM sluice_files WHERE closed_at >= $1::timestamptz AND same_as IS NULL
                     ORDER BY closed_at LIMIT 1)) / $2::int) AS nth
