"""The command line, configs, and the prompt on a terminal."""

import json
import os
import pty
import signal
import subprocess
import tempfile
import unittest

from peer import (BOUND, CLIENT, AnswerAndEnd, ClientTest, TcpServer, UdpServer, heed_signals, json_answer, read_until,
                  receive_exactly, run, wait_for_end)


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
            (["--get", "a", "127.0.0.1:1", "b"], "--get asks for one file; unexpected 'b'"),
            (["--get", "a", "--no-wait", "127.0.0.1:1"], "--get does not go with --no-wait"),
            (["--get", "a", "-o", "-", "--resume", "127.0.0.1:1"], "--resume needs a file"),
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


class Typist:
    """A client with a terminal of its own, and who types there. Keys wait for the prompt, as a person does."""

    def __init__(self, state, *arguments):
        self.terminal, slave = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm", "HOME": state}
        self.client = subprocess.Popen([CLIENT, *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment,
                                       start_new_session=True, preexec_fn=self.take_terminal)
        os.close(slave)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.kill()
        self.client.wait()
        os.close(self.terminal)

    @staticmethod
    def take_terminal():
        heed_signals()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # the first terminal a new session opens becomes its own

    def expect(self, wanted):
        seen = read_until(self.terminal, wanted, self.seen)
        self.seen = seen[seen.index(wanted) + len(wanted):]

    def type(self, keys, *answers):
        self.expect(b"> ")
        os.write(self.terminal, keys)
        for answer in answers:
            self.expect(answer)

    def status(self):
        return self.client.wait(BOUND)


class Terminal(ClientTest):
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

    def test_the_server_closes(self):
        ending = AnswerAndEnd()
        with TcpServer(ending.serve) as server:
            with Typist(self.state, server.address) as typist:
                typist.type(b"one\n", b"ONE\r\n")
                self.assertTrue(ending.ended.wait(BOUND))
                typist.type(b"two\n", b"connection closed by " + server.address.encode() + b" after 1 answer")
                self.assertEqual(typist.status(), 255)

    def test_interrupt_at_the_prompt(self):
        with TcpServer(wait_for_end) as server, Typist(self.state, server.address) as typist:
            typist.type(b"\3")
            self.assertEqual(typist.status(), -signal.SIGINT)

    def test_interrupt_while_an_answer_is_awaited(self):
        seen = []

        def serve(connection):
            seen.append(connection.recv(100))
            os.write(typist.terminal, b"\3")
            try:
                seen.append(connection.recv(100))
            except ConnectionResetError:
                seen.append("reset")

        with TcpServer(serve) as server, Typist(self.state, server.address) as typist:
            typist.type(b"sleep\n")
            self.assertEqual(typist.status(), 128 + signal.SIGINT)
        self.assertEqual(seen, [b"sleep", "reset"])


if __name__ == "__main__":
    unittest.main()
