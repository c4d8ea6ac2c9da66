-- Drops the payloads that one execution of a batch has committed to the ledger (I5), and the open batch itself once none of
-- its references has a payload left.
-- KEYS: chunks, pending, batches, totals, newer, then one chunk key for each reference
-- ARGV: batch id, prefix of chunk keys, then one reference for each chunk key
-- Returns the number of payloads dropped.
local chunks, pending, batches, totals, newer = unpack(KEYS, 1, 5)
local batch, chunk_prefix = ARGV[1], ARGV[2]

local dropped, done = 0, {}
for from = 6, #KEYS, MANY do
  local keys, refs, sizes = {}, {}, {}
  for i = from, math.min(from + MANY - 1, #KEYS) do
    local ref = ARGV[i - 3]
    if not done[ref] then
      done[ref] = true
      keys[#keys + 1] = KEYS[i]
      refs[#refs + 1] = ref
      sizes[#refs] = size_of(KEYS[i])
    end
  end
  if #refs > 0 then
    dropped = dropped + redis.call('DEL', unpack(keys))
    forget(chunks, pending, totals, refs, sizes)
  end
end

local refs = redis.call('HGET', batches, batch)
if refs then
  local left, gone = false, {}
  for _, ref in ipairs(decoded(refs)) do
    ref = tostring(ref)
    if not done[ref] then
      -- A chunk whose payload is gone must not keep its file from being parsed again.
      if is_payload(chunk_prefix .. ref) then left = true else gone[#gone + 1] = ref end
    end
  end
  for from = 1, #gone, MANY do
    forget(chunks, pending, totals, { unpack(gone, from, math.min(from + MANY - 1, #gone)) }, {})
  end
  if not left then
    redis.call('HDEL', batches, batch)
    redis.call('HDEL', newer, batch)
  end
end
clear_bytes(chunks, totals)
return dropped
