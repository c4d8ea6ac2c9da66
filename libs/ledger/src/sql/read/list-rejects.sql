-- One page of the rejects, the newest file first and by line within a file. "state": whether somebody must still deal with it.
-- $1: only files with this name   $2: only this code   $3: only committed at this time or later   $4: only of this feed
-- $5, $6: file_no and line of the last reject of the previous page   $7: limit   $8: 1 includes settled ones   $9: only of this version of a file
SELECT file.file_no AS "fileNo",
       CASE WHEN reject.resubmitted_at IS NOT NULL THEN 'resubmitted' ELSE file.state END AS state,
       reject.line, reject.last_line AS "lastLine", reject.col AS "column", reject.code AS reason, reject.expected, reject.raw,
       reject.committed_at AS "committedAt", reject.resubmitted_at AS "resubmittedAt", reject.resubmitted_as AS "resubmittedAs"
FROM (
  SELECT *,
         :part(rejected)
    AND ($8::int = 1 OR rejects > 0) AND ($9::bigint IS NULL OR file_no = $9::bigint)
) AS file
-- Each page is a short walk down two indexes.
CROSS JOIN LATERAL (
  SELECT entry.*, chunk.committed_at
  FROM sluice_rejects AS entry
  LEFT JOIN LATERAL (
    SELECT committed_at FROM sluice_chunks AS span
    WHERE span.file_no = entry.file_no AND span.first_line <= entry.line
    ORDER BY span.first_line DESC
    LIMIT 1
  ) AS chunk ON true
  WHERE entry.file_no = file.file_no
    AND entry.line > CASE WHEN file.file_no = $5::bigint THEN $6::bigint ELSE 0 END
    AND ($2::text IS NULL OR entry.code = $2::text)
    AND ($3::timestamptz IS NULL OR chunk.committed_at >= $3::timestamptz)
    AND ($8::int = 1 OR entry.resubmitted_at IS NULL)
  ORDER BY entry.line
  LIMIT $7::int
) AS reject
WHERE file.file_no <= coalesce($5::bigint, 9223372036854775807) AND ($8::int = 1 OR file.state = 'open')
ORDER BY file.file_no DESC, reject.line
LIMIT $7::int
