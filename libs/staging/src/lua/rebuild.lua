-- Makes the entries of staged chunks match the payloads that exist: each chunk is in the staged list of its contract or in an
-- open batch, exactly once, and is counted.
-- KEYS: staged list of a version without contracts, chunks, pending, batches, totals, newer
-- ARGV: prefix of chunk keys, then the ids of open batches that cannot be read
local staged, chunks, pending, batches, totals, newer = unpack(KEYS)
local chunk_prefix = ARGV[1]

for i = 2, #ARGV do redis.call('HDEL', batches, ARGV[i]) end
for _, batch in ipairs(redis.call('HKEYS', newer)) do
  if redis.call('HEXISTS', batches, batch) == 0 then redis.call('HDEL', newer, batch) end
end
local placed = {}
for _, refs in ipairs(redis.call('HVALS', batches)) do
  for _, ref in ipairs(decoded(refs)) do placed[ref] = true end
end

-- The lists that exist are those of the contracts that have records, or chunks.
local entries = redis.call('HGETALL', chunks)
local metas, lists = {}, { [staged] = true }
for i = 1, #entries, 2 do
  metas[entries[i]] = decoded(entries[i + 1])
  lists[of_contract(staged, metas[entries[i]])] = true
end
for _, field in ipairs(redis.call('HKEYS', totals)) do
  local contract = string.match(field, '^records(:%d+)$')
  if contract then lists[staged .. contract] = true end
  if field ~= 'flushed_at' then redis.call('HDEL', totals, field) end
end
-- What is listed keeps its order; what is in no list comes behind it.
local order = {}
for list in pairs(lists) do
  if redis.call('TYPE', list).ok == 'list' then
    for _, ref in ipairs(redis.call('LRANGE', list, 0, -1)) do order[#order + 1] = ref end
  end
  redis.call('DEL', list)
end
for i = 1, #entries, 2 do order[#order + 1] = entries[i] end

redis.call('DEL', pending)
redis.call('HSET', totals, 'bytes', 0)
local counted = {}
for _, ref in ipairs(order) do
  local meta = metas[ref]
  if meta and not counted[ref] then
    counted[ref] = true
    if not is_payload(chunk_prefix .. ref) then
      redis.call('HDEL', chunks, ref)
    else
      local size = redis.call('STRLEN', chunk_prefix .. ref)
      add(totals, 'bytes', size)
      add(totals, bytes_field(meta), size)
      local file_no = string.match(ref, '^%d+')
      if file_no then add(pending, file_no, 1) end
      if not placed[ref] then
        redis.call('RPUSH', of_contract(staged, meta), ref)
        add(totals, of_contract('records', meta), number(meta.records))
      end
    end
  end
end
