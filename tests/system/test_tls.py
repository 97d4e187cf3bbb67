"""Listeners that serve TLS, asked by Python's own TLS."""

import json
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import unittest

from netkit_testing import BUILD, SERVER, SystemTest, connect, receive_exactly, receive_to_end, reset, run, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

LINE_ECHO = {"transport": "tls", "framing": "line", "handler": "echo"}
EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")
LARGE = 30 << 20


class Tls(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        cls.authority = Authority(cls.files)
        cls.certificate, cls.key = cls.authority.issue("server", ["DNS:localhost", "IP:127.0.0.1"])
        cls.stranger = Authority(cls.files, "stranger")

    def tls(self, **more):
        return {"certificate": self.certificate, "key": self.key, **more}

    def start(self, tls=None, **more):
        self.server = self.serve({**LINE_ECHO, "tls": tls or self.tls(), **more})
        self.address = self.server.address("listener-0", "tls")
        return self.server

    def trusting(self, identity=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if identity:
            context.load_cert_chain(*identity)
        return context

    def open(self, context=None, address=None):
        """A client past its handshake. What it reads must end in an orderly way."""
        plain = self.connect(address or self.address)
        client = (context or self.trusting()).wrap_socket(
            plain, server_hostname="localhost", suppress_ragged_eofs=False
        )
        self.addCleanup(client.close)
        return client

    def assert_served(self, client, text=b"hello\n"):
        client.sendall(text)
        self.assertEqual(receive_exactly(client, len(text)), text)

    def assert_served_by(self, number, address):
        """The certificate with that serial number is shown."""
        client = self.open(address=address)
        self.assertEqual(int(client.getpeercert()["serialNumber"], 16), number)

    def assert_shut_out(self, context, reason):
        """The handshake fails, or with TLS 1.3 what follows it, and the server says why."""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            client = self.open(context)
            client.sendall(b"hello\n")
            if not client.recv(100):
                raise ConnectionError("ended")
        self.server.await_log(reason)

    def test_both_versions(self):
        self.start()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.trusting()
            context.minimum_version = context.maximum_version = version
            client = self.open(context)
            self.assert_served(client)
            self.assert_served(client)

    def test_older_versions_and_weak_ciphers_are_refused(self):
        self.start()
        old = self.trusting()
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        self.assert_shut_out(old, "tls-failed: unsupported protocol")
        weak = self.trusting()
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
        self.assert_shut_out(weak, "tls-failed: no shared cipher")
        self.assert_served(self.open())

    def test_the_listening_line_and_udp_beside_it(self):
        server = self.serve({**LINE_ECHO, "transport": ["tls", "udp"], "tls": self.tls()})
        self.assertEqual(server.address("listener-0", "tls"), server.address("listener-0", "udp"))
        self.assert_served(self.open(address=server.address("listener-0", "tls")))
        datagrams = self.datagram_socket(server.address("listener-0", "udp"))
        datagrams.send(b"hello\n")
        self.assertEqual(datagrams.recv(100), b"hello\n")

    def test_a_greeting_leaves_behind_the_handshake(self):
        guess = {"type": "guess", "number": 42}
        server = self.serve({**LINE_ECHO, "handler": guess, "tls": self.tls()}, plugin_path=[EXAMPLES])
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.trusting()
            context.minimum_version = context.maximum_version = version
            client = self.open(context, server.address("listener-0", "tls"))
            self.assertEqual(receive_exactly(client, 29), b"guess a number from 1 to 100\n")
            client.sendall(b"42\n")
            self.assertEqual(receive_exactly(client, 6), b"right\n")

    def test_large_messages_both_ways(self):
        self.start(framing={"type": "length", "max": "64MiB"}, limits={"output": "64MiB"})
        client = self.open()
        message = LARGE.to_bytes(4, "big") + os.urandom(1 << 20) * (LARGE >> 20)
        client.sendall(message)
        self.assertTrue(receive_exactly(client, len(message)) == message)

    def test_many_messages_in_one_record(self):
        self.start()
        text = b"".join(b"%d\n" % number for number in range(2000))
        client = self.open()
        for _ in range(20):
            client.sendall(text)
        self.assertEqual(receive_exactly(client, 20 * len(text)), 20 * text)

    def test_a_peer_that_does_not_read_is_not_read(self):
        self.start(framing={"type": "length", "max": "1MiB"}, limits={"output": "64KiB"})
        client = self.open()
        client.setblocking(False)
        message = (1 << 19).to_bytes(4, "big") + bytes(1 << 19)
        sent = 0
        with self.assertRaises((ssl.SSLWantWriteError, BlockingIOError)):
            while sent < 2000:  # a gigabyte that the server would have to keep
                client.sendall(message)
                sent += 1
        self.assertLess(self.server.process.resident(), 200 << 20)

    def test_a_half_closed_client_gets_its_answers(self):
        self.start(handler={"type": "exec", "shell": True})
        plain = self.connect(self.address)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        self.pump(plain, client.do_handshake, incoming, outgoing)
        client.write(b"sleep 0.2; echo late\n")
        with self.assertRaises(ssl.SSLWantReadError):
            client.unwrap()  # close_notify leaves, the other side's has not come
        plain.sendall(outgoing.read())
        plain.shutdown(socket.SHUT_WR)
        incoming.write(receive_to_end(plain))
        # Python reads nothing more once it has said its own end, so the server's side is judged by its log.
        self.server.await_log("peer-closed")
        self.assertGreater(incoming.pending, 40)

    @staticmethod
    def pump(plain, act, incoming, outgoing):
        while True:
            try:
                act()
                plain.sendall(outgoing.read())
                return
            except ssl.SSLWantReadError:
                plain.sendall(outgoing.read())
                incoming.write(plain.recv(1 << 16))

    def test_the_end_is_told(self):
        self.start(handler={"type": "exec", "commands": {"bye": ["true"]}}, timeouts={"idle": "200ms"})
        self.assertEqual(self.open().recv(100), b"")  # an end without close_notify would raise

    def test_an_end_without_notice_is_an_end(self):
        self.start()
        client = self.open()
        client.sendall(b"whole\npart")
        self.assertEqual(receive_exactly(client, 6), b"whole\n")
        os.close(client.detach())
        self.server.await_log("peer-cut: 4 bytes")

    def test_noise_ends_that_connection_alone(self):
        self.start()
        honest = self.open()
        hello = bytes.fromhex("1603010005010000014f")
        for noise in (b"GET / HTTP/1.0\r\n\r\n", b"\x80\x2e\x01\x00\x02", os.urandom(5000), b"\x16\x03\x01\xff\xff", hello):
            with connect(self.address) as client:
                client.sendall(noise)
                client.shutdown(socket.SHUT_WR)
                receive_to_end(client)
        with connect(self.address) as client:
            client.sendall(hello)
            reset(client)
        self.server.await_log("tls-failed: http request")
        self.assert_served(honest)
        self.assert_served(self.open())

    def test_altered_records_are_told_by_an_alert(self):
        self.start()
        plain = self.connect(self.address)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        self.pump(plain, client.do_handshake, incoming, outgoing)
        client.write(b"hello\n")
        record = bytearray(outgoing.read())
        record[-1] ^= 1
        plain.sendall(record)
        incoming.write(receive_to_end(plain))
        with self.assertRaisesRegex(ssl.SSLError, "(?i)bad.record.mac"):
            client.read(100)
        self.server.await_log("tls-failed")

    def test_the_handshake_has_a_deadline(self):
        self.start(timeouts={"first_byte": "300ms"})
        for beginning in (b"", b"\x16\x03\x01\x02\x00\x01"):
            with connect(self.address) as client:
                client.sendall(beginning)
                receive_to_end(client)
        self.server.await_log("first-byte-timeout: in the TLS handshake")

    def test_dribbling_a_handshake_wins_no_time(self):
        self.start(timeouts={"first_byte": "500ms", "idle": "300ms"})
        with connect(self.address) as client:

            def ended():
                try:
                    client.sendall(b"\x16")
                except (BrokenPipeError, ConnectionResetError):
                    return True
                return False

            client.sendall(b"\x16\x03\x03\x40\x00")
            wait_until(ended, lambda: "the end of a slow handshake")

    def test_client_certificates(self):
        names = ["meter-*.example"]
        self.start(self.tls(client_ca=self.authority.certificate, client_names=names))
        self.assert_served(self.open(self.trusting(self.authority.issue("meter-7.example"))))
        self.assert_served(self.open(self.trusting(self.authority.issue("x", ["DNS:meter-8.example"]))))
        self.assert_shut_out(self.trusting(), "tls-failed: peer did not return a certificate")
        other = self.authority.issue("meter-7.evil.example")
        said = "tls-failed: certificate verify failed: hostname mismatch: found 'meter-7.evil.example'"
        self.assert_shut_out(self.trusting(other), said)
        strange = self.stranger.issue("meter-9.example")
        self.assert_shut_out(self.trusting(strange), "tls-failed: certificate verify failed: unable to get local issuer")
        old = self.authority.issue("meter-10.example", days=-1)
        self.assert_shut_out(self.trusting(old), "tls-failed: certificate verify failed: certificate has expired")

    def test_a_reset_behind_a_failure_is_not_the_reason(self):
        self.start(self.tls(client_ca=self.authority.certificate))
        client = self.open()  # with TLS 1.3 this side is done before the server has looked for a certificate
        with self.assertRaises(ssl.SSLError):
            client.recv(100)
        reset(client)
        self.server.await_log("tls-failed: peer did not return a certificate")
        self.assertNotIn("peer-reset", self.server.log())

    def test_renewed_certificates_come_with_a_reload(self):
        folder = self.folder()
        paths = [os.path.join(folder, name) for name in ("server.pem", "server.key")]

        def install(name):
            issued = self.authority.issue(name, ["DNS:localhost"])
            for source, target in zip(issued, paths):
                shutil.copy(source, target + ".new")
                os.rename(target + ".new", target)
            text, _ = run("openssl", "x509", "-in", issued[0], "-noout", "-serial")
            return int(text.strip().partition("=")[2], 16)

        first = install("first")
        server = self.start({"certificate": paths[0], "key": paths[1]})
        held = self.open()
        self.assert_served_by(first, self.address)
        second = install("second")
        self.assert_served_by(first, self.address)
        server.signal(signal.SIGHUP)
        server.await_log("reload: changed listener-0: tls (files)")
        server.await_log("reload done")
        self.assert_served_by(second, self.address)
        self.assert_served(held)
        with open(paths[1], "w", encoding="ascii") as file:
            file.write("no key\n")
        server.signal(signal.SIGHUP)
        self.expected_errors = ("reload failed", r"server\.json:.*'tls': key .*server\.key")
        server.await_log("reload failed, the running config stays")
        self.assert_served_by(second, self.address)
        self.assert_served(held)

    def test_tcp_becomes_tls_on_the_same_socket(self):
        server = self.serve({"name": "a", "framing": "line", "handler": "echo"})
        address = server.address("a")
        plain = self.connect(address)
        self.assert_served(plain)
        entry = {"name": "a", "address": "127.0.0.1:0", **LINE_ECHO, "tls": self.tls()}
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump({"listeners": [entry]}, file)
        server.signal(signal.SIGHUP)
        server.await_log(f"reload: listening a tls 127.0.0.1:{address[1]}")
        server.await_log("reload done")
        self.assert_served(self.open(address=address))
        self.assert_served(plain)

    def test_files_are_sent_whole(self):
        root = self.folder()
        content = os.urandom(5 << 20)
        with open(os.path.join(root, "file"), "wb") as file:
            file.write(content)
        framing = {"in": "line", "out": "json-header"}
        self.start(framing=framing, handler={"type": "file-send", "root": root})
        client = self.open()
        client.sendall(b"file\n")
        header = json.loads(receive_exactly(client, int.from_bytes(receive_exactly(client, 4), "big")))
        self.assertEqual(header["size"], len(content))
        self.assertTrue(receive_exactly(client, len(content)) == content)

    def test_a_proxy_header_comes_before_the_handshake(self):
        hello = {"type": "hello", "text": "{host}"}
        self.start(proxy_protocol="required", proxy_from=["127.0.0.1"], handler=hello)
        plain = self.connect(self.address)
        plain.sendall(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 2\r\n")
        client = self.trusting().wrap_socket(plain, server_hostname="localhost")
        client.sendall(b"who\n")
        self.assertEqual(receive_exactly(client, 10), b"192.0.2.7\n")

    def test_a_shell_may_be_guarded_by_certificates(self):
        shell = {"name": "s", "address": "0.0.0.0:0", "transport": "tls", "handler": {"type": "exec", "shell": True}}
        path = os.path.join(self.folder(), "x.json")
        for tls, status in ((self.tls(client_ca=self.authority.certificate), 0), (self.tls(), 78)):
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"listeners": [{**shell, "tls": tls}]}, file)
            run(SERVER, "--config", path, "--check", status=status)

    def test_files_that_cannot_be_used_are_told_where_they_stand(self):
        path = os.path.join(self.folder(), "x.json")
        entry = {"name": "a", "address": "127.0.0.1:0", **LINE_ECHO, "tls": {"certificate": "gone.pem"}}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"listeners": [entry]}, file)
        _, errors = run(SERVER, "--config", path, "--check", status=78)
        self.assertRegex(errors, r"x\.json:1:\d+: error: 'tls': certificate .*/gone\.pem: No such file or directory")

    def test_descriptors_come_back(self):
        server = self.start()
        before = server.process.census()
        for _ in range(30):
            with self.open() as client:
                self.assert_served(client)
            with connect(self.address) as client:
                client.sendall(b"\x16\x03\x01")
        self.assert_census(server, before)


if __name__ == "__main__":
    unittest.main()
