"""Who may connect at all."""

import socket
import unittest

from netkit_testing import SystemTest, receive_exactly, receive_to_end

ECHO = {"framing": "line", "handler": "echo"}


class Access(SystemTest):
    """Every address of 127.0.0.0/8 is this machine: each test connects from several."""

    def open_from(self, source, address):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        client = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.bind((source, 0))
        client.connect(address)
        return client

    def assert_served(self, source, address):
        client = self.open_from(source, address)
        client.sendall(b"hello\n")
        self.assertEqual(receive_exactly(client, 6), b"hello\n")

    def assert_denied(self, source, address):
        self.assertEqual(receive_to_end(self.open_from(source, address)), b"")

    def test_deny_shuts_out(self):
        server = self.serve({**ECHO, "access": {"deny": ["127.0.1.0/24", "127.0.2.7"]}})
        address = server.address("listener-0")
        self.assert_served("127.0.0.1", address)
        self.assert_denied("127.0.1.200", address)
        server.await_log("denied: access")
        self.assert_denied("127.0.2.7", address)
        self.assert_served("127.0.2.8", address)

    def test_allow_shuts_out_the_rest_and_deny_wins(self):
        server = self.serve({**ECHO, "access": {"allow": ["127.0.1.0/24"], "deny": ["127.0.1.9"]}})
        address = server.address("listener-0")
        self.assert_served("127.0.1.1", address)
        self.assert_denied("127.0.0.1", address)
        self.assert_denied("127.0.1.9", address)

    def test_ipv6(self):
        server = self.serve(
            {"name": "no", **ECHO, "address": "[::1]:0", "access": {"deny": "::/64"}},
            {"name": "yes", **ECHO, "address": "[::1]:0", "access": {"allow": "::1", "deny": "0.0.0.0/0"}},
        )
        self.assert_denied("::1", server.address("no"))
        self.assert_served("::1", server.address("yes"))

    def test_datagrams(self):
        server = self.serve({"transport": "udp", "handler": "echo", "access": {"deny": "127.0.1.0/24"}})
        address = server.address("listener-0", "udp")
        denied, served = (self.datagram_socket_from(source) for source in ("127.0.1.1", "127.0.0.1"))
        denied.sendto(b"never answered", address)
        server.await_log("datagram dropped: denied: access")
        served.sendto(b"hello", address)
        self.assertEqual(served.recv(100), b"hello")
        denied.setblocking(False)
        with self.assertRaises(BlockingIOError):
            denied.recv(100)

    def datagram_socket_from(self, source):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.bind((source, 0))
        return client

    def test_the_denied_cost_no_place(self):
        server = self.serve({**ECHO, "limits": {"connections": 1}, "access": {"deny": "127.0.1.0/24"}})
        address = server.address("listener-0")
        held = [self.open_from("127.0.1.1", address) for _ in range(20)]
        self.assert_served("127.0.0.1", address)
        del held


if __name__ == "__main__":
    unittest.main()
