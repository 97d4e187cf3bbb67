"""Connections that come through a proxy which tells who is served."""

import socket
import struct
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end

HELLO = {"framing": "line", "handler": {"type": "hello", "text": "{host} {port}"}}
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def line(source="192.0.2.7", port=12345):
    return f"PROXY TCP4 {source} 10.0.0.1 {port} 80\r\n".encode()


def binary(source="192.0.2.7", port=12345, command=0x21, more=b""):
    block = socket.inet_aton(source) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", port, 80) + more
    return SIGNATURE + struct.pack("!BBH", command, 0x11, len(block)) + block


class ProxyProtocol(SystemTest):
    def start(self, protocol, proxy_from="127.0.0.1", **more):
        self.server = self.serve({**HELLO, "proxy_protocol": protocol, "proxy_from": proxy_from, **more})
        self.address = self.server.address("listener-0")

    def ask(self, header, expected):
        """A new connection that begins with `header` is told who it is."""
        with connect(self.address) as client:
            client.sendall(header + b"who\n")
            self.assertEqual(receive_exactly(client, len(expected)), expected)

    def assert_closed(self, bytes_sent, reason):
        with connect(self.address) as client:
            client.sendall(bytes_sent)
            self.assertEqual(receive_to_end(client), b"")
        self.server.await_log(reason)

    def test_both_versions_tell_the_peer(self):
        for protocol in ("required", "optional"):
            self.start(protocol)
            self.ask(line(), b"192.0.2.7 12345\n")
            self.ask(binary(), b"192.0.2.7 12345\n")
            self.ask(binary(more=b"\x04\x00\x05hello" * 30), b"192.0.2.7 12345\n")
            self.ask(b"PROXY TCP6 2001:db8::7 ::1 9 80\r\n", b"2001:db8::7 9\n")

    def test_the_proxy_may_speak_for_itself(self):
        self.start("required")
        for header in (b"PROXY UNKNOWN\r\n", binary(command=0x20)):
            with connect(self.address) as client:
                client.sendall(header + b"who\n")
                own = f"127.0.0.1 {client.getsockname()[1]}\n".encode()
                self.assertEqual(receive_exactly(client, len(own)), own)

    def test_the_header_in_pieces(self):
        self.start("required")
        for header in (line(), binary()):
            with connect(self.address) as client:
                for byte in header + b"who\n":
                    client.sendall(bytes([byte]))
                self.assertEqual(receive_exactly(client, 16), b"192.0.2.7 12345\n")

    def test_a_header_that_is_wrong_or_missing(self):
        self.start("required")
        self.assert_closed(b"PROXY TCP4 here there 1 2\r\n", "proxy-malformed: no address of the protocol's family")
        self.assert_closed(binary(command=0x33), "proxy-malformed")
        self.assert_closed(b"who\n", "proxy-malformed")

    def test_without_a_header_where_it_is_optional(self):
        self.start("optional")
        for text in (b"who\n", b"PROXIED?\n"):
            with connect(self.address) as client:
                client.sendall(text)
                own = f"127.0.0.1 {client.getsockname()[1]}\n".encode()
                self.assertEqual(receive_exactly(client, len(own)), own)

    def test_bytes_that_only_begin_like_a_header_are_data_at_the_end(self):
        self.start("optional")
        with connect(self.address) as client:
            client.sendall(b"PRO")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(client), b"")
        self.server.await_log("peer-cut: 3 bytes")

    def test_strangers_are_not_believed(self):
        self.start("optional", proxy_from="192.0.2.0/24")
        with connect(self.address) as client:
            own = f"127.0.0.1 {client.getsockname()[1]}\n".encode()
            client.sendall(line())
            self.assertEqual(receive_exactly(client, len(own)), own)
        self.start("required", proxy_from="192.0.2.0/24")
        self.assert_closed(line(), "denied: not in proxy_from")

    def test_a_header_that_does_not_come(self):
        self.start("required", timeouts={"first_byte": "300ms"})
        with connect(self.address) as client:
            client.sendall(b"PROXY TCP4 192.0.2.7")
            self.assertEqual(receive_to_end(client), b"")
        self.server.await_log("first-byte-timeout")

    def test_access_sees_the_real_peer(self):
        self.start("required", access={"deny": ["192.0.2.0/24"]})
        self.assert_closed(line(), "192.0.2.7:12345 denied: access")
        self.ask(line("198.51.100.1"), b"198.51.100.1 12345\n")

    def test_limits_per_source_see_the_real_peer(self):
        self.start("required", limits={"per_source": {"connections": 1}})
        with connect(self.address) as client:
            client.sendall(line() + b"who\n")
            self.assertEqual(receive_exactly(client, 16), b"192.0.2.7 12345\n")
            self.assert_closed(binary(port=12346), "192.0.2.7:12346 over-limit: limits.per_source.connections reached")
            self.ask(line("192.0.2.8"), b"192.0.2.8 12345\n")


if __name__ == "__main__":
    unittest.main()
