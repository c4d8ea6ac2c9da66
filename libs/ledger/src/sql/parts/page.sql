-- Limits the files of one state to the page that read/file-list is asked for.
AND ($5::text IS NULL OR feed = $5::text)
AND ($1::text IS NULL OR lower(name) LIKE (SELECT lower($1::text))) AND file_no < coalesce($3::bigint, 9223372036854775807)
ORDER BY file_no DESC LIMIT $4::int
