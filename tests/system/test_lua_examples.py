"""The listeners of config/examples/lua.json, on free ports."""

import json
import os
import re
import unittest

from netkit_testing import CLIENT, SystemTest, receive_exactly, run

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "config", "examples")


def scripts_below(value):
    """The same with the paths of scripts made absolute."""
    if not isinstance(value, dict):
        return value
    return {
        key: os.path.abspath(os.path.join(EXAMPLES, item)) if key == "script" else scripts_below(item)
        for key, item in value.items()
    }


class LuaExamples(SystemTest):
    def setUp(self):
        with open(os.path.join(EXAMPLES, "lua.json"), encoding="utf-8") as file:
            listeners = [scripts_below(listener) for listener in json.load(file)["listeners"]]
        self.listeners = {listener["name"]: {**listener, "address": "127.0.0.1:0"} for listener in listeners}

    def serve_example(self, name):
        return self.serve(self.listeners[name], event_loops={"count": 2})

    def client(self, server, name, *messages):
        host, port = server.address(name)
        out, _ = run(CLIENT, "--framing", "line", f"{host}:{port}", *messages)
        return out.splitlines()

    def test_upper(self):
        self.assertEqual(self.client(self.serve_example("upper"), "upper", "hello"), ["HELLO"])

    def test_counter(self):
        server = self.serve_example("counter")
        for _ in range(2):
            self.assertEqual(self.client(server, "counter", "a", "b", "c"), ["1", "2", "3"])

    def test_chat(self):
        server = self.serve_example("chat")
        ann, bob = (self.connect(server.address("chat")) for _ in range(2))
        for peer, name in ((ann, b"Ann"), (bob, b"Bob")):
            self.expect(peer, b"your name?")
            peer.sendall(name + b"\n")
            self.expect(peer, b"hello " + name)
        self.expect(ann, b"Bob is here")
        bob.sendall(b"good morning\n")
        self.expect(ann, b"Bob: good morning")
        bob.close()
        self.expect(ann, b"Bob has left")

    def expect(self, peer, line):
        self.assertEqual(receive_exactly(peer, len(line) + 1), line + b"\n")

    def test_limited(self):
        server = self.serve_example("limited")
        answers = self.client(server, "limited", *["x"] * 100)
        self.assertEqual(answers[:5], ["x"] * 5)
        self.assertIn("not so fast", answers)
        self.assertEqual(set(answers), {"x", "not so fast"})

    def test_store(self):
        server = self.serve_example("store")
        asked = {
            "set a 0 two words": "ok",
            "get a": "value two words",
            "set b 3600 1": "ok",
            "add n -2": "value -2",
            "add n 5": "value 3",
            "add a 1": "error: the value is no number",
            "del a": "ok",
            "get a ": "none",
            "set a": "error: set KEY SECONDS VALUE",
            "fly": "error: set, get, add or del",
        }
        self.assertEqual(self.client(server, "store", *asked), list(asked.values()))
        self.assertEqual(self.client(server, "store", "get n", "get b"), ["value 3", "value 1"])

    def test_ask(self):
        upper = self.serve_example("upper")
        host, port = upper.address("upper")
        target = self.listeners["ask"]["handler"]["connect"]["upper"]
        target["address"] = f"{host}:{port}"
        server = self.serve_example("ask")
        self.assertEqual(self.client(server, "ask", "a", "b"), ["it said A", "it said B"])
        upper.stop()
        self.assertRegex(self.client(server, "ask", "c")[0], r"^sorry: connect-failed")

    def test_slip(self):
        server = self.serve_example("slip")
        with self.connect(server.address("slip")) as peer:
            peer.sendall(b"\xc0a\xdb\xdcb\xc0c\xc0")
            self.assertEqual(receive_exactly(peer, 7), b"A\xdb\xdcB\xc0C\xc0")

    def test_stx_etx(self):
        server = self.serve_example("stx-etx")
        with self.connect(server.address("stx-etx")) as peer:
            peer.sendall(b"\x02ab\x03\xc3")
            self.assertEqual(receive_exactly(peer, 5), b"\x02AB\x03\x83")
            peer.sendall(b"\x02ab\x03\xc4")
            self.assertEqual(peer.recv(1), b"")
        server.await_log("the checksum is wrong")

    def test_the_client_speaks_them_too(self):
        for name, script in (("slip", "slip.lua"), ("stx-etx", "stx_etx.lua")):
            server = self.serve_example(name)
            host, port = server.address(name)
            framing = "lua,script=" + os.path.abspath(os.path.join(EXAMPLES, "lua", script))
            out, _ = run(CLIENT, "--framing", framing, f"{host}:{port}", "hello")
            self.assertEqual(out, "HELLO\n")

    def test_every_script_is_served(self):
        scripts = {name for name in os.listdir(os.path.join(EXAMPLES, "lua"))}
        used = set(re.findall(r"lua/(\w+\.lua)", json.dumps(self.listeners)))
        self.assertEqual(scripts, used)


if __name__ == "__main__":
    unittest.main()
