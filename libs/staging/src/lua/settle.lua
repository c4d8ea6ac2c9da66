-- Drops the payloads that one execution of a batch has committed to the ledger (I5), and the open batch itself once none of
-- its references has a payload left.
-- KEYS: chunks, pending, batches, totals, newer, then one chunk key for each reference
-- ARGV: batch id, prefix of chunk keys, then one reference for each chunk key
-- Returns the number of payloads dropped.
local chunks, pending, batches, totals, newer = unpack(KEYS, 1, 5)
local batch, chunk_prefix = ARGV[1], ARGV[2]

local dropped = 0
for i = 6, #KEYS do
  local size = is_payload(KEYS[i]) and redis.call('STRLEN', KEYS[i]) or 0
  local had = redis.call('DEL', KEYS[i])
  dropped = dropped + had
  forget(chunks, pending, totals, ARGV[i - 3], had == 1 and size or nil)
end

local refs = redis.call('HGET', batches, batch)
if refs then
  local left = false
  for _, ref in ipairs(decoded(refs)) do
    -- A chunk whose payload is gone must not keep its file from being parsed again.
    if is_payload(chunk_prefix .. tostring(ref)) then
      left = true
    else
      forget(chunks, pending, totals, tostring(ref), nil)
    end
  end
  if not left then
    redis.call('HDEL', batches, batch)
    redis.call('HDEL', newer, batch)
  end
end
clear_bytes(chunks, totals)
return dropped
