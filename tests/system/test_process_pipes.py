"""The handler `process`: what passes through a program's pipes, and how."""

import contextlib
import os
import re
import signal
import socket
import ssl
import sys
import unittest

from netkit_testing import connect, receive_exactly, wait_until
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


def over_tls(folder):
    """What makes a listener one of TLS, and what its peers need."""
    authority = Authority(folder)
    certificate, key = authority.issue("server", ["IP:127.0.0.1"])
    context = ssl.create_default_context(cafile=authority.certificate)
    return {"transport": "tls", "tls": {"certificate": certificate, "key": key}}, context


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
        transport, context = over_tls(self.folder())

        def connecting(server):
            return lambda name: context.wrap_socket(connect(server.address(name, "tls")), server_hostname="127.0.0.1")

        self.check(connecting, **transport)

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


BLOCKS = """
    import os
    while block := os.read(0, 1 << 20):
        os.write(1, block.upper())
"""


def write_calls(process):
    """How often it has written to pipes and files so far; what is sent by sockets does not count."""
    with open(f"/proc/{process.pid}/io", encoding="ascii") as io:
        return int(re.search(r"^syscw: (\d+)", io.read(), re.MULTILINE).group(1))


class RecordCounter:
    """A TLS connection that counts the records it gets: each write of the server's makes one, or several if it is large."""

    def __init__(self, connection, context):
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")
        self._received = bytearray()
        self._do(self._tls.do_handshake)

    def _do(self, call, *arguments):
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                result = call(*arguments)
                self._connection.sendall(self._outgoing.read())
                return result
            self._connection.sendall(self._outgoing.read())
            data = self._connection.recv(1 << 16)
            if not data:
                raise ConnectionError("the server has closed")
            self._received += data
            self._incoming.write(data)

    def sendall(self, data):
        self._do(self._tls.write, data)

    def recv(self, size):
        return self._do(self._tls.read, size)

    def records(self):
        count = begin = 0
        while begin < len(self._received):
            begin += 5 + int.from_bytes(self._received[begin + 3:begin + 5], "big")
            count += 1
        return count


class Batches(Programs):
    """What is asked in one turn of a loop goes to a program in one write, and its answers leave in one for each peer."""

    FEW = 40  # of 1,000: a turn takes 64 messages of a conversation

    def start(self, **listener):
        return self.serve({"framing": "line", "handler": self.python(BLOCKS), **listener}, event_loops={"count": 1})

    def await_answer(self, peer):
        peer.sendall(b"ready\n")
        self.assertEqual(receive_exactly(peer, 6), b"READY\n")

    @contextlib.contextmanager
    def one_turn(self, server):
        """What is sent meanwhile the server finds there at once."""
        server.signal(signal.SIGSTOP)
        wait_until(lambda: server.process.state() == "T", lambda: "the server to stop")
        yield
        server.signal(signal.SIGCONT)

    def test_many_messages_of_one_conversation(self):
        transport, context = over_tls(self.folder())
        server = self.start(**transport)
        peer = RecordCounter(self.connect(server.address("listener-0", "tls")), context)
        self.await_answer(peer)
        writes, records = write_calls(server.process), peer.records()
        messages = b"".join(b"message %d\n" % i for i in range(1000))
        with self.one_turn(server):
            peer.sendall(messages)
        self.assertEqual(receive_exactly(peer, len(messages)), messages.upper())
        self.assertLessEqual(write_calls(server.process) - writes, self.FEW)
        self.assertLessEqual(peer.records() - records, self.FEW)

    def test_messages_of_many_conversations(self):
        server = self.start()
        peers = [self.connect(server.address("listener-0")) for _ in range(60)]
        for peer in peers:
            self.await_answer(peer)
        before = write_calls(server.process)
        with self.one_turn(server):
            for number, peer in enumerate(peers):
                peer.sendall(b"message %02d\n" % number)
        for number, peer in enumerate(peers):
            self.assertEqual(receive_exactly(peer, 11), b"MESSAGE %02d\n" % number)
        self.assertLessEqual(write_calls(server.process) - before, len(peers) / 4)


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
