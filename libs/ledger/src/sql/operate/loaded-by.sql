-- What a feed has loaded by one contract, without what was undone.
-- $1: feed   $2: JSON of the load
SELECT count(*) AS files, coalesce(sum(records), 0)::bigint AS records, coalesce(sum(inserted), 0)::bigint AS rows,
       coalesce(sum(rejects), 0)::bigint AS rejects
FROM sluice_files AS file JOIN sluice_contracts AS loaded ON loaded.contract_no = coalesce(file.contract_no, 1)
WHERE file.feed = $1::text AND loaded.load = $2::text::jsonb AND closed_at IS NOT NULL AND same_as IS NULL AND undone_at IS NULL
