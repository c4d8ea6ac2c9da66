-- The list of the commits of one feed, newest first, is read from this index, however rare the feed is among the commits.
CREATE INDEX sluice_commits_feed ON sluice_commits (feed, commit_no);
