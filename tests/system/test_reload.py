"""Reload by SIGHUP: what has not changed is not touched, what cannot be had changes nothing."""

import json
import os
import shutil
import signal
import socket
import threading
import unittest

from netkit_testing import BUILD, SERVER, SystemTest, connect, receive_exactly, receive_to_end, run, sanitized, wait_until, write_fifo

VERSIONS = os.path.join(BUILD, "tests", "version-plugins")
RELOADS_UNDER_LOAD = 20


class Load:
    """Clients that ask and check the answers, until stop(). Each connection lives for `questions` questions."""

    def __init__(self, address, answers, clients=4, questions=10):
        self._address, self._answers, self._questions = address, answers, questions
        self._over = threading.Event()
        self.failures = []
        self.asked = 0
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        try:
            while not self._over.is_set():
                self._converse(number)
        except Exception as error:  # whatever it is, the test has to hear of it
            self.failures.append(repr(error))

    def _converse(self, number):
        with connect(self._address) as connection:
            for count in range(self._questions):
                question = f"{number}-{count}".encode()
                connection.sendall(question + b"\n")
                answers = {answer + question + b"\n" for answer in self._answers}
                got = receive_exactly(connection, len(next(iter(answers))))
                if got not in answers:
                    raise AssertionError(f"{question} was answered by {got}")
                self.asked += 1

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self.failures


class ReloadTest(SystemTest):
    """A test that gives its servers other configs."""

    expected_errors = ("reload failed", r"server\.json:")

    def reload(self, server, listeners, text=None, outcome="reload done", **top):
        """Gives the server another config and waits until it has taken it."""
        before = server.log().count(outcome)
        with open(server.config, "w", encoding="utf-8") as file:
            file.write(text if text is not None else json.dumps({**top, "listeners": listeners}))
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.log().count(outcome) > before, lambda: f"'{outcome}' in the log:\n{server.log()}")

    def fail_to_reload(self, server, listeners=None, text=None, **top):
        self.reload(server, listeners, text, outcome="reload failed, the running config stays", **top)

    def entry(self, name, handler, port=0, **more):
        return {"name": name, "address": f"127.0.0.1:{port}", "framing": "line", "handler": handler, **more}

    def ask(self, connection, question, answer):
        connection.sendall(question)
        self.assertEqual(receive_exactly(connection, len(answer)), answer)


class Reload(ReloadTest):
    def test_each_listener_is_logged(self):
        server = self.serve(self.entry("a", "echo"), self.entry("b", "echo"), self.entry("c", "echo"))
        self.assert_answer(server.address("c"), b"x\n", b"x\n")
        self.reload(server, [self.entry("a", "echo"), self.entry("b", "uppercase"), self.entry("d", "hello")])
        for line in ("unchanged a", "changed b: handler", "added d", "removed c"):
            self.assertIn(f"info reload: {line}\n", server.log())
        self.assertIn("info c: totals tcp accepted=1 ", server.log())
        self.assertRegex(server.log(), r"info reload: listening d tcp 127\.0\.0\.1:\d+ framing=line handler=hello\n")

    def test_connections_go_on_with_what_they_began_with(self):
        server = self.serve(self.entry("a", "uppercase", transport=["tcp", "udp"], framing="line"))
        old = self.connect(server.address("a"))
        self.ask(old, b"x\n", b"X\n")
        datagrams = self.datagram_socket(server.address("a", "udp"))
        datagrams.send(b"x\n")
        self.assertEqual(datagrams.recv(64), b"X\n")
        self.reload(server, [self.entry("a", "echo", transport=["tcp", "udp"], framing="netstring")])
        self.ask(old, b"x\n", b"X\n")
        self.assert_answer(server.address("a"), b"1:x,", b"1:x,")
        datagrams.send(b"1:x,")
        self.assertEqual(datagrams.recv(64), b"1:x,")
        self.ask(old, b"x\n", b"X\n")

    def test_a_removed_listener_finishes_what_runs(self):
        folder = self.folder()
        os.mkfifo(os.path.join(folder, "go"))
        shell = self.entry("shell", {"type": "exec", "shell": True, "directory": folder}, framing="raw")
        server = self.serve(self.entry("a", "echo"), shell)
        running, idle = self.connect(server.address("shell")), self.connect(server.address("shell"))
        self.ask(idle, b"echo hello", b"hello\n")
        running.sendall(b"echo >running; cat go")
        wait_until(lambda: os.path.exists(os.path.join(folder, "running")), lambda: "a running command")
        self.reload(server, [self.entry("a", "echo")])
        self.assertEqual(receive_to_end(idle), b"")
        with self.assertRaises(ConnectionRefusedError):
            connect(server.address("shell"))
        write_fifo(os.path.join(folder, "go"), b"late answer")
        self.assertEqual(receive_to_end(running), b"late answer")

    def test_its_drain_is_bounded(self):
        folder = self.folder()
        handler = {"type": "exec", "shell": True, "directory": folder}
        shell = self.entry("shell", handler, framing="raw", timeouts={"drain": "100ms"})
        server = self.serve(self.entry("a", "echo"), shell)
        running = self.connect(server.address("shell"))
        running.sendall(b"echo >running; sleep 1000")
        wait_until(lambda: os.path.exists(os.path.join(folder, "running")), lambda: "a running command")
        self.reload(server, [self.entry("a", "echo")])
        self.assertEqual(receive_to_end(running), b"")

    def test_new_limits_hold_for_new_connections_and_what_has_waited(self):
        def limited(**limits):
            return self.entry("a", "echo", limits={"on_limit": "defer", **limits})

        server = self.serve(limited(connections=1))
        served, waiting, late = (self.connect(server.address("a")) for _ in range(3))
        self.ask(served, b"one\n", b"one\n")
        waiting.sendall(b"two\n")
        late.sendall(b"three\n")
        self.reload(server, [limited(connections=2)])
        self.assertEqual(receive_exactly(waiting, 4), b"two\n")
        self.reload(server, [limited(connections=10, messages="1/h")])
        self.assertEqual(receive_exactly(late, 6), b"three\n")
        late.sendall(b"four\n")
        served.sendall(b"five\n")  # it keeps the limits it began with
        self.assertEqual(receive_exactly(served, 5), b"five\n")
        self.reload(server, [self.entry("a", "echo")], limits={"connections": 3})
        self.assertEqual(receive_to_end(self.connect(server.address("a"))), b"")

    def test_what_is_wrong_changes_nothing(self):
        server = self.serve(self.entry("a", "uppercase"), self.entry("b", "echo"))
        old = self.connect(server.address("a"))
        self.ask(old, b"x\n", b"X\n")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            busy = taken.getsockname()[1]
            for number, (text, listeners, why) in enumerate((
                ('{"listeners": [', None, "server.json:1:16: error: "),
                (None, [self.entry("a", "echo", colour="red")], "unknown key 'colour'"),
                (None, [self.entry("a", "nowhere")], "unknown handler 'nowhere'"),
                (None, [self.entry("a", {"type": "file-send", "root": "/nowhere"})], "'/nowhere'"),
                (None, [self.entry("a", "echo"), self.entry("new", "echo", busy)], "in use by another program"),
            )):
                with self.subTest(number=number, why=why):
                    self.fail_to_reload(server, listeners, text)
                    self.assertIn(why, server.log())
                    self.ask(old, b"x\n", b"X\n")
                    self.assert_answer(server.address("a"), b"x\n", b"X\n")
                    self.assert_answer(server.address("b"), b"x\n", b"x\n")
        os.unlink(server.config)
        server.signal(signal.SIGHUP)
        server.await_log("No such file")
        self.assert_answer(server.address("a"), b"x\n", b"X\n")

    def test_a_changed_address_moves_the_listener(self):
        server = self.serve(self.entry("a", "uppercase"))
        old = self.connect(server.address("a"))
        self.ask(old, b"x\n", b"X\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.reload(server, [self.entry("a", "uppercase", port)])
        self.assertEqual(receive_to_end(old), b"")
        self.assert_answer(("127.0.0.1", port), b"x\n", b"X\n")

    def test_event_loops_need_a_restart(self):
        server = self.serve(self.entry("a", "echo"), event_loops={"count": 1})
        self.reload(server, [self.entry("a", "echo")], event_loops={"count": 2})
        self.assertIn("warning reload: 'event_loops.count' stays as it was: it needs a restart", server.log())

    def test_nothing_is_lost_and_nothing_leaks(self):
        server = self.serve(self.entry("a", "echo"), self.entry("b", "echo"))
        a, b = server.address("a"), server.address("b")
        loads = [Load(a, {b""}), Load(b, {b""})]
        for number in range(RELOADS_UNDER_LOAD):
            limits = {"connections": 1000 + number % 2}
            self.reload(server, [self.entry("a", "echo"), self.entry("b", "echo", limits=limits)])
        for load in loads:
            self.assertEqual(load.stop(), [])
            self.assertGreater(load.asked, 0)


class PluginSwap(ReloadTest):
    def setUp(self):
        self.plugins = self.folder()
        self.install(1)

    def install(self, version):
        """As a package manager does it: a new file takes the name."""
        fresh = os.path.join(self.plugins, "fresh")
        shutil.copy(os.path.join(VERSIONS, f"version-{version}.so"), fresh)
        os.rename(fresh, os.path.join(self.plugins, "version.so"))

    def swap(self, server, version):
        self.install(version)
        self.reload(server, [self.entry("a", "version")], plugin_path=[self.plugins])

    def test_connections_stay_with_the_generation_they_began_with(self):
        server = self.serve(self.entry("a", "version"), plugin_path=[self.plugins])
        first = self.connect(server.address("a"))
        self.ask(first, b"x\n", b"1:x\n")
        self.swap(server, 2)
        self.assertIn("changed a: handler (plugin file)", server.log())
        second = self.connect(server.address("a"))
        self.ask(second, b"x\n", b"2:x\n")
        self.ask(first, b"worker\n", b"1:worker\n")
        self.swap(server, 1)
        for connection, version in ((first, b"1"), (second, b"2"), (self.connect(server.address("a")), b"1")):
            self.ask(connection, b"x\n", version + b":x\n")

    def test_the_same_file_is_not_loaded_again(self):
        server = self.serve(self.entry("a", "version"), plugin_path=[self.plugins])
        self.swap(server, 1)
        self.assertIn("reload: unchanged a\n", server.log())
        self.assertEqual(server.log().count("version 1 handler"), 1)

    def test_a_file_that_is_no_plugin_changes_nothing(self):
        server = self.serve(self.entry("a", "version"), plugin_path=[self.plugins])
        with open(os.path.join(self.plugins, "version.so"), "w", encoding="utf-8") as file:
            file.write("not a library")
        self.fail_to_reload(server, [self.entry("a", "version")], plugin_path=[self.plugins])
        self.assertIn("version.so: file too short", server.log())
        self.assert_answer(server.address("a"), b"x\n", b"1:x\n")

    def test_swaps_under_load(self):
        server = self.serve(self.entry("a", "version"), plugin_path=[self.plugins])
        load = Load(server.address("a"), {b"1:", b"2:"})
        for number in range(RELOADS_UNDER_LOAD):
            self.swap(server, 2 - number % 2)
        self.assertEqual(load.stop(), [])
        self.assertGreater(load.asked, 0)
        if not sanitized():  # under the address sanitizer libraries stay
            self.assertNotIn("stays in memory", server.log())


class Plan(SystemTest):
    def config(self, name, *listeners, **top):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**top, "listeners": listeners}, file)
        return path

    def setUp(self):
        self.directory = self.folder()

    def test_it_says_what_would_change(self):
        def entry(name, handler="echo", **more):
            return {"name": name, "address": "127.0.0.1:0", "handler": handler, **more}

        running = self.config("a.json", entry("one"), entry("two"), entry("three"))
        wanted = self.config(
            "b.json",
            entry("three", limits={"connections": 7}, timeouts={"idle": "1s"}),
            entry("one"),
            entry("four"),
            limits={"connections": 9},
            event_loops={"spin": "1ms"},
        )
        output, errors = run(SERVER, "--config", running, "--reload-plan", wanted)
        self.assertEqual(errors, "")
        self.assertEqual(
            output,
            "changed three: limits.connections, timeouts.idle\nunchanged one\nadded four\nremoved two\n"
            "needs restart: event_loops.spin\nchanged server: limits.connections\n",
        )

    def test_what_is_wrong_with_either(self):
        good = self.config("good.json", {"name": "a", "address": "127.0.0.1:0", "handler": "echo"})
        bad = self.config("bad.json", {"name": "a", "address": "127.0.0.1:0", "handler": "ecko"})
        for arguments in ((good, bad), (bad, good)):
            output, errors = run(SERVER, "--config", arguments[0], "--reload-plan", arguments[1], status=78)
            self.assertEqual(output, "")
            self.assertRegex(errors, r"^\S*bad\.json:1:\d+: error: unknown handler 'ecko'; did you mean 'echo'\?\n$")


if __name__ == "__main__":
    unittest.main()
