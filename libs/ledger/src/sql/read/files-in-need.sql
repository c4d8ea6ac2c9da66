-- The files that need attention, the newest first. Not those whose rows were undone, of which a newer version is known (that one is told
-- of, if it needs attention), or that somebody acknowledged.
-- $1: file_no of the last file of the previous page   $2: limit
SELECT code, file_no AS "fileNo", feed, name, token, folder, quarantine, quarantine_detail AS "quarantineDetail", records,
       CASE WHEN stray_quote_at[2] IS NOT NULL THEN json_build_object('count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2])
            END AS "strayQuotes",
       moved_to AS "movedTo", moving_to AS "movingTo", cleaned_at AS "cleanedAt", closed_at AS "closedAt"
FROM (SELECT *, :part(attention) AS code, :part(settled) AS settled
      FROM sluice_files AS file
      WHERE (quarantine IS NOT NULL OR all_rejected OR stray_quotes > 0 OR gone_why = 'unreadable')
        AND file_no < coalesce($1::bigint, 9223372036854775807)) AS need
WHERE settled IS NULL
ORDER BY file_no DESC
LIMIT $2::int
