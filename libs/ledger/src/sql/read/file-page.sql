-- One file version, and the times when its chunks passed the stages.
-- $1: file_no
SELECT file_no AS "fileNo", feed, name, split_part(token, '-', 1)::bigint AS bytes, generation, landed_at AS "landedAt", stable_at AS "stableAt",
       registered_at AS "registeredAt", closed_at AS "closedAt", content_hash AS "contentHash", same_as AS "sameAs", total,
       last_line AS "lastLine", records, inserted, undone, undone_at AS "undoneAt", duplicates, duplicates_in_chunk AS "duplicatesInChunk",
       conflicts, rejects, quarantine, quarantine_detail AS "quarantineDetail", gone_why AS "goneWhy", moved_to AS "movedTo",
       moving_to AS "movingTo", cleaned_at AS "cleanedAt", detail_state AS "detailState",
       CASE WHEN stray_quote_at[2] IS NOT NULL THEN json_build_object(
         'count', stray_quotes, 'line', stray_quote_at[1], 'lastLine', stray_quote_at[2]) END AS "strayQuotes",
       :part(state),
       chunk.*
FROM sluice_files AS file,
     LATERAL (SELECT min(queued_at) AS "queuedAt", min(parsed_at) AS "firstParsed", max(parsed_at) AS "lastParsed",
                     min(committed_at) AS "firstCommitted", max(committed_at) AS "lastCommitted"
              FROM sluice_chunks WHERE sluice_chunks.file_no = file.file_no) AS chunk
WHERE file.file_no = $1::bigint
