SELECT name, pg_class.oid, pg_namespace.oid AS schema, nspname
FROM unnest($1::text[]) AS named (name)
-- Only the catalog answers for a schema that this role may not use.
JOIN pg_class ON relname = split_part(name, '.', -1) AND relkind IN ('r', 'p')
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE CASE WHEN strpos(name, '.') > 0 THEN nspname = split_part(name, '.', -2) ELSE pg_table_is_visible(pg_class.oid) END
