-- One page of the file versions, newest first.
-- $1: only names with this in them (a LIKE pattern)   $2: only of this state   $3: file_no of the last one of the page before
-- $4: at most so many
SELECT file_no, name, state, generation, bytes, landed_at, closed_at, records, inserted, duplicates, conflicts, rejects, quarantine
FROM (
  SELECT *, split_part(token, '-', 1)::bigint AS bytes,
         CASE WHEN undone_at IS NOT NULL THEN 'undone'
              WHEN quarantine IS NOT NULL THEN 'quarantined'
              WHEN same_as IS NOT NULL THEN 'same'
              WHEN closed_at IS NOT NULL THEN 'closed'
              WHEN gone_at IS NOT NULL THEN 'gone'
              ELSE 'open' END AS state
  FROM sluice_files
) AS file
WHERE ($1::text IS NULL OR name ILIKE $1::text)
  AND ($2::text IS NULL OR state = $2::text)
  AND file_no < coalesce($3::bigint, 9223372036854775807)
ORDER BY file_no DESC
LIMIT $4::int
