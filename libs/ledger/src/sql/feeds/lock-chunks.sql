-- Waits for the commits that run, and keeps new ones out until the end of the transaction.
LOCK TABLE sluice_chunks IN SHARE ROW EXCLUSIVE MODE
