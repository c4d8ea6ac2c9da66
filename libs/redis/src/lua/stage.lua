-- Stages one chunk, once: a second time changes nothing, whoever brings it.
-- KEYS: chunk, staged, chunks, pending, totals
-- ARGV: ref, payload, meta (JSON), file_no, records, limit in bytes
-- Returns {outcome, records now waiting for a batch}; outcome is 'staged', 'known' or 'full'.
local chunk, staged, chunks, pending, totals = unpack(KEYS)
local ref, payload, meta, file_no, records, limit = unpack(ARGV)

local waiting = tonumber(redis.call('HGET', totals, 'records') or '0')
if redis.call('EXISTS', chunk) == 1 then return { 'known', waiting } end

-- An empty staging takes a chunk of any size, or one above the limit would wait for ever.
local bytes = tonumber(redis.call('HGET', totals, 'bytes') or '0')
if bytes > 0 and bytes + #payload > tonumber(limit) then return { 'full', waiting } end

redis.call('SET', chunk, payload)
redis.call('RPUSH', staged, ref)
redis.call('HSET', chunks, ref, meta)
redis.call('HINCRBY', pending, file_no, 1)
redis.call('HINCRBY', totals, 'bytes', #payload)
return { 'staged', redis.call('HINCRBY', totals, 'records', records) }
