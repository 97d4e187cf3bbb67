"""Clients that break off, send rubbish, read slowly or say nothing: the next one is served, nothing stays behind."""

import itertools
import os
import random
import resource
import select
import signal
import socket
import struct
import unittest

from netkit_testing import (
    SystemTest,
    connect,
    receive_exactly,
    receive_to_end,
    reset,
    sanitized,
    stopped_reader,
    wait_until,
)
from process_view import bytes_to_send
from wire_formats import MAX, WIRE_FORMATS

MEBIBYTE = 1 << 20
IDLE_CLIENTS = 2000

TLS_CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(32)) + bytes(159)
HTTP_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"


def frame(message):
    return struct.pack(">I", len(message)) + message


class BrokenOff(SystemTest):
    @classmethod
    def setUpClass(cls):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for the idle clients; the servers inherit it

    def setUp(self):
        self.server = self.serve({"framing": "length", "handler": "uppercase"}, limits={"message": "16MiB"})
        self.address = self.server.address("listener-0")
        self.before = self.server.process.census()

    def assert_served(self):
        self.assert_answer(self.address, frame(b"next"), frame(b"NEXT"))

    def assert_as_before(self):
        self.assert_served()
        self.assert_census(self.server, self.before)

    @unittest.skipIf(sanitized(), "the allocator is the sanitizer's")
    def test_large_messages_use_the_same_memory_again(self):
        clients = [self.connect(self.address) for _ in range(4)]
        large, answer = frame(b"x" * MEBIBYTE), frame(b"X" * MEBIBYTE)
        for turn in range(20):
            if turn == 10:
                before = self.server.process.page_faults()
            for part in (large[: MEBIBYTE // 2], large[MEBIBYTE // 2 :]):
                for client in clients:
                    client.sendall(part)
            for client in clients:
                self.assertEqual(receive_exactly(client, len(answer)), answer)
        # A message has 256 pages. The first one into memory makes them; later ones find them.
        self.assertLess(self.server.process.page_faults() - before, 40 * 256 / 4)

    def test_reset_at_each_state(self):
        large = frame(b"x" * (8 * MEBIBYTE))
        states = {
            "connected": lambda client: None,
            "within the length": lambda client: client.sendall(b"\0\0"),
            "within the body": lambda client: client.sendall(frame(b"hello")[:-1]),
            "behind the message": lambda client: client.sendall(frame(b"hello")),
            "answered": lambda client: (client.sendall(frame(b"hello")), receive_exactly(client, 9)),
            "within the next message": lambda client: client.sendall(frame(b"hello") + b"\0"),
            "within a large message": lambda client: client.sendall(large[: 4 * MEBIBYTE]),
            "within a large answer": lambda client: (client.sendall(large), receive_exactly(client, 1000)),
            "half-closed": lambda client: (client.sendall(large), client.shutdown(socket.SHUT_WR)),
            "ended by the server": lambda client: (client.sendall(b"\xff" * 4), receive_to_end(client)),
        }
        for state, reach in states.items():
            with self.subTest(state=state):
                client = connect(self.address)
                reach(client)
                reset(client)
                self.assert_as_before()

    def test_killed_within_a_message(self):
        ready, says_ready = os.pipe()
        client = os.fork()
        if client == 0:
            connection = connect(self.address)
            connection.sendall(frame(b"hello")[:-1])
            os.write(says_ready, b".")
            signal.pause()
        os.read(ready, 1)
        os.close(ready)
        os.close(says_ready)
        os.kill(client, signal.SIGKILL)
        os.waitpid(client, 0)
        self.assert_as_before()
        self.server.await_log("peer-cut")

    def test_half_close_gets_every_answer(self):
        frames = [frame(b"%d " % i * 20000) for i in range(10)]
        with connect(self.address) as client:
            for each in frames:
                client.sendall(each)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_to_end(client), b"".join(frames))
        self.assert_as_before()

    def test_two_thousand_idle_clients(self):
        threads = self.server.process.threads()
        clients = [connect(self.address) for _ in range(IDLE_CLIENTS)]
        self.assert_served()
        self.assertGreaterEqual(self.server.process.descriptors(), self.before["descriptors"] + IDLE_CLIENTS)
        self.assertLessEqual(self.server.process.threads(), threads)
        for client in clients:
            client.close()
        self.assert_as_before()
        # One of the threads there were at first may have been on its way out.
        self.assertLessEqual(self.server.process.threads(), threads)


class Rubbish(SystemTest):
    def setUp(self):
        self.server = self.serve(
            *({"name": name, "framing": wire.config, "handler": "uppercase"} for name, wire in WIRE_FORMATS.items())
        )
        random_bytes = random.Random(4711)
        self.rubbish = [TLS_CLIENT_HELLO, HTTP_REQUEST, b"\0" * 3000, b"\xff" * 3000]
        self.rubbish += [random_bytes.randbytes(random_bytes.randrange(1, 4000)) for _ in range(20)]

    def test_every_framing_survives_it(self):
        for name, wire in WIRE_FORMATS.items():
            address = self.server.address(name)
            for rubbish in self.rubbish:
                with self.subTest(framing=name, rubbish=rubbish[:20]):
                    with connect(address) as client:
                        client.sendall(rubbish)
                        client.shutdown(socket.SHUT_WR)
                        receive_to_end(client)
                    self.assert_answer(address, wire.request(b"hello"), wire.framed_answer(b"HELLO"))

    def test_announcements_that_are_too_large_cost_no_memory(self):
        """Half a gibibyte is announced by each of a hundred clients, and next to nothing sent."""
        server = self.serve({"name": "promised", "framing": {"type": "length", "max": "1GiB"}, "handler": "echo"})
        before = server.process.resident()
        clients = [self.connect(server.address("promised")) for _ in range(100)]
        for client in clients:
            client.sendall(struct.pack(">I", 512 * MEBIBYTE) + b"x" * 100)
        self.assert_answer(server.address("promised"), frame(b"next"), frame(b"next"))
        if not sanitized():
            self.assertLess(server.process.peak_resident() - before, 16 * MEBIBYTE)


class SlowReader(SystemTest):
    """A client that does not read its answers stops being read, at a bound that it cannot move."""

    MOST_GROWTH = 8 * MEBIBYTE  # limits.output, one answer, one read, and the slack of the allocator
    OFFERED = 256 * MEBIBYTE  # far more than the socket buffers of both sides take
    READ_BACK = 32 * MEBIBYTE  # of answers, to see that nothing was lost and that it goes on
    QUIET = 1.0  # seconds without a byte taken that pass for "stopped"

    def send_until_stuck(self, client, message):
        """Sends `message` again and again until nothing is taken any more; returns the number of bytes sent."""
        client.setblocking(False)
        sent = 0
        while sent < self.OFFERED and select.select([], [client], [], self.QUIET)[1]:
            sent += client.send(message[sent % len(message) :])
        client.settimeout(30)
        return sent

    def check(self, listener, message, answer):
        """`answer` is what one whole `message` gets."""
        server = self.serve({"name": "slow", "limits": {"output": "256KiB"}, **listener})
        before = server.process.resident()
        client = self.connect(server.address("slow"))
        sent = self.send_until_stuck(client, message)
        self.assertLess(sent, self.OFFERED, "the server goes on reading")
        if not sanitized():
            self.assertLess(server.process.peak_resident() - before, self.MOST_GROWTH)
        self.assert_answer(server.address("slow"), message, answer)

        for _ in range(min(sent // len(message), self.READ_BACK // len(answer))):
            self.assertEqual(receive_exactly(client, len(answer)), answer)

    def test_the_kernel_holds_little_for_one_that_has_stopped(self):
        framing = {"type": "length", "max": "16MiB"}
        server = self.serve({"framing": framing, "handler": "echo", "timeouts": {"write_stall": "300ms"}})
        address = server.address("listener-0")
        # It reads quickly first, so that the kernel would take megabytes in advance.
        with stopped_reader(address, size=16 * MEBIBYTE, read=8 * MEBIBYTE) as client:
            seen = []

            def ended():
                seen.append(bytes_to_send(address, client.getsockname()))
                return seen[-1] is None

            wait_until(ended, lambda: "the end of one that takes nothing")
        most = max(waiting or 0 for waiting in seen)
        self.assertGreater(most, 0)
        self.assertLess(most, MEBIBYTE // 2)

    def test_echo_of_messages(self):
        message = frame(bytes(range(256)) * 256)
        self.check({"framing": "length", "handler": "echo"}, message, message)

    def test_echo_of_a_stream(self):
        message = bytes(range(256)) * 16
        self.check({"framing": "raw", "handler": "echo"}, message, message)

    def test_answers_much_larger_than_their_messages(self):
        text = "hello " * 10000
        handler = {"type": "hello", "text": text}
        self.check({"framing": "line", "handler": handler}, b"\n" * 100, (text.encode() + b"\n") * 100)


class ManyMessages(SystemTest):
    def test_ten_thousand_at_once_are_answered_in_order_and_others_meanwhile(self):
        server = self.serve({"framing": "line", "handler": "echo"}, event_loops={"count": 1})
        lines = b"".join(b"message %d\n" % i for i in range(10000))
        with connect(server.address("listener-0")) as busy:
            busy.sendall(lines)
            self.assert_answer(server.address("listener-0"), b"me too\n", b"me too\n")
            self.assertEqual(receive_exactly(busy, len(lines)), lines)

    def test_half_close_gets_answers_far_beyond_the_output_limit(self):
        text = "hello " * 10000
        listener = {"framing": "line", "handler": {"type": "hello", "text": text}, "limits": {"output": "256KiB"}}
        with connect(self.serve(listener).address("listener-0")) as client:
            client.sendall(b"\n" * 500)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(len(receive_to_end(client)), 500 * (len(text) + 1))

    def test_a_message_of_max_passes_and_one_byte_more_does_not(self):
        server = self.serve({"framing": {"type": "length", "max": MAX}, "handler": "echo"})
        address = server.address("listener-0")
        self.assert_answer(address, frame(b"x" * MAX), frame(b"x" * MAX))
        for size in itertools.chain([MAX + 1], (1 << bits for bits in range(12, 32))):
            with self.subTest(size=size), connect(address) as client:
                client.sendall(struct.pack(">I", size))
                self.assertEqual(receive_to_end(client), b"")
            if size == MAX + 1:  # before the next one: of many in a second only the first is logged
                server.await_log("malformed: length field 2001 makes a message of more than the 2000 bytes allowed")


if __name__ == "__main__":
    unittest.main()
