-- Whether a COPY does to the table what an INSERT would: no rule changes it and no trigger runs before it. Asked after the COPY, whose
-- lock keeps others from making one.
-- $1: the table's name as SQL
SELECT NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = this.oid AND ev_type = '3')
       -- 2: before a row or statement. 4: of an INSERT.
       AND NOT EXISTS (SELECT FROM pg_trigger
                       WHERE tgrelid IN (SELECT this.oid UNION ALL SELECT relid FROM pg_partition_tree(this.oid))
                         AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype::int & 6 = 6) AS plain
FROM (SELECT to_regclass($1::text)::oid AS oid) AS this
