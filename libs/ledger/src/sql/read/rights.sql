-- The rights that the pipeline needs and this role lacks. Only "undo" deletes rows of the table and makes a temporary table. The
-- pipeline only adds to the audit, and a function deletes old entries.
SELECT need.table_name || ': ' || need.privilege AS lacking
FROM (SELECT ':events' AS table_name, privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'DELETE']) AS privilege
      UNION ALL
      SELECT quote_ident(relname), privilege
      FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
      WHERE relname LIKE 'sluice\_%' AND relkind = 'r' AND relpersistence = 'p' AND pg_table_is_visible(oid)
        AND (relname NOT IN ('sluice_audit', 'sluice_migrations')
             OR privilege = 'SELECT' OR (privilege = 'INSERT' AND relname = 'sluice_audit'))) AS need
WHERE NOT has_table_privilege(need.table_name, need.privilege)
UNION ALL
SELECT 'sluice_drop_audit: EXECUTE' WHERE NOT has_function_privilege('sluice_drop_audit(interval, int)', 'EXECUTE')
UNION ALL
SELECT 'database: TEMPORARY' WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY 1
