-- Stages one chunk, once. Staging it again changes nothing, whichever process does it.
-- KEYS: chunk, staged list of its contract, chunks, pending, totals, mark of its contract as busy
-- ARGV: ref, payload, meta (JSON), its records, the fields of `totals` that count the records of its contract and the bytes of its
--       feed, limit in bytes, how long the mark holds in ms (0: no mark)
-- Returns {outcome, records of the contract that wait for a batch now}; outcome is 'staged', 'known' or 'full'.
local chunk, staged, chunks, pending, totals, busy = unpack(KEYS)
local ref, payload, text, records, records_field, feed_field, limit, busy_for = unpack(ARGV)

-- A file that is read over again is on its way too.
if tonumber(busy_for) > 0 then redis.call('SET', busy, '', 'PX', busy_for) end

local counts = redis.call('HMGET', totals, records_field, feed_field, 'bytes')
local waiting, own, all = number(counts[1]), number(counts[2]), number(counts[3])

-- A payload without an entry in `chunks`, or an entry without a payload, would never be committed: the chunk is staged again.
local function is_known()
  return is_payload(chunk) and redis.call('HEXISTS', chunks, ref) == 1
end

-- A feed that holds nothing gets in with one chunk of any size: otherwise a chunk above the limit would never get in, nor a feed
-- while another one, which came when it was alone, holds all there is.
local function is_full()
  return own > 0 and own + #payload > share(own, all, tonumber(limit))
end

-- An empty staging holds no bytes. This repairs a wrong total, which could keep the next chunks out.
if own == 0 and all > 0 and clear_bytes(chunks, totals) then all = 0 end

local had = false
if is_full() then
  if is_known() then return { 'known', waiting } end
  if clear_bytes(chunks, totals) then own, all = 0, 0 end
  if is_full() then return { 'full', waiting } end
  redis.call('SET', chunk, payload)
elseif not redis.call('SET', chunk, payload, 'NX') then
  if is_known() then return { 'known', waiting } end
  had = is_payload(chunk)
  redis.call('SET', chunk, payload)
end
redis.call('RPUSH', staged, ref)
local noted = redis.call('HSET', chunks, ref, text) == 0
if not had and not noted then add(pending, string.match(ref, '^%d+'), 1) end
waiting = waiting + number(records)
redis.call(
  'HSET', totals,
  records_field, whole(waiting), feed_field, whole(own + #payload), 'bytes', whole(all + #payload)
)
return { 'staged', waiting }
