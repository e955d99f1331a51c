-- Takes the lease of a conversation and its record, unless another process holds the lease.
-- The record is taken out: should the holder die, none is left that its last turn made untrue.
-- KEYS: lease, record, era. ARGV: token, milliseconds, the turn that the caller remembers.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return false
end
local era = redis.call('GET', KEYS[3]) or '0'
local record = redis.call('HMGET', KEYS[2], 'era', 'turn', 'workspace', 'version', 'state')
redis.call('DEL', KEYS[2])
if record[1] ~= era then
  return {era}
end
if record[2] == ARGV[3] then
  return {era, record[2]}
end
return {era, record[2], record[3], record[4], record[5]}
