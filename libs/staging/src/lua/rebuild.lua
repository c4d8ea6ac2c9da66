-- Makes the entries of staged chunks match the payloads that exist: each chunk is in the staged list or in an open batch,
-- exactly once, and is counted.
-- KEYS: staged, chunks, pending, batches, totals, newer
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

local list = redis.call('LRANGE', staged, 0, -1)
local metas = redis.call('HGETALL', chunks)
for i = 1, #metas, 2 do list[#list + 1] = metas[i] end
redis.call('DEL', staged, pending)
local bytes, records = 0, 0
for _, ref in ipairs(list) do
  local meta = redis.call('HGET', chunks, ref)
  if meta and not is_payload(chunk_prefix .. ref) then
    redis.call('HDEL', chunks, ref)
  elseif meta and not placed[ref] then
    placed[ref] = true
    redis.call('RPUSH', staged, ref)
    records = records + number(decoded(meta).records)
  end
end
for _, ref in ipairs(redis.call('HKEYS', chunks)) do
  bytes = bytes + redis.call('STRLEN', chunk_prefix .. ref)
  local file_no = string.match(ref, '^%d+')
  if file_no then add(pending, file_no, 1) end
end
redis.call('HSET', totals, 'bytes', bytes, 'records', records)
