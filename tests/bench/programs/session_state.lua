-- A session with a state of its own: echoes, and counts.
function on_open(session)
  session.state = { count = 0, since = netkit.time() }
end

function on_message(session, body)
  local state = session.state
  state.count = state.count + 1
  return body
end
