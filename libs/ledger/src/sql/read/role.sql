-- The role of this session, and what it may do with the tables of this database, which may have no ledger yet.
-- $1: names of the tables of feeds
SELECT current_user AS role,
       (SELECT coalesce(bool_and(pg_has_role(relowner, 'USAGE')), false) FROM pg_class
        WHERE relname LIKE 'sluice\_%' AND relkind = 'r' AND relpersistence = 'p' AND pg_table_is_visible(oid)) AS owns,
       has_schema_privilege(current_schema(), 'CREATE') AS creates,
       -- These two tables contain values of rows.
       (SELECT coalesce(bool_and(has_table_privilege(oid, 'SELECT')), true) FROM pg_class
        WHERE relname IN ('sluice_rejects', 'sluice_conflicts') AND pg_table_is_visible(oid)) AS "seesValues",
       ARRAY (SELECT relname::text FROM pg_class
              WHERE relname LIKE 'sluice\_%' AND relname NOT IN ('sluice_rejects', 'sluice_conflicts')
                AND relkind = 'r' AND relpersistence = 'p' AND pg_table_is_visible(oid)
                AND NOT has_table_privilege(oid, 'SELECT')
              UNION
              SELECT name FROM (:part(tables)) AS filled
              WHERE NOT has_schema_privilege(schema, 'USAGE') OR NOT has_table_privilege(oid, 'SELECT')
              ORDER BY 1) AS unreadable,
       -- A replica has the same identity.
       (SELECT system_identifier FROM pg_control_system())::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) AS database
