"""TLS and Unix sockets: whom the client trusts, what it says when it does not, and that bytes pass as over TCP."""

import hashlib
import json
import os
import socket
import ssl
import sys
import tempfile
import threading
import unittest

from peer import (AnswerAndEnd, ClientTest, TcpServer, json_answer, json_front, run, unused_port,
                  wait_for_end)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

LARGE = os.urandom(1 << 20) * 20


class TlsServer(TcpServer):
    """A TcpServer whose connections are encrypted. A handshake that fails is kept in `refusals`."""

    def __init__(self, serve, context):
        super().__init__(lambda connection: self.encrypt(connection, serve))
        self.context = context
        self.refusals = []

    def encrypt(self, connection, serve):
        try:
            encrypted = self.context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
        except (ssl.SSLError, ConnectionError) as error:
            self.refusals.append(str(error))
            return
        with encrypted:
            serve(encrypted)


def upper(connection):
    """Answers every line in upper case, then says its end."""
    while line := read_line(connection):
        connection.sendall(line.upper())
    end(connection)


def read_line(connection):
    line = b""
    while not line.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            break
        line += piece
    return line


def end(connection):
    """close_notify where there is TLS; the client's own may not come any more."""
    if not isinstance(connection, ssl.SSLSocket):
        return
    try:
        connection.unwrap()
    except (ssl.SSLError, OSError):
        pass


def greet_at_once(connection, context):
    """Sends the end of a TLS 1.2 handshake, a greeting and close_notify as one piece, then ends."""
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(arrived, leaving, server_side=True)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            connection.sendall(leaving.read())
            arrived.write(connection.recv(65536))
    tls.write(b"hello\n")
    try:
        tls.unwrap()
    except ssl.SSLWantReadError:
        pass  # for the client's own end
    connection.sendall(leaving.read())
    connection.shutdown(socket.SHUT_WR)
    wait_for_end(connection)


class SecureTest(ClientTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        cls.authority = Authority(cls.folder)
        cls.trusted = ("--ca", cls.authority.certificate)
        cls.good = cls.authority.issue("server", ["DNS:localhost", "IP:127.0.0.1"])

    def context(self, identity=None, **settings):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(identity or self.good))
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def server(self, serve=upper, identity=None, **settings):
        return TlsServer(serve, self.context(identity, **settings))

    def ask(self, server, *arguments):
        return run("--tls", "--framing", "line", server.address, *arguments)

    def path(self, name):
        return os.path.join(self.folder, name)


class Trust(SecureTest):
    def test_a_trusted_server_is_talked_to(self):
        with self.server() as server:
            self.check(self.ask(server, *self.trusted, "one", "two"), 0, b"ONE\nTWO\n")

    def test_either_version(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.server(minimum_version=version, maximum_version=version) as server:
                self.check(self.ask(server, *self.trusted, "a"), 0, b"A\n")

    def test_a_stranger_is_refused(self):
        with self.server() as server:
            self.check(self.ask(server, "a"), 255, b"", "certificate verify failed: unable to get local issuer certificate (--ca)")
        self.assertIn("alert unknown ca", server.refusals[0].lower())

    def test_the_name_must_be_right(self):
        with self.server(identity=self.authority.issue("other", ["DNS:other.example"])) as server:
            said = "IP address mismatch: found 'other.example', expected '127.0.0.1' (--name)"
            self.check(self.ask(server, *self.trusted, "a"), 255, b"", said)
            said = "hostname mismatch: found 'other.example', expected 'third.example' (--name)"
            self.check(self.ask(server, *self.trusted, "--name", "third.example", "a"), 255, b"", said)
            self.check(self.ask(server, *self.trusted, "--name", "other.example", "a"), 0, b"A\n")

    def test_the_subject_is_no_name(self):
        with self.server(identity=self.authority.issue("subject", subject="localhost")) as server:
            said = "hostname mismatch: found no name, expected 'localhost' (--name)"
            self.check(self.ask(server, *self.trusted, "--name", "localhost", "a"), 255, b"", said)

    def test_the_name_is_the_host(self):
        with self.server() as server:
            address = server.address.replace("127.0.0.1", "localhost")
            self.check(run("--tls", "--framing", "line", address, *self.trusted, "a"), 0, b"A\n")

    def test_an_expired_certificate(self):
        with self.server(identity=self.authority.issue("old", ["IP:127.0.0.1"], days=-1)) as server:
            self.check(self.ask(server, *self.trusted, "a"), 255, b"", "certificate has expired")

    def test_insecure_says_so(self):
        with self.server() as server:
            said = "--insecure: the server's certificate is not checked"
            self.check(self.ask(server, "--insecure", "a"), 0, b"A\n", said)

    def test_client_certificates(self):
        wanted = {"verify_mode": ssl.CERT_REQUIRED}
        context = self.context(**wanted)
        context.load_verify_locations(self.authority.certificate)
        certificate, key = self.authority.issue("client")
        both = self.path("both.pem")
        with open(both, "w", encoding="ascii") as file:
            for path in (certificate, key):
                with open(path, encoding="ascii") as part:
                    file.write(part.read())
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.maximum_version = version
            with TlsServer(upper, context) as server:
                self.check(self.ask(server, *self.trusted, "--cert", certificate, "--key", key, "a"), 0, b"A\n")
                self.check(self.ask(server, *self.trusted, "--cert", both, "a"), 0, b"A\n")
                said = "(does the server want a certificate? --cert)"
                self.check(self.ask(server, *self.trusted, "a"), 255, b"", said)

    def test_files_that_cannot_be_used(self):
        empty = self.path("empty.pem")
        with open(empty, "w", encoding="ascii"):
            pass
        certificate, _ = self.authority.issue("client")
        _, other_key = self.authority.issue("other-client")
        with self.server() as server:
            for arguments, said in (
                (("--ca", "/nowhere.pem"), "--ca /nowhere.pem: No such file or directory"),
                (("--ca", empty), "--ca " + empty + ": "),
                (("--cert", "/nowhere.pem"), "--cert /nowhere.pem: No such file or directory"),
                (("--cert", certificate), "--key " + certificate + ": there is none in PEM in it"),
                (("--cert", certificate, "--key", other_key), "--key " + other_key + ": key values mismatch"),
            ):
                self.check(self.ask(server, *arguments, "a"), 255, b"", said)

    def test_servers_that_speak_no_tls(self):
        def greet(connection):
            connection.sendall(b"220 ready\r\n")
            wait_for_end(connection)

        with TcpServer(greet) as server:
            self.check(self.ask(server, "a"), 255, b"", "(does the server speak TLS?)")
        with TcpServer(lambda connection: None) as server:
            result = self.ask(server, "a")
            self.assertEqual(result.returncode, 255)
            self.assertRegex(result.stderr, b"cannot connect to .*: (the server ended the connection|Connection reset)")
        with TcpServer(wait_for_end) as server:
            self.check(self.ask(server, "--timeout", "200ms", "a"), 255, b"", "no TLS handshake in time (--timeout)")

    def test_nobody_there(self):
        result = run("--tls", "127.0.0.1:%d" % unused_port(), "a")
        self.check(result, 255, b"", "Connection refused")


class Talk(SecureTest):
    def test_much_both_ways_at_once(self):
        def echo(connection):
            while piece := connection.recv(65536):
                connection.sendall(piece)

        with self.server(echo) as server:
            result = run("--tls", *self.trusted, "--framing", "length,max=64MiB", "--exact", "--no-wait",
                         server.address, input=b"\n".join(b"%d" % number * 300 for number in range(20000)))
            self.check(result, 0, b"".join(b"%d" % number * 300 for number in range(20000)))

    def test_an_end_that_is_told_ends_a_raw_answer(self):
        def serve(connection):
            connection.sendall(connection.recv(100).upper())
            end(connection)

        with self.server(serve) as server:
            self.check(run("--tls", *self.trusted, "--no-wait", server.address, "abc"), 0, b"ABC\n")

    def test_a_cut_is_no_end_of_a_raw_answer(self):
        def serve(connection):
            connection.sendall(connection.recv(100).upper())
            while connection.recv(100):  # what is left unread would make a reset of the end
                pass
            os.close(connection.detach())

        with self.server(serve) as server:
            result = run("--tls", *self.trusted, "--no-wait", server.address, "abc")
            self.check(result, 255, b"ABC\n", "the connection was cut: it ended without the end of TLS")

    def test_a_cut_behind_a_whole_answer_does_no_harm(self):
        def serve(connection):
            connection.sendall(read_line(connection).upper())
            os.close(connection.detach())

        with self.server(serve) as server:
            self.check(self.ask(server, *self.trusted, "abc"), 0, b"ABC\n")

    def test_the_server_hears_the_end_and_still_answers(self):
        def serve(connection):
            received = b""
            while piece := connection.recv(100):
                received += piece
            connection.sendall(received.upper())
            end(connection)

        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.server(serve, maximum_version=version) as server:
                self.check(self.ask(server, *self.trusted, "--no-wait", "abc", "def"), 0, b"ABC\nDEF\n")

    def test_words_that_come_with_the_end_of_the_handshake(self):
        context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        with TcpServer(lambda connection: greet_at_once(connection, context)) as server:
            self.check(self.ask(server, *self.trusted, "--no-wait", "a"), 0, b"hello\n")

    def test_an_answer_before_all_was_sent(self):
        """The server closes with most of the message unread: what it said before is still the answer."""
        def serve(connection):
            connection.recv(1)
            connection.sendall(b"enough\n")
            os.close(connection.detach())

        with self.server(serve) as server:
            result = run("--tls", *self.trusted, "--framing", "line,max=64MiB", server.address, input=b"x" * (32 << 20))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, b"enough\n")

    def test_the_server_sees_a_reset(self):
        """A client that gives up is no client that has ended its side."""
        seen = []

        def serve(connection):
            read_line(connection)
            with socket.socket(fileno=connection.detach()) as plain:  # Python's ssl calls a reset an end
                plain.settimeout(60)
                try:
                    seen.append(plain.recv(100))
                except ConnectionResetError:
                    seen.append("reset")

        with self.server(serve) as server:
            self.check(self.ask(server, *self.trusted, "--timeout", "100ms", "a"), 255, b"", "no answer from")
        self.assertEqual(seen, ["reset"])

    def test_the_trace_tells_what_was_agreed(self):
        with self.server() as server:
            said = "(tls, TLSv1.3 TLS_AES_256_GCM_SHA384)"
            self.check(self.ask(server, *self.trusted, "--trace", "a"), 0, b"A\n", said)


class Get(SecureTest):
    def setUp(self):
        self.target = tempfile.mkdtemp(dir=self.folder)

    def get(self, server, *arguments):
        return run("--tls", *self.trusted, server.address, "--get", "data.bin", *arguments, cwd=self.target)

    def test_a_large_file(self):
        def serve(connection):
            read_line(connection)
            connection.sendall(json_answer(LARGE, hash=hashlib.sha256(LARGE).hexdigest()))

        with self.server(serve) as server:
            self.check(self.get(server), 0, b"", "sha256 verified")
        with open(os.path.join(self.target, "data.bin"), "rb") as file:
            self.assertTrue(file.read() == LARGE)

    def test_a_download_that_breaks_off_is_gone_on_with(self):
        digest = hashlib.sha256(LARGE).hexdigest()

        def half(connection):
            read_line(connection)
            connection.sendall(json_front(len(LARGE), hash=digest) + LARGE[: len(LARGE) // 2])
            os.close(connection.detach())

        with self.server(half) as server:
            self.check(self.get(server), 255, b"", "data.bin.part")
        requests = []

        def rest(connection):
            requests.append(json.loads(read_line(connection)))
            offset = requests[0]["offset"]
            connection.sendall(json_answer(LARGE[offset:], hash=digest, offset=offset))

        with self.server(rest) as server:
            self.check(self.get(server, "--resume"), 0, b"", "sha256 verified")
        self.assertEqual(requests, [{"filename": "data.bin", "offset": len(LARGE) // 2}])


class Unix(ClientTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="netkit-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.socket = os.path.join(folder.name, "socket")

    def serve(self, serve):
        """Serves one connection."""
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.socket)
        listener.listen()
        listener.settimeout(60)

        def run_server():
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(60)
                serve(connection)

        thread = threading.Thread(target=run_server)
        thread.start()
        self.addCleanup(thread.join)

    def test_messages(self):
        self.serve(upper)
        self.check(run("--unix", "--framing", "line", self.socket, "one", "two"), 0, b"ONE\nTWO\n")

    def test_a_relative_path(self):
        self.serve(AnswerAndEnd().serve)
        self.check(run("--unix", "socket", "--no-wait", "abc", cwd=self.folder), 0, b"ABC\n")

    def test_a_download(self):
        def serve(connection):
            read_line(connection)
            connection.sendall(json_answer(b"content", hash=hashlib.sha256(b"content").hexdigest()))

        self.serve(serve)
        self.check(run("--unix", self.socket, "--get", "f", cwd=self.folder), 0, b"", "sha256 verified")

    def test_a_download_is_gone_on_with(self):
        with open(os.path.join(self.folder, "f.part"), "wb") as file:
            file.write(b"con")
        requests = []

        def serve(connection):
            requests.append(json.loads(read_line(connection)))
            connection.sendall(json_answer(b"tent", hash=hashlib.sha256(b"content").hexdigest(), offset=3))

        self.serve(serve)
        self.check(run("--unix", self.socket, "--get", "f", "--resume", cwd=self.folder), 0, b"", "sha256 verified")
        self.assertEqual(requests, [{"filename": "f", "offset": 3}])

    def test_nobody_there(self):
        self.check(run("--unix", self.socket, "a"), 255, b"", "cannot connect to " + self.socket + ": No such file")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(self.socket)
        self.check(run("--unix", self.socket, "a"), 255, b"", "cannot connect to " + self.socket + ": Connection refused")
        self.check(run("--unix", "/" + "x" * 200, "a"), 255, b"", "the path is too long for a Unix socket")

    def test_a_full_queue(self):
        with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
            busy.bind(self.socket)
            busy.listen(0)
            waiting.connect(self.socket)
            result = run("--unix", "--timeout", "100ms", self.socket, "a")
            said = "cannot connect to " + self.socket + ": no answer in time (--timeout)"
            self.check(result, 255, b"", said)


class Config(SecureTest):
    def config(self, **entry):
        path = self.path("server.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"listeners": [{"name": "a", "framing": "line", "handler": "echo", **entry}]}, file)
        return path

    def test_a_tls_listener(self):
        with self.server() as server:
            path = self.config(transport="tls", address=server.address, tls={"certificate": "not-read.pem"})
            self.check(run("--config", path, "--listener", "a", *self.trusted, "x"), 0, b"X\n")
            result = run("--config", path, "--listener", "a", "x")
            self.check(result, 255, b"", "unable to get local issuer certificate (--ca)")

    def test_a_unix_listener(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path("listener"))
            listener.listen()
            path = self.config(transport="unix", address=self.path("listener"))
            client = threading.Thread(target=lambda: results.append(run("--config", path, "--listener", "a", "x")))
            results = []
            client.start()
            listener.settimeout(60)
            connection, _ = listener.accept()
            with connection:
                upper(connection)
            client.join()
        self.check(results[0], 0, b"X\n")

    def test_tls_options_where_there_is_none(self):
        path = self.config(address="127.0.0.1:1")
        result = run("--config", path, "--listener", "a", *self.trusted, "x")
        self.check(result, 64, b"", "need TLS; this listener has none")


if __name__ == "__main__":
    unittest.main()
