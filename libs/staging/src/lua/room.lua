-- How many bytes a feed holds, and how many it may hold.
-- KEYS: totals
-- ARGV: field that counts the bytes of the feed, limit in bytes
local counts = redis.call('HMGET', KEYS[1], ARGV[1], 'bytes')
local own = number(counts[1])
return { own, share(own, number(counts[2]), tonumber(ARGV[2])) }
