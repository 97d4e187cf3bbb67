"""The example plugins, all in one server, as netkit-client and nc see them."""

import os
import re
import subprocess
import unittest

from netkit_testing import BUILD, CLIENT, PATIENCE, SystemTest, receive_exactly, run

EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")

LISTENERS = (
    {"name": "counter", "framing": "line", "handler": "counter"},
    {"name": "chat", "framing": "line", "handler": "chat"},
    {"name": "clock", "framing": "line", "handler": {"type": "clock", "every": "10ms"}},
    {"name": "guess", "framing": "line", "handler": {"type": "guess", "number": 42}},
    {"name": "logged", "handler": "echo", "filters": ["log"]},
    {"name": "throttled", "framing": "line", "handler": "echo", "filters": [{"type": "throttle", "rate": "100/s"}]},
    {"name": "slip", "framing": "slip", "handler": "echo"},
    {"name": "stx-etx", "framing": "stx-etx", "handler": "echo"},
)


class Examples(SystemTest):
    def setUp(self):
        self.server = self.serve(*LISTENERS, plugin_path=[EXAMPLES], event_loops={"count": 1})

    def client(self, name, *messages):
        host, port = self.server.address(name)
        out, _ = run(CLIENT, "--framing", "line", f"{host}:{port}", *messages)
        return out.splitlines()

    def nc(self, name, data):
        """What nc gets that sends `data` and then its end."""
        host, port = self.server.address(name)
        done = subprocess.run(["nc", "-N", host, str(port)], input=data, capture_output=True, timeout=PATIENCE, check=True)
        return done.stdout

    def test_counter(self):
        self.assertEqual(self.client("counter", "a", "b", "c"), ["1", "2", "3"])
        self.assertEqual(self.nc("counter", b"x\n"), b"1\n")

    def test_chat(self):
        lines = [self.connect(self.server.address("chat")) for _ in range(3)]
        # One loop takes connections in their order: what the last one says reaches all before it.
        lines[2].sendall(b"I am here\n")
        self.assertEqual(receive_exactly(lines[0], 10), b"I am here\n")
        self.assertEqual(receive_exactly(lines[1], 10), b"I am here\n")
        self.assertEqual(self.nc("chat", b"from nc\n"), b"")
        for line in lines:
            self.assertEqual(receive_exactly(line, 8), b"from nc\n")

    def test_clock(self):
        with self.connect(self.server.address("clock")) as connection:
            for line in receive_exactly(connection, 63).decode().splitlines():
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_guess(self):
        answer = self.nc("guess", b"41\n43\n42\n41\n")
        self.assertRegex(answer.decode(), r"^guess[^\n]*\nhigher\nlower\nright\n$")

    def test_log(self):
        self.assertEqual(self.nc("logged", b"12345"), b"12345")
        self.server.await_log("answer size=5")
        self.assertEqual(len(re.findall(r"logged: 127\.0\.0\.1:\d+ #\d+ message size=5\n", self.server.log())), 1)

    def test_throttle_loses_nothing(self):
        lines = b"".join(b"line %d\n" % i for i in range(150))
        self.assertEqual(self.nc("throttled", lines), lines)

    def test_framings(self):
        self.assertEqual(self.nc("slip", b"a\xdb\xdcb\xc0\xdb\xdd\xc0"), b"a\xdb\xdcb\xc0\xdb\xdd\xc0")
        self.assertEqual(self.nc("stx-etx", b"\x02a\x10\x03b\x03\x02\x03"), b"\x02a\x10\x03b\x03\x02\x03")


if __name__ == "__main__":
    unittest.main()
