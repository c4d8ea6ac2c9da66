-- The records that are not committed yet, estimated from the sizes of the files, and the pace of the last minutes. A token begins
-- with the size of its file. Files of a feed that is set aside wait for a person.
-- $1: the earliest time from which the pace is measured   $2: only this feed
WITH open AS (
  SELECT count(*) AS files, coalesce(sum(split_part(token, '-', 1)::bigint), 0) AS bytes, coalesce(sum(records), 0) AS records,
         min(registered_at) AS since
  FROM sluice_files WHERE closed_at IS NULL AND gone_at IS NULL AND held IS NULL AND ($2::text IS NULL OR feed = $2::text)
    AND feed NOT IN (SELECT aside.feed FROM sluice_feeds AS aside WHERE aside.aside_at IS NOT NULL)
),
-- The latest files are used, because new files are most likely similar to them.
known AS (
  SELECT sum(split_part(token, '-', 1)::bigint) AS bytes, sum(records) AS records
  FROM (SELECT token, records FROM sluice_files
        WHERE closed_at IS NOT NULL AND same_as IS NULL AND ($2::text IS NULL OR feed = $2::text)
        ORDER BY closed_at DESC LIMIT 100) AS last
),
pace AS (
  SELECT coalesce(sum(commit.records), 0) AS records,
         extract(epoch FROM now() - greatest($1::timestamptz, open.since))::float8 AS seconds
  FROM open LEFT JOIN sluice_commits AS commit ON commit.committed_at >= greatest($1::timestamptz, open.since)
                                                    AND ($2::text IS NULL OR commit.feed = $2::text)
  GROUP BY open.since
)
SELECT open.files,
       CASE WHEN known.bytes > 0 AND known.records > 0
            THEN greatest(0, round(open.bytes * (known.records / known.bytes) - open.records))::bigint END AS remaining,
       CASE WHEN pace.seconds > 0 THEN pace.records / pace.seconds END::float8 AS "recordsPerSecond"
FROM open, known, pace
