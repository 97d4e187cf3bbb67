"""Who ran what: the lines of the log about commands, programs and files."""

import json
import os
import signal
import socket
import sys
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, wait_until

LINES = {"framing": "line"}
PYTHON = sys.executable


class Audit(SystemTest):
    def serve_json(self, *listeners, level="info"):
        return self.serve(*listeners, arguments=(), log={"format": "json", "level": level})

    def lines(self, server, event, count=1):
        def found():
            lines = [json.loads(line) for line in server.log().splitlines() if f'"event":"{event}"' in line]
            return lines if len(lines) >= count else None

        return wait_until(found, server.log)

    def ask(self, server, name, request):
        """Sends it and returns the answer, and who has asked."""
        with connect(server.address(name)) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return receive_to_end(client), "%s:%d" % client.getsockname()

    def assert_line(self, line, **expected):
        self.assertEqual({key: line.get(key) for key in expected}, expected)
        self.assertGreaterEqual(line["seconds"], 0)

    def test_a_command(self):
        server = self.serve_json({**LINES, "name": "shell", "handler": {"type": "exec", "shell": True}})
        answer, peer = self.ask(server, "shell", b"printf 'it'\\''s'; exit 3\n")
        self.assertEqual(answer.rstrip(b"\n"), b"it's")
        (line,) = self.lines(server, "exec")
        self.assert_line(line, level="info", listener="shell", transport="tcp", peer=peer, command="/bin/sh", exit=3, bytes=4,
                         timed_out=False, arguments="""-c 'printf '\\''it'\\''\\'\\'''\\''s'\\''; exit 3'""")
        self.assertNotIn("signal", line)

    def test_named_commands_and_what_a_peer_adds(self):
        commands = {"say": ["echo", "-n"], "none": ["/no/such/program"]}
        server = self.serve_json({**LINES, "name": "named", "handler": {"type": "exec", "commands": commands}})
        self.ask(server, "named", b"say 'a\x1bb' ''\n")
        self.ask(server, "named", b"none\n")
        said, none = self.lines(server, "exec", 2)
        self.assert_line(said, command="echo", arguments="-n 'a\x1bb' ''", exit=0, bytes=4)
        self.assertTrue(server.log().isascii() and server.log().replace("\n", "").isprintable())
        self.assertIn("No such file", none["error"])
        self.assertNotIn("exit", none)

    def test_a_command_that_is_killed_or_takes_too_long(self):
        handler = {"type": "exec", "shell": True, "timeout": "50ms", "grace": "50ms"}
        server = self.serve_json({**LINES, "name": "shell", "handler": handler})
        self.ask(server, "shell", b"kill -9 $$\n")
        (line,) = self.lines(server, "exec")
        self.assert_line(line, signal=signal.SIGKILL, timed_out=False)
        self.ask(server, "shell", b"exec sleep 1000\n")
        line = self.lines(server, "exec", 2)[1]
        self.assert_line(line, signal=signal.SIGTERM, timed_out=True)

    def test_one_whose_peer_has_gone(self):
        server = self.serve_json({**LINES, "name": "shell", "handler": {"type": "exec", "shell": True}})
        folder = self.folder()
        with connect(server.address("shell")) as client:
            client.sendall(f"echo >{folder}/runs; exec sleep 1000\n".encode())
            wait_until(lambda: os.path.exists(f"{folder}/runs"), lambda: "a running command")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        (line,) = self.lines(server, "exec")
        self.assertIn("nobody waits", line["error"])

    def test_long_arguments_are_cut(self):
        server = self.serve_json({**LINES, "name": "shell", "handler": {"type": "exec", "shell": True}})
        self.ask(server, "shell", b"true " + 50_000 * b"x" + b"\n")
        (line,) = self.lines(server, "exec")
        self.assertTrue(line["arguments"].endswith("xxx..."))
        self.assertLess(len(line["arguments"]), 5000)

    def test_programs_of_messages_and_connections(self):
        for per, script, size in (("message", "print(input())", 3), ("connection", "print(input())", 3)):
            handler = {"type": "process", "command": [PYTHON, "-c", script], "per": per}
            server = self.serve_json({**LINES, "name": "each", "handler": handler})
            _, peer = self.ask(server, "each", b"hi\n")
            (line,) = self.lines(server, "process")
            self.assert_line(line, peer=peer, command=PYTHON, arguments=f"-c '{script}'", exit=0, timed_out=False)
            self.assertGreaterEqual(line["bytes"], size - 1)

    def test_programs_of_a_listener(self):
        self.expected_errors = ("status 7",)
        handler = {"type": "process", "command": ["/bin/sh", "-c", "read a; exit 7"], "workers": 1}
        server = self.serve_json({**LINES, "name": "pool", "handler": handler})
        self.ask(server, "pool", b"hi\n")
        line = self.lines(server, "process")[0]
        self.assert_line(line, listener="pool", exit=7, command="/bin/sh")
        self.assertNotIn("peer", line)

    def test_programs_that_run_until_the_end(self):
        for per in ("listener", "connection"):
            handler = {"type": "process", "command": ["cat"], "per": per, "workers": 1}
            server = self.serve_json({**LINES, "name": "cats", "handler": handler})
            client = self.connect(server.address("cats"))
            client.sendall(b"hi\n")
            self.assertEqual(receive_exactly(client, 3), b"hi\n")
            server.stop()
            (line,) = self.lines(server, "process")
            self.assert_line(line, command="cat", arguments="", bytes=2)
            self.assertTrue({"exit", "error"} & set(line), line)
            self.assertEqual(json.loads(server.log().splitlines()[-1])["event"], "end")

    def test_a_program_that_hangs(self):
        handler = {"type": "process", "command": ["sleep", "1000"], "per": "message", "timeout": "50ms"}
        server = self.serve_json({**LINES, "name": "each", "handler": handler})
        self.ask(server, "each", b"hi\n")
        (line,) = self.lines(server, "process")
        self.assert_line(line, signal=signal.SIGKILL, timed_out=True)

    def serve_files(self, sizes, level="info"):
        folder = self.folder()
        for name, size in sizes.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.truncate(size)
        handler = {"type": "file-send", "root": folder}
        framing = {"in": "line", "out": "raw"}
        return self.serve_json({"name": "files", "framing": framing, "handler": handler}, level=level)

    def test_files(self):
        server = self.serve_files({"small": 100, "large": 3_000_000})
        for name, size in (("small", 100), ("large", 3_000_000)):
            answer, peer = self.ask(server, "files", name.encode() + b"\n")
            self.assertEqual(len(answer), size)
            line = self.lines(server, "file-send")[-1]
            self.assert_line(line, listener="files", peer=peer, file=name, offset=0, bytes=size, whole=True)
            server = self.serve_files({"small": 100, "large": 3_000_000})
        self.ask(server, "files", b'{"filename": "large", "offset": 2999990}\n')
        line = self.lines(server, "file-send")[-1]
        self.assert_line(line, file="large", offset=2_999_990, bytes=10, whole=True)

    def test_a_file_that_is_not_taken_to_its_end(self):
        size = 200_000_000
        server = self.serve_files({"huge": size})
        with connect(server.address("files")) as client:
            client.sendall(b"huge\n")
            receive_exactly(client, 1000)
        (line,) = self.lines(server, "file-send")
        self.assert_line(line, file="huge", whole=False)
        self.assertTrue(1000 <= line["bytes"] < size, line["bytes"])

    def test_none_at_a_higher_level(self):
        server = self.serve_files({"small": 100}, level="warning")
        self.ask(server, "files", b"small\n")
        server.stop()
        self.assertEqual(server.log(), "")


if __name__ == "__main__":
    unittest.main()
