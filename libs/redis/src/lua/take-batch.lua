-- Moves references from the staged list to one new open micro-batch, oldest first.
-- KEYS: staged, chunks, batches, totals
-- ARGV: batch id, most records, most references, most bytes, 'full' (only a full batch) or 'all'
-- Returns the meta (JSON) of each reference taken; an empty list when there is nothing to take.
local staged, chunks, batches, totals = unpack(KEYS)
local batch, max_records, max_refs, max_bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local waiting = tonumber(redis.call('HGET', totals, 'records') or '0')
if ARGV[5] == 'full' and waiting < max_records then return {} end

local refs, metas, records, bytes = {}, {}, 0, 0
for _, ref in ipairs(redis.call('LRANGE', staged, 0, max_refs - 1)) do
  local meta = redis.call('HGET', chunks, ref)
  local is = meta and cjson.decode(meta) or { records = 0, bytes = 0 }
  -- A single chunk above a limit still goes, alone.
  if #refs > 0 and (records + is.records > max_records or bytes + is.bytes > max_bytes) then break end
  refs[#refs + 1] = ref
  if meta then metas[#metas + 1] = meta end
  records, bytes = records + is.records, bytes + is.bytes
end
if #refs == 0 then return {} end

redis.call('LTRIM', staged, #refs, -1)
redis.call('HSET', batches, batch, cjson.encode(refs))
if redis.call('LLEN', staged) == 0 then
  redis.call('HSET', totals, 'records', 0)
else
  redis.call('HINCRBY', totals, 'records', -records)
end
return metas
