-- Versions that were read again are found without a look at every version.
CREATE INDEX sluice_files_replays ON sluice_files (name, token, content_no, generation) WHERE generation > 0;

-- How many rejects count with a later version, because their content was read again since. Whoever may read the counts of the ledger may
-- know that number, but not the rejects, which hold values of rows. So this runs as the owner, and names in it are bound here.
CREATE FUNCTION sluice_rejects_read_again() RETURNS TABLE (feed TEXT, name TEXT, count BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT version.feed, reject.code, count(*)
  FROM (SELECT DISTINCT version.file_no, version.feed
        FROM sluice_files AS replay
        JOIN sluice_files AS version ON version.name = replay.name AND version.token = replay.token
                                    AND version.content_no = replay.content_no AND version.generation < replay.generation
        WHERE replay.generation > 0 AND replay.closed_at IS NOT NULL AND replay.quarantine IS NULL) AS version
  JOIN sluice_rejects AS reject USING (file_no)
  WHERE reject.resubmitted_at IS NULL
    AND has_table_privilege(session_user, 'sluice_commit_counts'::regclass, 'SELECT')
  GROUP BY version.feed, reject.code;
END;
