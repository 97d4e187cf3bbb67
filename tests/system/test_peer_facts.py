"""What handlers are told of their peer besides its address: certificate, server name, user, proxy."""

import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import unittest

from netkit_testing import AS_NOBODY, BUILD, PATIENCE, SystemTest, Watchdog, receive_exactly, reset

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

PLUGINS = os.path.join(BUILD, "tests", "peer-plugins")
WHO = {"framing": "line", "handler": "who"}
WAYS = ("who", "who by handle", "who, on a worker")
HEADER = b"PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n"


def facts(encrypted=0, certificate="", server_name="", proxy=""):
    return f"encrypted={encrypted} certificate={certificate} server_name={server_name} proxy={proxy}"


def binary_header(source):
    """A PROXY header of version 2 that names that IPv4 source."""
    block = socket.inet_aton(source) + socket.inet_aton("10.0.0.1") + struct.pack(">HH", 12345, 80)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11]) + struct.pack(">H", len(block)) + block


class PeerFacts(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        cls.authority = Authority(cls.files)
        cls.certificate, cls.key = cls.authority.issue("server", ["DNS:localhost", "IP:127.0.0.1"])

    def start(self, **listener):
        self.server = self.serve({**WHO, **listener}, plugin_path=[PLUGINS])
        return self.server.address("listener-0", listener.get("transport", "tcp"))

    def start_tls(self, **tls):
        return self.start(transport="tls", tls={"certificate": self.certificate, "key": self.key, **tls})

    def ask(self, connection, question):
        connection.sendall(question.encode() + b"\n")
        line = bytearray()
        while not line.endswith(b"\n"):
            line += receive_exactly(connection, 1) or b"\n"
        return line.decode().rstrip("\n")

    def s_client(self, address, *arguments, question="who"):
        """What the handler answers to openssl s_client."""
        command = ("openssl", "s_client", "-quiet", "-CAfile", self.authority.certificate, "-connect")
        with subprocess.Popen(
            [*command, f"{address[0]}:{address[1]}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as client, Watchdog(client):
            client.stdin.write(question.encode() + b"\n")
            client.stdin.flush()
            line = client.stdout.readline().decode().rstrip("\n")
            client.terminate()
            return line

    def assert_told(self, event, text):
        """So the handler was told at the beginning or the end of a conversation."""
        self.server.await_log(f'{event} peer_facts="{text}"')

    def test_in_clear_there_is_nothing(self):
        client = self.connect(self.start())
        for question in WAYS:
            self.assertEqual(self.ask(client, question), facts())

    def test_udp_has_none_of_them(self):
        address = self.start(transport="udp", udp_sessions={}, limits={"max_amplification": 100})
        client = self.datagram_socket(address)
        client.send(b"who\n")
        self.assertEqual(client.recv(1000).decode().rstrip("\n"), facts())

    def test_the_server_name(self):
        address = self.start_tls()
        for version in ("-tls1_2", "-tls1_3"):
            self.assertEqual(self.s_client(address, version, "-noservername"), facts(1))
            named = self.s_client(address, version, "-servername", "mail.Example")
            self.assertEqual(named, facts(1, server_name="mail.Example"))

    def test_the_name_that_let_the_peer_in(self):
        names = ["meter-*.example", "x.test"]
        address = self.start_tls(client_ca=self.authority.certificate, client_names=names)
        certificate, key = self.authority.issue("m7", ["DNS:other.example", "DNS:meter-7.example", "DNS:x.test"])
        identity = ("-cert", certificate, "-key", key, "-noservername")
        for version in ("-tls1_2", "-tls1_3"):
            for question in WAYS:
                told = self.s_client(address, version, *identity, question=question)
                self.assertEqual(told, facts(1, "meter-7.example"))
        self.assert_told("opened", facts(1, "meter-7.example"))
        self.assert_told("closed", facts(1, "meter-7.example"))

    def test_without_patterns_it_is_the_first_name(self):
        address = self.start_tls(client_ca=self.authority.certificate)
        for names, expected in ((["DNS:a.example", "DNS:b.example"], "a.example"), ([], "only a subject")):
            certificate, key = self.authority.issue("unnamed", names, subject="only a subject")
            told = self.s_client(address, "-cert", certificate, "-key", key, "-servername", "s.example")
            self.assertEqual(told, facts(1, expected, "s.example"))

    def test_the_user_of_a_unix_socket(self):
        path = os.path.join(self.folder(), "who.sock")
        own = f"{facts()} user={os.getuid()} group={os.getgid()} process={os.getpid()}"
        with self.connect(self.start(transport="unix", address=path)) as client:
            for question in WAYS:
                self.assertEqual(self.ask(client, question), own)
        self.assert_told("opened", own)
        self.assert_told("closed", own)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_another_user_of_a_unix_socket(self):
        folder = self.folder()
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "who.sock")
        self.start(transport="unix", address=path, mode="0666")
        ask = (
            "import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "s.sendall(b'who\\n'); print(os.getuid(), os.getgid(), os.getpid(), s.recv(1000).decode(), end='')"
        )
        command = [*AS_NOBODY, sys.executable, "-c", ask, path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        user, group, process, told = done.stdout.rstrip("\n").split(" ", 3)
        self.assertNotEqual(user, "0")
        self.assertEqual(told, f"{facts()} user={user} group={group} process={process}")

    def test_the_proxy(self):
        address = self.start(proxy_protocol="required", proxy_from=["127.0.0.1"])
        for header in (HEADER, binary_header("192.0.2.7")):
            with self.connect(address) as client:
                client.sendall(header)
                for question in WAYS:
                    self.assertEqual(self.ask(client, question), facts(proxy="127.0.0.1"))
        self.assert_told("opened", facts(proxy="127.0.0.1"))
        self.assert_told("closed", facts(proxy="127.0.0.1"))

    def test_a_proxy_that_speaks_for_itself_is_none(self):
        address = self.start(proxy_protocol="required", proxy_from=["127.0.0.1"])
        for header in (b"PROXY UNKNOWN\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"):
            with self.connect(address) as client:
                client.sendall(header)
                self.assertEqual(self.ask(client, "who"), facts())

    def test_of_a_broken_connection_the_proxy_is_still_known(self):
        address = self.start(proxy_protocol="required", proxy_from=["127.0.0.1"])
        client = self.connect(address)
        client.sendall(HEADER)
        self.ask(client, "who")
        reset(client)
        self.assert_told("closed", facts(proxy="127.0.0.1"))

    def test_a_proxy_over_ipv6_before_tls(self):
        pem = {"certificate": self.certificate, "key": self.key}
        proxied = {"proxy_protocol": "optional", "proxy_from": ["::1"]}
        address = self.start(transport="tls", tls=pem, address="[::1]:0", **proxied)
        plain = self.connect(address)
        plain.sendall(HEADER)
        context = ssl.create_default_context(cafile=self.authority.certificate)
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            self.assertEqual(self.ask(client, "who"), facts(1, server_name="localhost", proxy="::1"))


if __name__ == "__main__":
    unittest.main()
