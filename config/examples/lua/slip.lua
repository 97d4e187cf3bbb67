-- The framing SLIP, RFC 1055: 0xC0 behind each frame; inside, 0xDB 0xDC stands for 0xC0 and 0xDB 0xDD for 0xDB.
local escapes = { ["\xC0"] = "\xDB\xDC", ["\xDB"] = "\xDB\xDD" }
local plain = { ["\xDC"] = "\xC0", ["\xDD"] = "\xDB" }

function size(bytes, seen)
  return (bytes:find("\xC0", seen + 1, true))
end

function unwrap(frame)
  if #frame == 1 then
    return nil -- an empty frame is no message
  end
  return (frame:sub(1, -2):gsub("\xDB(.?)", function(byte)
    return plain[byte] or error("unknown escape", 0)
  end))
end

function wrap(body)
  return body:gsub("[\xC0\xDB]", escapes) .. "\xC0"
end
