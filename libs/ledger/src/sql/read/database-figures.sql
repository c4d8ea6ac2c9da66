-- The table and its server. The number of rows is the ledger's: nothing here depends on how many there are.
SELECT (SELECT max(event_timestamp) FROM :events) AT TIME ZONE 'UTC' AS latest_event,
       pg_table_size($1::text::regclass) AS table_bytes,
       pg_indexes_size($1::text::regclass) AS index_bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice-%') AS sluice,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('max_connections')::int AS connection_limit
