"""The command line and configs."""

import json
import tempfile
import unittest

from peer import ClientTest, TcpServer, UdpServer, receive_exactly, run


def upper(connection):
    while data := connection.recv(65536):
        connection.sendall(data.upper())


class CommandLine(ClientTest):
    def test_help_and_version(self):
        result = run("--help")
        self.check(result, 0)
        for word in (b"Usage:", b"--framing SPEC", b"Examples:", b"Exit status:"):
            self.assertIn(word, result.stdout)
        result = run("--version")
        self.check(result, 0)
        self.assertRegex(result.stdout, rb"\Anetkit-client \d+\.\d+\.\d+\n\Z")

    def test_what_is_wrong_is_one_line_and_64(self):
        for arguments, said in (
            ([], "expected HOST:PORT or --config FILE --listener NAME"),
            (["--framign", "raw", "127.0.0.1:1"], "unknown option '--framign'; did you mean '--framing'?"),
            (["--framing", "lenght", "127.0.0.1:1"], "unknown framing 'lenght'; did you mean 'length'?"),
            (["--recv", "length,bites=2", "127.0.0.1:1"], "unknown option 'bites'; did you mean 'bytes'?"),
            (["--send", "length,bytes=9", "127.0.0.1:1"], "--send: framing 'length': option 'bytes': found '9'"),
            (["--framing", "datagram", "127.0.0.1:1"], "framing 'datagram' needs --udp"),
            (["--timeout", "5", "127.0.0.1:1"], "--timeout: found '5'"),
            (["--tcp", "--udp", "127.0.0.1:1"], "--udp"),
            (["--send"], "--send"),
            (["127.0.0.1"], "127.0.0.1"),
            (["127.0.0.1:0"], "port 0"),
            (["127.0.0.1:65536"], "65536"),
            (["--listener", "x", "127.0.0.1:1"], "--listener NAME needs --config FILE"),
            (["-o", "x", "127.0.0.1:1"], "--get"),
            (["--get", "a", "--udp", "127.0.0.1:1"], "--get needs a stream"),
            (["--get", "a", "127.0.0.1:1", "b"], "--get asks for files, each by its own --get; unexpected 'b'"),
            (["--get", "a", "--no-wait", "127.0.0.1:1"], "--get does not go with --no-wait"),
            (["--get", "a", "-o", "-", "--resume", "127.0.0.1:1"], "--resume needs a file"),
            (["--get", "a/x", "--get", "b/x", "127.0.0.1:1"], "--get: 'a/x' and 'b/x' would both become 'x'"),
            (["--get", "a", "--get", "b", "-o", "x", "127.0.0.1:1"], "would both become 'x'; -o can name a folder"),
            (["--get", "a", "--data", "b", "127.0.0.1:1"], "--get does not go with --data"),
            (["--data", "b", "127.0.0.1:1", "c"], "--data takes the place of messages; unexpected 'c'"),
            (["--data", "-", "--data", "-", "127.0.0.1:1"], "standard input can be read once"),
            (["127.0.0.1", "0"], "port 0"),
            (["127.0.0.1", "x"], "address '127.0.0.1': found no port"),
            (["-4", "-6", "127.0.0.1:1"], "-6"),
            (["-4", "--unix", "/x"], "a Unix socket has none"),
            (["--proxy-header", "x:1", "127.0.0.1:1"], "--proxy-header: found host 'x', expected a numeric address"),
            (["--proxy-header", "own", "--udp", "127.0.0.1:1"], "--proxy-header needs a stream"),
        ):
            with self.subTest(arguments=arguments):
                result = run(*arguments)
                self.check(result, 64, b"", said)
                self.assertRegex(result.stderr, rb"\Anetkit-client: [^\n]*\n\Z")


class Config(ClientTest):
    def config(self, **listener):
        file = tempfile.NamedTemporaryFile("w", suffix=".json")
        self.addCleanup(file.close)
        json.dump({"listeners": [{"name": "it", "handler": "echo", **listener}]}, file)
        file.flush()
        return "--config", file.name, "--listener", "it"

    def test_address_and_framing_as_the_server_has_them(self):
        def serve(connection):
            self.assertEqual(receive_exactly(connection, 3), b"hi\n")
            connection.sendall(b"\2\0HI")

        with TcpServer(serve) as server:
            framing = {"in": "line", "out": {"type": "length", "bytes": 2, "endian": "little"}}
            self.check(run(*self.config(address=server.address, framing=framing), "hi"), 0, b"HI\n")

    def test_every_address_is_the_loopback(self):
        with TcpServer(upper) as server:
            everywhere = server.address.replace("127.0.0.1", "0.0.0.0")
            self.check(run(*self.config(address=everywhere), "hi"), 0, b"HI\n")

    def test_both_transports(self):
        with TcpServer(upper) as tcp:
            both = {"transport": ["udp", "tcp"]}
            self.check(run(*self.config(address=tcp.address, **both), "hi"), 0, b"HI\n")
        with UdpServer(lambda data, _: [b"<" + data + b">"]) as udp:
            self.check(run(*self.config(address=udp.address, **both), "--udp", "hi"), 0, b"<hi>\n")
            self.check(run(*self.config(address=udp.address, transport="udp"), "hi"), 0, b"<hi>\n")

    def test_port_0_needs_an_address(self):
        config = self.config(address="127.0.0.1:0")
        self.check(run(*config), 64, b"", "listener 'it' has port 0: give the HOST:PORT")
        with TcpServer(upper) as server:
            self.check(run(*config, server.address, "hi"), 0, b"HI\n")

    def test_answers_may_be_larger_than_the_servers_messages(self):
        line = b"x" * 3000000
        with TcpServer(upper) as server:
            config = self.config(address=server.address, framing={"type": "line", "max": "1KiB"})
            self.check(run(*config, input=line), 0, line.upper() + b"\n")

    def test_what_is_wrong(self):
        config = self.config(address="127.0.0.1:1")
        self.check(run(*config[:3], "its"), 64, b"", "--listener: the config has no 'its'; did you mean 'it'?")
        self.check(run(*config, "--udp"), 64, b"", "listener 'it' has no udp")
        result = run(*self.config(address="127.0.0.1:1", framing="ray"), "hi")
        self.check(result, 255, b"", "did you mean 'raw'?")
        self.assertRegex(result.stderr, rb"\.json:1:\d+: error: ")
        self.check(run("--config", "/no/such.json", "--listener", "it"), 255, b"", "/no/such.json")


if __name__ == "__main__":
    unittest.main()
