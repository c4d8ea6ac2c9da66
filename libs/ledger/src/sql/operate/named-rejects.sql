-- The rejects that an operator names, with what is needed to read their corrections and to say why one cannot be loaded.
-- "replayedAs": of an undone file, the later version that has its records now.
-- $1: JSON array of {file_no, line}
SELECT named.file_no AS "fileNo", named.line, file.name, file.detail_state AS "detailState",
       :part(rules) AS rules, file.feed, file.contract_no AS "contractNo",
       file.undone_at IS NOT NULL AS undone, reject.file_no IS NOT NULL AS known, reject.resubmitted_at AS "resubmittedAt",
       reject.resubmitted_as::text AS "resubmittedAs",
       CASE WHEN file.undone_at IS NOT NULL THEN
         (SELECT max(later.file_no) FROM sluice_files AS later
          WHERE later.name = file.name AND later.file_no > file.file_no AND later.undone_at IS NULL AND later.records > 0)
       END AS "replayedAs"
FROM json_to_recordset($1::text::json) AS named (file_no BIGINT, line BIGINT)
JOIN sluice_files AS file USING (file_no)
LEFT JOIN sluice_rejects AS reject USING (file_no, line)
