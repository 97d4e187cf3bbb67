-- Asks the server "upper" of the option connect, over one connection for each session, and tells what it said.
local function ask(session, body)
  local link, why = session.state.link, nil
  if not link then
    link, why = netkit.connect("upper")
    if not link then
      return nil, why
    end
    session.state.link = link
  end
  link:send(body)
  local answer
  answer, why = link:receive(2)
  if not answer then
    link:close()
    session.state.link = nil
  end
  return answer, why
end

function on_message(session, body)
  local answer, why = ask(session, body)
  return answer and "it said " .. answer or "sorry: " .. why
end
