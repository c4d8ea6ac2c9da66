-- Each script begins with this. Another program may have written into these keys, so a value that is not a number counts as 0
-- and a text that is not JSON as empty. A script therefore never stops in the middle of its changes.

-- A whole number that Redis can hold.
local function number(text)
  local value = tonumber(text)
  if not value or value ~= value or value > 9e15 or value < 0 then return 0 end
  return math.floor(value)
end

-- Adds to a number in a hash, never below 0, and returns it.
local function add(key, field, by)
  local value = math.max(0, number(redis.call('HGET', key, field)) + by)
  redis.call('HSET', key, field, string.format('%.0f', value))
  return value
end

-- Adds to a number in a hash, and removes it at 0.
local function count(key, field, by)
  local value = add(key, field, by)
  if value == 0 then redis.call('HDEL', key, field) end
  return value
end

-- The table in a JSON text; an empty table when there is none.
local function decoded(text)
  local good, value = pcall(cjson.decode, text)
  return good and type(value) == 'table' and value or {}
end

local function is_payload(key)
  return redis.call('TYPE', key).ok == 'string'
end

-- The field of `totals` that counts the bytes of the feed of a chunk. A version without feeds noted none.
local function bytes_field(meta)
  return 'bytes:' .. (type(meta.feed) == 'string' and meta.feed or 'events')
end

-- The name of a key or field of the contract of a chunk. A version without contracts used the name alone.
local function of_contract(name, meta)
  local contract = number(meta.contract_no)
  return contract == 0 and name or string.format('%s:%.0f', name, contract)
end

-- How many bytes a feed may hold: the limit without what the others hold, or half of that while they hold something.
local function share(totals, field, limit)
  local own = number(redis.call('HGET', totals, field))
  local others = math.max(0, number(redis.call('HGET', totals, 'bytes')) - own)
  local free = math.max(0, limit - others)
  return own, others > 0 and math.floor(free / 2) or free
end

-- Takes the bytes of a chunk whose payload is gone from the totals, and forgets the chunk. `size`: nil when it had no payload.
local function forget(chunks, pending, totals, ref, size)
  local meta = redis.call('HGET', chunks, ref)
  if size then
    add(totals, 'bytes', -size)
    count(totals, bytes_field(decoded(meta)), -size)
  end
  if redis.call('HDEL', chunks, ref) == 0 and not size then return end
  local file_no = string.match(ref, '^%d+')
  if file_no then count(pending, file_no, -1) end
end

-- An empty staging holds no bytes. This repairs a wrong total, which could keep every chunk out.
local function clear_bytes(chunks, totals)
  if redis.call('HLEN', chunks) > 0 then return end
  redis.call('HSET', totals, 'bytes', 0)
  for _, field in ipairs(redis.call('HKEYS', totals)) do
    if string.sub(field, 1, 6) == 'bytes:' then redis.call('HDEL', totals, field) end
  end
end
