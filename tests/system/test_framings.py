"""Every framing over TCP and UDP: frames built by hand, sent whole, in single bytes and several at once."""

import functools
import socket
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end
from wire_formats import MAX, WIRE_FORMATS

ONE_OF_EACH = ("line", "delimiter", "fixed", "length", "varint", "netstring", "json-header")


def each_framing(transport):
    """Makes a test of a check(self, wire, address): it runs for every framing, with its listener on `transport`."""

    def decorate(check):
        @functools.wraps(check)
        def test(self):
            for name, wire in WIRE_FORMATS.items():
                with self.subTest(framing=name):
                    check(self, wire, self.server.address(name, transport))

        return test

    return decorate


class EachFraming(SystemTest):
    def setUp(self):
        self.server = self.serve(
            *(
                {
                    "name": name,
                    "transport": ["tcp", "udp"],
                    "framing": {**wire.config, "max": MAX},
                    "handler": "uppercase",
                }
                for name, wire in WIRE_FORMATS.items()
            )
        )

    def assert_upper_cased(self, client, wire, messages):
        expected = b"".join(wire.framed_answer(message.upper()) for message in messages)
        self.assertEqual(receive_exactly(client, len(expected)), expected)

    @each_framing("tcp")
    def test_one_message_at_a_time(self, wire, address):
        with connect(address) as client:
            for message in wire.messages:
                client.sendall(wire.request(message))
                self.assert_upper_cased(client, wire, [message])

    @each_framing("tcp")
    def test_byte_by_byte(self, wire, address):
        with connect(address) as client:
            for byte in b"".join(map(wire.request, wire.messages)):
                client.sendall(bytes([byte]))
            self.assert_upper_cased(client, wire, wire.messages)

    @each_framing("tcp")
    def test_all_messages_at_once_then_the_end(self, wire, address):
        with connect(address) as client:
            client.sendall(b"".join(map(wire.request, wire.messages * 20)))
            client.shutdown(socket.SHUT_WR)
            self.assert_upper_cased(client, wire, wire.messages * 20)
            self.assertEqual(receive_to_end(client), b"")

    @each_framing("tcp")
    def test_malformed_ends_the_connection_behind_the_answers_before_it(self, wire, address):
        for malformed in wire.malformed:
            with self.subTest(malformed=malformed[:60]), connect(address) as client:
                client.sendall(wire.request(b"hello") + malformed)
                self.assert_upper_cased(client, wire, [b"hello"])
                self.assertEqual(receive_to_end(client), b"")
        with connect(address) as client:
            client.sendall(wire.request(b"again"))
            self.assert_upper_cased(client, wire, [b"again"])

    @each_framing("tcp")
    def test_a_cut_message_is_not_answered(self, wire, address):
        with connect(address) as client:
            client.sendall(wire.request(b"hello")[:-1])
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(client), b"")

    @each_framing("udp")
    def test_a_datagram_for_each_message(self, wire, address):
        client = self.datagram_socket(address)
        for message in wire.messages:
            client.send(wire.request(message))
            self.assertEqual(client.recv(65536), wire.framed_answer(message.upper()))

    @each_framing("udp")
    def test_several_messages_in_one_datagram_are_answered_by_one_each(self, wire, address):
        client = self.datagram_socket(address)
        client.send(b"".join(map(wire.request, wire.messages)))
        for message in wire.messages:
            self.assertEqual(client.recv(65536), wire.framed_answer(message.upper()))

    @each_framing("udp")
    def test_wrong_datagrams_are_not_answered(self, wire, address):
        client = self.datagram_socket(address)
        for wrong in (*wire.malformed, wire.request(b"hello")[:-1], b""):
            client.send(wrong)
        client.send(wire.request(b"hello"))
        self.assertEqual(client.recv(65536), wire.framed_answer(b"HELLO"))

    def test_a_datagram_that_ends_within_a_message_is_logged(self):
        client = self.datagram_socket(self.server.address("fixed", "udp"))
        client.send(b"helloWor")
        self.assertEqual(client.recv(64), b"HELLO")
        self.server.await_log("malformed: 3 bytes of the datagram are not a whole message")


class TwoFramings(SystemTest):
    """Every framing in with every other one out."""

    def setUp(self):
        self.pairs = [(way_in, way_out) for way_in in ONE_OF_EACH for way_out in ONE_OF_EACH if way_in != way_out]
        self.server = self.serve(
            *(
                {
                    "name": f"{way_in}.{way_out}",
                    "transport": ["tcp", "udp"],
                    "framing": {"in": WIRE_FORMATS[way_in].config, "out": WIRE_FORMATS[way_out].config},
                    "handler": "uppercase",
                }
                for way_in, way_out in self.pairs
            )
        )

    def test_each_pair(self):
        for way_in, way_out in self.pairs:
            with self.subTest(way_in=way_in, way_out=way_out):
                request, answer = WIRE_FORMATS[way_in].request(b"hello"), WIRE_FORMATS[way_out].framed_answer(b"HELLO")
                self.assert_answer(self.server.address(f"{way_in}.{way_out}"), request * 3, answer * 3)
                client = self.datagram_socket(self.server.address(f"{way_in}.{way_out}", "udp"))
                client.send(request)
                self.assertEqual(client.recv(65536), answer)


class RawAndDatagram(SystemTest):
    """The two framings that leave the bytes as the transport cuts them."""

    def setUp(self):
        self.server = self.serve(
            {"name": "raw", "transport": ["tcp", "udp"], "framing": "raw", "handler": "uppercase"},
            {"name": "small", "framing": {"type": "raw", "read": 7}, "handler": "uppercase"},
            {"name": "greeting", "framing": {"type": "raw", "read": 4}, "handler": {"type": "hello", "text": "."}},
            {"name": "datagram", "transport": "udp", "framing": {"type": "datagram", "max": 1000}, "handler": "echo"},
        )

    def test_raw_bytes_pass_whatever_the_reads(self):
        sent = bytes(range(256)) * 4000
        for name in ("raw", "small"):
            with self.subTest(listener=name), connect(self.server.address(name)) as client:
                for begin in range(0, len(sent), 64000):
                    client.sendall(sent[begin : begin + 64000])
                    expected = sent[begin : begin + 64000].upper()
                    self.assertEqual(receive_exactly(client, len(expected)), expected)

    def test_no_raw_message_is_longer_than_read(self):
        self.assert_answer(self.server.address("greeting"), b"x" * 10, b"." * 3)

    def test_raw_over_udp_is_the_datagram(self):
        client = self.datagram_socket(self.server.address("raw", "udp"))
        for message in (b"hello", b"x" * 60000):
            client.send(message)
            self.assertEqual(client.recv(65536), message.upper())

    def test_datagrams_of_every_size(self):
        client = self.datagram_socket(self.server.address("datagram", "udp"))
        for size in (0, 1, 999, 1000):
            client.send(b"x" * size)
            self.assertEqual(client.recv(65536), b"x" * size)

    def test_a_datagram_over_max_is_not_answered(self):
        client = self.datagram_socket(self.server.address("datagram", "udp"))
        client.send(b"x" * 1001)
        client.send(b"next")
        self.assertEqual(client.recv(65536), b"next")


if __name__ == "__main__":
    unittest.main()
