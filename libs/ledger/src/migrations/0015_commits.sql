-- Several micro-batches of one contract may be committed in one transaction, which is one commit. The batches of such a commit; null: its
-- only one is batch_id.
ALTER TABLE sluice_commits ADD COLUMN batches UUID[];
