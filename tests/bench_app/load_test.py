"""netkit-bench against netkit-server, and against servers that misbehave."""

import json
import os
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

from netkit_testing import AS_NOBODY, BUILD, PATIENCE, SystemTest, others_can_read, run  # noqa: E402

BENCH = os.path.join(BUILD, "bin", "netkit-bench")

SHORT = ("-d", "300ms", "--timeout", "300ms")  # wrong and missing answers do not end a run

TICK_NS = 10_000_000  # /proc counts time outside the kernel in these


def text_of(address):
    return f"{address[0]}:{address[1]}"


def bench(address, *arguments, status=0):
    return run(BENCH, text_of(address), *arguments, status=status)


def measure(address, *arguments):
    return json.loads(bench(address, "--json", *arguments)[0])


class FakeServer:
    """Answers one TCP connection by a function of what it receives, until that returns nothing."""

    def __init__(self, test, answer):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._answer = answer
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        test.addCleanup(self._listener.close)
        test.addCleanup(thread.join, PATIENCE)

    def _serve(self):
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE)
        with connection:
            try:
                while received := connection.recv(65536):
                    answer = self._answer(received)
                    if answer is None:
                        return
                    connection.sendall(answer)
            except ConnectionError:
                pass  # the load has seen enough


class GoodServer(SystemTest):
    def test_counts_every_message_and_its_latency(self):
        server = self.serve({"framing": "length", "handler": "uppercase"})
        result = measure(server.address("listener-0"), "--framing", "length", "--expect", "uppercase", "-c", "8", "-n",
                         "16", "--messages", "5000", "--server-pid", str(server.process.pid))
        self.assertEqual(result["messages"], 5000)
        self.assertEqual(result["bytes"], 5000 * 68)
        self.assertTrue(result["verified"])
        latency = result["latency_us"]
        self.assertGreater(latency["p50"], 0)
        self.assertLessEqual(latency["p50"], latency["p99.9"])
        self.assertLessEqual(latency["p99.9"], latency["max"])
        self.assertGreater(result["server"]["cpu_ns_per_message"], 0)
        for side in ("load", "server"):
            beyond = (result[side]["user_ns_per_message"] - result[side]["cpu_ns_per_message"]) * 5000
            self.assertLessEqual(beyond, 2 * TICK_NS)
        self.assertGreater(result["server"]["resident"], 1 << 20)

    def test_a_run_by_time_ends_by_itself(self):
        server = self.serve({"handler": "echo"})
        result = measure(server.address("listener-0"), "-c", "4", "-n", "4", "-d", "200ms")
        self.assertGreater(result["messages"], 0)
        self.assertGreaterEqual(result["seconds"], 0.2)

    def test_the_table_is_for_people(self):
        server = self.serve({"handler": "echo"})
        table, _ = bench(server.address("listener-0"), "--messages", "10", "--server-pid", str(server.process.pid))
        for word in ("messages", "10, ", "each compared", "p99.9", "server"):
            self.assertIn(word, table)

    def test_every_framing(self):
        specs = ["line", "delimiter,delimiters=;", "fixed,size=64", "length,bytes=2,endian=little", "varint",
                 "netstring", "json-header"]
        entries = [spec_as_config(spec) for spec in specs]
        server = self.serve(*({"framing": entry, "handler": "echo"} for entry in entries))
        for index, spec in enumerate(specs):
            with self.subTest(framing=spec):
                result = measure(server.address(f"listener-{index}"), "--framing", spec, "-c", "3", "-n", "5",
                                 "--messages", "300")
                self.assertEqual(result["messages"], 300)
                self.assertTrue(result["verified"])

    def test_large_messages_in_flight_do_not_block(self):
        server = self.serve({"framing": "length", "handler": "echo"})
        result = measure(server.address("listener-0"), "--framing", "length", "-s", "512KiB", "-c", "2", "-n", "8",
                         "--messages", "64")
        self.assertEqual(result["bytes"], 64 * (4 + (512 << 10)))

    def test_the_expectation_is_learnt_from_the_config(self):
        upper = {"name": "upper", "address": "127.0.0.1:0", "framing": "line", "handler": "uppercase"}
        config = os.path.join(self.folder(), "config.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"listeners": [upper]}, file)
        address = text_of(self.serve(upper).address("upper"))
        learnt = (BENCH, "--config", config, "--listener", "upper", address, "--messages", "20", "--json")
        self.assertTrue(json.loads(run(*learnt)[0])["verified"])
        run(*learnt, "--expect", "echo", status=1)

    def test_datagrams(self):
        server = self.serve({"transport": "udp", "handler": "echo"})
        result = measure(server.address("listener-0", "udp"), "--udp", "-c", "4", "-n", "8", "--messages", "2000")
        self.assertEqual(result["messages"], 2000)

    def test_a_connection_for_each_request(self):
        server = self.serve({"handler": "echo"})
        result = measure(server.address("listener-0"), "--connect-per-request", "-c", "4", "--messages", "200")
        self.assertEqual(result["messages"], 200)
        server.await_log("closed")

    def test_a_fixed_rate(self):
        server = self.serve({"handler": "echo"})
        result = measure(server.address("listener-0"), "-c", "4", "--rate", "1000", "--messages", "200")
        self.assertEqual(result["messages"], 200)
        self.assertGreaterEqual(result["seconds"], 0.199)

    def test_a_rate_beyond_reach(self):
        server = self.serve({"handler": "echo"})
        for mode in (), ("--connect-per-request",):
            _, said = bench(server.address("listener-0"), "--rate", "100000000", "-d", "100ms", *mode)
            self.assertIn("were reached", said)

    def test_idle_connections(self):
        server = self.serve({"handler": "echo"})
        result = measure(server.address("listener-0"), "--idle", "100", "--server-pid", str(server.process.pid))
        self.assertEqual(result["connections"], 100)
        self.assertIn("bytes_each_open", result)
        self.assertIn("bytes_each_after_message", result)

    @unittest.skipUnless(others_can_read(BENCH), "what was built can be read by root only")
    def test_a_server_that_nobody_may_look_into(self):
        """Its memory is measured nevertheless; its descriptors are not to be seen."""
        server = self.serve({"handler": "echo"}, user="nobody", debuggable=False)
        command = [*AS_NOBODY, BENCH, text_of(server.address("listener-0")), "--server-pid", str(server.process.pid)]
        self.assertIn("memory", run(*command, "--messages", "10")[0])
        self.assertIn("cannot count the descriptors", run(*command, "--idle", "10", status=1)[1])

    def test_messages_and_answers_of_ones_own(self):
        folder = self.folder()
        for name, size in (("a", 10), ("b", 100000)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(bytes(size))
        names = os.path.join(folder, "names.txt")
        with open(names, "w", encoding="ascii") as file:
            file.write("a\nb\n")
        server = self.serve({"framing": {"in": "line", "out": "json-header"},
                             "handler": {"type": "file-send", "root": folder}},
                            {"framing": "length", "handler": {"type": "exec", "shell": True}})
        asked = ("--send", "line", "--recv", "json-header", "--expect", "any", "--messages", "20")
        result = measure(server.address("listener-0"), *asked, "--message-file", names)
        self.assertGreater(result["bytes"], 10 * 100010)
        bench(server.address("listener-0"), *asked, "--message", "missing", status=1)
        said = ("--framing", "length", "--messages", "5", "--message", "echo hi", "--answer")
        measure(server.address("listener-1"), *said, "hi\n")
        bench(server.address("listener-1"), *said, "ho\n", status=1)


class WrongServer(SystemTest):
    def assert_fails(self, address, *arguments, says):
        _, error = bench(address, *SHORT, *arguments, status=1)
        self.assertIn(says, error)

    def test_a_wrong_answer(self):
        server = self.serve({"handler": "echo"})
        self.assert_fails(server.address("listener-0"), "--expect", "uppercase", says="a wrong answer")

    def test_a_wrong_datagram(self):
        server = self.serve({"transport": "udp", "handler": "echo"})
        self.assert_fails(server.address("listener-0", "udp"), "--udp", "--expect", "uppercase", says="a wrong answer")

    def test_more_answers_than_messages(self):
        # The second answer is the right one for the message after this: only counting can tell.
        fake = FakeServer(self, lambda received: received * 2)
        self.assert_fails(fake.address, "--message", "same", says="more answers than messages")

    def test_a_server_that_closes(self):
        fake = FakeServer(self, lambda received: None)
        _, error = bench(fake.address, *SHORT, status=1)
        self.assertRegex(error, "closed a connection|Connection reset")

    def test_a_server_that_says_nothing(self):
        fake = FakeServer(self, lambda received: b"")
        self.assert_fails(fake.address, says="no answer for 0.3 s; 1 missing")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
        self.assert_fails(address, says="cannot connect")

    def test_an_http_error(self):
        fake = FakeServer(self, lambda received: b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        self.assert_fails(fake.address, "--http", "--message", "x", says="404")

    def test_lost_datagrams_are_counted_and_sent_again(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
            endpoint.bind(("127.0.0.1", 0))
            endpoint.settimeout(PATIENCE)

            def serve():
                for number in range(103):
                    received, peer = endpoint.recvfrom(65536)
                    if number not in (5, 50, 80):
                        endpoint.sendto(received, peer)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            result = measure(endpoint.getsockname(), "--udp", "-n", "4", "--messages", "100")
            thread.join(PATIENCE)
        self.assertEqual((result["messages"], result["lost"]), (100, 3))


class CommandLine(unittest.TestCase):
    def test_mistakes_exit_64(self):
        for arguments in ([], ["127.0.0.1:1", "--framing", "lenght"], ["127.0.0.1:1", "-c", "none"],
                          ["127.0.0.1:1", "-n", "2", "--expect", "any"], ["127.0.0.1:1", "extra"]):
            with self.subTest(arguments=arguments):
                _, error = run(BENCH, *arguments, status=64)
                self.assertEqual(error.count("\n"), 1)

    def test_help(self):
        self.assertIn("--connect-per-request", run(BENCH, "--help")[0])


def spec_as_config(spec):
    """type,option=value... as a config has it."""
    kind, *options = spec.split(",")
    values = dict(option.split("=") for option in options)
    return {"type": kind, **{name: int(value) if value.isdigit() else value for name, value in values.items()}}


if __name__ == "__main__":
    unittest.main()
