-- Makes a load the active contract of a feed, unless the active one comes from a newer YAML. The same load is the same contract.
-- $1: feed   $2: load (JSON)   $3: source   $4: when its YAML was changed   $5: who   $6: when files are to come (JSON), or null
-- $7: how the source is reached (JSON)
WITH present AS (
  SELECT feed.contract_no, feed.yaml_at, feed.retired_at, active.load = $2::text::jsonb AS same
  FROM sluice_feeds AS feed JOIN sluice_contracts AS active USING (contract_no)
  WHERE feed.feed = $1::text
),
newer AS (
  SELECT contract_no FROM present WHERE NOT same AND yaml_at > $4::timestamptz
),
known AS (
  SELECT contract_no FROM sluice_contracts
  WHERE feed = $1::text AND md5(load::text) = md5($2::text::jsonb::text) AND load = $2::text::jsonb
),
made AS (
  INSERT INTO sluice_contracts (feed, load)
  SELECT $1::text, $2::text::jsonb WHERE NOT EXISTS (SELECT FROM newer) AND NOT EXISTS (SELECT FROM known)
  RETURNING contract_no
),
wanted AS (
  SELECT contract_no FROM known UNION ALL SELECT contract_no FROM made
),
activated AS (
  INSERT INTO sluice_feeds AS feed (feed, contract_no, source, yaml_at, expect, source_options)
  SELECT $1::text, contract_no, $3::text, $4::timestamptz, $6::text::jsonb, $7::text::jsonb
  FROM wanted WHERE NOT EXISTS (SELECT FROM newer)
  ON CONFLICT (feed) DO UPDATE SET
    expect = CASE WHEN feed.yaml_at > excluded.yaml_at THEN feed.expect ELSE excluded.expect END,
    source = excluded.source, source_options = excluded.source_options,
    yaml_at = greatest(feed.yaml_at, excluded.yaml_at), retired_at = NULL,
    active_at = CASE WHEN feed.contract_no = excluded.contract_no THEN feed.active_at ELSE now() END,
    contract_no = excluded.contract_no
  RETURNING contract_no
),
audited AS (
  INSERT INTO sluice_audit (action, subject, detail, done_by)
  SELECT 'activate', $1::text, json_build_object('contract', contract_no, 'before', (SELECT contract_no FROM present)), $5::text
  FROM activated
  WHERE NOT EXISTS (SELECT FROM present WHERE same AND retired_at IS NULL)
)
SELECT (SELECT contract_no FROM activated) AS "contractNo", (SELECT contract_no FROM newer) AS newer
