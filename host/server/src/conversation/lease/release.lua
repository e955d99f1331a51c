-- Gives a lease back, with the conversation as the turn left it where it goes on.
-- KEYS: lease, record. ARGV: token, then seconds, era, turn, workspace, version, state.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
if ARGV[2] then
  redis.call('HSET', KEYS[2], 'era', ARGV[3], 'turn', ARGV[4], 'workspace', ARGV[5],
    'version', ARGV[6], 'state', ARGV[7])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return 1
