-- An echo that answers at most 5 messages a second to one address, however many connections that has.
local most = 5

function on_message(session, body)
  local key = session.peer.host .. " " .. math.floor(netkit.time())
  if netkit.shared.add(key, 1, 2) > most then
    return "not so fast"
  end
  return body
end
