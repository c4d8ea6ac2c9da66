-- How the source of a feed is reached, beside its place: a region, an endpoint, where a key lies. No secret is in it. A process without
-- the YAML of the feed reaches its files by what the watcher noted.
ALTER TABLE sluice_feeds ADD COLUMN source_options JSONB NOT NULL DEFAULT '{}';
