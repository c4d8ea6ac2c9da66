-- A file version, and the chunk that holds one of its lines.
-- $1: file_no   $2: line
SELECT file.file_no AS "fileNo", feed, contract_no AS "contractNo", name, token, content_no AS "contentNo", content_hash AS "contentHash",
       :part(rules) AS rules,
       (SELECT json_build_object('batchId', batch_id, 'committedAt', committed_at, 'firstLine', first_line, 'lastLine', last_line,
                                 'records', records)
        FROM sluice_chunks AS span
        WHERE span.file_no = file.file_no AND span.first_line <= $2::bigint
        ORDER BY span.first_line DESC
        LIMIT 1) AS chunk
FROM sluice_files AS file
WHERE file_no = $1::bigint
