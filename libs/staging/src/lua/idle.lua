-- Which contracts have records that wait for a batch, and no mark as busy. A mark that has no time to live is none of ours.
-- KEYS: totals, mark of a version without contracts as busy
-- Returns in how many ms another contract may be idle (-1: no other one has records), then the numbers of those that are idle; 0 for
-- that of a version without contracts.
local totals, busy = unpack(KEYS)

local answer = { -1 }
for _, field in ipairs(redis.call('HKEYS', totals)) do
  local contract = field == 'records' and '' or string.match(field, '^records(:%d+)$')
  if contract then
    local left = redis.call('PTTL', busy .. contract)
    if left < 0 then
      answer[#answer + 1] = number(string.sub(contract, 2))
    elseif answer[1] < 0 or left < answer[1] then
      answer[1] = left
    end
  end
end
return answer
