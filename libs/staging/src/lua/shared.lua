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

-- The table in a JSON text; an empty table when there is none.
local function decoded(text)
  local good, value = pcall(cjson.decode, text)
  return good and type(value) == 'table' and value or {}
end

local function is_payload(key)
  return redis.call('TYPE', key).ok == 'string'
end

-- Forgets a chunk whose payload is gone. `had`: it had a payload until now, so it was counted.
local function forget(chunks, pending, ref, had)
  if redis.call('HDEL', chunks, ref) == 0 and not had then return end
  local file_no = string.match(ref, '^%d+')
  if file_no and add(pending, file_no, -1) == 0 then redis.call('HDEL', pending, file_no) end
end
