-- The rights on the tables of feeds that this role lacks, and what alone needs them. What is no table is left out.
-- $1: names of tables
WITH filled AS (:part(tables))
SELECT DISTINCT 'schema ' || quote_ident(nspname) || ': USAGE' AS right, NULL AS "onlyFor"
FROM filled WHERE NOT has_schema_privilege(schema, 'USAGE')
UNION ALL
SELECT name || ': ' || privilege, CASE privilege WHEN 'DELETE' THEN 'undo' END
FROM filled, unnest(ARRAY['SELECT', 'INSERT', 'DELETE']) AS privilege
-- INSERT may be granted on columns: whether on enough of them says the fit.
WHERE NOT CASE privilege WHEN 'INSERT' THEN has_any_column_privilege(oid, privilege) ELSE has_table_privilege(oid, privilege) END
ORDER BY 1
