-- Moves references from the staged list of one contract to one new open micro-batch, oldest first.
-- KEYS: staged list of the contract, chunks, batches, totals
-- ARGV: batch id, most records, most references, most bytes, 'full' (only a full batch) or 'all', field of the waiting records
-- Returns each reference taken, followed by its meta (JSON); an empty list when there is nothing to take.
local staged, chunks, batches, totals = unpack(KEYS)
local batch, max_records, max_refs, max_bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local mode, field = ARGV[5], ARGV[6]

local waiting = number(redis.call('HGET', totals, field))
if mode == 'full' and waiting < max_records then return {} end

local refs, taken, records, bytes = {}, {}, 0, 0

-- Takes the next references of the list. Returns whether there is room for more.
local function take(some)
  local metas = redis.call('HMGET', chunks, unpack(some))
  for i, ref in ipairs(some) do
    local meta = metas[i] or ''
    local is = decoded(meta)
    local more_records, more_bytes = number(is.records), number(is.bytes)
    -- A single chunk above a limit is still taken, alone.
    if #refs > 0 and (records + more_records > max_records or bytes + more_bytes > max_bytes) then return false end
    refs[#refs + 1] = ref
    taken[#taken + 1] = ref
    taken[#taken + 1] = meta
    records, bytes = records + more_records, bytes + more_bytes
  end
  return true
end

-- The list may be long, and a batch of a few chunks must not read all of it.
local few = 16
repeat
  local some = redis.call('LRANGE', staged, #refs, math.min(#refs + few, max_refs) - 1)
  few = math.min(4 * few, MANY)
until #some == 0 or not take(some) or #refs >= max_refs
if #refs == 0 then
  redis.call('HDEL', totals, field)
  return {}
end

redis.call('LTRIM', staged, #refs, -1)
redis.call('HSET', batches, batch, cjson.encode(refs))
if redis.call('LLEN', staged) == 0 then
  redis.call('HDEL', totals, field)
else
  add(totals, field, -records)
end
return taken
