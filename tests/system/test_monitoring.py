"""The metrics as Prometheus wants them, and what config/monitoring makes of them."""

import json
import os
import re
import shutil
import socket
import ssl
import sys
import tempfile
import unittest
from pathlib import Path

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, run, wait_until
from test_admin import UnixConnection

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority  # noqa: E402

HERE = Path(__file__).resolve().parent
MONITORING = HERE.parents[1] / "config" / "monitoring"
PROMTOOL = shutil.which("promtool")
NEEDED = os.environ.get("NETKIT_MUST_RUN") == "1"
with_promtool = unittest.skipUnless(PROMTOOL or NEEDED, "promtool is not installed (Debian package prometheus)")

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
OF_PROMETHEUS = {"up"}  # metrics that it makes itself


class MetricsTest(SystemTest):
    """A server with a listener of each kind."""

    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="netkit-test-"))
        cls.authority = Authority(cls.files)
        cls.certificate, cls.key = cls.authority.issue("server", ["DNS:localhost", "IP:127.0.0.1"])

    def serve_all(self):
        lines = {"framing": "line"}
        folder = self.folder()
        with open(os.path.join(folder, "file"), "wb") as file:
            file.write(b"x" * 200_000)
        self.server = self.serve(
            {**lines, "name": "echo", "handler": "echo"},
            {**lines, "name": "tls", "transport": "tls", "handler": "echo", "tls": {"certificate": self.certificate, "key": self.key}},
            {"name": "datagrams", "transport": "udp", "handler": "echo"},
            {**lines, "name": "shell", "handler": {"type": "exec", "shell": True, "concurrency": 1, "queue": 1}},
            {**lines, "name": "program", "handler": {"type": "process", "command": ["cat"], "workers": 1}},
            {"name": "files", "framing": {"in": "line", "out": "raw"}, "handler": {"type": "file-send", "root": folder}},
            admin={"address": os.path.join(self.folder(), "admin.sock")},
        )
        return self.server

    def scrape(self):
        connection = UnixConnection(self.server.addresses["(admin)", "unix"])
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            self.assertTrue(answer.getheader("Content-Type").startswith("text/plain; version=0.0.4"))
            return answer.read().decode()
        finally:
            connection.close()

    def values(self):
        """{(name, label=value, ...): number} of all lines."""
        found = {}
        for line in self.scrape().splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = LINE.match(line).groups()
            key = (name, *sorted(re.findall(r'(\w+="(?:[^"\\]|\\.)*")', labels or "")))
            self.assertNotIn(key, found)
            found[key] = float(value)
        return found

    def value(self, name, **labels):
        """The sum of the lines of that name with these labels."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        lines = [value for key, value in self.values().items() if key[0] == name and wanted <= set(key[1:])]
        self.assertTrue(lines, name)
        return sum(lines)

    def await_value(self, expected, name, **labels):
        wait_until(lambda: self.value(name, **labels) == expected, lambda: f"{name} {labels} is {self.value(name, **labels)}")

    def ask(self, name, request, size):
        with connect(self.server.address(name)) as client:
            client.sendall(request)
            answer = receive_exactly(client, size)
            client.shutdown(socket.SHUT_WR)
            return answer + receive_to_end(client)


class Metrics(MetricsTest):
    def test_all_counts_are_there_from_the_start(self):
        self.serve_all()
        values = self.values()
        names = {key[0] for key in values}
        for name in ("netkit_handler_duration_seconds_count", "netkit_calls_refused_total", "netkit_tls_handshakes_total",
                     "netkit_tls_handshake_failures_total", "netkit_worker_queue_wait_seconds_count", "netkit_plugin_hashes_total",
                     "netkit_plugin_queue_length"):
            self.assertIn(name, names)
        counts = {key: value for key, value in values.items() if key[0].startswith("netkit_") and key[0].endswith(("_total", "_count", "_sum", "_bucket"))}
        used = {key: value for key, value in counts.items() if value != 0 and "programs_started" not in key[0]}
        self.assertEqual(used, {})

    def test_a_histogram_counts_each_message_once(self):
        self.serve_all()
        self.assertEqual(self.ask("echo", b"a\n" * 1000, 2000), b"a\n" * 1000)
        self.await_value(1000, "netkit_handler_duration_seconds_count", listener="echo", handler="echo")
        self.assertEqual(self.value("netkit_handler_duration_seconds_bucket", listener="echo", le="+Inf"), 1000)
        seconds = self.value("netkit_handler_duration_seconds_sum", listener="echo")
        self.assertTrue(0 < seconds < 60, seconds)
        self.ask("shell", b"sleep 0.3\n", 0)
        self.await_value(1, "netkit_handler_duration_seconds_count", listener="shell")
        self.assertEqual(self.value("netkit_handler_duration_seconds_bucket", listener="shell", le="0.25"), 0)
        self.assertGreaterEqual(self.value("netkit_handler_duration_seconds_sum", listener="shell"), 0.3)
        self.assertEqual(self.ask("program", b"b\n" * 10, 20), b"b\n" * 10)
        self.await_value(10, "netkit_handler_duration_seconds_count", listener="program")
        client = self.datagram_socket(self.server.address("datagrams", "udp"))
        for _ in range(20):
            client.send(b"c")
            self.assertEqual(client.recv(10), b"c")
        self.await_value(20, "netkit_handler_duration_seconds_count", listener="datagrams")
        self.assertEqual(self.value("netkit_messages_received_total", listener="datagrams"), 20)

    def test_workers_and_refused_calls(self):
        self.serve_all()
        folder = self.folder()
        clients = [self.connect(self.server.address("shell")) for _ in range(3)]
        clients[0].sendall(f"until [ -e {folder}/go ]; do sleep 0.01; done; echo 1\n".encode())
        self.await_value(1, "netkit_calls_running", listener="shell")
        clients[1].sendall(b"echo 2\n")
        self.await_value(1, "netkit_calls_waiting", listener="shell")
        clients[2].sendall(b"echo 3\n")
        self.assertIn(b"too many commands", clients[2].recv(100))
        self.assertEqual(self.value("netkit_calls_refused_total", listener="shell"), 1)
        self.assertEqual(self.value("netkit_worker_queue_length"), 0)
        self.assertEqual(self.value("netkit_worker_threads"), 64)
        with open(f"{folder}/go", "wb"):
            pass
        self.assertEqual([client.recv(10) for client in clients[:2]], [b"1\n", b"2\n"])
        self.await_value(0, "netkit_calls_running", listener="shell")
        self.assertEqual(self.value("netkit_worker_queue_wait_seconds_count"), 2)

    def test_tls(self):
        self.serve_all()
        address = self.server.address("tls", "tls")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=self.authority.certificate)
            context.minimum_version = context.maximum_version = version
            for _ in range(2):
                with context.wrap_socket(connect(address), server_hostname="localhost") as client:
                    client.sendall(b"a\n")
                    self.assertEqual(receive_exactly(client, 2), b"a\n")
        with connect(address) as client:
            client.sendall(b"no TLS\n")
            receive_to_end(client)
        self.await_value(2, "netkit_tls_handshakes_total", version="TLSv1.2")
        self.await_value(2, "netkit_tls_handshakes_total", version="TLSv1.3")
        self.await_value(1, "netkit_tls_handshake_failures_total", listener="tls")

    def test_hashes(self):
        self.serve_all()
        for _ in range(3):
            self.assertEqual(len(self.ask("files", b"file\n", 200_000)), 200_000)
        begun = self.value("netkit_plugin_hashes_total", listener="files")
        known = self.value("netkit_plugin_hashes_known_total", listener="files")
        self.assertEqual((begun + known, self.value("netkit_plugin_hashes_waiting", listener="files")), (3, 0))
        self.assertEqual(self.value("netkit_plugin_hash_bytes_total", listener="files"), begun * 200_000)

    @with_promtool
    def test_promtool_finds_nothing_wrong(self):
        self.serve_all()
        self.ask("echo", b"a\n", 2)
        out, errors = run(PROMTOOL, "check", "metrics", input=self.scrape())
        self.assertEqual((out, errors), ("", ""))


def metrics_in(query):
    """The names of metrics that a query asks for."""
    return set(re.findall(r"\b(?:netkit|process)_[a-z_]+|\bup\b", query))


class Monitoring(MetricsTest):
    def served(self):
        """All names of metrics there are."""
        self.serve_all()
        return {key[0] for key in self.values()} | OF_PROMETHEUS

    @with_promtool
    def test_the_alerts(self):
        run(PROMTOOL, "check", "rules", MONITORING / "alerts.yml")
        run(PROMTOOL, "test", "rules", HERE / "alerts_test.yml")

    def test_each_alert_is_tested_and_asks_for_what_there_is(self):
        alerts = (MONITORING / "alerts.yml").read_text(encoding="utf-8")
        tests = (HERE / "alerts_test.yml").read_text(encoding="utf-8")
        names = re.findall(r"- alert: (\w+)", alerts)
        self.assertEqual({name: tests.count(f"alertname: {name}") for name in names}, {name: 2 for name in names})
        queries = re.findall(r"expr: (\|\n(?: {10,}.*\n)+|.*)", alerts)
        self.assertEqual(len(queries), len(names))
        self.assertEqual(metrics_in("\n".join(queries)) - self.served(), set())

    def test_each_panel_of_the_dashboard_asks_for_what_there_is(self):
        dashboard = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
        targets = [target for panel in dashboard["panels"] for target in panel.get("targets", [])]
        queries = [target["expr"] for target in targets] + [variable["query"] for variable in dashboard["templating"]["list"][1:]]
        self.assertGreater(len(queries), 25)
        for query in queries:
            self.assertTrue(metrics_in(query), query)
        self.assertEqual(metrics_in("\n".join(queries)) - self.served(), set())
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
