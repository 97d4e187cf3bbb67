"""Connections that begin with an HTTP request, as a web page can make them to any port of its reader's machine."""

import os
import socket
import subprocess
import sys
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402
from test_tls import Tls  # noqa: E402

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n"
PATIENCE_OF_CURL = "20"


class RefuseHttp(SystemTest):
    def setUp(self):
        super().setUp()
        self.mark = os.path.join(self.folder(), "mark")
        self.request = POST + f"\ntouch {self.mark}\n".encode()

    def shell(self, framing, **more):
        return self.serve({"framing": framing, "handler": {"type": "exec", "shell": True}, **more})

    def assert_refused(self, connection, server):
        """The connection ends without an answer, and nothing has run."""
        self.assertEqual(receive_to_end(connection), b"")
        server.await_log('http-request: it began with "POST / HTTP/1.1"')
        self.assertFalse(os.path.exists(self.mark))

    def test_a_post_runs_nothing(self):
        for framing in ("raw", "line"):
            with self.subTest(framing=framing):
                server = self.shell(framing)
                connection = self.connect(server.address("listener-0"))
                connection.sendall(self.request)
                self.assert_refused(connection, server)

    def test_without_the_refusal_it_runs(self):
        server = self.shell("line", refuse_http=False)
        connection = self.connect(server.address("listener-0"))
        connection.sendall(self.request)
        connection.shutdown(socket.SHUT_WR)
        receive_to_end(connection)
        self.assertTrue(os.path.exists(self.mark))

    def test_a_request_of_curl(self):
        server = self.shell("line")
        host, port = server.address("listener-0")
        curl = ["curl", "--silent", "--max-time", PATIENCE_OF_CURL, "--data-binary", f"\ntouch {self.mark}\n"]
        done = subprocess.run([*curl, f"http://{host}:{port}/"], check=False, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (52, b""))  # 52: an empty reply
        server.await_log("http-request")
        self.assertFalse(os.path.exists(self.mark))

    def test_split_at_every_byte(self):
        for framing in ("raw", "line"):
            server = self.serve({"framing": framing, "handler": "echo"})
            end = POST.index(b"\r") + 1  # of what decides
            for at in range(1, end):
                with connect(server.address("listener-0")) as connection:
                    connection.sendall(POST[:at])
                    # Only when the server has read the first part is there a second one.
                    self.await_read(connection)
                    connection.sendall(POST[at:])
                    self.assertEqual(receive_to_end(connection), b"", f"{framing}, split at {at}")
            server.await_log("http-request")

    def await_read(self, connection):
        """Until the peer's kernel holds none of what was sent."""
        host, port = connection.getsockname()
        peer_host, peer_port = connection.getpeername()
        while True:
            out, _ = run("ss", "-Htn", "src", f"{peer_host}:{peer_port}", "dst", f"{host}:{port}")
            if out.split()[1] == "0":
                return

    def test_byte_by_byte(self):
        server = self.serve({"framing": "raw", "handler": "echo"})
        with connect(server.address("listener-0")) as connection:
            for i in range(len(POST)):
                try:
                    connection.sendall(POST[i : i + 1])
                except OSError:
                    break  # ended meanwhile
            self.assertEqual(receive_to_end(connection), b"")

    def test_a_target_without_an_end(self):
        server = self.shell("line")
        connection = self.connect(server.address("listener-0"))
        connection.sendall(b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + f"\ntouch {self.mark}\n".encode())
        self.assertEqual(receive_to_end(connection), b"")
        server.await_log("http-request")
        self.assertFalse(os.path.exists(self.mark))

    def test_on_a_unix_socket(self):
        path = os.path.join(self.folder(), "socket")
        server = self.shell("raw", transport="unix", address=path)
        connection = self.connect(path)
        connection.sendall(self.request)
        self.assert_refused(connection, server)

    def test_messages_of_others_pass_at_once(self):
        for framing in ("raw", "line"):
            server = self.serve({"framing": framing, "handler": "echo"})
            for text in (b"hello\n", b"GET\n", b"POST / HTTP\n", b"PUT key value\n", b"POST /a b\n", b"\n"):
                with connect(server.address("listener-0")) as connection:
                    connection.sendall(text)
                    self.assertEqual(receive_exactly(connection, len(text)), text)
                    connection.sendall(POST)  # no longer at the beginning
                    self.assertEqual(receive_exactly(connection, 15), POST[:15])

    def test_the_beginning_of_a_request_passes_when_the_peer_ends(self):
        server = self.serve({"framing": "raw", "handler": "echo"})
        for text in (b"G", b"POST / HTTP/1.1"):
            with connect(server.address("listener-0")) as connection:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                self.assertEqual(receive_to_end(connection), text)

    def test_a_client_of_another_protocol_is_named(self):
        server = self.serve({"framing": "length", "handler": "echo"}, {"framing": "line", "handler": "echo"})
        with connect(server.address("listener-0")) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            receive_to_end(connection)
        with connect(server.address("listener-1")) as connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            receive_exactly(connection, 1)
        server.await_log("begins with a TLS hello, but this listener is plain")
        server.await_log("begins with an SSH banner")


class RefuseHttpWithinTls(Tls):
    def test_a_post(self):
        self.start()
        client = self.open()
        client.sendall(POST)
        self.assertEqual(client.recv(100), b"")
        self.server.await_log("http-request")


del Tls  # it would run again here


if __name__ == "__main__":
    unittest.main()
