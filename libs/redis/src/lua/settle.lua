-- Drops the payloads that one execution of a batch has carried into the ledger (I5), and the open batch itself once
-- none of its references has a payload left.
-- KEYS: chunks, pending, batches, totals, then one chunk key for each reference
-- ARGV: batch id, key of a chunk without its reference, then one reference for each chunk key
-- Returns the number of payloads dropped.
local chunks, pending, batches, totals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local batch, chunk_prefix = ARGV[1], ARGV[2]

local dropped = 0
for i = 5, #KEYS do
  local ref = ARGV[i - 2]
  local size = redis.call('STRLEN', KEYS[i])
  if redis.call('DEL', KEYS[i]) == 1 then
    dropped = dropped + 1
    redis.call('HDEL', chunks, ref)
    redis.call('HINCRBY', totals, 'bytes', -size)
    local file_no = string.match(ref, '^%d+')
    if redis.call('HINCRBY', pending, file_no, -1) <= 0 then redis.call('HDEL', pending, file_no) end
  end
end
if redis.call('HLEN', chunks) == 0 then redis.call('HSET', totals, 'bytes', 0) end

local refs = redis.call('HGET', batches, batch)
if refs then
  for _, ref in ipairs(cjson.decode(refs)) do
    if redis.call('EXISTS', chunk_prefix .. ref) == 1 then return dropped end
  end
  redis.call('HDEL', batches, batch)
end
return dropped
