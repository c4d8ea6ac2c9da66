-- Retires a feed that has no YAML any more: what is open is finished, and nothing new is registered. It is audited once.
-- $1: feed   $2: who
WITH retired AS (
  UPDATE sluice_feeds SET retired_at = now() WHERE feed = $1::text AND retired_at IS NULL RETURNING contract_no
)
INSERT INTO sluice_audit (action, subject, detail, done_by)
SELECT 'retire', $1::text, json_build_object('contract', contract_no), $2::text FROM retired
