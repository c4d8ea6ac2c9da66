-- What the catalog says about a table: all that decides whether a feed can fill it, and the types that its rows are read as.
-- $1: schema; without one the table is looked for as any statement looks for it   $2: name
WITH RECURSIVE this AS (
  SELECT pg_class.oid, relname, nspname, pg_namespace.oid AS schema, relkind, relrowsecurity
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = $2::text AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN $1::text IS NULL THEN pg_table_is_visible(pg_class.oid) ELSE nspname = $1::text END
),
-- The table and all partitions below it.
part AS (
  SELECT oid FROM this
  UNION
  SELECT relid FROM this, pg_partition_tree(this.oid) WHERE relkind = 'p'
),
-- Each column with the types that its domain stands for.
typed AS (
  SELECT attnum, atttypid AS type, atttypmod AS typmod, false AS not_null, NULL::text COLLATE "C" AS preset
  FROM this JOIN pg_attribute ON attrelid = this.oid WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT attnum, typbasetype, typtypmod, not_null OR typnotnull, coalesce(preset, typdefault)
  FROM typed JOIN pg_type ON pg_type.oid = typed.type WHERE typtype = 'd'
)
SELECT nspname AS schema, relname AS name, relkind::text AS kind,
       (SELECT min(relpersistence::text) FROM part JOIN pg_class USING (oid) WHERE relpersistence <> 'p') AS persistence,
       -- The role may not even enter the schema. Then the server answers no question about rights on the table by its name.
       has_schema_privilege(schema, 'USAGE') AS "mayEnter",
       has_table_privilege(oid, 'SELECT') AS "maySelect",
       has_table_privilege(oid, 'DELETE') AS "mayDelete",
       relkind IN ('r', 'p') AND row_security_active(oid) AS "rowSecurity",
       ARRAY (SELECT rulename::text FROM pg_rewrite WHERE ev_class = this.oid AND ev_type = '3' ORDER BY 1) AS rules,
       -- 2: before a row or statement. 4: of an INSERT.
       ARRAY (SELECT DISTINCT tgname::text FROM pg_trigger JOIN part ON tgrelid = part.oid
              WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype::int & 6 = 6 ORDER BY 1) AS triggers,
       ARRAY (SELECT conname::text FROM pg_constraint WHERE conrelid = this.oid AND contype = 'f' ORDER BY 1) AS "foreignKeys",
       -- An expression has no name.
       ARRAY (SELECT coalesce(attname::text, '') FROM pg_partitioned_table, unnest(partattrs) AS number
              LEFT JOIN pg_attribute ON attrelid = this.oid AND attnum = number AND number > 0
              WHERE partrelid = this.oid) AS "partitionedBy",
       (SELECT coalesce(json_agg(json_build_object(
                 'name', relname, 'primary', indisprimary, 'valid', indisvalid AND indisready, 'immediate', indimmediate,
                 'partial', indpred IS NOT NULL, 'expression', indexprs IS NOT NULL,
                 'columns', ARRAY (SELECT attname::text FROM unnest(indkey) WITH ORDINALITY AS number (attnum, nth)
                                   JOIN pg_attribute AS own ON attrelid = this.oid AND own.attnum = number.attnum
                                   WHERE nth <= indnkeyatts ORDER BY nth),
                 -- An index with another collation than its column says "equal" where the column does not, or the other way round.
                 'otherCollation', EXISTS (
                   SELECT FROM unnest(indkey) WITH ORDINALITY AS number (attnum, nth)
                   JOIN unnest(indcollation) WITH ORDINALITY AS collated (oid, nth) USING (nth)
                   JOIN pg_attribute AS own ON attrelid = this.oid AND own.attnum = number.attnum
                   JOIN pg_collation ON pg_collation.oid IN (collated.oid, attcollation) AND NOT collisdeterministic
                   WHERE collated.oid <> attcollation))
               ORDER BY relname), '[]')
        FROM pg_index JOIN pg_class AS index_ ON index_.oid = indexrelid
        WHERE indrelid = this.oid AND indisunique) AS indexes,
       (SELECT coalesce(json_agg(json_build_object(
                 'name', own.attname, 'type', format_type(own.atttypid, own.atttypmod),
                 'collation', CASE WHEN own.attcollation NOT IN (0, own_type.typcollation)
                                   THEN (SELECT quote_ident(nspname) || '.' || quote_ident(collname)
                                         FROM pg_collation JOIN pg_namespace ON pg_namespace.oid = collnamespace
                                         WHERE pg_collation.oid = own.attcollation) END,
                 'base', format_type(base.type, NULL),
                 -- Of an array, what its elements are.
                 'element', (SELECT format_type(typelem, NULL) FROM pg_type WHERE oid = base.type AND typcategory = 'A'),
                 'scale', CASE WHEN base.type = 'numeric'::regtype AND base.typmod >= 4
                               THEN ((((base.typmod - 4) & 2047) # 1024) - 1024) END,
                 'length', CASE WHEN base.type IN ('varchar'::regtype, 'bpchar'::regtype) AND base.typmod >= 4
                                THEN base.typmod - 4 END,
                 'notNull', own.attnotnull OR base.not_null,
                 'filledByItself', own.atthasdef OR own.attidentity <> '' OR base.preset IS NOT NULL,
                 'always', own.attgenerated <> '' OR own.attidentity = 'a',
                 'mayInsert', has_column_privilege(own.attrelid, own.attnum, 'INSERT'))
               ORDER BY own.attnum), '[]')
        FROM pg_attribute AS own JOIN pg_type AS own_type ON own_type.oid = own.atttypid
        JOIN typed AS base ON base.attnum = own.attnum
             AND NOT EXISTS (SELECT FROM pg_type WHERE oid = base.type AND typtype = 'd')
        WHERE own.attrelid = this.oid AND own.attnum > 0 AND NOT own.attisdropped) AS columns
FROM this
