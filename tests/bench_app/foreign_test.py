"""netkit-bench against foreign servers: what goes wrong is counted and shown, and the run goes on."""

import csv
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402
from netkit_testing import BUILD, PATIENCE, SystemTest, run  # noqa: E402

BENCH = os.path.join(BUILD, "bin", "netkit-bench")
SHORT = ("-d", "300ms", "--timeout", "300ms")


class ForeignServer:
    """Serves each connection by `serve(connection)` in a thread of its own."""

    def __init__(self, test, serve):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._serve = serve
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self.close)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        connection.settimeout(PATIENCE)
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass  # the load has seen enough


def answering(answer, count=1 << 30):
    """Answers so many lines of a connection by `answer(number, line)`, then ends it."""

    def serve(connection):
        lines = connection.makefile("rb")
        for number in range(count):
            line = lines.readline()
            if not line:
                return
            connection.sendall(answer(number, line))

    return serve


def http(head, body):
    def serve(connection):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += connection.recv(65536)
        connection.sendall(head(request) + body)

    return serve


class Foreign(SystemTest):
    def bench(self, server, *arguments, status=0):
        """The result, and what was said on standard error."""
        out, said = run(BENCH, server.address, "--json", *arguments, status=status)
        return json.loads(out), said

    def test_wrong_answers_are_counted_and_the_first_is_shown(self):
        server = ForeignServer(self, answering(lambda number, line: b"hullo\n" if number == 3 else line))
        result, said = self.bench(server, "--framing", "line", "--message", "hello", "-c", "2", "--messages", "40", status=1)
        self.assertGreater(result["errors"]["wrong"], 2)
        self.assertGreater(result["messages"], 6)
        self.assertEqual(result["failed"], result["errors"]["wrong"])
        self.assertIn(server.connections - result["errors"]["wrong"], (0, 1, 2))  # the last may have no successor
        self.assertIn("differs from byte 1 on; from byte 0:\n", said)
        self.assertRegex(said, r"expected  68 65 6c 6c 6f 0a +\|hello\.\|\n +received  68 75 6c 6c 6f 0a +\|hullo\.\|\n")

    def test_the_table_tells_errors(self):
        server = ForeignServer(self, answering(lambda number, line: b"no\n"))
        out, _ = run(BENCH, server.address, "--framing", "line", *SHORT, status=1)
        self.assertRegex(out, r"(?m)^errors +\d+ wrong answers; \d+ messages failed$")
        out, _ = run(BENCH, server.address, "--framing", "line", "--messages", "1", status=1)
        self.assertRegex(out, r"(?m)^load +1 connection x 1 .*\n(?:.*\n)*errors +1 wrong answer; 1 message failed$")

    def test_connections_that_end_are_opened_again(self):
        server = ForeignServer(self, answering(lambda number, line: b"" if number == 3 else line, count=4))
        result, said = self.bench(server, "--framing", "line", "--messages", "24", status=1)
        self.assertEqual(result["errors"]["closed"], 6)
        self.assertEqual(result["messages"], 18)
        self.assertIn("closed a connection with 1 unanswered", said)

    def test_so_many_messages_are_all_accounted_for(self):
        server = ForeignServer(self, answering(lambda number, line: b"no\n" if number % 5 == 4 else line))
        result, _ = self.bench(server, "--framing", "line", "--messages", "23", status=1)
        self.assertEqual(result["messages"] + result["failed"], 23)
        self.assertEqual(result["failed"], 4)

    def test_a_run_of_messages_ends_when_nobody_answers_any_more(self):
        server = ForeignServer(self, answering(lambda number, line: b""))
        result, said = self.bench(server, "--framing", "line", "--messages", "1000", "--timeout", "100ms", status=1)
        self.assertEqual(result["messages"], 0)
        self.assertIn("no answer for 0.1 s", said)

    def test_a_server_that_goes_away(self):
        def serve(connection):
            server.close()
            connection.recv(100)

        server = ForeignServer(self, serve)
        result, said = self.bench(server, *SHORT, status=1)
        self.assertGreater(result["errors"]["unconnected"], 0)
        self.assertEqual(result["errors"]["first"] in said, True)

    def test_answers_with_line_ends_of_dos(self):
        server = ForeignServer(self, answering(lambda number, line: b"+PONG\r\n"))
        result, _ = self.bench(server, "--framing", "line", "--message", "PING", "--answer", r"+PONG\r", "--messages", "9")
        self.assertTrue(result["verified"])
        self.bench(server, "--framing", "line", "--message", "PING", "--answer", "+PONG", *SHORT, status=1)

    def test_the_target_stands_beside_what_was_reached(self):
        def serve(connection):
            while received := connection.recv(65536):
                threading.Event().wait(0.05)
                connection.sendall(received)

        server = ForeignServer(self, serve)
        result, said = self.bench(server, "--framing", "line", "--rate", "2000", "-d", "300ms", "--connect-per-request")
        self.assertEqual(result["target_rate"], 2000)
        self.assertLess(result["rate"], 1000)
        self.assertRegex(said, "of 2,000/s only .*/s were reached")
        fast = ForeignServer(self, answering(lambda number, line: line))
        out, said = run(BENCH, fast.address, "--framing", "line", "--rate", "100", "-d", "500ms")
        self.assertRegex(out, r"(?m)^rate +100/s asked for, \d[\d.]*/s reached$")

    def test_a_connection_for_each_request_at_a_rate(self):
        server = ForeignServer(self, answering(lambda number, line: line, count=1))
        result, _ = self.bench(server, "--framing", "line", "--rate", "500", "--messages", "100", "-c", "8",
                               "--connect-per-request")
        self.assertEqual((result["messages"], result["failed"], server.connections), (100, 0, 100))

    def test_http_1_0(self):
        for head in (b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-length: 4\r\n\r\n"):
            asked = []
            server = ForeignServer(self, http(lambda request, head=head, asked=asked: asked.append(request) or head, b"body"))
            result, _ = self.bench(server, "--http1.0", "--message", "x", "-c", "2", "--messages", "20")
            self.assertEqual((result["messages"], server.connections), (20, 20))
            self.assertEqual(asked[0], b"GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n")

    def test_csv_and_histogram(self):
        server = ForeignServer(self, answering(lambda number, line: line))
        command = (BENCH, server.address, "--framing", "line", "--messages", "50", "--histogram")
        values, _, ranges = run(*command, "--csv")[0].partition("\n\n")
        (row,) = csv.DictReader(values.splitlines())
        self.assertEqual((row["messages"], row["errors_wrong"], row["transport"]), ("50", "0", "tcp"))
        self.assertGreater(float(row["p99_us"]), 0)
        self.assertEqual(sum(int(each["count"]) for each in csv.DictReader(ranges.splitlines())), 50)
        self.assertEqual(sum(each["count"] for each in json.loads(run(*command, "--json")[0])["histogram"]), 50)
        self.assertRegex(run(*command)[0], r"(?m)^  to +[\d.]+ (us|ms) +\d+ +\d+\.\d\d %  #")

    def start(self, server, *arguments, **streams):
        process = subprocess.Popen(
            [BENCH, server.address, "--framing", "line", "-d", "1min", *arguments],
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **streams)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_ctrl_c_reports_what_was_measured(self):
        enough = threading.Event()

        def answer(number, line):
            if number == 1000:
                enough.set()
            return line

        server = ForeignServer(self, answering(answer))
        process = self.start(server, "--json", "--warm-up", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(enough.wait(PATIENCE))
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, said), (128 + signal.SIGINT, b""))
        result = json.loads(out)
        self.assertGreaterEqual(result["messages"], 999)
        self.assertTrue(result["interrupted"])

    def test_progress_on_a_terminal(self):
        server = ForeignServer(self, answering(lambda number, line: line))
        terminal, slave = pty.openpty()
        self.addCleanup(os.close, terminal)
        process = self.start(server, stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        seen = b""
        while not re.search(rb"\r\d[^\r]* of 60\.0 s  [\d,]+ messages  [\d,]+/s\x1b\[K", seen):
            seen += os.read(terminal, 65536)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
        self.assertIn(b"messages  ", out)


class Transports(SystemTest):
    def test_unix_sockets(self):
        path = os.path.join(self.folder(), "socket")
        self.serve({"transport": "unix", "address": path, "framing": "length", "handler": "echo"})
        for arguments in ((), ("--connect-per-request",), ("-n", "8", "-s", "100KiB")):
            out, _ = run(BENCH, "--unix", path, "--framing", "length", "-c", "4", "--messages", "200", "--json", *arguments)
            result = json.loads(out)
            self.assertEqual((result["messages"], result["transport"], result["verified"]), (200, "unix", True))
        run(BENCH, "--unix", path + "x", status=1)

    def test_tls(self):
        folder = self.folder()
        authority = Authority(folder)
        certificate, key = authority.issue("server", ["IP:127.0.0.1"])
        server = self.serve({"transport": "tls", "tls": {"certificate": certificate, "key": key}, "framing": "length",
                             "handler": "uppercase"})
        host, port = server.address("listener-0", "tls")
        common = (BENCH, "--tls", host, str(port), "--framing", "length", "--expect", "uppercase", "-c", "4", "--json")
        trusted = (*common, "--ca", authority.certificate)
        for arguments in ((), ("--connect-per-request",), ("-n", "8", "-s", "100KiB"),
                          ("--connect-per-request", "--rate", "500")):
            with self.subTest(arguments=arguments):
                result = json.loads(run(*trusted, "--messages", "200", *arguments)[0])
                self.assertEqual((result["messages"], result["transport"], result["failed"]), (200, "tls", 0))
        run(*common, "--insecure", "--messages", "20")
        _, said = run(*common, "--messages", "20", status=1)
        self.assertIn("certificate verify failed", said)
        _, said = run(*trusted, "--name", "other.example", "--messages", "20", status=1)
        self.assertIn("hostname mismatch", said)

    def test_a_listener_of_a_config(self):
        path = os.path.join(self.folder(), "socket")
        server = self.serve({"name": "u", "transport": "unix", "address": path, "framing": "line", "handler": "echo"})
        out, _ = run(BENCH, "--config", server.config, "--listener", "u", "--messages", "20", "--json")
        self.assertTrue(json.loads(out)["verified"])


if __name__ == "__main__":
    unittest.main()
