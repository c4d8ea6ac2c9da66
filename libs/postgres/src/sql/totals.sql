-- The sums of the ledger.
SELECT count(*) AS files,
       count(*) FILTER (WHERE closed_at IS NOT NULL) AS closed,
       count(*) FILTER (WHERE closed_at IS NULL AND gone_at IS NULL) AS open,
       count(*) FILTER (WHERE closed_at IS NULL AND gone_at IS NOT NULL) AS gone,
       count(*) FILTER (WHERE quarantine IS NOT NULL) AS quarantined,
       count(*) FILTER (WHERE same_as IS NOT NULL) AS same,
       coalesce(sum(records), 0)::bigint AS records,
       coalesce(sum(inserted), 0)::bigint AS inserted,
       coalesce(sum(undone), 0)::bigint AS undone,
       coalesce(sum(duplicates), 0)::bigint AS duplicates,
       coalesce(sum(duplicates_in_chunk), 0)::bigint AS duplicates_in_chunk,
       coalesce(sum(conflicts), 0)::bigint AS conflicts,
       coalesce(sum(rejects), 0)::bigint AS rejects,
       (SELECT count(*) FROM sluice_commits)
         + (SELECT coalesce(sum(count), 0)::bigint FROM sluice_commit_counts WHERE commit_no = 0 AND kind = 'batch') AS batches,
       (SELECT max(committed_at) FROM sluice_commits) AS last_commit,
       min(landed_at) FILTER (WHERE closed_at IS NULL AND gone_at IS NULL) AS oldest_open
FROM sluice_files
