-- Forgets the actions of a namespace at once; see redis_actions.py for the layout.
--
-- KEYS  1 stream, 2 offset, 3 silences, 4 alerts acted on
-- ARGV  1 prefix of the keys

for _, id in ipairs(redis.call('SMEMBERS', KEYS[4])) do redis.call('UNLINK', ARGV[1] .. ':on:' .. id) end
redis.call('UNLINK', unpack(KEYS))
return redis.status_reply('OK')
