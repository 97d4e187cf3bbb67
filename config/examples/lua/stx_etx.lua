-- A framing as instruments have it: STX, the text, ETX, and the sum of the text's bytes, modulo 256.
header = 2

local function checksum(text)
  local sum = 0
  for i = 1, #text do
    sum = sum + text:byte(i)
  end
  return string.char(sum % 256)
end

function size(bytes, seen)
  if bytes:byte(1) ~= 2 then
    error("a frame begins with another byte than STX", 0)
  end
  local etx = bytes:find("\x03", 2, true)
  return etx and etx + 1
end

function unwrap(frame)
  local text = frame:sub(2, -3)
  if frame:sub(-1) ~= checksum(text) then
    error("the checksum is wrong", 0)
  end
  return text
end

function wrap(body)
  if body:find("[\x02\x03]") then
    return nil, "a text cannot contain STX or ETX"
  end
  return "\x02" .. body .. "\x03" .. checksum(body)
end
