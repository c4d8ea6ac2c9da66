-- The size of the table and the state of its server. Rows are not counted here, so the cost does not depend on their number.
SELECT (SELECT max(:time) FROM :events) AT TIME ZONE 'UTC' AS "latestEvent",
       pg_table_size($1::text::regclass) AS "tableBytes",
       pg_indexes_size($1::text::regclass) AS "indexBytes",
       json_build_object(
         'sluice', (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice-%'),
         'all', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
         'limit', current_setting('max_connections')::int) AS connections
