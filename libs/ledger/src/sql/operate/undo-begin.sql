-- The rows that an undo may remove, with columns of the table's own types. sluice_origin: what the row says of where it came from.
-- sluice_kept: why a row stays, because another file brought it ("theirs") or holds it too ("shared"). "sluice_of": its file.
CREATE TEMP TABLE sluice_undoing AS
SELECT :key, :origin AS sluice_origin, NULL::bigint AS sluice_at_line, NULL::bigint AS sluice_of, NULL::text AS sluice_kept
FROM :events
WITH NO DATA
