-- Stages one chunk, once. Staging it again changes nothing, whichever process does it.
-- KEYS: chunk, staged, chunks, pending, totals
-- ARGV: ref, payload, meta (JSON), file_no, records, limit in bytes
-- Returns {outcome, records now waiting for a batch}; outcome is 'staged', 'known' or 'full'.
local chunk, staged, chunks, pending, totals = unpack(KEYS)
local ref, payload, meta, file_no, records, limit = unpack(ARGV)

-- A payload without an entry in `chunks`, or an entry without a payload, would never be committed: the chunk is staged again.
local waiting = number(redis.call('HGET', totals, 'records'))
local had, noted = is_payload(chunk), redis.call('HEXISTS', chunks, ref) == 1
if had and noted then return { 'known', waiting } end

-- An empty staging takes a chunk of any size: otherwise one above the limit would never get in. The reset also repairs a wrong
-- total, which could keep every chunk out.
if redis.call('HLEN', chunks) == 0 then redis.call('HSET', totals, 'bytes', 0) end
local bytes = number(redis.call('HGET', totals, 'bytes'))
if bytes > 0 and bytes + #payload > tonumber(limit) then return { 'full', waiting } end

redis.call('SET', chunk, payload)
redis.call('RPUSH', staged, ref)
redis.call('HSET', chunks, ref, meta)
if not had and not noted then add(pending, file_no, 1) end
add(totals, 'bytes', #payload)
return { 'staged', add(totals, 'records', tonumber(records)) }
