-- Takes a batch of alert changes into one namespace, all of it or nothing; see redis_store.py for the layout.
--
-- KEYS  1 stream, 2 sink offset, 3 ids by opening, 4 open set
-- ARGV  1 prefix of every key, 2 doorbell channel, 3 offset that must have been read before (empty: any),
--       then for each change: offset, stream id, alert id, seq, opening in seconds, kind, at, change as JSON,
--       how many values follow, and the fields and values of the alert's hash
-- Reply accepted, duplicates, last offset read; accepted is -1 where the offset that must have been read was not

local stream, sink, ids, open = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, doorbell, after = ARGV[1], ARGV[2], ARGV[3]
local DIMENSIONS = {'severity', 'rule', 'product', 'origin', 'destination'}
local HEAD = 9

-- The open sets that an alert belongs to, by what its hash says of it.
local function open_sets(key)
  if redis.call('HGET', key, 'open') ~= '1' then return {} end
  local sets, values = {open}, redis.call('HMGET', key, unpack(DIMENSIONS))
  for index, value in ipairs(values) do
    if value and value ~= '' then
      sets[#sets + 1] = prefix .. 'open:' .. DIMENSIONS[index] .. ':' .. value
    end
  end
  return sets
end

local function take(at, fields)
  local offset, stream_id, id = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local key = prefix .. 'alert:' .. id
  local seq = tonumber(redis.call('HGET', key, 'seq') or '0')
  if tonumber(ARGV[at + 3]) <= seq then return false end
  -- First of all what may fail: a stream that is ahead of the sink offset was not written by this script.
  redis.call('XADD', stream, stream_id, 'alert', id, 'kind', ARGV[at + 5], 'at', ARGV[at + 6], 'change', ARGV[at + 7])
  for _, set in ipairs(open_sets(key)) do redis.call('SREM', set, id) end
  local subject = redis.call('HGET', key, 'subject')
  if subject then redis.call('ZREM', prefix .. 'subject:' .. subject, id) end
  redis.call('HSET', key, unpack(ARGV, at + HEAD, at + HEAD + fields - 1))
  for _, set in ipairs(open_sets(key)) do redis.call('SADD', set, id) end
  redis.call('ZADD', ids, ARGV[at + 4], id)
  redis.call('ZADD', prefix .. 'subject:' .. redis.call('HGET', key, 'subject'), ARGV[at + 4], id)
  redis.call('RPUSH', prefix .. 'history:' .. id, offset)
  return true
end

local read = tonumber(redis.call('GET', sink) or '-1')
if after ~= '' and read < tonumber(after) then return {-1, 0, read} end

local accepted, duplicates, at = 0, 0, 4
while at <= #ARGV do
  local offset, fields = tonumber(ARGV[at]), tonumber(ARGV[at + 8])
  if offset > read and take(at, fields) then
    accepted = accepted + 1
  else
    duplicates = duplicates + 1
  end
  if offset > read then
    read = offset
    redis.call('SET', sink, ARGV[at])
  end
  at = at + HEAD + fields
end
if accepted > 0 then redis.call('PUBLISH', doorbell, string.format('%d', read)) end
return {accepted, duplicates, read}
