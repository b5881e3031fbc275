-- Forgets a namespace at once, so that no writer meets half of it; see redis_store.py for the layout.
--
-- KEYS  1 stream, 2 sink offset, 3 ids by opening, 4 open set, 5 heartbeats
-- ARGV  1 prefix of every key

local prefix = ARGV[1]
local DIMENSIONS = {'severity', 'rule', 'product', 'origin', 'destination'}

for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  local key = prefix .. 'alert:' .. id
  for index, value in ipairs(redis.call('HMGET', key, unpack(DIMENSIONS))) do
    if value and value ~= '' then redis.call('UNLINK', prefix .. 'open:' .. DIMENSIONS[index] .. ':' .. value) end
  end
  local subject = redis.call('HGET', key, 'subject')
  if subject then redis.call('UNLINK', prefix .. 'subject:' .. subject) end
  redis.call('UNLINK', key, prefix .. 'history:' .. id)
end
redis.call('UNLINK', unpack(KEYS))
return redis.status_reply('OK')
