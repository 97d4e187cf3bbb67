"""The prompt on a terminal."""

import os
import signal
import tempfile
import termios
import threading
import unittest

from peer import (BOUND, AnswerAndEnd, ClientTest, TcpServer, UdpServer, json_answer, read_until, receive_exactly,
                  wait_for_end)
from typist import Typist


def upper(connection):
    while data := connection.recv(65536):
        connection.sendall(data.upper())


class Prompt(ClientTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name

    def test_prompt(self):
        with TcpServer(upper) as server, Typist(self.state, server.address) as typist:
            typist.expect(server.address.encode())
            typist.type(b"hello\n", b"HELLO\r\n")
            typist.type(b"there\n", b"THERE\r\n")
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)

    def test_a_trace_has_lines_of_its_own(self):
        """Also beside answers without a newline, of which nobody knows yet whether they go on."""
        with TcpServer(upper) as server, Typist(self.state, "--trace", server.address, "one", "two") as typist:
            seen = read_until(typist.terminal, b"this side ended", b"")
            self.assertEqual([line for line in seen.rstrip().split(b"\r\n") if not line.startswith(b"+")], [b"ONE", b"TWO"])

    def test_editing_and_history(self):
        with TcpServer(upper) as server:
            for keys in (b"abd\x08c\n", b"\x1b[A\n"):  # the arrow up brings the last line back
                with Typist(self.state, server.address) as typist:
                    typist.type(keys, b"ABC\r\n")
                    typist.type(b"\4")
                    self.assertEqual(typist.status(), 0)
        path = os.path.join(self.state, "netkit", "history")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_lost_datagram_does_not_end_the_prompt(self):
        with UdpServer(lambda data, _: [data.upper()] if data != b"lost" else []) as server:
            with Typist(self.state, "--udp", "--timeout", "50ms", server.address) as typist:
                typist.type(b"lost\n", b"no answer from")
                typist.type(b"found\n", b"FOUND\r\n")

    def test_a_damaged_datagram_does_not_spoil_the_next(self):
        for spec, good in (("length", b"\0\0\0\4GOOD"), ("json-header", json_answer(b"GOOD"))):
            with UdpServer(lambda data, _: [good[:-1] if data == b"bad" else good]) as server:
                with Typist(self.state, "--udp", "--recv", spec, server.address) as typist:
                    size = len(good)
                    typist.type(b"bad\n", b"in the middle of an answer: %d of %d bytes" % (size - 1, size))
                    typist.type(b"good\n", b"GOOD\r\n")

    def test_the_end_is_seen_at_once_and_the_next_line_connects_again(self):
        with TcpServer(AnswerAndEnd().serve) as server, Typist(self.state, server.address) as typist:
            said = b"connection closed by " + server.address.encode() + b"; the next line connects again\r\n"
            typist.type(b"one\n", b"ONE\r\n")
            typist.expect(said)
            typist.type(b"two\n", b"TWO\r\n")
            typist.expect(said)
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)
            self.assertEqual(server.connections, 2)

    def test_a_server_that_is_gone_is_tried_again_with_each_line(self):
        with TcpServer(AnswerAndEnd().serve) as server:
            typist = Typist(self.state, server.address)
            self.addCleanup(typist.__exit__)
            typist.type(b"one\n", b"ONE\r\n")
            typist.expect(b"connects again")
        for _ in range(2):
            typist.type(b"two\n", b"cannot connect to " + server.address.encode() + b": Connection refused")
        typist.type(b"\4")
        self.assertEqual(typist.status(), 0)

    def test_what_comes_unasked_is_shown_and_the_line_goes_on(self):
        typed = threading.Event()
        got = []

        def serve(connection):
            connection.sendall(b"welcome\n")
            typed.wait(BOUND)
            connection.sendall(b"news\x1b[2J\n")
            got.append(connection.recv(100))
            connection.sendall(b"thanks\n")
            wait_for_end(connection)

        with TcpServer(serve) as server, Typist(self.state, "--framing", "line", server.address) as typist:
            typist.expect(b"welcome\r\n")
            typist.type(b"hel", b"hel")
            typed.set()
            typist.expect(b"\x1b[J")  # the line is cleared
            typist.expect(rb"news\x1b[2J" + b"\r\n")
            typist.expect(b"> hel")  # and shown again
            os.write(typist.terminal, b"lo\n")
            typist.expect(b"thanks\r\n")
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)
        self.assertEqual(got, [b"hello\n"])

    def test_ctrl_c_drops_the_line(self):
        with TcpServer(upper) as server, Typist(self.state, server.address) as typist:
            typist.type(b"wrong", b"wrong")
            os.write(typist.terminal, b"\3")
            typist.expect(b"^C\r\n")
            typist.type(b"right\n", b"RIGHT\r\n")
            typist.type(b"\3", b"^C\r\n")
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)

    def test_ctrl_c_while_an_answer_is_awaited_gives_it_up(self):
        seen = []

        def serve(connection):
            seen.append(connection.recv(100))
            if seen[-1] != b"sleep":
                connection.sendall(b"awake")
                return wait_for_end(connection)
            os.write(typist.terminal, b"\3")
            try:
                seen.append(connection.recv(100))
            except ConnectionResetError:
                seen.append("reset")

        with TcpServer(serve) as server, Typist(self.state, server.address) as typist:
            typist.type(b"sleep\n", b"interrupted; the next line connects again\r\n")
            typist.type(b"wake\n", b"awake\r\n")
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)
        self.assertEqual(seen, [b"sleep", "reset", b"wake"])

    def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(self):
        with TcpServer(wait_for_end) as server, Typist(self.state, server.address) as typist:
            typist.type(b"x", b"x")
            self.assertNotEqual(termios.tcgetattr(typist.terminal), typist.untouched)
            typist.client.send_signal(signal.SIGTERM)
            self.assertEqual(typist.status(), -signal.SIGTERM)
            self.assertEqual(termios.tcgetattr(typist.terminal), typist.untouched)

    def test_without_waiting(self):
        def serve(connection):
            receive_exactly(connection, 4)
            connection.sendall(b"A\nB\n")
            wait_for_end(connection)

        with TcpServer(serve) as server, Typist(self.state, "--no-wait", "--framing", "line", server.address) as typist:
            typist.type(b"a\n")
            typist.type(b"b\n", b"A\r\n", b"B\r\n")
            typist.type(b"\4")
            self.assertEqual(typist.status(), 0)

    def test_characters_of_several_bytes(self):
        got = []

        def serve(connection):
            got.append(connection.recv(100))
            connection.sendall("ü€\n".encode())
            wait_for_end(connection)

        with TcpServer(serve) as server, Typist(self.state, server.address) as typist:
            typist.type("ä€x\x7f\n".encode(), "ü€\r\n".encode())
        self.assertEqual(got, ["ä€".encode()])


if __name__ == "__main__":
    unittest.main()
