"""Framings that plugins bring: found by --plugin-path or a config, spoken by client, load generator and server."""

import json
import os
import socket
import sys
import unittest

from peer import TcpServer, UdpServer, receive_exactly, wait_for_end

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

from netkit_testing import BUILD, CLIENT, SystemTest, run  # noqa: E402

BENCH = os.path.join(BUILD, "bin", "netkit-bench")
EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")
COUNTED = os.path.join(BUILD, "tests", "client-plugins")

ESCAPED = "a\u00db\u00c0b\x02c\x10d\x03"  # has bytes that both examples escape


def text_of(address):
    return "%s:%d" % address


class Examples(SystemTest):
    def setUp(self):
        self.server = self.serve({"name": "slip", "framing": "slip", "handler": "echo"},
                                 {"name": "stx-etx", "framing": "stx-etx", "handler": "echo"},
                                 {"name": "mixed", "framing": {"in": "slip", "out": "stx-etx"}, "handler": "echo"},
                                 plugin_path=[EXAMPLES])

    def config(self, **members):
        path = os.path.join(self.folder(), "plugins.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(members, file)
        return path

    def test_the_client_by_plugin_path(self):
        for name in ("slip", "stx-etx"):
            with self.subTest(framing=name):
                out, _ = run(CLIENT, "--plugin-path", EXAMPLES, "--framing", name,
                             text_of(self.server.address(name)), "--", "one", ESCAPED, "")
                self.assertEqual(out, f"one\n{ESCAPED}\n")

    def test_each_direction_its_own(self):
        out, _ = run(CLIENT, "--plugin-path", EXAMPLES, "--send", "slip", "--recv", "stx-etx",
                     text_of(self.server.address("mixed")), ESCAPED)
        self.assertEqual(out, f"{ESCAPED}\n")

    def test_several_folders(self):
        out, _ = run(CLIENT, "--plugin-path", self.folder(), "--plugin-path", EXAMPLES, "--framing", "slip",
                     text_of(self.server.address("slip")), "hi")
        self.assertEqual(out, "hi\n")

    def test_by_a_config_without_a_listener(self):
        address = text_of(self.server.address("slip"))
        by_folder = self.config(plugin_path=[EXAMPLES], unknown=True)  # only the plugins are read
        by_file = self.config(plugins=[os.path.join(EXAMPLES, "slip.so")])
        for config in (by_folder, by_file, self.server.config):
            with self.subTest(config=config):
                self.assertEqual(run(CLIENT, "--config", config, "--framing", "slip", address, "hi")[0], "hi\n")
                run(BENCH, "--config", config, "--framing", "slip", address, "--messages", "10")

    def test_by_a_listener_of_a_config(self):
        address = text_of(self.server.address("stx-etx"))
        listener = ("--config", self.server.config, "--listener", "stx-etx", address)
        self.assertEqual(run(CLIENT, *listener, ESCAPED)[0], f"{ESCAPED}\n")
        self.assertTrue(json.loads(run(BENCH, *listener, "--json", "--messages", "50")[0])["verified"])

    def test_the_load_generator(self):
        for name in ("slip", "stx-etx"):
            with self.subTest(framing=name):
                out, _ = run(BENCH, "--plugin-path", EXAMPLES, "--framing", name, text_of(self.server.address(name)),
                             "--message", ESCAPED, "-c", "3", "-n", "4", "--messages", "200", "--json")
                result = json.loads(out)
                self.assertEqual(result["messages"], 200)
                self.assertTrue(result["verified"])

    def test_what_is_wrong(self):
        for program in (CLIENT, BENCH):
            for arguments, said in (
                (["--framing", "slip", "127.0.0.1:1"], "unknown framing 'slip'"),
                (["--plugin-path", EXAMPLES, "--framing", "slop", "127.0.0.1:1"], "did you mean 'slip'?"),
                (["--plugin-path", "/no/such", "127.0.0.1:1"],
                 "--plugin-path: found '/no/such', expected a folder that exists"),
                (["--listener", "slip", "127.0.0.1:1"], "--listener NAME needs --config FILE"),
                (["--config", self.server.config], "expected HOST:PORT or --config FILE --listener NAME"),
            ):
                with self.subTest(program=program, arguments=arguments):
                    self.assertIn(said, run(program, *arguments, status=64)[1])
            failed = 255 if program == CLIENT else 1
            config = self.config(plugin_path=["nowhere"])
            _, said = run(program, "--config", config, "127.0.0.1:1", status=failed)
            self.assertRegex(said, r"plugins\.json:1:\d+: error: 'plugin_path': found '[^']*nowhere'")


class SharedState(SystemTest):
    """A framing whose halves share state: one codec serves one conversation."""

    spoken = ("--plugin-path", COUNTED, "--framing", "counted")

    def talk(self, serve, *messages, status=0):
        with TcpServer(serve) as server:
            return run(CLIENT, *self.spoken, server.address, *messages, status=status)

    def expect(self, connection, wanted):
        self.assertEqual(receive_exactly(connection, len(wanted)), wanted)

    def test_the_server_has_it_too(self):
        server = self.serve({"framing": "counted", "handler": "uppercase"}, plugin_path=[COUNTED])
        out, _ = run(CLIENT, *self.spoken, text_of(server.address("listener-0")), "a", "b", "c")
        self.assertEqual(out, "A\nB\nC\n")

    def test_what_is_sent_knows_what_came(self):
        def serve(connection):
            self.expect(connection, b"m\0\1a")
            connection.sendall(b"m\1\1A")
            self.expect(connection, b"m\1\1b")
            connection.sendall(b"m\2\1B")
            self.expect(connection, b"m\2\1c")
            connection.sendall(b"m\3\1C")

        self.assertEqual(self.talk(serve, "a", "b", "c")[0], "A\nB\nC\n")

    def test_control_bytes_are_written(self):
        def serve(connection):
            self.expect(connection, b"m\0\1a")
            connection.sendall(b"p1p2m\1\1A")
            self.expect(connection, b"q1q2")
            self.expect(connection, b"m\1\1b")
            connection.sendall(b"p3")
            self.expect(connection, b"q3")
            connection.sendall(b"m\2\1B")

        self.assertEqual(self.talk(serve, "a", "b")[0], "A\nB\n")

    def test_an_end_in_order_is_answered(self):
        def serve(connection):
            self.expect(connection, b"m\0\1a")
            connection.sendall(b"m\1\1Ac")
            self.expect(connection, b"c")
            wait_for_end(connection)

        self.assertEqual(self.talk(serve, "a")[0], "A\n")

    def test_the_end_of_the_stream_ends_a_message(self):
        def serve(connection):
            self.expect(connection, b"m\0\1a")
            connection.sendall(b"rto the end")
            connection.shutdown(socket.SHUT_WR)
            wait_for_end(connection)

        self.assertEqual(self.talk(serve, "a")[0], "to the end\n")

    def test_datagrams_of_one_conversation(self):
        asked = []

        def answer(data, _):
            asked.append(data)
            return [b"m\0\1A"]

        with UdpServer(answer) as server:
            out, _ = run(CLIENT, "--udp", *self.spoken, server.address, "a", "b")
        self.assertEqual(out, "A\nA\n")
        self.assertEqual(asked, [b"m\0\1a", b"m\1\1b"])

    def test_the_load_generator_says_that_it_cannot(self):
        _, said = run(BENCH, *self.spoken, "127.0.0.1:1", status=64)
        self.assertIn("framing 'counted' has state that both directions share", said)


if __name__ == "__main__":
    unittest.main()
