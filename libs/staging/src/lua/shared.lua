-- Each script begins with this. Another program may have written into these keys, so a value that is not a number counts as 0
-- and a text that is not JSON as empty. A script therefore never stops in the middle of its changes.

-- How many keys or fields one command names at most: Lua passes no more than 8,000 values on.
local MANY = 500

-- A whole number that Redis can hold.
local function number(text)
  local value = tonumber(text)
  if not value or value ~= value or value > 9e15 or value < 0 then return 0 end
  return math.floor(value)
end

-- The text of a whole number.
local function whole(value)
  return string.format('%.0f', value)
end

-- Adds to a number in a hash, never below 0, and returns it.
local function add(key, field, by)
  local value = redis.pcall('HINCRBY', key, field, whole(by))
  local is_number = type(value) == 'number'
  if is_number and value >= math.max(0, by) and value <= 9e15 then return value end
  local before = is_number and value - by or redis.call('HGET', key, field)
  value = math.max(0, number(before) + by)
  redis.call('HSET', key, field, whole(value))
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

-- How many bytes the payload under a key has: 0 when another program put something else there, nil when there is nothing.
local function size_of(key)
  local size = redis.pcall('STRLEN', key)
  if type(size) ~= 'number' then return 0 end
  return size > 0 and size or nil
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

-- How many bytes a feed may hold that holds `own` of `all`: the limit without what the others hold, or half of that while they
-- hold something.
local function share(own, all, limit)
  local others = math.max(0, all - own)
  local free = math.max(0, limit - others)
  return others > 0 and math.floor(free / 2) or free
end

-- Takes the bytes of chunks whose payloads are gone from the totals, and forgets the chunks, at most MANY, each once. `sizes`: what
-- the payload of each had; nil when it had none.
local function forget(chunks, pending, totals, refs, sizes)
  local metas = redis.call('HMGET', chunks, unpack(refs))
  redis.call('HDEL', chunks, unpack(refs))
  local all, feeds, files = 0, {}, {}
  for i, ref in ipairs(refs) do
    local size = sizes[i]
    if size then
      local field = bytes_field(decoded(metas[i]))
      all = all + size
      feeds[field] = (feeds[field] or 0) + size
    end
    local file_no = (size or metas[i]) and string.match(ref, '^%d+')
    if file_no then files[file_no] = (files[file_no] or 0) + 1 end
  end
  if all > 0 then add(totals, 'bytes', -all) end
  for field, size in pairs(feeds) do count(totals, field, -size) end
  for file_no, fewer in pairs(files) do count(pending, file_no, -fewer) end
end

-- An empty staging holds no bytes. This repairs a wrong total, which could keep every chunk out. Returns whether it was empty.
local function clear_bytes(chunks, totals)
  if redis.call('HLEN', chunks) > 0 then return false end
  redis.call('HSET', totals, 'bytes', 0)
  for _, field in ipairs(redis.call('HKEYS', totals)) do
    if string.sub(field, 1, 6) == 'bytes:' then redis.call('HDEL', totals, field) end
  end
  return true
end
