-- Takes a batch of actions into one namespace, all of it or nothing; see redis_actions.py for the layout.
--
-- KEYS  1 stream, 2 offset, 3 silences, 4 alerts acted on
-- ARGV  1 prefix of the keys, 2 doorbell channel, 3 offset that must have been read before,
--       then for each action: offset, stream id, alert id (empty: a silence), kind, action as JSON
-- Reply accepted, last offset read; accepted is -1 where the offset that must have been read was not

local stream, last, silences, alerts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, doorbell, after = ARGV[1], ARGV[2], tonumber(ARGV[3])

local read = tonumber(redis.call('GET', last) or '-1')
if read < after then return {-1, read} end

local accepted = 0
for at = 4, #ARGV, 5 do
  local offset, id, action = ARGV[at], ARGV[at + 2], ARGV[at + 4]
  if tonumber(offset) > read then
    redis.call('XADD', stream, ARGV[at + 1], 'alert', id, 'kind', ARGV[at + 3], 'action', action)
    if id == '' then
      redis.call('HSET', silences, offset, action)
    else
      redis.call('HSET', prefix .. ':on:' .. id, offset, action)
      redis.call('SADD', alerts, id)
    end
    read = tonumber(offset)
    redis.call('SET', last, offset)
    accepted = accepted + 1
  end
end
if accepted > 0 then redis.call('PUBLISH', doorbell, string.format('%d', read)) end
return {accepted, read}
