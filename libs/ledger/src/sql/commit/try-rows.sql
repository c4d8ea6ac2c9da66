-- Tries to insert rows one by one as the commit would, each in its own block, and notes those that fail. Accepted rows stay in the
-- table, so that rows are found which are good alone but not together. The transaction is rolled back afterwards.
-- A DO block has no parameters. sluice.rows: JSON array of rows. sluice.refused: the result, {at, sqlstate, constraint, column}.
DO $$
DECLARE
  row_ RECORD;
  at_constraint TEXT;
  at_column TEXT;
  refused JSON[] := '{}';
BEGIN
  FOR row_ IN
    SELECT content, ordinality - 1 AS at
    FROM json_array_elements(current_setting('sluice.rows')::json) WITH ORDINALITY AS part (content)
  LOOP
    BEGIN
      WITH candidate AS (
        SELECT sluice_file, sluice_line, :values(record), 1 AS sluice_nth, 0 AS sluice_order
        FROM json_to_record(row_.content) AS record (sluice_file BIGINT, sluice_line BIGINT, :recordset)
      )
      :part(insert);
      IF NOT EXISTS (
        SELECT
        FROM (SELECT sluice_file, sluice_line, :values(record)
              FROM json_to_record(row_.content) AS record (sluice_file BIGINT, sluice_line BIGINT, :recordset)) AS candidate
        JOIN :events AS stored ON (:key(stored)) = (:key(candidate))
      ) THEN
        RAISE EXCEPTION 'the table does not show the row' USING ERRCODE = 'SL002';
      END IF;
    EXCEPTION WHEN OTHERS THEN
      -- A conflict with another session stops the whole trial and says nothing about this row.
      IF SQLSTATE LIKE '40%' THEN RAISE; END IF;
      GET STACKED DIAGNOSTICS at_constraint = CONSTRAINT_NAME, at_column = COLUMN_NAME;
      refused := refused || json_build_object(
        'at', row_.at, 'sqlstate', SQLSTATE, 'constraint', nullif(at_constraint, ''), 'column', nullif(at_column, ''));
    END;
  END LOOP;
  PERFORM set_config('sluice.refused', array_to_json(refused)::text, true);
END $$
