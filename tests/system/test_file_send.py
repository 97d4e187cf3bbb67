"""What one client of file-send can ask for that would keep others waiting, or end a handler."""

import json
import os
import struct
import unittest

from netkit_testing import SystemTest, receive_exactly


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


if __name__ == "__main__":
    unittest.main()
