-- A key-value store that all connections share:
--   set KEY SECONDS VALUE    keeps a value for so many seconds; 0: for ever
--   get KEY
--   add KEY NUMBER           adds to a number, answers the sum
--   del KEY
local shared = netkit.shared
local commands = {}

function commands.set(rest)
  local key, seconds, value = rest:match("^(%S+) (%d+) (.*)$")
  if not key then
    return "error: set KEY SECONDS VALUE"
  end
  seconds = tonumber(seconds)
  shared.set(key, value, seconds > 0 and seconds or nil)
  return "ok"
end

function commands.get(key)
  local value = shared.get(key)
  return value and "value " .. value or "none"
end

function commands.add(rest)
  local key, number = rest:match("^(%S+) (%-?%d+)$")
  if not key then
    return "error: add KEY NUMBER"
  end
  local good, sum = pcall(shared.add, key, math.tointeger(tonumber(number)) or 0)
  return good and "value " .. sum or "error: the value is no number"
end

function commands.del(key)
  shared.delete(key)
  return "ok"
end

function on_message(session, body)
  local name, rest = body:match("^(%l+) ?(.*)$")
  local command = commands[name]
  if not command then
    return "error: set, get, add or del"
  end
  return command(rest)
end
