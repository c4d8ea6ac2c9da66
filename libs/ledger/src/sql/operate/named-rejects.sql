-- The rejects that an operator names, with what it takes to read their corrections, and to tell why one cannot be loaded.
-- $1: JSON array of {file_no, line}
SELECT named.file_no, named.line, file.name, file.chunk_rows, file.reader, file.rules, file.detail_state,
       file.undone_at IS NOT NULL AS undone, reject.file_no IS NOT NULL AS known, reject.resubmitted_at,
       reject.resubmitted_as::text
FROM json_to_recordset($1::text::json) AS named (file_no BIGINT, line BIGINT)
JOIN sluice_files AS file USING (file_no)
LEFT JOIN sluice_rejects AS reject USING (file_no, line)
