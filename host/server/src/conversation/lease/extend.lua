-- Holds a lease for longer, if it is still the caller's.
-- KEYS: lease. ARGV: token, milliseconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
