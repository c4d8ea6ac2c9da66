-- The versions whose content was read again since, to its end. Their rejects are those of the later version.
SELECT DISTINCT version.file_no, version.feed
FROM sluice_files AS replay
JOIN sluice_files AS version ON version.name = replay.name AND version.token = replay.token AND version.content_no = replay.content_no
                            AND version.generation < replay.generation
WHERE replay.generation > 0 AND replay.closed_at IS NOT NULL AND replay.quarantine IS NULL
