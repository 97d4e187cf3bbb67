-- Answers how many messages this session has sent.
function on_message(session, body)
  session.state.count = (session.state.count or 0) + 1
  return session.state.count
end
