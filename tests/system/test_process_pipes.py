"""The handler `process`: what passes through a program's pipes, and how."""

import os
import socket
import ssl
import sys
import unittest

from netkit_testing import connect, receive_exactly
from test_process import PYTHON, UPPER, Programs

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

SCRIPTS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "config", "examples", "lua"))

REQUEST = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"

# For each framing "one" and "two", as who reads them in it sees them, and the answers "ONE" and "TWO".
FRAMINGS = {
    "line": ("line", b"one\ntwo\n", b"ONE\nTWO\n"),
    "delimiter": ({"type": "delimiter", "delimiters": [";", "end"]}, b"one;two;", b"ONE;TWO;"),
    "fixed": ({"type": "fixed", "size": 3}, b"onetwo", b"ONETWO"),
    "length": ({"type": "length", "bytes": 2, "endian": "little"}, b"\3\0one\3\0two", b"\3\0ONE\3\0TWO"),
    "varint": ("varint", b"\3one\3two", b"\3ONE\3TWO"),
    "netstring": ("netstring", b"3:one,3:two,", b"3:ONE,3:TWO,"),
    "lua": ({"type": "lua", "script": f"{SCRIPTS}/slip.lua"}, b"one\xc0two\xc0", b"ONE\xc0TWO\xc0"),
    "http": ("http", REQUEST + b"one" + REQUEST + b"two", RESPONSE + b"ONE" + RESPONSE + b"TWO"),
    "both": ({"in": "netstring", "out": "varint"}, b"3:one,3:two,", b"\3ONE\3TWO"),
}

EXPECTANT = """
    import sys
    expected, answer = map(bytes.fromhex, sys.argv[1:])
    found = sys.stdin.buffer.read(len(expected))
    if found != expected:
        sys.exit(f"E! has read {found}, not {expected}")
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    sys.stdin.buffer.read()
"""


class Framings(Programs):
    """Every framing on the pipes and on the wire, over each transport."""

    def expectant(self, expected, answer, **options):
        """A program that reads those bytes, and writes the answer."""
        return self.handler(PYTHON, self.script("expectant.py", EXPECTANT), expected.hex(), answer.hex(), timeout="10s", **options)

    def on_pipes(self, **common):
        """A listener for each framing of a program."""
        listeners = [{"name": name, "handler": self.expectant(*data, framing=framing), **common}
                     for name, (framing, *data) in FRAMINGS.items()]
        raw = self.expectant(b"onetwo", b"ONE", framing="raw", per="connection")
        return [*listeners, {"name": "raw", "handler": raw, **common}]

    def on_the_wire(self, **common):
        """A listener for each framing of peers."""
        handler = self.python(UPPER)
        return [{"name": name, "framing": framing, "handler": handler, **common} for name, (framing, *_) in FRAMINGS.items()]

    def check_pipes(self, names, connect_to):
        for name in names:
            with self.subTest(name), connect_to(name) as peer:
                peer.sendall(b"one\ntwo\n")
                expected = b"ONE\n" if name == "raw" else b"ONE\nTWO\n"
                self.assertEqual(receive_exactly(peer, len(expected)), expected)

    def check_wires(self, names, connect_to):
        for name in names:
            _, request, answer = FRAMINGS[name]
            with self.subTest(name), connect_to(name) as peer:
                peer.sendall(request)
                self.assertEqual(receive_exactly(peer, len(answer)), answer)

    def check(self, connecting, **common):
        """`connecting(server)` is a function that connects to a listener."""
        pipes = self.serve(*self.on_pipes(framing="line", **common))
        self.check_pipes([*FRAMINGS, "raw"], connecting(pipes))
        wires = self.serve(*self.on_the_wire(**common))
        self.check_wires(FRAMINGS, connecting(wires))

    def test_tcp(self):
        self.check(lambda server: lambda name: connect(server.address(name)))

    def test_tls(self):
        authority = Authority(self.folder())
        certificate, key = authority.issue("server", ["IP:127.0.0.1"])
        context = ssl.create_default_context(cafile=authority.certificate)

        def connecting(server):
            return lambda name: context.wrap_socket(connect(server.address(name, "tls")), server_hostname="127.0.0.1")

        self.check(connecting, transport="tls", tls={"certificate": certificate, "key": key})

    def test_unix_sockets(self):
        folder = self.folder()
        for listeners, check, names in (
            (self.on_pipes(framing="line"), self.check_pipes, [*FRAMINGS, "raw"]),
            (self.on_the_wire(), self.check_wires, FRAMINGS),
        ):
            server = self.serve(*({**one, "transport": "unix", "address": f"{folder}/{one['name']}"} for one in listeners))
            check(names, lambda name: connect(f"{folder}/{name}"))
            server.stop()

    def test_udp(self):
        server = self.serve(*self.on_pipes(transport="udp", udp_sessions={}))
        for name in (*FRAMINGS, "raw"):
            with self.subTest(name):
                peer = self.datagram_socket(server.address(name, "udp"))
                peer.send(b"one")
                peer.send(b"two")
                for expected in (b"ONE",) if name == "raw" else (b"ONE", b"TWO"):
                    self.assertEqual(peer.recv(100), expected)


class Hooks(Programs):
    """What has output leave in time."""

    program = "echo \"preload=$LD_PRELOAD path=$PYTHONPATH\"; exec sed -n p"

    def first_line(self, **options):
        server = self.serve({"framing": "line", "handler": self.shell(self.program, per="connection", **options)})
        return self.ask(server.address("listener-0")).decode()

    def test_they_are_there(self):
        self.assertRegex(self.first_line(), "^preload=/.*/netkit-unbuffered.so path=/.*/python/unbuffered:/.*/python\n$")

    def test_a_program_without_them(self):
        self.assertRegex(self.first_line(unbuffered=False), "^preload= path=/.*/python\n$")
        self.assertNotIn("unbuffered", self.first_line(unbuffered=False))


if __name__ == "__main__":
    unittest.main()
