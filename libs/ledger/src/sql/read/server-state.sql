-- The settings of the server that matter to the pipeline, and its time in ms since 1970.
SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now, current_setting('server_version_num')::int AS "versionNumber",
       current_setting('synchronous_commit') AS "synchronousCommit", pg_is_in_recovery() AS "readOnly"
