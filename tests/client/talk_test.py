"""How a conversation goes: one message after the other or all at once, silence, early ends, what is printed."""

import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

from peer import (BOUND, CLIENT, AnswerAndEnd, ClientTest, TcpServer, UdpServer, heed_signals, json_front, read_until,
                  receive_exactly, run, sanitized, unused_port, wait_for_end)

LENGTH = ("--framing", "length,bytes=1")


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def answer_once(answer):
    """A server that reads a request, so that no reset follows, answers and closes."""

    def serve(connection):
        connection.recv(100)
        connection.sendall(answer)

    return serve


class Messages(ClientTest):
    def test_lines_of_standard_input(self):
        with TcpServer(echo) as server:
            self.check(run("--framing", "line", server.address, input=b"a\n\nb\r\nc"), 0, b"a\n\nb\nc\n")

    def test_empty_lines_are_not_sent_in_raw_framing(self):
        got = []

        def serve(connection):
            while data := connection.recv(65536):
                got.append(data)
                connection.sendall(data)

        with TcpServer(serve) as server:
            self.check(run(server.address, input=b"a\n\n\nb\n"), 0, b"a\nb\n")
        self.assertEqual(got, [b"a", b"b"])

    def test_no_message_at_all(self):
        with TcpServer(lambda connection: connection.sendall(b"welcome\n")) as server:
            self.check(run("--framing", "line", server.address), 0, b"welcome\n")

    def test_a_line_is_answered_while_standard_input_stays_open(self):
        with TcpServer(echo) as server:
            client = subprocess.Popen([CLIENT, server.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for word in (b"one", b"two"):
                client.stdin.write(word + b"\n")
                client.stdin.flush()
                read_until(client.stdout.fileno(), word + b"\n")
            client.stdin.close()
            self.assertEqual(client.wait(BOUND), 0)
            client.stdout.close()

    def test_a_message_that_looks_like_an_option(self):
        with TcpServer(echo) as server:
            self.check(run(server.address, "--", "--exact"), 0, b"--exact\n")

    def test_messages_that_command_line_parsers_like_to_touch(self):
        odd = ["[1,2]", "{}", "++", "a=b", "%x", "'q'", "\\n", "\u00e4"]
        with TcpServer(echo) as server:
            result = run("--framing", "line", server.address, "--", *odd)
            self.check(result, 0, "".join(word + "\n" for word in odd).encode())

    def test_a_message_larger_than_all_buffers_is_echoed(self):
        # The server answers while it is sent to: who only writes or only reads would wait for ever.
        line = b"x" * (32 << 20)
        with TcpServer(echo) as server:
            result = run("--framing", "line,max=64MiB", server.address, input=line)
            self.check(result, 0)
            self.assertEqual(result.stdout, line + b"\n")

    def test_late_parts_of_an_answer_come_before_the_next(self):
        def serve(connection):
            for word in (b"1", b"2"):
                receive_exactly(connection, 2)
                connection.sendall(word + b"\n")
                connection.sendall(word + b" more\n")

        with TcpServer(serve) as server:
            result = run("--framing", "line", server.address, "a", "b")
            self.check(result, 0, b"1\n1 more\n2\n2 more\n")


    def test_the_last_answer_goes_on_until_the_server_ends(self):
        def serve(connection):
            receive_exactly(connection, 1)
            connection.sendall(b"first, ")
            self.assertEqual(connection.recv(100), b"")  # the client has ended its side, but listens
            connection.sendall(b"rest")

        with TcpServer(serve) as server:
            self.check(run(server.address, "a"), 0, b"first, rest\n")

    def test_an_answer_to_a_message_that_the_server_reads_no_further(self):
        def serve(connection):
            connection.recv(1)
            connection.sendall(b"too long\n")  # closed with bytes unread: the client sees a reset as it sends

        with TcpServer(serve) as server:
            result = run("--framing", "line", server.address, input=b"x" * (32 << 20))
            self.assertIn(result.returncode, (0, 255))
            self.assertEqual(result.stdout, b"too long\n")


class AllAtOnce(ClientTest):
    def test_messages_leave_together_and_this_side_ends(self):
        got = []

        def serve(connection):
            while data := connection.recv(65536):
                got.append(data)
            connection.sendall(b"1\n2\n3\n")

        with TcpServer(serve) as server:
            self.check(run("--no-wait", "--framing", "line", server.address, "a", "b", "c"), 0, b"1\n2\n3\n")
        self.assertEqual(got, [b"a\nb\nc\n"])

    def test_raw_answers_until_the_server_closes(self):
        def serve(connection):
            wait_for_end(connection)
            connection.sendall(b"first ")
            connection.sendall(b"second")

        with TcpServer(serve) as server:
            self.check(run("--no-wait", server.address, "a", "b"), 0, b"first second\n")

    def test_nothing_but_empty_lines(self):
        with TcpServer(wait_for_end) as server:
            self.check(run("--no-wait", server.address, input=b"\n\n"), 0, b"")

    def test_as_many_answers_as_messages_where_they_have_borders(self):
        def serve(connection):
            connection.sendall(receive_exactly(connection, 6))
            connection.recv(1)
            connection.recv(1)  # does not close before the client does

        with TcpServer(serve) as server:
            self.check(run("--no-wait", *LENGTH, server.address, "a", "b", "c"), 0, b"a\nb\nc\n")

    def test_answers_missing_at_the_end(self):
        with TcpServer(lambda connection: connection.sendall(receive_exactly(connection, 6)[:4])) as server:
            result = run("--no-wait", *LENGTH, server.address, "a", "b", "c")
            self.check(result, 255, b"a\nb\n", "after 2 answers, with messages left unanswered")

    def test_many_messages_from_standard_input(self):
        lines = b"".join(b"%d\n" % i for i in range(200000))
        with TcpServer(echo) as server:
            result = run("--no-wait", "--framing", "line", server.address, input=lines)
            self.check(result, 0)
            self.assertEqual(result.stdout, lines)

    def test_queued_lines_leave_while_standard_input_stays_open(self):
        with TcpServer(echo) as server:
            command = [CLIENT, "--no-wait", "--framing", "line", server.address]
            client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            client.stdin.write(b"one\n")
            client.stdin.flush()
            client.stdin.close()
            self.assertEqual(read_until(client.stdout.fileno(), b"one\n"), b"one\n")
            self.assertEqual(client.wait(BOUND), 0)
            client.stdout.close()


class EarlyEnds(ClientTest):
    def ends(self, serve, status, stdout, stderr, *arguments):
        with TcpServer(serve) as server:
            self.check(run(*arguments[:2], server.address, *arguments[2:]), status, stdout, stderr)

    def test_without_an_answer(self):
        for spec in ("raw", "line", "length", "json-header"):
            with TcpServer(lambda connection: connection.recv(100)) as server:
                result = run("--framing", spec, server.address, "a")
                hint = " (framing raw: is that the server's?)" if spec == "raw" else ""
                self.check(result, 255, b"", "connection closed by %s without an answer%s\n" % (server.address, hint))

    def test_after_one_answer_with_messages_left(self):
        ending = AnswerAndEnd()
        with TcpServer(ending.serve) as server:
            client = subprocess.Popen([CLIENT, server.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
            client.stdin.write(b"a\n")
            client.stdin.flush()
            self.assertTrue(ending.ended.wait(BOUND))
            output, said = client.communicate(b"b\n", timeout=BOUND)
        self.assertEqual((client.returncode, output), (255, b"A\n"))
        self.assertIn(b"connection closed by %s after 1 answer, with" % server.address.encode(), said)

    def test_with_messages_left_and_on_their_way(self):
        # Whether the server's end or its refusal of the second message is seen first is chance.
        with TcpServer(lambda connection: connection.sendall(connection.recv(100))) as server:
            result = run(server.address, "a", "b")
            self.check(result, 255, b"a\n", "")
            self.assertRegex(result.stderr, rb"after 1 answer, with messages left|Connection reset by peer")

    def test_in_the_middle_of_a_frame(self):
        self.ends(answer_once(b"\x0bhello"), 255, b"", "middle of an answer: 6 of 12 bytes",
                  *LENGTH, "a")

    def test_in_the_middle_of_a_line(self):
        self.ends(answer_once(b"hel\x1blo"), 255, b"",
                  "middle of an answer: 6 bytes without an end, 'hel\\x1blo'", "--framing", "line", "a")

    def test_in_the_middle_of_a_streamed_body(self):
        self.ends(answer_once(json_front(10) + b"hello"), 255, b"hello", "%d of %d bytes" % (len(json_front(10)) + 5, len(json_front(10)) + 10),
                  "--recv", "json-header", "a")

    def test_reset(self):
        def serve(connection):
            connection.recv(100)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        self.ends(serve, 255, b"", "Connection reset by peer", *LENGTH, "a")

    def test_nobody_listens(self):
        self.check(run("127.0.0.1:%d" % unused_port(), "a"), 255, b"", "Connection refused")

    def test_a_numeric_address_needs_no_name(self):
        """No name server and no /etc/hosts knows 127.0.0.9."""
        with TcpServer(echo, host="127.0.0.9") as server:
            self.check(run("--framing", "line", server.address, "a"), 0, b"a\n")

    @unittest.skipUnless(os.path.exists("/proc/net/if_inet6"), "this machine has no IPv6")
    def test_an_ipv6_address(self):
        with TcpServer(echo, host="::1") as server:
            self.check(run("--framing", "line", server.address, "a"), 0, b"a\n")

    def test_unknown_host(self):
        self.check(run("no-such-host.invalid:80", "a"), 255, b"", "cannot find the address of 'no-such-host.invalid'")


class Silence(ClientTest):
    def test_no_answer(self):
        with TcpServer(wait_for_end) as server:
            result = run("--timeout", "50ms", server.address, "a")
            self.check(result, 255, b"", "no answer from %s within 50ms (--timeout 0" % server.address)

    def test_half_an_answer(self):
        def serve(connection):
            connection.sendall(b"\x0ahello")
            wait_for_end(connection)

        with TcpServer(serve) as server:
            result = run("--timeout", "50ms", *LENGTH, server.address, "a")
            self.check(result, 255, b"", "in the middle of an answer: 6 of 11 bytes")

    def test_the_server_sees_a_reset(self):
        seen = []

        def serve(connection):
            connection.recv(100)
            try:
                seen.append(connection.recv(100))
            except ConnectionResetError:
                seen.append("reset")

        with TcpServer(serve) as server:
            self.check(run("--timeout", "50ms", server.address, "a"), 255, b"", "no answer")
        self.assertEqual(seen, ["reset"])

    def test_silent_datagrams(self):
        with UdpServer(lambda *_: []) as server:
            result = run("--udp", "--timeout", "50ms", server.address, "a")
            self.check(result, 255, b"", "no answer from %s within 50ms\n" % server.address)

    def test_refused_datagrams(self):
        # At once, not after the five seconds for an answer.
        address = "127.0.0.1:%d" % unused_port()
        self.check(run("--udp", "--timeout", "0", address, "a"), 255, b"", address + ": Connection refused")

    def test_some_datagrams_unanswered(self):
        with UdpServer(lambda data, _: [data] if data == b"b" else []) as server:
            result = run("--udp", "--no-wait", "--timeout", "100ms", server.address, "a", "b", "c")
            self.check(result, 255, b"b\n", "1 answer to 3 messages, then no answer")


class Datagrams(ClientTest):
    def test_each_message_is_one(self):
        got = []

        def answer(data, _):
            got.append(data)
            return [b"<" + data + b">"]

        with UdpServer(answer) as server:
            self.check(run("--udp", server.address, "one", "", "two"), 0, b"<one>\n<>\n<two>\n")
        self.assertEqual(got, [b"one", b"", b"two"])

    def test_the_largest(self):
        line = b"x" * 65507
        with UdpServer(lambda data, _: [data]) as server:
            self.check(run("--udp", "--exact", server.address, input=line), 0, line)
            self.check(run("--udp", server.address, input=line + b"x"), 255, b"", "Message too long")

    def test_half_an_answer_in_a_datagram(self):
        with UdpServer(lambda *_: [b"\x05hel"]) as server:
            result = run("--udp", *LENGTH, server.address, "a")
            self.check(result, 255, b"", "a datagram ended in the middle of an answer: 4 of 6 bytes")


class Printed(ClientTest):
    def test_exact_adds_nothing(self):
        with TcpServer(echo) as server:
            self.check(run("--exact", *LENGTH, server.address, "a", "b"), 0, b"ab")

    def test_hex(self):
        with TcpServer(echo) as server:
            result = run("--hex", *LENGTH, server.address, "0123456789abcdefgh", "\x7f")
            self.check(result, 0, b"00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
                                  b"00000010  67 68                                             |gh|\n"
                                  b"00000000  7f                                                |.|\n")

    def test_trace_shows_coalesced_and_split_frames(self):
        def serve(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            receive_exactly(connection, 2)
            connection.sendall(b"\1a\2b")
            receive_exactly(connection, 2)  # sent once the first answer was read, so the rest is another read
            connection.sendall(b"c\1d")

        with TcpServer(serve) as server:
            result = run("--trace", *LENGTH, server.address, "x", "y")
        self.check(result, 0, b"a\nbc\nd\n", "")
        said = re.sub(r"(?m)^\+\d+\.\d{6} s  ", "", result.stderr.decode()).splitlines()
        self.assertEqual(said[:5], ["connected to %s (tcp)" % server.address,
                                    "sent 2 bytes  [#1 2]",
                                    "received 4 bytes  [#1 2] [#2 2 of 3 ...",
                                    "sent 2 bytes  [#2 2]",
                                    "received 3 bytes  ... #2 1 of 3] [#3 2]"])

    def test_trace_of_messages_sent_at_once(self):
        with TcpServer(echo) as server:
            result = run("--trace", "--no-wait", *LENGTH, server.address, "x", "y", "z")
        self.check(result, 0, b"x\ny\nz\n", "sent 6 bytes  [#1 2] [#2 2] [#3 2]\n")

    def test_a_reader_who_leaves_ends_the_client_silently(self):
        def serve(connection):
            try:
                while True:
                    connection.sendall(b"x" * 65536)
            except (BrokenPipeError, ConnectionResetError):
                pass

        with TcpServer(serve) as server:
            client = subprocess.Popen([CLIENT, server.address, "a"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
            client.stdout.read(1)
            client.stdout.close()
            self.assertEqual(client.wait(BOUND), 128 + signal.SIGPIPE)
            self.assertEqual(client.stderr.read(), b"")
            client.stderr.close()


class Interrupted(ClientTest):
    def test_the_server_sees_a_reset_and_the_status_names_the_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            seen = []

            def serve(connection):
                connection.recv(100)
                self.client().send_signal(number)
                try:
                    seen.append(connection.recv(100))
                except ConnectionResetError:
                    seen.append("reset")

            with TcpServer(serve) as server:
                client = self.start(server.address, "sleep 1000", stderr=subprocess.PIPE, preexec_fn=heed_signals)
                self.assertEqual(client.wait(BOUND), 128 + number)
                self.assertEqual(client.stderr.read(), b"")
                client.stderr.close()
            self.assertEqual(seen, ["reset"])

    def test_in_the_middle_of_a_stream_that_never_pauses(self):
        def serve(connection):
            connection.recv(100)
            connection.sendall(json_front(1 << 60))
            piece = b"x" * 65536
            with self.assertRaises((ConnectionResetError, BrokenPipeError)):
                connection.sendall(piece)
                self.client().send_signal(signal.SIGINT)
                while True:
                    connection.sendall(piece)

        with TcpServer(serve) as server:
            client = self.start("--recv", "json-header", server.address, "a",
                                stdout=subprocess.DEVNULL, preexec_fn=heed_signals)
            self.assertEqual(client.wait(BOUND), 128 + signal.SIGINT)

    def test_what_is_ignored_stays_ignored(self):
        def serve(connection):
            connection.recv(100)
            self.client().send_signal(signal.SIGHUP)
            connection.sendall(b"answer")

        with TcpServer(serve) as server:
            client = self.start(server.address, "a", stdout=subprocess.PIPE,
                                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
            self.assertEqual(client.communicate(timeout=BOUND)[0], b"answer\n")
            self.assertEqual(client.returncode, 0)


class Memory(ClientTest):
    def test_a_body_of_5_gib_passes_in_little_memory(self):
        size, part = 5 << 30, 64 << 20

        def serve(connection):
            connection.recv(100)
            connection.sendall(json_front(size, exit=7))
            connection.setblocking(True)
            for _ in range(size // part):
                sent = 0
                while sent < part:
                    sent += os.sendfile(connection.fileno(), file.fileno(), sent, part - sent)
            wait_for_end(connection)

        file = tempfile.TemporaryFile()
        self.addCleanup(file.close)
        file.truncate(part)
        with TcpServer(serve) as server, open("/dev/null", "wb") as nowhere:
            client = subprocess.Popen([CLIENT, "--recv", "json-header", server.address, "a"],
                                      stdin=subprocess.DEVNULL, stdout=nowhere)
            _, status, usage = os.wait4(client.pid, 0)
            client.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(client.returncode, 7)
        if not sanitized():
            self.assertLess(usage.ru_maxrss, 64 << 10)  # in KiB


if __name__ == "__main__":
    unittest.main()
