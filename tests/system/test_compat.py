"""The wire formats of the Python programs that netkit replaces, byte for byte, spoken here by plain sockets."""

import json
import os
import socket
import struct
import subprocess
import tempfile
import unittest

from netkit_testing import CLIENT, SystemTest, connect, receive_exactly, reset, sanitized

SHELL = {"type": "exec", "shell": True}
LITTLE_INT = {"type": "length", "bytes": 4, "endian": "little", "signed": True}
JSON_HEADER = {"type": "json-header", "bytes": 4, "endian": "little"}

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
MOST_MEMORY = 64 * MEBIBYTE


class UpperCasing(SystemTest):
    def setUp(self):
        self.upper = self.serve({"framing": "raw", "handler": "uppercase"}).address("listener-0")

    def test_one_message(self):
        with connect(self.upper) as client:
            client.send(b"hello, world")
            self.assertEqual(client.recv(1024), b"HELLO, WORLD")

    def test_a_loop_of_messages_on_one_connection(self):
        with connect(self.upper) as client:
            for word in (b"one", b"Two", b"\xe4\xff\x00z", b"x" * 1024):
                client.send(word)
                self.assertEqual(receive_exactly(client, len(word)), bytes(word).upper())

    def test_bytes_that_are_not_ascii_letters_stay(self):
        message = bytes(range(256))
        self.assert_answer(self.upper, message, message.upper())

    def test_a_client_that_vanishes_does_not_harm_the_next_one(self):
        for vanish in (socket.socket.close, reset):
            for said in (b"", b"hello"):
                with self.subTest(vanish=vanish.__name__, said=said):
                    client = connect(self.upper)
                    client.sendall(said)
                    vanish(client)
                    self.assert_answer(self.upper, b"next", b"NEXT")


class CommandServer(SystemTest):
    """Raw in; what comes out is told by each test."""

    def serve_shell(self, out):
        return self.serve({"framing": {"in": "raw", "out": out}, "handler": SHELL}).address("listener-0")

    def test_raw_out_is_stdout(self):
        self.assert_answer(self.serve_shell("raw"), b"echo out", b"out\n")

    def test_raw_out_is_stderr_if_there_is_any(self):
        self.assert_answer(self.serve_shell("raw"), b"echo out; echo problem >&2; exit 3", b"problem\n")

    def test_white_space_around_the_message_is_removed(self):
        command = rb"tr '\0' '|' </proc/$$/cmdline; true"
        answer = b"/bin/sh|-c|" + command + b"|"
        self.assert_answer(self.serve_shell("raw"), b" \t\r\n" + command + b" \n\r\n\t ", answer)

    def test_a_loop_of_commands_on_one_connection(self):
        with connect(self.serve_shell("raw")) as client:
            for word in (b"one", b"two", b"three"):
                client.send(b"echo " + word)
                self.assertEqual(receive_exactly(client, len(word) + 1), word + b"\n")

    def test_length_out_is_a_packed_int_and_the_body(self):
        with connect(self.serve_shell(LITTLE_INT)) as client:
            for command, body in ((b"printf hello", b"hello"), (b"true", b""), (b"ls /nowhere-at-all 2>&1 >&2", None)):
                client.send(command)
                (size,) = struct.unpack("i", receive_exactly(client, 4))
                answer = receive_exactly(client, size)
                if body is None:
                    self.assertIn(b"/nowhere-at-all", answer)
                else:
                    self.assertEqual(struct.pack("i", size) + answer, struct.pack("i", len(body)) + body)

    def test_length_out_is_exact_for_a_large_body(self):
        with connect(self.serve_shell(LITTLE_INT)) as client:
            client.send(b"head -c 700000 /dev/zero")
            body = bytes(700000)
            self.assertEqual(receive_exactly(client, 4 + len(body)), struct.pack("i", len(body)) + body)

    def test_json_header_out(self):
        with connect(self.serve_shell(JSON_HEADER)) as client:
            client.send(b"printf 'hello, %s' world")
            (size,) = struct.unpack("i", receive_exactly(client, 4))
            header = receive_exactly(client, size)
            self.assertTrue(header.startswith(b'{"filename": null, "hash": null, "size": 12'), header)
            members = list(json.loads(header).items())
            self.assertEqual(members[:3], [("filename", None), ("hash", None), ("size", 12)])
            self.assertEqual(receive_exactly(client, 12), b"hello, world")

    def test_json_header_out_read_in_pieces_of_1024(self):
        with connect(self.serve_shell(JSON_HEADER)) as client:
            client.send(b"seq 100000")
            (size,) = struct.unpack("i", receive_exactly(client, 4))
            left = json.loads(receive_exactly(client, size))["size"]
            received = b""
            while left > 0:
                piece = client.recv(min(1024, left))
                self.assertTrue(piece, "the connection ended within the body")
                received += piece
                left -= len(piece)
            self.assertEqual(received, b"".join(b"%d\n" % i for i in range(1, 100001)))


class Greeting(SystemTest):
    def setUp(self):
        greeting = {"type": "hello", "text": "hello,('{host}', {port})"}
        self.address = self.serve({"transport": "udp", "handler": greeting}).address("listener-0", "udp")

    def test_any_datagram_is_greeted_with_its_sender(self):
        for datagram in (b"hi", b"", b"\x00\xff" * 700):
            for _ in range(2):  # two senders
                client = self.datagram_socket(self.address)
                client.send(datagram)
                self.assertEqual(client.recv(4096), f"hello,{client.getsockname()}".encode())


class OnePort(SystemTest):
    def test_tcp_and_udp_answer_on_the_same_number(self):
        server = self.serve({"name": "both", "transport": ["tcp", "udp"], "handler": "uppercase"})
        tcp, udp = server.address("both", "tcp"), server.address("both", "udp")
        self.assertEqual(tcp, udp)
        self.assert_answer(tcp, b"stream", b"STREAM")
        client = self.datagram_socket(udp)
        client.send(b"datagram")
        self.assertEqual(client.recv(64), b"DATAGRAM")


class BodyOverFourGibibytes(SystemTest):
    SIZE = 4 * GIBIBYTE + GIBIBYTE // 2
    MARKS = {0: b"begin", 4 * GIBIBYTE - 3: b"middle", SIZE - 3: b"end"}

    @classmethod
    def setUpClass(cls):
        cls.root = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        with open(os.path.join(cls.root, "large"), "wb") as file:
            for offset, mark in cls.MARKS.items():
                file.seek(offset)
                file.write(mark)

    def setUp(self):
        handler = {"type": "file-send", "root": self.root, "hash": "none"}
        self.server = self.serve({"framing": {"in": "raw", "out": JSON_HEADER}, "handler": handler})

    def assert_small(self, peak):
        if not sanitized():
            self.assertLess(peak, MOST_MEMORY)

    def test_plain_socket(self):
        with connect(self.server.address("listener-0")) as client:
            client.sendall(b"large")
            header = json.loads(receive_exactly(client, struct.unpack("i", receive_exactly(client, 4))[0]))
            self.assertEqual((header["filename"], header["hash"], header["size"]), ("large", None, self.SIZE))
            self._check_body(client)
            client.sendall(b"large")  # the framing still holds behind the body
            self.assertEqual(len(receive_exactly(client, 4)), 4)
        self.assert_small(self.server.process.peak_resident())

    def _check_body(self, client):
        """Reads the body into one buffer and compares the marks, wherever the pieces are cut."""
        buffer = bytearray(4 * MEBIBYTE)
        found = {offset: b"" for offset in self.MARKS}
        position = 0
        while position < self.SIZE:
            count = client.recv_into(buffer, min(len(buffer), self.SIZE - position))
            self.assertGreater(count, 0, "the connection ended within the body")
            for offset, mark in self.MARKS.items():
                first, last = max(offset, position), min(offset + len(mark), position + count)
                found[offset] += buffer[first - position : max(last - position, first - position)]
            position += count
        self.assertEqual(found, self.MARKS)

    def test_netkit_client(self):
        host, port = self.server.address("listener-0")
        framing = ["--send", "raw", "--recv", "json-header,bytes=4,endian=little"]
        command = [CLIENT, f"{host}:{port}", *framing, "--get", "large", "-o", "-"]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        with client.stdout:
            buffer, received = bytearray(MEBIBYTE), 0
            while count := client.stdout.readinto(buffer):
                received += count
        _, status, usage = os.wait4(client.pid, 0)
        client.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((client.returncode, received), (0, self.SIZE))
        self.assert_small(usage.ru_maxrss * 1024)
        self.assert_small(self.server.process.peak_resident())


if __name__ == "__main__":
    unittest.main()
