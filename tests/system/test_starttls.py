"""TLS that a handler starts in the middle of a conversation, asked for by foreign clients and by those who cheat."""

import contextlib
import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from netkit_testing import (
    BUILD,
    SERVER,
    SystemTest,
    Watchdog,
    connect,
    receive_exactly,
    receive_to_end,
    run,
    wait_until,
)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

EX_CONFIG = 78
PLUGINS = [os.path.join(BUILD, "tests", "peer-plugins"), os.path.join(BUILD, "lib", "netkit", "plugins", "examples")]
CRLF = {"type": "delimiter", "delimiters": ["\r\n"]}
IN_CLEAR = "bytes have come in clear behind the message that starts TLS"


def frame(body):
    return len(body).to_bytes(4, "big") + body


class StartTls(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        cls.authority = Authority(cls.files)
        cls.certificate, cls.key = cls.authority.issue("server", ["DNS:localhost", "IP:127.0.0.1"])

    def start(self, handler, tls=None, **more):
        pem = {"certificate": self.certificate, "key": self.key, **(tls or {})}
        listener = {"handler": handler, "framing": "line", "tls": pem, **more}
        self.server = self.serve(listener, plugin_path=PLUGINS)
        self.address = self.server.address("listener-0")
        return self.address

    def trusting(self, identity=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if identity:
            context.load_cert_chain(*identity)
        return context

    def line(self, connection):
        line = bytearray()
        while not line.endswith(b"\n"):
            line += receive_exactly(connection, 1) or b"\n"
        return line.decode().rstrip("\n")

    def ask(self, connection, question):
        connection.sendall(question.encode() + b"\n")
        return self.line(connection)

    def encrypt(self, plain, identity=None):
        context = self.trusting(identity)
        client = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)
        self.addCleanup(client.close)
        return client

    def upgraded(self, question="tls", identity=None):
        """A connection that has asked the handler `who` for TLS, behind the handshake."""
        plain = self.connect(self.address)
        self.assertEqual(self.ask(plain, question), "go ahead")
        return self.encrypt(plain, identity)

    def assert_encrypted(self, client):
        self.assertEqual(self.ask(client, "who"), "encrypted=1 certificate= server_name=localhost proxy=")

    # Foreign clients

    def test_openssl(self):
        host, port = self.start("starttls", framing=CRLF)
        trust = ("-CAfile", self.authority.certificate, "-verify_hostname", "localhost", "-verify_return_error")
        for version in ("-tls1_2", "-tls1_3"):
            command = ("openssl", "s_client", "-quiet", "-starttls", "smtp", "-name", "me", "-crlf", version, *trust)
            with subprocess.Popen(
                [*command, "-connect", f"{host}:{port}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as client, Watchdog(client):
                client.stdin.write(b"NOOP\nEHLO myself\nNOOP\nQUIT\n")
                client.stdin.flush()
                out, errors = client.stdout.read().decode(), client.stderr.read()
            lines = ["250 nothing done", "250 hello myself", "250 nothing done for myself", "221 bye"]
            self.assertEqual(out.split("\r\n")[:-1], lines, errors)

    def test_smtplib(self):
        self.start("starttls", {"client_ca": self.authority.certificate}, framing=CRLF)
        identity = self.authority.issue("meter-7.example")
        with smtplib.SMTP("localhost", self.address[1], timeout=30) as client:
            self.assertEqual(client.ehlo("me"), (250, b"hello me\nSTARTTLS"))
            self.assertTrue(client.has_extn("starttls"))
            self.assertEqual(client.noop(), (250, b"nothing done for me"))
            self.assertEqual(client.starttls(context=self.trusting(identity)), (220, b"go ahead"))
            self.assertEqual(client.noop(), (250, b"nothing done"))  # what was said in clear is forgotten
            self.assertEqual(client.ehlo("somebody else"), (250, b"hello meter-7.example"))
            self.assertFalse(client.has_extn("starttls"))
            self.assertEqual(client.docmd("STARTTLS"), (454, b"no TLS here"))

    def test_a_client_without_certificate(self):
        self.start("starttls", {"client_ca": self.authority.certificate}, framing=CRLF)
        with smtplib.SMTP("localhost", self.address[1], timeout=30) as client:
            with self.assertRaises((OSError, smtplib.SMTPServerDisconnected)):
                client.starttls(context=self.trusting())
                client.noop()
            client.close()
        self.server.await_log("tls-failed: peer did not return a certificate")

    # Ways to it

    def test_what_is_known_of_the_peer_then(self):
        self.start("who", {"client_ca": self.authority.certificate, "client_names": ["*.example"]})
        identity = self.authority.issue("meter-8.example")
        known = "encrypted=1 certificate=meter-8.example server_name=localhost proxy="
        for question in ("tls", "tls on a worker", "tls later"):
            client = self.upgraded(question, identity)
            for who in ("who", "who by handle", "who, on a worker"):
                self.assertEqual(self.ask(client, who), known)
            client.close()
        self.server.await_log('opened peer_facts="encrypted=0 certificate= server_name= proxy="')
        told = f'closed peer_facts="{known}"'
        wait_until(lambda: self.server.log().count(told) == 3, lambda: f"three times {told} in {self.server.log()}")

    def test_once_only(self):
        self.start("who")
        self.assertEqual(self.ask(self.connect(self.address), "can you"), "yes")
        client = self.upgraded()
        self.assertRegex(self.ask(client, "tls in vain"), "^TLS cannot begin: .* a conversation in clear$")
        self.assert_encrypted(client)
        client.sendall(b"tls later\n")  # a reply that is kept has nobody to tell
        self.assertEqual(receive_to_end(client), b"")
        self.server.await_log("handler-failed: TLS cannot begin")

    def test_what_is_sent_meanwhile_leaves_encrypted(self):
        self.start("who")
        client = self.upgraded("tls and news")
        self.assertEqual(self.line(client), "news")
        self.assert_encrypted(client)

    def test_an_end_behind_what_is_held(self):
        self.start("who")
        client = self.upgraded("tls and close")
        self.assertEqual(self.line(client), "bye")
        self.assertEqual(client.recv(100), b"")

    def test_answers_before_it_leave_in_clear_and_in_order(self):
        self.start("who")
        plain = self.connect(self.address)
        plain.sendall(b"later\ntls\n")
        self.assertEqual(receive_exactly(plain, 18), b"go ahead\ngo ahead\n")
        self.assert_encrypted(self.encrypt(plain))

    def test_a_large_answer_leaves_in_clear_before_it(self):
        self.start("who", framing={"type": "length", "max": "64MiB"}, limits={"output": "64MiB"})
        size = 20 << 20
        plain = self.connect(self.address)
        plain.sendall(frame(b"tls behind %d" % size))
        answer = receive_exactly(plain, 4 + size)
        self.assertEqual((len(answer), answer[-1:]), (4 + size, b"x"))
        client = self.encrypt(plain)
        client.sendall(frame(b"who" + bytes(5 << 20)))
        self.assertIn(b"encrypted=1", receive_exactly(client, int.from_bytes(receive_exactly(client, 4), "big")))

    def test_silence_behind_the_handshake_is_idleness(self):
        self.start("who", timeouts={"first_byte": "200ms", "idle": "500ms"})
        client = self.upgraded()
        self.assertEqual(client.recv(100), b"")
        self.server.signal(signal.SIGUSR1)
        self.server.await_log("closed.idle=1")

    # Cheats

    def assert_ended(self, client, reason, received=b"go ahead\n"):
        self.assertEqual(receive_to_end(client), received)
        wait_until(lambda: reason in self.server.log(), lambda: f"{reason} in {self.server.log()}")

    def test_bytes_in_clear_behind_the_request_are_no_messages(self):
        for question, rest in ((b"tls\n", b"who\n"), (b"tls on a worker\n", b"who\nwho\n"), (b"tls\n", b"w")):
            self.start("who")
            with connect(self.address) as client:
                client.sendall(question + rest)
                self.assert_ended(client, f"tls-failed: {len(rest)} {IN_CLEAR}")

    def test_a_message_in_clear_behind_a_kept_request(self):
        self.start("who")
        with connect(self.address) as client:
            client.sendall(b"tls later\nwho\n")  # the handler takes a second message before it has answered
            self.assert_ended(client, "tls-failed: a message has come in clear behind the one that starts TLS")

    def test_a_client_hello_that_waits_for_no_answer(self):
        self.start("who")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        with connect(self.address) as plain:
            plain.sendall(b"tls\n" + hello)
            self.assert_ended(plain, f"tls-failed: {len(hello)} {IN_CLEAR}")

    def test_bytes_in_clear_that_come_later_break_the_handshake(self):
        self.start("who")
        with connect(self.address) as client:
            self.assertEqual(self.ask(client, "tls"), "go ahead")
            client.sendall(b"who\nwho\nwho\n")
            self.assertNotIn(b"encrypted", receive_to_end(client))  # an alert at most
        self.server.await_log("tls-failed: wrong version number")

    def test_the_handshake_has_a_deadline(self):
        self.start("who", timeouts={"first_byte": "300ms"})
        for beginning in (b"", b"\x16\x03\x01\x02\x00\x01"):
            with connect(self.address) as client:
                self.assertEqual(self.ask(client, "tls"), "go ahead")
                client.sendall(beginning)
                self.assert_ended(client, "first-byte-timeout: in the TLS handshake", b"")

    def test_dribbling_wins_no_time(self):
        self.start("who", timeouts={"first_byte": "300ms"})
        with connect(self.address) as client:
            self.assertEqual(self.ask(client, "tls"), "go ahead")
            client.sendall(b"\x16\x03\x03\x40\x00")

            def ended():
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.sendall(b"\x16")
                    return False
                return True

            wait_until(ended, lambda: "the end of a slow handshake")

    def test_a_peer_that_ends_instead(self):
        self.start("who")
        for question in (b"tls\n", b"tls later\n", b"tls on a worker\n"):
            with connect(self.address) as client:
                client.sendall(question)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(receive_to_end(client), b"go ahead\n")
        self.server.signal(signal.SIGUSR1)
        self.server.await_log("closed.peer-closed=3")

    def test_a_drain_waits_for_no_handshake(self):
        self.start("who", timeouts={"drain": "1h"})
        client = self.connect(self.address)
        self.assertEqual(self.ask(client, "tls"), "go ahead")
        self.server.signal(signal.SIGTERM)
        self.assertEqual(receive_to_end(client), b"")

    # Configs

    def check(self, status, **listener):
        path = os.path.join(self.folder(), "x.json")
        pem = {"certificate": self.certificate, "key": self.key}
        entry = {"name": "a", "address": "127.0.0.1:0", "framing": "line", "tls": pem, **listener}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"plugin_path": PLUGINS, "plugins": ["who"], "listeners": [entry]}, file)
        return run(SERVER, "--config", path, "--check", status=status)[1]

    def test_where_tls_may_stand(self):
        self.check(0, handler="who")
        self.check(0, handler="who", transport="tls")
        self.check(0, handler="who", transport=["tcp", "udp"], udp_sessions={})
        refused = "error: 'tls': expected transport tls beside it, or tcp and a handler that starts TLS itself"
        for more in ({"handler": "who-in-clear"}, {"handler": "who", "transport": "udp", "udp_sessions": {}}):
            self.assertIn(refused, self.check(EX_CONFIG, **more))
        gone = {"certificate": "gone.pem"}
        self.assertRegex(self.check(EX_CONFIG, handler="who", tls=gone), r"'tls': certificate .*gone\.pem: No such file")

    def test_a_handler_that_begins_encrypted_or_has_no_certificate(self):
        pem = {"certificate": self.certificate, "key": self.key}
        listeners = ({"name": "begun", "transport": "tls", "tls": pem}, {"name": "clear"})
        entries = ({**listener, "handler": "who", "framing": "line"} for listener in listeners)
        server = self.serve(*entries, plugin_path=PLUGINS)
        plain = self.connect(server.address("clear"))
        client = self.encrypt(self.connect(server.address("begun", "tls")))
        for connection in (plain, client):
            self.assertEqual(self.ask(connection, "can you"), "no")
            self.assertRegex(self.ask(connection, "tls in vain"), "^TLS cannot begin: ")


if __name__ == "__main__":
    unittest.main()
