"""A reload after which somebody would not be let in any more: who is connected ends, in order."""

import os
import socket
import ssl
import sys
import tempfile
import unittest

from netkit_testing import BUILD, connect, receive_exactly, receive_to_end
from test_access import Access
from test_reload import ReloadTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

REASON = "no-longer-admitted"


class AccessLists(ReloadTest):
    open_from = Access.open_from

    def test_who_is_denied_now_ends_and_others_stay(self):
        entry = self.entry("a", "echo")
        server = self.serve(entry)
        address = server.address("a")
        one, other = (self.open_from(source, address) for source in ("127.0.1.1", "127.0.2.2"))
        for client in (one, other):
            self.ask(client, b"hello\n", b"hello\n")
        one.sendall(b"half a mess")
        self.reload(server, [{**entry, "access": {"deny": ["127.0.1.0/24"]}}])
        self.assertEqual(receive_to_end(one), b"")
        server.await_log(REASON)
        self.ask(other, b"still here\n", b"still here\n")
        self.reload(server, [{**entry, "access": {"allow": ["127.0.1.0/24"]}}])
        self.assertEqual(receive_to_end(other), b"")

    def test_a_call_that_runs_is_answered(self):
        directory = self.folder()
        os.mkfifo(os.path.join(directory, "go"))
        entry = self.entry("a", {"type": "exec", "shell": True, "directory": directory})
        server = self.serve(entry)
        address = server.address("a")
        client = self.open_from("127.0.1.1", address)
        client.sendall(b"echo begun >go; cat go\n")
        with open(os.path.join(directory, "go"), encoding="ascii") as fifo:
            self.assertEqual(fifo.read(), "begun\n")
        self.reload(server, [{**entry, "access": {"deny": ["127.0.1.0/24"]}}])
        with open(os.path.join(directory, "go"), "w", encoding="ascii") as fifo:
            fifo.write("done")
        self.assertEqual(receive_to_end(client), b"done\n")
        server.await_log(REASON)

    def test_a_conversation_over_datagrams_ends_too(self):
        clock = {"name": "a", "transport": "udp", "address": "127.0.0.1:0", "handler": "tally", "udp_sessions": {}}
        plugins = [os.path.join(BUILD, "tests", "udp-plugins")]
        server = self.serve(clock, plugin_path=plugins)
        one, other = (self.datagrams_from(source, server.address("a", "udp")) for source in ("127.0.1.1", "127.0.2.2"))
        for client in (one, other):
            client.send(b"hello")
            self.assertEqual(client.recv(100), b"1")
        self.reload(server, [{**clock, "access": {"deny": ["127.0.1.0/24"]}}], plugin_path=plugins)
        server.await_log(REASON)
        other.send(b"hello")
        self.assertEqual(other.recv(100), b"2")

    def test_who_comes_by_a_proxy_that_is_believed_no_more(self):
        entry = self.entry("a", {"type": "hello", "text": "{host}"}, proxy_protocol="optional")
        server = self.serve({**entry, "proxy_from": ["127.0.1.1", "127.0.2.2"]})
        address = server.address("a")
        one, other, own = (self.open_from(source, address) for source in ("127.0.1.1", "127.0.2.2", "127.0.3.3"))
        for client in (one, other):
            self.ask(client, b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nwho\n", b"192.0.2.7\n")
        self.ask(own, b"who\n", b"127.0.3.3\n")
        self.reload(server, [{**entry, "proxy_from": ["127.0.1.1"]}])
        self.assertEqual(receive_to_end(other), b"")
        server.await_log(REASON)
        for client, name in ((one, b"192.0.2.7\n"), (own, b"127.0.3.3\n")):
            self.ask(client, b"who\n", name)
        self.reload(server, [{**entry, "proxy_from": ["127.0.1.1"], "proxy_protocol": "required"}])
        self.assertEqual(receive_to_end(own), b"")
        self.ask(one, b"who\n", b"192.0.2.7\n")

    def datagrams_from(self, source, address):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.bind((source, 0))
        client.connect(address)
        return client

    def test_another_change_ends_nobody(self):
        entry = self.entry("a", "echo", access={"deny": ["127.0.3.0/24"]})
        server = self.serve(entry)
        client = self.connect(server.address("a"))
        self.ask(client, b"hello\n", b"hello\n")
        self.reload(server, [{**entry, "timeouts": {"idle": "1h"}}])
        self.ask(client, b"hello\n", b"hello\n")


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class UnixSockets(ReloadTest):
    NOBODY, NOGROUP = 65534, 65534

    def open_as(self, user, group, path):
        os.setegid(group)
        os.seteuid(user)
        try:
            return self.connect(path)
        finally:
            os.seteuid(0)
            os.setegid(0)

    def test_who_may_not_connect_any_more_ends(self):
        folder = self.folder()
        os.chmod(folder, 0o755)
        entry = {**self.entry("a", "echo"), "transport": "unix", "address": os.path.join(folder, "a.sock")}
        server = self.serve({**entry, "mode": "0666"})
        root, member, stranger = (
            self.open_as(user, group, entry["address"])
            for user, group in ((0, 0), (self.NOBODY, self.NOGROUP), (self.NOBODY, 12345))
        )
        for client in (root, member, stranger):
            self.ask(client, b"hello\n", b"hello\n")
        self.reload(server, [{**entry, "mode": "0660", "group": "nogroup"}])
        self.assertEqual(receive_to_end(stranger), b"")
        server.await_log(REASON)
        self.ask(member, b"hello\n", b"hello\n")
        self.reload(server, [{**entry, "mode": "0600"}])
        self.assertEqual(receive_to_end(member), b"")
        self.reload(server, [{**entry, "mode": "0600", "timeouts": {"idle": "1h"}}])
        self.ask(root, b"hello\n", b"hello\n")


class Certificates(ReloadTest):
    def setUp(self):
        super().setUp()
        files = self.enterContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        self.authority = Authority(files)
        self.other = Authority(files, "other")
        self.both = os.path.join(files, "both.pem")
        with open(self.both, "w", encoding="ascii") as file:
            for authority in (self.authority, self.other):
                with open(authority.certificate, encoding="ascii") as part:
                    file.write(part.read())
        certificate, key = self.authority.issue("server", ["DNS:localhost"])
        self.tls = {"certificate": certificate, "key": key}
        self.ann = self.authority.issue("ann", ["DNS:ann.example"])
        self.ben = self.other.issue("ben", ["DNS:ben.example"])

    def open(self, address, identity):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        context.load_cert_chain(*identity)
        client = context.wrap_socket(connect(address), server_hostname="localhost")
        self.addCleanup(client.close)
        return client

    def start(self, **tls):
        entry = {**self.entry("a", "echo"), "transport": "tls", "tls": {**self.tls, **tls}}
        self.server = self.serve(entry)
        address = self.server.address("a", "tls")
        self.listener = entry
        self.clients = [self.open(address, identity) for identity in (self.ann, self.ben)]
        for client in self.clients:
            self.ask(client, b"hello\n", b"hello\n")

    def reload_tls(self, **tls):
        self.reload(self.server, [{**self.listener, "tls": {**self.tls, **tls}}])

    def assert_only_ann_stays(self):
        ann, ben = self.clients
        self.assertEqual(ben.recv(100), b"")
        self.server.await_log(REASON)
        self.ask(ann, b"still here\n", b"still here\n")

    def test_a_name_that_is_taken_out(self):
        self.start(client_ca=self.both, client_names=["ann.example", "ben.example"])
        self.reload_tls(client_ca=self.both, client_names=["ann.example"])
        self.assert_only_ann_stays()

    def test_an_authority_that_is_taken_out(self):
        self.start(client_ca=self.both)
        self.reload_tls(client_ca=self.authority.certificate)
        self.assert_only_ann_stays()

    def test_connections_in_clear_end_where_tls_begins(self):
        plain = self.entry("a", "echo")
        server = self.serve(plain)
        client = self.connect(server.address("a"))
        self.ask(client, b"hello\n", b"hello\n")
        tls = {**self.tls, "client_ca": self.authority.certificate}
        self.reload(server, [{**plain, "transport": "tls", "tls": tls}])
        self.assertEqual(receive_to_end(client), b"")
        server.await_log(REASON)

    def test_a_renewed_certificate_ends_nobody(self):
        self.start(client_ca=self.both)
        certificate, key = self.authority.issue("renewed", ["DNS:localhost"])
        self.reload_tls(certificate=certificate, key=key, client_ca=self.both)
        for client in self.clients:
            self.ask(client, b"hello\n", b"hello\n")


del Access  # it would run again here


if __name__ == "__main__":
    unittest.main()
