"""What one client of file-send can ask for that would keep others waiting, or end a handler."""

import contextlib
import hashlib
import json
import os
import struct
import unittest

from netkit_testing import SystemTest, receive_exactly, reset, wait_until


def receive_answer(connection):
    (size,) = struct.unpack(">I", receive_exactly(connection, 4))
    header = json.loads(receive_exactly(connection, size))
    return header, receive_exactly(connection, header["size"])


def ask(connection, request):
    connection.sendall(request + b"\n")
    return receive_answer(connection)


class Names(SystemTest):
    """Names that no file can have."""

    def setUp(self):
        self.root = self.folder()
        with open(os.path.join(self.root, "honest"), "wb") as file:
            file.write(b"an honest file\n")
        self.server = self.serve(
            {"name": "files", "framing": {"in": "line", "out": "json-header"}, "handler": {"type": "file-send", "root": self.root}}
        )

    def test_a_name_that_is_too_long_is_not_available(self):
        part = b"n" * 200
        names = [b"n" * 256, b"n" * 4095, b"n" * 4096, b"/".join([part] * 30), b"n" * 1_000_000, b"\x01" * 4095]
        with self.connect(self.server.address("files")) as client:
            for name in names:
                for request in (name, json.dumps({"filename": name.decode("latin-1")}).encode()):
                    if len(request) > 25_594 and request.startswith(b"{"):
                        continue
                    header, body = ask(client, request)
                    self.assertEqual(header["error"], "not available")
                    self.assertEqual(body, b"not available: there is no such file to be had")
            self.assertEqual(ask(client, b"honest")[1], b"an honest file\n")

    def test_json_that_no_name_needs_is_not_parsed(self):
        with self.connect(self.server.address("files")) as client:
            header, body = ask(client, b'{"filename": "honest"' + b" " * 1_000_000 + b"}")
            self.assertEqual((header["error"], header["filename"]), ("bad request", None))
            self.assertEqual(body, b"bad request: longer than 25594 bytes, more than any file name needs")
            self.assertEqual(ask(client, b'{"filename": "honest"}')[1], b"an honest file\n")


class HashCrowd(SystemTest):
    """Many clients that wait for hashes of large files."""

    def setUp(self):
        self.root = self.folder()
        for name in ("huge", "huge2", "huge3"):
            with open(os.path.join(self.root, name), "wb") as file:
                file.truncate(40 << 30)
        with open(os.path.join(self.root, "short"), "wb") as file:
            file.write(b"s" * 100_000)
        framing = {"in": "line", "out": "json-header"}
        self.server = self.serve(
            {"name": "files", "framing": framing, "handler": {"type": "file-send", "root": self.root}, "timeouts": {"drain": "0s"}},
            {"name": "shell", "framing": "line", "handler": {"type": "exec", "shell": True}},
            worker_threads=8,
        )
        self.crowd = [self.connect(self.server.address("files")) for _ in range(60)]
        for number, client in enumerate(self.crowd):
            client.sendall((b"huge\n", b"huge2\n", b"huge3\n")[number % 3])
        wait_until(lambda: self.open_files() >= len(self.crowd), lambda: f"{self.open_files()} files are open")

    def open_files(self):
        """How many descriptors the server has of the large files."""
        folder = f"/proc/{self.server.popen.pid}/fd"
        count = 0
        for descriptor in os.listdir(folder):
            with contextlib.suppress(OSError):
                count += os.readlink(os.path.join(folder, descriptor)).startswith(os.path.join(self.root, "huge"))
        return count

    def test_it_keeps_nobody_else_waiting(self):
        self.assert_answer(self.server.address("shell"), b"echo mine\n", b"mine\n")
        with self.connect(self.server.address("files")) as client:
            header, body = ask(client, b"short")
            self.assertEqual(header["hash"], hashlib.sha256(b"s" * 100_000).hexdigest())
            self.assertEqual(body, b"s" * 100_000)

    def test_a_hash_that_nobody_waits_for_ends(self):
        for client in self.crowd:
            reset(client)
        wait_until(lambda: self.open_files() == 0, lambda: f"{self.open_files()} files are open")


if __name__ == "__main__":
    unittest.main()
