-- Tries rows one after the other as the commit would insert them, each in a block of its own, and notes those that fail. What the
-- table takes stays, so that rows that are good alone but not together are found too. Run in a transaction that is rolled back.
-- A DO block has no parameters. sluice.rows: JSON array of rows. sluice.refused: what it found, {at, sqlstate, constraint, column}.
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
        SELECT *, 1 AS nth FROM json_to_record(row_.content) AS record (:recordset)
      )
      :part(insert);
      IF NOT EXISTS (SELECT FROM json_to_record(row_.content) AS record (:recordset) JOIN :events USING (:key)) THEN
        RAISE EXCEPTION 'the table does not show the row' USING ERRCODE = 'SL002';
      END IF;
    EXCEPTION WHEN OTHERS THEN
      -- Another session is in the way of the whole trial, not of this row.
      IF SQLSTATE LIKE '40%' THEN RAISE; END IF;
      GET STACKED DIAGNOSTICS at_constraint = CONSTRAINT_NAME, at_column = COLUMN_NAME;
      refused := refused || json_build_object(
        'at', row_.at, 'sqlstate', SQLSTATE, 'constraint', nullif(at_constraint, ''), 'column', nullif(at_column, ''));
    END;
  END LOOP;
  PERFORM set_config('sluice.refused', array_to_json(refused)::text, true);
END $$
