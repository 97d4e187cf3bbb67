"""The server's log: what stands in it, where it goes, and what happens when it cannot go there."""

import contextlib
import datetime
import json
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

from netkit_testing import (
    BUILD,
    PATIENCE,
    SERVER,
    SystemTest,
    connect,
    output_of,
    parse_address,
    receive_exactly,
    receive_to_end,
    run,
    wait_until,
)
from small_disk import NoSmallDisk, full, mount_small_disk

ECHO = {"name": "echo", "framing": "line", "handler": "echo"}


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class LogTest(SystemTest):
    def serve_quietly(self, *listeners, **top):
        return self.serve(*listeners, arguments=(), **top)

    def log_file(self):
        return os.path.join(self.folder(), "netkit.log")

    def converse(self, server, messages=2):
        """One connection that says hello so many times; returns who it was."""
        with connect(server.address("echo")) as client:
            for _ in range(messages):
                client.sendall(b"hello\n")
                self.assertEqual(receive_exactly(client, 6), b"hello\n")
            return "%s:%d" % client.getsockname()

    def await_line(self, text, path):
        wait_until(lambda: os.path.exists(path) and text in read(path), lambda: f"'{text}' in {path}")


class Lines(LogTest):
    def test_a_connection_has_two_lines_in_text(self):
        server = self.serve_quietly(ECHO, log={"connections": True})
        peer = self.converse(server)
        server.await_log(f"{peer} closed")
        opened, closed = (line for line in server.log().splitlines() if peer in line)
        self.assertRegex(opened, rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z info echo: {peer} open tcp$")
        self.assertRegex(closed, rf" info echo: {peer} closed tcp received=12/2 sent=12/2 seconds=\d+\.\d{{3}} peer-closed$")

    def test_and_in_json(self):
        server = self.serve_quietly(ECHO, log={"connections": True, "format": "json"})
        peer = self.converse(server)
        server.await_log('"event":"close"')
        opened, closed = (json.loads(line) for line in server.log().splitlines() if peer in line)
        for line in (opened, closed):
            datetime.datetime.fromisoformat(line.pop("time"))
            self.assertEqual(line.pop("pid"), server.popen.pid)
        what = {"level": "info", "listener": "echo", "transport": "tcp", "peer": peer}
        self.assertEqual(opened, {**what, "event": "open"})
        self.assertGreaterEqual(closed.pop("seconds"), 0)
        counts = {"received_bytes": 12, "received_messages": 2, "sent_bytes": 12, "sent_messages": 2}
        self.assertEqual(closed, {**what, "event": "close", **counts, "reason": "peer-closed"})

    def test_bytes_of_large_answers_and_of_workers_are_counted(self):
        folder = self.folder()
        with open(os.path.join(folder, "large"), "wb") as file:
            file.write(bytes(3_000_000))
        server = self.serve_quietly(
            {"name": "files", "framing": {"in": "line", "out": "raw"}, "handler": {"type": "file-send", "root": folder}},
            {"name": "shell", "framing": "line", "handler": {"type": "exec", "shell": True}},
            log={"connections": True},
        )
        with connect(server.address("files")) as client:
            client.sendall(b"large\n")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(len(receive_to_end(client)), 3_000_000)
        with connect(server.address("shell")) as client:
            client.sendall(b"echo one\necho two\n")
            self.assertEqual(receive_exactly(client, 8), b"one\ntwo\n")
        server.await_log("received=6/1 sent=3000000/1 ")
        server.await_log("received=18/2 sent=8/2 ")

    def test_what_a_peer_sends_stays_within_its_line(self):
        name = b'no "such"\n2026-01-31T12:00:00.000Z error forged\x1b[2J \\ \xff"}'
        shown = {
            "text": r"""'no "such"\x0a2026-01-31T12:00:00.000Z error forged\x1b[2J \\ \xff"}'""",
            "json": """'no "such"\n2026-01-31T12:00:00.000Z error forged\x1b[2J \\ \ufffd"}'""",
        }
        for log_format, expected in shown.items():
            files = {"type": "file-send", "root": self.folder()}
            server = self.serve_quietly(
                {"name": "files", "framing": {"in": "length", "out": "raw"}, "handler": files},
                log={"level": "debug", "format": log_format},
            )
            with connect(server.address("files")) as client:
                client.sendall(struct.pack(">I", len(name)) + name)
                client.shutdown(socket.SHUT_WR)
                receive_to_end(client)
            server.await_log("forged")
            self.assertTrue(server.log().isascii() and server.log().replace("\n", "").isprintable())
            lines = [line for line in server.log().splitlines() if "forged" in line]
            self.assertEqual(len(lines), 1)
            self.assertIn(expected, lines[0] if log_format == "text" else json.loads(lines[0])["text"])
            self.expected_errors = ("forged",)

    def test_malformed_bytes_are_told(self):
        shown = r'x\x0a\\x00\xff"yyy'
        for log_format in ("text", "json"):
            server = self.serve_quietly({**ECHO, "framing": "netstring"},
                                        {"name": "d", "transport": "udp", "framing": "netstring", "handler": "echo"},
                                        log={"format": log_format})
            with connect(server.address("echo")) as client:
                client.sendall(b'2:ok,x\n\\x00\xff"' + 100 * b"y")
                self.assertEqual(receive_to_end(client), b"2:ok,")
            self.datagram_socket(server.address("d", "udp")).send(b'x\n\\x00\xff"' + 100 * b"y")
            for name in (" echo: ", " d: ") if log_format == "text" else ('"listener":"echo"', '"listener":"d"'):
                def told(name=name):
                    return [line for line in server.log().splitlines() if name in line and "malformed" in line]

                (line,) = wait_until(told, server.log)
                if log_format == "text":
                    self.assertIn(f', first bytes "{shown}', line)
                else:
                    told_bytes = json.loads(line)["first_bytes"]
                    self.assertTrue(told_bytes.startswith(shown), told_bytes)
                    self.assertLess(len(told_bytes), 60)

    def test_the_number_of_a_conversation_is_told_at_its_end(self):
        path = os.path.join(self.folder(), "admin.sock")
        server = self.serve_quietly(ECHO, log={"connections": True, "format": "json"}, admin={"address": path})
        with connect(server.address("echo")) as client:
            client.sendall(b"hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")
            listing, _ = run(os.path.join(BUILD, "bin", "netkit-ctl"), "--admin", path, "--json", "sessions")
            (one,) = json.loads(listing)
        start = '"event":"close","listener":"echo"'
        server.await_log(start)
        (line,) = [json.loads(line) for line in server.log().splitlines() if start in line]
        self.assertEqual(line["conversation"], one["id"])

    def test_by_default_only_what_went_wrong_and_not_too_much_of_it(self):
        server = self.serve_quietly({**ECHO, "framing": "netstring"})
        began = datetime.datetime.now()
        for _ in range(200):
            with connect(server.address("echo")) as client:
                client.sendall(b"\x1b[31m\n")
                self.assertEqual(receive_to_end(client), b"")
        with connect(server.address("echo")) as client:
            client.sendall(b"2:ok,")
            self.assertEqual(receive_exactly(client, 5), b"2:ok,")
        lines = server.log().splitlines()[1:]  # without its start
        seconds = (datetime.datetime.now() - began).total_seconds()
        self.assertLessEqual(len(lines), seconds + 2)
        self.assertRegex(lines[0], r" info echo: 127\.0\.0\.1:\d+ closed tcp received=6/0 sent=0/0 .* malformed: ")

        def told():
            with connect(server.address("echo")) as client:
                client.sendall(b"\x1b[31m\n")
                receive_to_end(client)
            return re.search(r"malformed: .*\(\d+ lines of this listener left out before\)", server.log())

        wait_until(told, server.log)

    def test_the_level_is_the_least_that_is_logged(self):
        server = self.serve_quietly({**ECHO, "framing": "netstring"}, log={"level": "error", "connections": True})
        with connect(server.address("echo")) as client:
            client.sendall(b"nonsense")
            receive_to_end(client)
        server.stop()
        self.assertEqual(server.log(), "")


class Machines(LogTest):
    """What a program that reads the log finds there."""

    def serve_json(self, *listeners, **top):
        return self.serve_quietly(*listeners, **{"log": {"format": "json"}, **top})

    def lines(self, server, event):
        server.await_log(f'"event":"{event}"')
        return [json.loads(line) for line in server.log().splitlines() if f'"event":"{event}"' in line]

    def test_every_line_has_what_all_have(self):
        server = self.serve_json(ECHO, log={"format": "json", "level": "debug"})
        self.converse(server)
        server.signal(signal.SIGUSR1)
        server.await_log('"event":"totals"')
        server.stop()
        for line in map(json.loads, server.log().splitlines()):
            self.assertEqual(list(line)[:4], ["time", "level", "pid", "event"])
            self.assertEqual(line["pid"], server.popen.pid)

    def test_the_start_and_the_end(self):
        server = self.serve_json(ECHO, {"name": "greet", "transport": "udp", "handler": "hello"})
        ((start,), echo, greet) = self.lines(server, "start"), server.address("echo"), server.address("greet", "udp")
        self.assertEqual(start["config"], server.config)
        self.assertEqual(start["listeners"], "echo tcp %s:%d, greet udp %s:%d" % (*echo, *greet))
        self.assertEqual(start["version"], output_of(SERVER, "--version").split()[-1])
        server.stop()
        last = json.loads(server.log().splitlines()[-1])
        self.assertEqual((last["event"], last["whole"]), ("end", True))
        self.assertGreater(last["uptime"], 0)

    def test_a_refused_connection(self):
        server = self.serve_json({**ECHO, "limits": {"connections": 1, "on_limit": "reject"}})
        self.connect(server.address("echo")).sendall(b"x\n")
        second = self.connect(server.address("echo"))
        self.assertEqual(receive_to_end(second), b"")
        (line,) = self.lines(server, "refused")
        expected = {"level": "info", "listener": "echo", "transport": "tcp", "peer": "%s:%d" % second.getsockname()}
        expected |= {"reason": "over-limit", "limit": "connections", "limit_level": "listener"}
        self.assertEqual({key: line.get(key) for key in expected}, expected)

    def test_the_servers_limit_and_a_dry_run(self):
        limits = {"dry_run": True, "per_source": {"connections": 1, "loopback": True}}
        server = self.serve_json({**ECHO, "limits": limits})
        for _ in range(2):
            self.connect(server.address("echo")).sendall(b"x\n")
        (line,) = self.lines(server, "limit-dry-run")
        self.assertEqual((line["limit"], line["limit_level"], line["reason"]), ("connections", "source", "over-limit"))
        server = self.serve_json({**ECHO, "limits": {"on_limit": "reject"}}, limits={"connections": 1})
        for _ in range(2):
            self.connect(server.address("echo"))
        (line,) = self.lines(server, "refused")
        self.assertEqual((line["limit"], line["limit_level"]), ("connections", "server"))

    def test_a_dropped_datagram(self):
        server = self.serve_json({"name": "once", "transport": "udp", "handler": "echo", "access": {"deny": ["127.0.0.1"]}})
        peer = self.datagram_socket(server.address("once", "udp"))
        peer.send(b"x")
        (line,) = self.lines(server, "datagram-dropped")
        expected = {"listener": "once", "transport": "udp", "peer": "%s:%d" % peer.getsockname(), "reason": "denied"}
        self.assertEqual({key: line.get(key) for key in expected}, expected)

    def test_a_reload(self):
        server = self.serve_json(ECHO)
        with open(server.config, encoding="utf-8") as file:
            config = json.load(file)
        config["listeners"][0]["timeouts"] = {"idle": "9s"}
        config["listeners"].append({**ECHO, "name": "more", "address": "127.0.0.1:0"})
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.signal(signal.SIGHUP)
        self.lines(server, "reload-done")
        steps = {line["listener"]: (line["action"], line["keys"]) for line in self.lines(server, "reload-step")}
        self.assertEqual(steps, {"echo": ("changed", "timeouts.idle"), "more": ("added", "")})
        self.assertEqual([line["listener"] for line in self.lines(server, "listening")], ["echo", "more"])
        with open(server.config, "w", encoding="utf-8") as file:
            file.write('{\n "listener": []}')
        server.signal(signal.SIGHUP)
        self.lines(server, "reload-failed")
        places = [(line["file"], line["line"]) for line in self.lines(server, "config-error")]
        self.assertIn((server.config, 2), places)


class Totals(LogTest):
    LISTENERS = (
        {**ECHO, "framing": "netstring"},
        {"name": "datagrams", "transport": "udp", "handler": "echo", "limits": {"messages": "1/h"}},
        {"name": "unused", "handler": "echo"},
    )

    def use(self, server):
        """A conversation, one with a bad byte, one that stays; two datagrams, one over the rate."""
        for request, answer in ((b"2:ab,", b"2:ab,"), (b"x", b"")):
            with connect(server.address("echo")) as client:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(receive_to_end(client), answer)
        staying = self.connect(server.address("echo"))
        staying.sendall(b"0:,")
        self.assertEqual(receive_exactly(staying, 3), b"0:,")
        datagrams = self.datagram_socket(server.address("datagrams", "udp"))
        datagrams.send(b"a")
        datagrams.send(b"b")
        self.assertEqual(datagrams.recv(10), b"a")
        server.await_log("rate-limit")

    def test_a_signal_has_them_written_and_so_has_the_end(self):
        server = self.serve_quietly(*self.LISTENERS)
        self.use(server)
        counts = "accepted=3 open=1 messages=2 limits_reached=0 refused_calls=0 closed.peer-closed=1 closed.malformed=1"

        def told():
            server.signal(signal.SIGUSR1)
            return f"echo: totals tcp {counts}\n" in server.log()

        wait_until(told, lambda: f"the totals in {server.log()}")
        server.await_log("datagrams: totals udp accepted=0 open=0 messages=1 limits_reached=1 refused_calls=0 dropped.rate-limit=1\n")
        server.stop()
        self.assertIn(" closed.malformed=1 closed.shutdown=1\n", server.log())
        self.assertNotIn("unused: totals", server.log())

    def test_and_in_json(self):
        server = self.serve_quietly(*self.LISTENERS, log={"format": "json"})
        self.use(server)
        server.stop()
        lines = [json.loads(line) for line in server.log().splitlines()]
        stream, datagrams = (line for line in lines if line.get("event") == "totals")
        same = {"level": "info", "event": "totals"}
        counts = {"accepted": 3, "open": 0, "messages": 2, "limits_reached": 0, "refused_calls": 0}
        expected = {"listener": "echo", "transport": "tcp", **counts}
        closed = {"peer-closed": 1, "malformed": 1, "shutdown": 1}
        for line in (stream, datagrams):
            del line["time"], line["pid"]
        self.assertEqual(stream, {**same, **expected, "closed": closed, "dropped": {}})
        counts = {"accepted": 0, "open": 0, "messages": 1, "limits_reached": 1, "refused_calls": 0}
        expected = {"listener": "datagrams", "transport": "udp", **counts}
        self.assertEqual(datagrams, {**same, **expected, "closed": {}, "dropped": {"rate-limit": 1}})


class Files(LogTest):
    def test_a_file_is_opened_anew_on_a_signal(self):
        path = self.log_file()
        for number in (signal.SIGUSR1, signal.SIGHUP):
            server = self.serve_quietly(ECHO, log={"file": path, "connections": True})
            before = self.converse(server)
            self.await_line(f"{before} closed", path)
            os.rename(path, path + ".1")
            server.signal(number)
            self.await_line("log opened anew", path)
            after = self.converse(server)
            self.await_line(f"{after} closed", path)
            self.assertNotIn(after, read(path + ".1"))
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
            server.stop()
            os.unlink(path)

    def test_if_it_cannot_be_the_old_one_is_kept(self):
        self.expected_errors = ("cannot open the log anew",)
        path = self.log_file()
        server = self.serve_quietly(ECHO, log={"file": path})
        os.rename(path, path + ".1")
        os.mkdir(path)
        server.signal(signal.SIGUSR1)
        self.await_line("error cannot open the log anew, going on with the old one", path + ".1")

    def test_a_file_that_cannot_be_opened_is_an_error_of_the_config(self):
        folder = self.folder()
        config = os.path.join(folder, "server.json")
        with open(config, "w", encoding="ascii") as file:
            json.dump({"log": {"file": "none/netkit.log"}, "listeners": [{**ECHO, "address": "127.0.0.1:0"}]}, file)
        _, errors = run(SERVER, "--config", config, status=78)
        self.assertEqual(errors, f"{config}:1:18: error: cannot open the log: {folder}/none/netkit.log: No such file or directory\n")
        _, errors = run(SERVER, "--config", config, "--check", status=78)
        self.assertEqual(errors, f"{config}:1:18: error: 'log.file': there is no folder '{folder}/none'\n")
        self.assertEqual(os.listdir(folder), ["server.json"])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_a_server_that_gave_up_root_can_open_it_anew(self):
        path = self.log_file()
        os.chmod(os.path.dirname(path), 0o755)
        nobody = pwd.getpwnam("nobody")
        os.chown(os.path.dirname(path), nobody.pw_uid, nobody.pw_gid)
        server = self.serve_quietly(ECHO, user="nobody", log={"file": path})
        self.assertEqual(os.stat(path).st_uid, nobody.pw_uid)
        server.signal(signal.SIGUSR1)
        self.await_line("log opened anew", path)
        server.stop()

    def test_a_full_disk_does_not_stop_the_service(self):
        server, path, count = self.fill_disk()
        server.stop()
        lines = read(path).splitlines()
        lost = sum(int(number) for number in re.findall(r"warning (\d+) log lines were lost", read(path)))
        written = sum(bool(re.search(r" open tcp$| peer-closed$", line)) for line in lines)
        self.assertGreater(lost, 0)
        self.assertEqual(written + lost, 2 * count)

    def test_a_full_disk_leaves_no_half_line(self):
        server, path, _ = self.fill_disk(format="json")
        server.stop()
        for line in read(path).splitlines():
            json.loads(line)

    def fill_disk(self, **log):
        """Has a server log to a disk that is full for a while. Returns it, the log's path, and how many connections it
        has served."""
        try:
            disk = mount_small_disk(self, 64 << 10)
        except NoSmallDisk as reason:
            self.skipTest(str(reason))
        path = os.path.join(disk, "netkit.log")
        server = self.serve_quietly(ECHO, log={"file": path, "connections": True, **log})
        count = 600  # of connections: more than the page that the log still has
        with full(disk):
            self.assertEqual(os.statvfs(disk).f_bfree, 0)
            for _ in range(count):
                self.converse(server, 1)

        def resumed():
            nonlocal count
            self.converse(server, 1)
            count += 1
            return "log lines were lost" in read(path)

        wait_until(resumed, lambda: read(path)[-500:])
        last = self.converse(server, 1)  # of the one before, the first line may be lost still
        wait_until(lambda: read(path).count(last) > 1, lambda: read(path)[-500:])  # its end too
        return server, path, count + 1


class Pipes(LogTest):
    """stderr is a pipe."""

    def setUp(self):
        config = tempfile.NamedTemporaryFile("w", suffix=".json")
        self.addCleanup(config.close)
        json.dump({"log": {"connections": True}, "listeners": [{**ECHO, "address": "127.0.0.1:0"}]}, config)
        config.flush()
        self.reader, writer = os.pipe()
        self.popen = subprocess.Popen([SERVER, "--config", config.name], stdout=subprocess.PIPE, stderr=writer)
        os.close(writer)
        self.addCleanup(self.popen.stdout.close)
        self.addCleanup(self.popen.wait, PATIENCE)
        self.addCleanup(self.popen.terminate)
        self.address = parse_address(self.popen.stdout.readline().split()[3].decode())

    def converse_often(self):
        for _ in range(1000):  # some 150 KB of lines, twice what a pipe holds
            self.assert_answer(self.address, b"hello\n", b"hello\n")

    def test_nobody_reads_it(self):
        self.addCleanup(os.close, self.reader)
        os.set_blocking(self.reader, False)
        self.converse_often()
        logged = b""

        def resumed():
            nonlocal logged
            self.assert_answer(self.address, b"hello\n", b"hello\n")
            with contextlib.suppress(BlockingIOError):
                logged += os.read(self.reader, 1 << 20)
            return re.search(rb"warning \d+ log lines were lost\n", logged)

        wait_until(resumed, lambda: "a count of lost lines")

    def test_its_reader_is_gone(self):
        os.close(self.reader)
        self.converse_often()
        self.popen.terminate()
        self.assertEqual(self.popen.wait(PATIENCE), 0)


if __name__ == "__main__":
    unittest.main()
