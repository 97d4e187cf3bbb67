-- Answers each message in capitals.
function on_message(session, body)
  return body:upper()
end
