"""What waits for peers has bounds for the whole server: memory and spool files."""

import contextlib
import itertools
import os
import re
import ssl
import sys
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, reset, wait_until
from test_admin import AdminTest
from test_udp_sessions import ManyPeers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402


class Memory(SystemTest):
    """Clients that let answers wait, until limits.memory is short."""

    def setUp(self):
        self.server = self.serve(
            {"name": "echo", "framing": "line", "handler": "echo", "timeouts": {"drain": "0s"}},
            limits={"memory": "8MiB"},
            event_loops={"count": 2},
        )
        self.address = self.server.address("echo")

    def fill(self, count):
        """Clients for each of which up to a MiB waits, besides what the kernel holds."""
        line = b"x" * 60_000 + b"\n"
        clients = []
        for _ in range(count):
            client = self.connect(self.address)
            client.setblocking(False)
            clients.append(client)
        for _ in range(60):
            for client in clients:
                try:
                    client.send(line)
                except (BlockingIOError, ConnectionError):
                    continue
        return clients

    def ended(self):
        return len(re.findall(r"over-memory", self.server.log()))

    def test_the_heaviest_end_and_others_are_served(self):
        with connect(self.address) as honest:
            honest.sendall(b"before\n")
            self.assertEqual(receive_exactly(honest, 7), b"before\n")
            clients = self.fill(40)
            wait_until(lambda: self.ended() > 0, lambda: self.server.log())
            honest.sendall(b"after\n")
            self.assertEqual(receive_exactly(honest, 6), b"after\n")
            self.assert_answer(self.address, b"new\n", b"new\n")
            for client in clients:
                reset(client)
        self.assert_answer(self.address, b"once all is well\n", b"once all is well\n")

    def test_a_few_slow_ones_are_left_alone(self):
        self.fill(4)
        self.assert_answer(self.address, b"new\n", b"new\n")
        self.assertEqual(self.ended(), 0)


class Metrics(AdminTest):
    """What /metrics says of both, and that it is all."""

    NAMES = ("netkit_memory_waiting", "netkit_spool")

    def taken(self, server):
        return [self.metric(server, f"{name}_bytes") for name in self.NAMES]

    def test_they_show_what_waits_and_how_much_may(self):
        handler = {"type": "exec", "shell": True, "max_output": "64MiB"}
        admin = os.path.join(self.folder(), "admin.sock")
        server = self.serve(
            {"name": "shell", "framing": "line", "handler": handler, "timeouts": {"drain": "0s"}},
            {"name": "echo", "framing": "line", "handler": "echo", "timeouts": {"drain": "0s"}},
            limits={"memory": "64MiB", "spool": "40MiB"},
            admin={"address": admin},
        )
        server.admin = admin
        self.assertEqual([self.metric(server, f"{name}_limit_bytes") for name in self.NAMES], [64 << 20, 40 << 20])
        self.assertEqual(self.taken(server), [0, 0])
        half = self.connect(server.address("echo"))
        half.sendall(b"x" * 500_000)
        wait_until(lambda: 500_000 <= self.taken(server)[0], lambda: self.taken(server))
        with connect(server.address("shell")) as slow:
            slow.sendall(b"head -c 30000000 /dev/zero\n")
            receive_exactly(slow, 1000)
            self.assertEqual(self.taken(server)[1], 30_000_000)
            receive_exactly(slow, 29_999_001)
        half.sendall(b"\n")
        receive_exactly(half, 500_001)
        wait_until(lambda: self.taken(server) == [0, 0], lambda: self.taken(server))

    def test_bytes_within_tls_count(self):
        """A piece of the file, and what of it is encrypted, waits for each."""
        folder = self.folder()
        authority = Authority(folder)
        certificate, key = authority.issue("server", ["DNS:localhost"])
        with open(os.path.join(folder, "large"), "wb") as file:
            file.truncate(100 << 20)
        server = self.serve_admin(
            {
                "name": "files",
                "transport": "tls",
                "framing": "line",
                "handler": {"type": "file-send", "root": folder, "hash": "none"},
                "tls": {"certificate": certificate, "key": key},
                "timeouts": {"drain": "0s"},
            }
        )
        context = ssl.create_default_context(cafile=authority.certificate)
        clients = []
        for _ in range(16):
            plain = self.connect(server.address("files", "tls"))
            clients.append(context.wrap_socket(plain, server_hostname="localhost"))
            self.addCleanup(clients[-1].close)
            clients[-1].sendall(b"large\n")
        wait_until(lambda: self.taken(server)[0] >= 16 * (64 << 10), lambda: self.taken(server))
        for client in clients:
            reset(client)
        wait_until(lambda: self.taken(server)[0] == 0, lambda: self.taken(server))


class Datagrams(SystemTest):
    """Conversations over UDP whose datagrams wait behind a command."""

    def test_what_waits_of_them_counts(self):
        handler = {"type": "exec", "shell": True, "concurrency": 1, "queue": 100_000}
        commands = {"name": "commands", "transport": "udp", "handler": handler, "udp_sessions": {}}
        server = self.serve(
            {**commands, "timeouts": {"drain": "0s"}},
            {"name": "echo", "framing": "line", "handler": "echo"},
            limits={"memory": "8MiB"},
        )
        peers = ManyPeers(server.address("commands", "udp"))
        self.addCleanup(peers.close)
        numbers = itertools.count()

        def one_has_ended():
            for number in itertools.islice(numbers, 10):
                for datagram in (b"exec sleep 1000", bytes(60_000)):
                    peers.send(f"127.1.{number // 250 % 250}.{1 + number % 250}", datagram)
            return "over-memory" in server.log()

        wait_until(one_has_ended, server.log)
        self.assert_answer(server.address("echo"), b"hello\n", b"hello\n")


class Spool(SystemTest):
    """Outputs of commands that are kept on disk."""

    def test_outputs_count_until_they_are_read(self):
        handler = {"type": "exec", "shell": True, "max_output": "64MiB"}
        server = self.serve(
            {"name": "shell", "framing": {"in": "line", "out": "raw"}, "handler": handler, "timeouts": {"drain": "0s"}},
            limits={"spool": "40MiB"},
        )
        command = b"head -c 30000000 /dev/zero\n"
        with connect(server.address("shell")) as slow:
            slow.sendall(command)
            self.assertEqual(receive_exactly(slow, 1000), bytes(1000))
            with connect(server.address("shell")) as other:
                other.sendall(command)
                refusal = b"cannot keep the output on disk: limits.spool is reached\n"
                self.assertEqual(receive_exactly(other, len(refusal)), refusal)
            self.assertEqual(receive_exactly(slow, 29_999_000), bytes(29_999_000))
        self.assert_answer(server.address("shell"), command, bytes(30_000_000))
        self.expected_errors += (r"exec: cannot keep the output on disk",)


class Paces(SystemTest):
    """Clients that read, or send, less than they have to."""

    def test_slow_ones_end(self):
        slow = {"least_received": "1KiB/s", "least_sent": "100KiB/s"}
        server = self.serve(
            {"name": "echo", "framing": "line", "handler": "echo", "limits": slow, "timeouts": {"drain": "0s"}}
        )
        address = server.address("echo")
        reader = self.connect(address)
        reader.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                reader.send(b"x" * 60_000 + b"\n")
        sender = self.connect(address)
        sender.sendall(b"half a message")
        with connect(address) as honest:
            wait_until(lambda: server.log().count("too-slow") == 2, server.log)
            for word in ("least_received", "least_sent"):
                self.assertIn(word, server.log())
            honest.sendall(b"idle all the time\n")
            self.assertEqual(receive_exactly(honest, 18), b"idle all the time\n")


if __name__ == "__main__":
    unittest.main()
