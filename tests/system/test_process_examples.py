"""The programs of config/examples, each behind its listener."""

import json
import os
import socket
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "config", "examples")


class Examples(SystemTest):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(FOLDER, "programs.json"), encoding="utf-8") as file:
            cls.listeners = {one["name"]: one for one in json.load(file)["listeners"]}

    def start(self, name):
        """A server of that listener alone, on a free port."""
        entry = dict(self.listeners[name], address="127.0.0.1:0")
        entry["handler"] = dict(entry["handler"], directory=os.path.abspath(FOLDER))
        return self.serve(entry).address(name)

    def ask(self, name, data):
        with connect(self.start(name)) as peer:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            return receive_to_end(peer)

    def test_all_are_tested(self):
        tested = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertEqual(set(self.listeners) - tested, set())

    def test_python(self):
        self.assertEqual(self.ask("python", b"hello\nworld\n"), b"HELLO\nWORLD\n")

    def test_helper(self):
        self.assertEqual(self.ask("helper", b"hello\nworld\n"), b"olleh\ndlrow\n")

    def test_node(self):
        self.assertEqual(self.ask("node", b"hello\nworld\n"), b"HELLO\nWORLD\n")

    def test_shell(self):
        self.assertEqual(self.ask("shell", b"Ada\nGrace\n"), b"hello, Ada\nhello, Grace\n")

    def test_awk(self):
        self.assertEqual(self.ask("awk", b"1 2 3\n40 2\n"), b"6\n42\n")

    def test_sed(self):
        self.assertEqual(self.ask("sed", b"call 555\nor 1\n"), b"call ###\nor #\n")

    def test_jq(self):
        self.assertEqual(self.ask("jq", b'{"name": "Ada"}\nnonsense\n'), b'{"greeting":"hello, Ada"}\n{"error":"no JSON"}\n')

    def test_chat(self):
        address = self.start("chat")
        with connect(address) as one, connect(address) as two:
            self.assertEqual(receive_exactly(one, 18), b"0 others are here\n")
            names = [b"%s:%d" % (host.encode(), port) for host, port in (one.getsockname(), two.getsockname())]
            greeting = receive_exactly(two, 18)
            self.assertEqual(greeting, b"1 others are here\n")
            self.assertEqual(receive_exactly(one, len(names[1]) + 10), names[1] + b" has come\n")
            two.sendall(b"hello\n")
            self.assertEqual(receive_exactly(one, len(names[1]) + 8), names[1] + b": hello\n")
            two.sendall(b"/quit\n")
            self.assertEqual(receive_to_end(two), b"")
            self.assertEqual(receive_exactly(one, len(names[1]) + 10), names[1] + b" has left\n")

    def test_adventure(self):
        lines = self.ask("adventure", b"go up\ngo north\ngo down\ntake lamp\ngo up\ngo north\n").splitlines()
        self.assertEqual(lines[0], b"You wake in a cellar. There are stairs up, and a lamp.")
        self.assertEqual(lines[2], b"It is too dark to find the door.")
        self.assertTrue(lines[-1].endswith(b"You have won."))

    def test_calculator(self):
        self.assertEqual(self.ask("calculator", b"x=6\nx*7\n2^64\n"), b"42\n18446744073709551616\n")

    def test_instrument(self):
        commands = b"*IDN?\nVOLT 3.3\nMEAS:VOLT?\nOUTP ON\nMEAS:VOLT?\nBOGUS\nSYST:ERR?\nSYST:ERR?\n"
        expected = [b"NETKIT,FAKE SUPPLY,0001,1.0", b"0.000", b"3.300", b'-113,"Undefined header"', b'0,"No error"']
        self.assertEqual(self.ask("instrument", commands).splitlines(), expected)

    def test_hl7(self):
        message = b"\x0bMSH|^~\\&|LAB|HOSPITAL|NETKIT|HERE|20260101||ADT^A01|4711|P|2.5\rEVN|A01\r\x1c\r"
        expected = b"\x0bMSH|^~\\&|NETKIT|HERE|LAB|HOSPITAL|20260101||ACK|A4711|P|2.5\rMSA|AA|4711\r\x1c\r"
        self.assertEqual(self.ask("hl7", message), expected)

    def test_report(self):
        answer = self.ask("report", b"uptime\nnonsense\n").splitlines()
        self.assertGreater(float(answer[0]), 0)
        self.assertEqual(answer[1], b"no report of that name: nonsense")


if __name__ == "__main__":
    unittest.main()
