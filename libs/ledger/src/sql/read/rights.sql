-- The rights on the ledger that this role lacks, and what alone needs them.
SELECT quote_ident(relname) || ': ' || privilege AS right, NULL AS "onlyFor"
FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
WHERE relname LIKE 'sluice\_%' AND relkind = 'r' AND relpersistence = 'p' AND pg_table_is_visible(oid)
  AND CASE WHEN relname = 'sluice_migrations' THEN privilege = 'SELECT'
           -- The pipeline only adds to these two. A function deletes old entries of the audit.
           WHEN relname IN ('sluice_audit', 'sluice_contracts') THEN privilege IN ('SELECT', 'INSERT')
           ELSE true END
  AND NOT has_table_privilege(oid, privilege)
UNION ALL
SELECT 'sluice_contracts: UPDATE (feed)', 'feed rename' WHERE NOT has_column_privilege('sluice_contracts', 'feed', 'UPDATE')
UNION ALL
SELECT 'sluice_drop_audit: EXECUTE', 'RETENTION' WHERE NOT has_function_privilege('sluice_drop_audit(interval, int)', 'EXECUTE')
UNION ALL
SELECT 'database: TEMPORARY', 'undo' WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY 1
