-- How many bytes a feed holds, and how many it may hold.
-- KEYS: totals
-- ARGV: feed, limit in bytes
local own, may = share(KEYS[1], bytes_field({ feed = ARGV[1] }), tonumber(ARGV[2]))
return { own, may }
