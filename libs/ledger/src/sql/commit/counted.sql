-- The names by which rows are counted, as the table would write them.
-- $1: JSON array of {name, count}
SELECT coalesce(json_agg(part), '[]')::text AS counts
FROM (SELECT name::text AS name, sum(count) AS count
      FROM json_to_recordset($1::text::json) AS named (name :count_type, count BIGINT)
      GROUP BY 1) AS part
