"""Every deadline of a conversation, and the reason that each gives."""

import contextlib
import os
import signal
import threading
import time
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, stopped_reader, wait_until, write_fifo

ECHO = {"framing": "line", "handler": "echo"}
SLEEPER = {"framing": "line", "handler": {"type": "exec", "shell": True, "timeout": "60s"}}


class Deadlines(SystemTest):
    def start(self, listener, **timeouts):
        self.server = self.serve({**listener, "timeouts": timeouts})
        return self.server.address("listener-0")

    def assert_reason(self, reason):
        self.server.await_log(f" {reason}")

    def drip(self, client, text, pause):
        """Sends one byte at a time until the server has had enough."""
        end = time.monotonic() + 20
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:
                client.send(text)
                client.settimeout(pause)
                with contextlib.suppress(TimeoutError):
                    if not client.recv(1):
                        return
        self.assertLess(time.monotonic(), end)

    def test_a_connection_that_never_speaks(self):
        address = self.start(ECHO, first_byte="200ms")
        with connect(address) as client:
            self.assertEqual(receive_to_end(client), b"")
        self.assert_reason("first-byte-timeout")

    def test_one_that_has_spoken_is_not_held_to_the_first_byte(self):
        address = self.start(ECHO, first_byte="500ms", idle="1s")
        with connect(address) as client:
            client.sendall(b"hello\n")
            self.assertEqual(receive_to_end(client), b"hello\n")
        self.assert_reason("idle")

    def test_a_message_that_drips(self):
        address = self.start(ECHO, message="300ms", idle="60s")
        with connect(address) as client:
            client.sendall(b"whole\n")
            self.assertEqual(receive_exactly(client, 6), b"whole\n")
            self.drip(client, b"x", 0.02)
        self.assert_reason("message-timeout")

    def test_slow_messages_that_are_whole_in_time(self):
        address = self.start(ECHO, message="2s")
        with connect(address) as client:
            end = time.monotonic() + 2.5
            while time.monotonic() < end:  # each begins before the one in front is answered
                client.sendall(b"x\nx")
                self.assertEqual(receive_exactly(client, 2)[-1:], b"\n")
                client.sendall(b"\n")
                self.assertEqual(receive_exactly(client, 2), b"x\n")

    def test_a_peer_that_takes_nothing(self):
        address = self.start(ECHO, write_stall="300ms", idle="60s", message="60s")
        client = self.connect(address)
        client.setblocking(False)
        end = time.monotonic() + 20
        with self.assertRaises(ConnectionError):
            while time.monotonic() < end:
                with contextlib.suppress(BlockingIOError):
                    client.send(b"x" * 65535 + b"\n")
                    continue
                time.sleep(0.005)  # the server reads no more; until it closes
        self.assert_reason("write-stall")

    def ask_for_too_much(self, **timeouts):
        """A connection whose peer reads the beginning of an answer of 8 MiB."""
        address = self.start({"framing": {"type": "length", "max": "8MiB"}, "handler": "echo"}, **timeouts)
        client = stopped_reader(address, size=8 << 20, read=1 << 20)
        self.addCleanup(client.close)
        return client

    def test_an_answer_that_is_cut_ends_in_a_reset(self):
        client = self.ask_for_too_much(write_stall="300ms")
        self.assert_reason("write-stall")
        self.assertRaises(ConnectionResetError, receive_exactly, client, 8 << 20)

    def test_so_does_one_that_the_end_of_the_server_cuts(self):
        client = self.ask_for_too_much(drain="100ms")
        self.server.stop()
        self.assertRaises(ConnectionResetError, receive_exactly, client, 8 << 20)

    def test_a_slow_reader_that_keeps_taking_is_left_alone(self):
        address = self.start(ECHO, write_stall="1s", idle="60s", message="60s")
        client = self.connect(address)
        size = 8 << 20
        lines = (b"x" * 65535 + b"\n") * (size >> 16)
        sender = threading.Thread(target=client.sendall, args=(lines,))
        sender.start()
        self.addCleanup(sender.join)
        received = 0
        while received < size:
            piece = client.recv(1 << 18)
            self.assertTrue(piece, "closed while it was reading")
            received += len(piece)
            time.sleep(0.02)  # what makes it slow
        self.assertEqual(received, size)

    def test_a_call_that_takes_too_long(self):
        folder = self.folder()
        address = self.start(SLEEPER, handler="300ms")
        self.assert_answer(address, b"echo hello\n", b"hello\n")  # a supervisor of commands stays from now on
        census = self.server.process.census()
        with connect(address) as client:
            client.sendall(f"echo $$ > {folder}/pid; exec sleep 1000\n".encode())
            self.assertEqual(receive_to_end(client), b"")
        self.assert_reason("handler-timeout")
        self.assert_census(self.server, census)  # the command is gone too
        self.assert_answer(address, b"echo still here\n", b"still here\n")

    def test_a_datagram_whose_call_takes_too_long(self):
        handler = {"transport": "udp", "handler": SLEEPER["handler"], "timeouts": {"handler": "300ms"}}
        self.server = self.serve(handler)
        client = self.datagram_socket(self.server.address("listener-0", "udp"))
        client.send(b"exec sleep 1000")
        self.assert_reason("handler-timeout")
        client.send(b"echo still here")
        self.assertEqual(client.recv(100).strip(), b"still here")

    def test_a_life_ends_between_two_messages(self):
        address = self.start(ECHO, lifetime="400ms")
        asked = 0
        with connect(address) as client:
            end = time.monotonic() + 20
            while time.monotonic() < end:
                try:
                    client.sendall(b"hello\n")
                    answer = receive_exactly(client, 6)
                except ConnectionError:
                    break
                if answer == b"":
                    break
                self.assertEqual(answer, b"hello\n")  # never half of one
                asked += 1
        self.assertGreater(asked, 0)
        self.assert_reason("lifetime")

    def test_a_life_waits_for_the_call_that_runs(self):
        address = self.start(SLEEPER, lifetime="100ms", drain="20s")
        with connect(address) as client:
            client.sendall(b"sleep 0.7; echo done\n")
            self.assertEqual(receive_to_end(client), b"done\n")
        self.assert_reason("lifetime")

    def test_but_not_longer_than_drain(self):
        address = self.start(SLEEPER, lifetime="100ms", drain="200ms")
        with connect(address) as client:
            client.sendall(b"sleep 1000\n")
            self.assertEqual(receive_to_end(client), b"")
        self.assert_reason("lifetime")

    def test_each_listener_has_its_own_drain(self):
        folder = self.folder()
        handler = {"type": "exec", "shell": True, "directory": folder}
        server = self.serve(
            {"name": "short", "framing": "line", "handler": handler, "timeouts": {"drain": "100ms"}},
            {"name": "long", "framing": "line", "handler": handler, "timeouts": {"drain": "30s"}},
            timeouts={"drain": "1s"},
        )
        os.mkfifo(os.path.join(folder, "go"))
        short, long = self.connect(server.address("short")), self.connect(server.address("long"))
        short.sendall(b"touch short; exec sleep 1000\n")
        long.sendall(b"touch long; cat go\n")
        for name in ("short", "long"):
            path = os.path.join(folder, name)
            wait_until(lambda: os.path.exists(path), lambda: f"the command of {name}")
        server.signal(signal.SIGTERM)
        self.assertEqual(receive_to_end(short), b"")
        write_fifo(os.path.join(folder, "go"), b"done\n")
        self.assertEqual(receive_to_end(long), b"done\n")
        self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
