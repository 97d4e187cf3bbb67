"""The admin endpoint: what it shows is what has happened, and netkit-ctl steers a running server."""

import http.client
import json
import os
import signal
import socket
import unittest

from netkit_testing import BUILD, PATIENCE, SystemTest, connect, receive_exactly, receive_to_end, run, wait_until

CTL = os.path.join(BUILD, "bin", "netkit-ctl")
TOKEN = "a-token"


class UnixConnection(http.client.HTTPConnection):
    """HTTP by Python's own client, over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class AdminTest(SystemTest):
    """A server with an admin endpoint on a Unix socket."""

    expected_errors = ("reload failed", r"server\.json:")

    def serve_admin(self, *listeners, **admin):
        path = os.path.join(self.folder(), "admin.sock")
        server = self.serve(*listeners, admin={"address": path, **admin})
        server.admin = path
        return server

    def ask(self, server, path, method="GET"):
        """(status, body) of one request."""
        connection = UnixConnection(server.admin)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def look(self, server, path):
        status, body = self.ask(server, path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def await_listener(self, server, condition):
        """Polls the first listener until `condition` holds of it."""
        return wait_until(lambda: (one := self.look(server, "/listeners")[0]) and condition(one) and one, lambda: self.look(server, "/listeners"))

    def metric(self, server, name, **labels):
        """The value of one line of /metrics."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.ask(server, "/metrics")[1].splitlines():
            if line.startswith(name + "{") and wanted <= set(line[len(name) + 1 : line.rindex("}")].split(",")):
                return float(line.rsplit(" ", 1)[1])
            if not labels and line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no {name} {labels}")

    def ctl(self, server, *words, status=0):
        return run(CTL, "--admin", server.admin, *words, status=status)[0 if status == 0 else 1]


class ViewsTest(AdminTest):
    LINES = {"name": "lines", "framing": "line", "handler": "echo"}

    def test_counts_are_those_of_the_clients(self):
        server = self.serve_admin(self.LINES)
        for _ in range(3):
            self.assert_answer(server.address("lines"), b"hello\nworld\n", b"hello\nworld\n")
        one = self.await_listener(server, lambda one: one["connections"] == 0 and one["accepted"] == 3)
        self.assertEqual((one["received_messages"], one["sent_messages"]), (6, 6))
        self.assertEqual((one["received_bytes"], one["sent_bytes"]), (36, 36))
        self.assertEqual(one["closed"], {"peer-closed": 3})
        labels = {"listener": "lines", "transport": "tcp"}
        self.assertEqual(self.metric(server, "netkit_messages_received_total", **labels), 6)
        self.assertEqual(self.metric(server, "netkit_sent_bytes_total", **labels), 36)
        self.assertEqual(self.metric(server, "netkit_connections_closed_total", reason="peer-closed", **labels), 3)
        self.assertEqual(self.metric(server, "netkit_connections_closed_total", reason="malformed", **labels), 0)

    def test_counts_of_datagrams(self):
        server = self.serve_admin({"name": "d", "transport": "udp", "handler": "echo"})
        client = self.datagram_socket(server.address("d", "udp"))
        client.send(b"hello")
        self.assertEqual(client.recv(100), b"hello")
        one = self.await_listener(server, lambda one: one["sent_bytes"] > 0)
        self.assertEqual((one["received_messages"], one["sent_messages"], one["received_bytes"], one["sent_bytes"]), (1, 1, 5, 5))

    def test_answers_of_workers_are_counted(self):
        server = self.serve_admin({"name": "x", "framing": "line", "handler": {"type": "exec", "commands": {"hi": ["echo", "hi"]}}})
        self.assert_answer(server.address("x"), b"hi\n", b"hi\n")
        one = self.await_listener(server, lambda one: one["connections"] == 0)
        self.assertEqual((one["received_messages"], one["sent_messages"]), (1, 1))

    def test_sessions_are_listed_and_killed(self):
        server = self.serve_admin(self.LINES, {"name": "other", "handler": "echo"})
        client, other = self.connect(server.address("lines")), self.connect(server.address("other"))
        client.sendall(b"hello\n")
        self.assertEqual(receive_exactly(client, 6), b"hello\n")
        sessions = wait_until(lambda: len(found := self.look(server, "/sessions")) == 2 and found, lambda: "two sessions")
        mine = next(one for one in sessions if one["listener"] == "lines")
        self.assertEqual(mine["peer"], "%s:%d" % client.getsockname())
        self.assertEqual((mine["received_messages"], mine["sent_bytes"], mine["transport"]), (1, 6, "tcp"))
        self.assertEqual([one["id"] for one in self.look(server, "/sessions?listener=lines")], [mine["id"]])
        self.assertEqual(len(self.look(server, "/sessions?limit=1")), 1)
        self.assertEqual(self.ask(server, f"/sessions/{mine['id']}/kill", "POST")[0], 200)
        self.assertEqual(receive_to_end(client), b"")
        self.assertEqual(self.ask(server, f"/sessions/{mine['id']}/kill", "POST")[0], 404)
        self.assertEqual(self.look(server, "/listeners")[0]["closed"], {"killed": 1})
        other.sendall(b"still here")
        self.assertEqual(receive_exactly(other, 10), b"still here")

    def test_the_last_malformed_bytes_are_shown(self):
        server = self.serve_admin({"name": "n", "framing": "netstring", "handler": "echo"})
        self.assertEqual(self.look(server, "/errors"), [])
        client = self.connect(server.address("n"))
        client.sendall(b"2:ok,x:bad")
        self.assertEqual(receive_to_end(client), b"2:ok,")
        (one,) = wait_until(lambda: self.look(server, "/errors"), lambda: "an error")
        self.assertEqual((one["listener"], one["offset"], one["bytes"]), ("n", 5, b"x:bad".hex()))
        self.assertEqual(one["before"], b"2:ok,".hex())
        self.assertEqual(one["peer"], "%s:%d" % client.getsockname())
        self.assertIn("offset 5: 323a6f6b2c[78]3a626164", self.ctl(server, "errors"))

    def test_so_are_those_of_datagrams(self):
        for sessions in ({}, {"udp_sessions": {"idle": "1h"}}):
            server = self.serve_admin({"name": "d", "transport": "udp", "framing": "netstring", "handler": "echo", **sessions})
            client = self.datagram_socket(server.address("d", "udp"))
            client.send(b"20:" + 20 * b"a" + b",x:bad")
            (one,) = wait_until(lambda: self.look(server, "/errors"), lambda: "an error")
            self.assertEqual((one["transport"], one["offset"], one["bytes"]), ("udp", 24, b"x:bad".hex()))
            self.assertEqual(one["before"], (15 * b"a" + b",").hex())
            self.assertEqual(one["peer"], "%s:%d" % client.getsockname())

    def test_status_says_who_it_is(self):
        server = self.serve_admin(self.LINES)
        status = self.look(server, "/status")
        self.assertEqual((status["pid"], status["ready"], status["listeners"]), (server.popen.pid, True, 1))


class HttpTest(AdminTest):
    def test_requests_one_after_the_other_on_one_connection(self):
        server = self.serve_admin({"handler": "echo"})
        connection = self.connect(server.admin)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 3)
        wanted = b"HTTP/1.1 200 OK"
        received = b""
        while received.count(wanted) < 3:
            received += connection.recv(4096)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        self.assertIn(b"connection: close", receive_to_end(connection))

    def test_curl_is_answered(self):
        server = self.serve_admin({"handler": "echo"})
        self.assertEqual(run("curl", "-sS", "--unix-socket", server.admin, "http://x/healthz")[0], "ok\n")

    def test_what_is_no_http_is_refused(self):
        server = self.serve_admin({"handler": "echo"})
        for request, status in ((b"hello\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\n\r\n", b"400"), (b"GET /" + b"x" * 9000, b"431"), (b"POST /reload HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", b"501"), (b"POST /reload HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n", b"413")):
            with connect(server.admin) as connection:
                connection.sendall(request)
                self.assertEqual(receive_to_end(connection)[:13], b"HTTP/1.1 " + status + b" ", request[:40])

    def test_a_silent_crowd_does_not_touch_the_listeners(self):
        server = self.serve_admin({"name": "e", "framing": "line", "handler": "echo", "limits": {"connections": 1}})
        crowd = [self.connect(server.admin) for _ in range(100)]
        for connection in crowd[:50]:
            connection.sendall(b"GET /met")
        self.assert_answer(server.address("e"), b"hello\n", b"hello\n")


class TcpTest(AdminTest):
    def serve_tcp(self):
        folder = self.folder()
        with open(os.path.join(folder, "token"), "w", encoding="utf-8") as file:
            file.write(TOKEN + "\n")
        self.token_file = file.name
        return self.serve({"name": "e", "framing": "line", "handler": "echo"}, admin={"address": "127.0.0.1:0", "metrics": "127.0.0.1:0", "token_file": file.name, "hosts": ["ops.example"]})

    def ask_tcp(self, address, path, method="GET", **headers):
        connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status

    def test_changes_need_the_token_and_pages_of_others_get_nothing(self):
        server = self.serve_tcp()
        address = server.address("(admin)")
        self.assertEqual(self.ask_tcp(address, "/status"), 200)
        self.assertEqual(self.ask_tcp(address, "/status", host="ops.example:80"), 200)
        self.assertEqual(self.ask_tcp(address, "/status", host="rebound.example"), 403)
        self.assertEqual(self.ask_tcp(address, "/status", origin="http://evil.example"), 403)
        self.assertEqual(self.ask_tcp(address, "/listeners/e/pause", "POST"), 401)
        self.assertEqual(self.ask_tcp(address, "/listeners/e/pause", "POST", authorization="Bearer wrong"), 401)
        self.assertEqual(self.ask_tcp(address, "/listeners/e/pause", "GET", authorization=f"Bearer {TOKEN}"), 405)
        self.assertEqual(self.ask_tcp(address, "/listeners/e/pause", "POST", authorization=f"Bearer {TOKEN}"), 200)
        place = "%s:%d" % address
        run(CTL, "--admin", place, "resume", "e", status=1)
        run(CTL, "--admin", place, "--token-file", self.token_file, "resume", "e")
        self.assert_answer(server.address("e"), b"hello\n", b"hello\n")

    def test_the_metrics_address_has_metrics_alone(self):
        address = self.serve_tcp().address("(metrics)")
        self.assertEqual(self.ask_tcp(address, "/metrics"), 200)
        self.assertEqual(self.ask_tcp(address, "/readyz"), 200)
        self.assertEqual(self.ask_tcp(address, "/status"), 404)
        self.assertEqual(self.ask_tcp(address, "/reload", "POST", authorization=f"Bearer {TOKEN}"), 401)


class SteerTest(AdminTest):
    LINES = {"name": "lines", "framing": "line", "handler": "echo"}

    def test_a_paused_listener_leaves_connections_to_the_kernel(self):
        server = self.serve_admin(self.LINES)
        before = self.connect(server.address("lines"))
        before.sendall(b"one\n")
        self.assertEqual(receive_exactly(before, 4), b"one\n")
        self.assertIn("is paused", self.ctl(server, "pause", "lines"))
        waiting = self.connect(server.address("lines"))
        waiting.sendall(b"two\n")
        before.sendall(b"three\n")
        self.assertEqual(receive_exactly(before, 6), b"three\n")
        self.assertEqual(self.look(server, "/listeners")[0]["accepted"], 1)
        self.assertTrue(self.look(server, "/listeners")[0]["paused"])
        self.ctl(server, "reload")
        self.assertTrue(self.look(server, "/listeners")[0]["paused"])
        self.ctl(server, "resume", "lines")
        self.assertEqual(receive_exactly(waiting, 4), b"two\n")

    def test_datagrams_of_a_paused_listener_are_dropped(self):
        server = self.serve_admin({"name": "d", "transport": "udp", "handler": "echo"})
        self.ctl(server, "pause", "d")
        client = self.datagram_socket(server.address("d", "udp"))
        client.send(b"lost")
        self.await_listener(server, lambda one: one["dropped"] == {"paused": 1})
        self.ctl(server, "resume", "d")
        client.send(b"hello")
        self.assertEqual(client.recv(100), b"hello")

    def test_a_drained_listener_ends_its_conversations_in_order(self):
        server = self.serve_admin(self.LINES)
        client = self.connect(server.address("lines"))
        client.sendall(b"one\n")
        self.assertEqual(receive_exactly(client, 4), b"one\n")
        self.ctl(server, "drain", "lines")
        self.assertEqual(receive_to_end(client), b"")
        client.close()
        self.await_listener(server, lambda one: one["closed"] == {"shutdown": 1})
        self.ctl(server, "resume", "lines")
        self.assert_answer(server.address("lines"), b"two\n", b"two\n")

    def test_a_reload_says_what_has_changed_or_why_not(self):
        server = self.serve_admin(self.LINES)
        self.assertIn("unchanged lines", self.ctl(server, "reload"))
        with open(server.config, encoding="utf-8") as file:
            config = json.load(file)
        config["listeners"][0]["framing"] = "lines"
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        text = self.ctl(server, "reload", status=1)
        self.assertIn("framing", text)
        self.assertIn("reload failed, the running config stays", text)
        self.assertEqual(self.metric(server, "netkit_config_reload_failures_total"), 1)
        self.assertEqual(self.metric(server, "netkit_config_reloads_total"), 2)

    def test_the_log_level_is_set(self):
        server = self.serve({**self.LINES}, arguments=(), admin={"address": (path := os.path.join(self.folder(), "a.sock"))})
        server.admin = path
        self.ctl(server, "log", "warning")
        self.ctl(server, "log", "debug")
        for level in ("warning", "debug"):
            self.assertIn(f"info the log's level is {level}\n", server.log())
        self.assert_answer(server.address("lines"), b"x\n", b"x\n")
        server.await_log("peer-closed")
        self.assertIn("expected debug, info", self.ctl(server, "log", "loud", status=1))

    def test_unknown_listeners_and_servers(self):
        server = self.serve_admin(self.LINES)
        self.assertIn("no listener 'none'", self.ctl(server, "pause", "none", status=1))
        run(CTL, "--admin", "/nowhere/admin.sock", "status", status=69)
        self.assertIn("unknown command 'sesions'; did you mean 'sessions'?", self.ctl(server, "sesions", status=64))
        self.assertIn("unknown command 'fly'; known: status, ", self.ctl(server, "fly", status=64))
        self.assertIn("expected a command: status, ", self.ctl(server, status=64))

    def test_the_limit_cuts_what_the_filters_leave(self):
        server = self.serve_admin(self.LINES, {"name": "v6", "address": "[::1]:0", "handler": "echo"})
        clients = [self.connect(server.address("lines")) for _ in range(3)]
        names = ["%s:%d" % client.getsockname() for client in clients]
        clients.append(self.connect(server.address("v6")))
        names.append("[%s]:%d" % clients[-1].getsockname()[:2])
        wait_until(lambda: len(self.look(server, "/sessions")) == 4, lambda: "four sessions")
        for name in names:
            (one,) = json.loads(self.ctl(server, "--json", "sessions", "--limit", "1", "--peer", name))
            self.assertEqual(one["peer"], name)
        wait_until(lambda: len(self.look(server, "/sessions?idle=0.1&age=0.1&limit=4")) == 4, lambda: "four idle ones")
        self.assertEqual(self.look(server, "/sessions?idle=3600"), [])
        self.assertEqual(self.look(server, "/sessions?age=3600"), [])
        self.assertEqual(len(self.look(server, "/sessions?age=0&idle=0")), 4)
        self.assertEqual(self.ask(server, "/sessions?idle=5min")[0], 400)
        self.assertEqual(self.ask(server, "/sessions?age=-1")[0], 400)

    def test_tables_for_people(self):
        server = self.serve_admin(self.LINES)
        self.connect(server.address("lines"))
        wait_until(lambda: "lines" in self.ctl(server, "sessions"), lambda: self.ctl(server, "sessions"))
        self.assertIn("LISTENER", self.ctl(server, "listeners"))
        self.assertIn("pid", self.ctl(server, "status"))
        self.assertIn("IN/s", self.ctl(server, "top"))
        self.assertEqual(json.loads(self.ctl(server, "--json", "sessions", "--idle", "1h")), [])
        self.assertEqual(run(CTL, "--config", server.config, "--json", "listeners")[0][0], "[")


class EndTest(AdminTest):
    def test_readiness_ends_before_the_listeners_do(self):
        path = os.path.join(self.folder(), "admin.sock")
        server = self.serve({"name": "e", "framing": "line", "handler": "echo"}, admin={"address": path}, timeouts={"lame_duck": "1h"})
        server.admin = path
        self.assertEqual(self.ask(server, "/readyz")[0], 200)
        server.signal(signal.SIGTERM)
        wait_until(lambda: self.ask(server, "/readyz")[0] == 503, lambda: "not ready")
        self.assertEqual(self.ask(server, "/healthz")[0], 200)
        self.assert_answer(server.address("e"), b"hello\n", b"hello\n")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        self.assertFalse(os.path.exists(path))

    def other_pid(self, server):
        """The pid of the server's successor; nothing while it does not answer, or the old one ends as it is asked."""
        try:
            pid = self.look(server, "/status")["pid"]
        except (ConnectionError, http.client.HTTPException):
            return None
        return pid if pid != server.popen.pid else None

    def test_an_upgrade_hands_the_endpoint_over(self):
        server = self.serve_admin({"name": "e", "framing": "line", "handler": "echo"})
        server.signal(signal.SIGUSR2)
        successor = wait_until(lambda: self.other_pid(server), lambda: "the new one's answer")
        self.assertEqual(server.wait(), 0)
        os.kill(successor, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(server.admin), lambda: "the end of the new one")


if __name__ == "__main__":
    unittest.main()
