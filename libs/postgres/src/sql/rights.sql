-- What this role may not do that the pipeline does. "undo" alone deletes rows and makes a temporary table.
SELECT need.table_name || ': ' || need.privilege AS lacking
FROM (SELECT ':events' AS table_name, privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'DELETE']) AS privilege
      UNION ALL
      SELECT quote_ident(relname), privilege
      FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
      WHERE relname IN ('sluice_files', 'sluice_chunks', 'sluice_rejects', 'sluice_conflicts', 'sluice_commits',
                        'sluice_commit_counts', 'sluice_audit')
        AND relkind = 'r' AND pg_table_is_visible(oid)) AS need
WHERE NOT has_table_privilege(need.table_name, need.privilege)
UNION ALL
SELECT 'database: TEMPORARY' WHERE NOT has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY 1
