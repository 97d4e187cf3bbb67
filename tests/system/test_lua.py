"""Scripts in Lua behind real sockets: hostile scripts beside an honest listener, reloads, onward connections, UDP."""

import json
import os
import signal
import socket
import threading
import unittest

from netkit_testing import SERVER, SystemTest, run, wait_until

EX_CONFIG = 78

HOSTILE = """
function on_open(session)
  if session.peer.port % 10 == 0 then error("in open") end
end
function on_close(session) error("in close") end
function on_message(session, body)
  if body == "loop" then while true do pcall(function() while true do end end) end end
  if body == "memory" then local t = {} while true do pcall(function() t[#t + 1] = ("x"):rep(1000) .. #t end) end end
  if body == "recursion" then local function f() return pcall(f) and f() end return f() end
  if body == "pattern" then return (("a"):rep(50)):find(("a-"):rep(50) .. "b") end
  if body == "yield" then
    while true do coroutine.wrap(function() netkit.sleep(0) coroutine.yield() end)() end
  end
  if body == "close" then
    local x <close> = setmetatable({}, {__close = function() while true do end end})
    error("with a close")
  end
  error(setmetatable({}, {__tostring = function() while true do end end}))
end
"""


class Lua(SystemTest):
    def write(self, name, text):
        path = os.path.join(self.scripts, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def setUp(self):
        super().setUp()
        self.scripts = self.folder()

    def listener(self, name, script, **handler):
        path = self.write(name + ".lua", script)
        return {"name": name, "framing": "line", "handler": {"type": "lua", "script": path, **handler}}

    def talk(self, server, name):
        connection = self.connect(server.address(name))
        return connection, connection.makefile("rb")

    def ask(self, talk, text):
        talk[0].sendall(text.encode() + b"\n")
        return talk[1].readline().decode().rstrip("\n")

    def test_a_hostile_script_harms_nobody_else(self):
        server = self.serve(
            self.listener("bad", HOSTILE, budget="5ms", memory="4MiB"),
            {"name": "honest", "framing": "line", "handler": "uppercase"},
            event_loops={"count": 2},
            timeouts={"handler": "1s"},  # ends a call whose peer is gone
        )
        honest = self.talk(server, "honest")
        self.assertEqual(self.ask(honest, "hello"), "HELLO")
        descriptors = len(os.listdir(f"/proc/{server.popen.pid}/fd"))
        kinds = ["loop", "memory", "recursion", "pattern", "yield", "close", "other"]

        def attack():
            for i in range(70):
                with self.connect(server.address("bad")) as bad:
                    try:
                        bad.sendall(kinds[i % len(kinds)].encode() + b"\n")
                        if kinds[i % len(kinds)] != "yield":  # that one goes on until its peer is gone
                            self.assertEqual(bad.recv(1), b"")
                    except (ConnectionResetError, BrokenPipeError):
                        pass

        attackers = [threading.Thread(target=attack) for _ in range(4)]
        for thread in attackers:
            thread.start()
        asked = 0
        while any(thread.is_alive() for thread in attackers) or asked < 100:
            self.assertEqual(self.ask(honest, f"message {asked}"), f"MESSAGE {asked}")
            asked += 1
        for thread in attackers:
            thread.join()
        wait_until(lambda: len(os.listdir(f"/proc/{server.popen.pid}/fd")) <= descriptors, lambda: "descriptors are left")

    def test_a_script_that_does_not_compile_is_a_config_error(self):
        config = {"listeners": [dict(self.listener("a", "function on_message(s, b)\n  return = 1\nend"),
                                     address="127.0.0.1:0")]}
        path = self.write("server.json", json.dumps(config))
        output, errors = run(SERVER, "--config", path, status=EX_CONFIG)
        self.assertEqual(output, "")
        self.assertRegex(errors, r"^.*server\.json:1:\d+: error: 'script': a\.lua:2: unexpected symbol near '='\n$")

    def test_a_reload_takes_the_changed_script_for_new_connections(self):
        one = 'function on_message(s, b) return "one " .. netkit.shared.add("n", 1) end'
        server = self.serve(self.listener("a", one))
        old = self.talk(server, "a")
        self.assertEqual(self.ask(old, "x"), "one 1")
        stopped = threading.Event()
        answers = []

        def go_on():
            while not stopped.is_set():
                answers.append(self.ask(old, "x").split()[0])

        asking = threading.Thread(target=go_on)
        asking.start()
        self.write("a.lua", one.replace("one", "two"))
        server.signal(signal.SIGHUP)
        server.await_log("reload done")
        new = self.talk(server, "a")
        self.assertEqual(self.ask(new, "x").split()[0], "two")
        stopped.set()
        asking.join()
        self.assertEqual(set(answers), {"one"})
        self.assertEqual(self.ask(old, "x").split()[0], "one")
        self.assertGreater(int(self.ask(new, "x").split()[1]), len(answers))
        self.expected_errors = (r"error: .script.: a\.lua:1:", r"reload failed")
        self.write("a.lua", "function on_message(")
        server.signal(signal.SIGHUP)
        server.await_log("a.lua:1:")
        self.assertEqual(self.ask(self.talk(server, "a"), "x").split()[0], "two")

    def test_a_module_that_changes_is_taken_by_a_reload(self):
        self.write("words.lua", 'return {word = "first"}')
        server = self.serve(self.listener("a", 'local w = require("words") function on_message() return w.word end'))
        self.assertEqual(self.ask(self.talk(server, "a"), "x"), "first")
        self.write("words.lua", 'return {word = "second"}')
        server.signal(signal.SIGHUP)
        server.await_log("reload done")
        self.assertEqual(self.ask(self.talk(server, "a"), "x"), "second")

    def test_asks_another_listener(self):
        inner = self.serve({"name": "upper", "framing": "line", "handler": "uppercase"})
        host, port = inner.address("upper")
        script = """
            function on_message(session, body)
              local link = session.state.link or netkit.connect("upper")
              session.state.link = link
              link:send(body)
              return (link:receive(10))
            end"""
        target = {"upper": {"address": f"{host}:{port}", "framing": "line"}}
        server = self.serve(self.listener("a", script, connect=target))
        talks = [self.talk(server, "a") for _ in range(20)]
        for i in range(10):
            for j, talk in enumerate(talks):
                self.assertEqual(self.ask(talk, f"m{i}-{j}"), f"M{i}-{j}")

    def test_sessions_over_udp(self):
        script = "function on_message(s, b) s.state.n = (s.state.n or 0) + 1 return b .. s.state.n end"
        listener = dict(self.listener("a", script), transport="udp", udp_sessions={"idle": "30s", "max": 100})
        del listener["framing"]
        server = self.serve(listener)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(30)
            peer.connect(server.address("a", "udp"))
            for i in range(1, 4):
                peer.send(b"x")
                self.assertEqual(peer.recv(100), f"x{i}".encode())


if __name__ == "__main__":
    unittest.main()
