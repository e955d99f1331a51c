-- Counts once for a key and gives the microseconds that it has to wait, 0 if it may go on.
-- The key holds when its allowance will be whole again.
-- KEYS: the key. ARGV: microseconds that give one back, how many there are at most.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = whole - now - (most - 1) * each
if wait > 0 then
  return wait
end
redis.call('SET', KEYS[1], string.format('%.0f', whole + each), 'PX',
  math.ceil((whole + each - now) / 1000))
return 0
