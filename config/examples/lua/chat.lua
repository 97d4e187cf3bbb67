-- A room: the first line of a session is its name, each further one goes to all others.
local room = netkit.group("room")

function on_open(session)
  session:send("your name?")
end

function on_message(session, body)
  local state = session.state
  if state.name then
    room:send(state.name .. ": " .. body, session)
  elseif body == "" then
    return "your name?"
  else
    state.name = body
    room:add(session)
    room:send(body .. " is here", session)
    return "hello " .. body
  end
end

function on_close(session, reason)
  local name = session.state.name
  if name then
    room:send(name .. " has left", session)
  end
end
