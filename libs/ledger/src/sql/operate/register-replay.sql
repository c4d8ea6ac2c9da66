-- Registers the next generation of a version, unless one of its generations is still waiting to be loaded.
-- $1: name   $2: token   $3: chunk_rows   $4: reader version   $5: JSON of the other rules   $6: who asks for it
-- $7: its ctime; null when it is still to be moved back, which changes the ctime   $8: the active contract of its feed
-- $9: its content hash, where the feed must know that before it is read
WITH latest AS (
  SELECT generation, content_no, closed_at, folder, feed FROM sluice_files
  WHERE name = $1::text AND token = $2::text
  ORDER BY generation DESC
  LIMIT 1
),
registered AS (
  INSERT INTO sluice_files (name, token, generation, content_no, changed_at, chunk_rows, reader, rules, landed_at, stable_at, folder,
                            feed, contract_no, content_hash)
  SELECT $1::text, $2::text, generation + 1, content_no, $7::text, $3::int, $4::int, $5::text::json, now(), now(), folder,
         feed, $8::int, $9::text
  FROM latest
  WHERE closed_at IS NOT NULL
  ON CONFLICT DO NOTHING
  RETURNING file_no, generation, feed
),
audited AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'replay', $1::text, json_build_object('feed', feed, 'file_no', file_no, 'generation', generation), $6::text FROM registered
)
SELECT file_no AS "fileNo", generation FROM registered
