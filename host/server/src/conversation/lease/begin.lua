-- Keeps a conversation that began, unless another process was quicker to go on with it.
-- KEYS: lease, record, era. ARGV: seconds, turn, workspace, version, state.
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then
  return 0
end
redis.call('HSET', KEYS[2], 'era', redis.call('GET', KEYS[3]) or '0', 'turn', ARGV[2],
  'workspace', ARGV[3], 'version', ARGV[4], 'state', ARGV[5])
return redis.call('EXPIRE', KEYS[2], ARGV[1])
