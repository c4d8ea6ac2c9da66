-- Which of the keys the table has, by their positions from 1 on. Keys are equal when the types of the table say so.
-- A key that is too long for its column is cut here, but conflicts.sql refuses it as the table would.
-- $1 and more: for each column of the key, the values as the text of an array
SELECT coalesce(json_agg(sluice_nth), '[]') AS known
FROM unnest(:key_arrays) WITH ORDINALITY AS offered (:key, sluice_nth)
WHERE EXISTS (SELECT FROM :events AS stored WHERE (:key(stored)) = (:key(offered)))
