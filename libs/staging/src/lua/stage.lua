-- Stages one chunk, once. Staging it again changes nothing, whichever process does it.
-- KEYS: chunk, staged list of its contract, chunks, pending, totals, mark of its contract as busy
-- ARGV: ref, payload, meta (JSON), limit in bytes, how long the mark holds in ms (0: no mark)
-- Returns {outcome, records of the contract that wait for a batch now}; outcome is 'staged', 'known' or 'full'.
local chunk, staged, chunks, pending, totals, busy = unpack(KEYS)
local ref, payload, text, limit, busy_for = unpack(ARGV)
local meta = decoded(text)
local records, bytes = of_contract('records', meta), bytes_field(meta)

-- A file that is read over again is on its way too.
if tonumber(busy_for) > 0 then redis.call('SET', busy, '', 'PX', busy_for) end

-- A payload without an entry in `chunks`, or an entry without a payload, would never be committed: the chunk is staged again.
local waiting = number(redis.call('HGET', totals, records))
local had, noted = is_payload(chunk), redis.call('HEXISTS', chunks, ref) == 1
if had and noted then return { 'known', waiting } end

clear_bytes(chunks, totals)
-- A feed that holds nothing gets in with one chunk of any size: otherwise a chunk above the limit would never get in, nor a feed
-- while another one, which came when it was alone, holds all there is.
local own, may = share(totals, bytes, tonumber(limit))
if own > 0 and own + #payload > may then return { 'full', waiting } end

redis.call('SET', chunk, payload)
redis.call('RPUSH', staged, ref)
redis.call('HSET', chunks, ref, text)
if not had and not noted then add(pending, string.match(ref, '^%d+'), 1) end
add(totals, 'bytes', #payload)
add(totals, bytes, #payload)
return { 'staged', add(totals, records, meta.records) }
