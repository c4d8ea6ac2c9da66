-- The size of the table with its partitions, and the state of its server. The cost does not depend on the number of rows: nothing is
-- counted, and the latest time is looked up only where an index leads to it.
-- $1: the table, quoted   $2: the field that says when
SELECT CASE WHEN EXISTS (SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
                         WHERE indrelid = $1::text::regclass AND indisvalid AND indpred IS NULL AND attname = $2::text)
            THEN (SELECT max(:time) FROM :events)::timestamp AT TIME ZONE 'UTC' END AS "latestEvent",
       coalesce((SELECT sum(pg_table_size(relid)) FROM pg_partition_tree($1::text::regclass)),
                pg_table_size($1::text::regclass))::bigint AS "tableBytes",
       coalesce((SELECT sum(pg_indexes_size(relid)) FROM pg_partition_tree($1::text::regclass)),
                pg_indexes_size($1::text::regclass))::bigint AS "indexBytes",
       json_build_object(
         'sluice', (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'sluice-%'),
         'all', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
         'limit', current_setting('max_connections')::int) AS connections
