"""Calls that take their time: commands run, wait and are broken off without harm to anyone else."""

import json
import os
import select
import signal
import socket
import struct
import unittest

from netkit_testing import PATIENCE, SystemTest, connect, receive_exactly, receive_to_end, reset, wait_until, write_fifo


class Calls(SystemTest):
    """The commands wait for a FIFO, so that the test decides how long each runs."""

    def setUp(self):
        self.directory = self.folder()
        self.fifo = os.path.join(self.directory, "go")
        os.mkfifo(self.fifo)
        handler = {"type": "exec", "shell": True, "directory": self.directory, "max_output": "64MiB"}
        self.server = self.serve(
            {"name": "raw", "framing": "raw", "handler": handler},
            {"name": "lines", "framing": "line", "handler": handler},
            {"name": "udp", "transport": "udp", "handler": handler},
            {"name": "echo", "framing": "line", "handler": "echo"},
            event_loops={"count": 1},
        )
        self.raw = self.server.address("raw")
        self.before = self.at_rest()

    def at_rest(self):
        """What is there besides the launcher and its supervisors, which stay for the next commands: one for each command
        that ever ran beside others, and one socket each."""
        census = self.server.process.census()
        helpers = self.server.process.descendants_named("netkit-launcher")
        census["descriptors"] -= len(helpers)
        census["processes"] -= len(helpers)
        return census

    def release(self, word):
        """Lets the one command go on that reads the FIFO."""
        write_fifo(self.fifo, word)

    def noted_process(self):
        """The process id that a command has written to the file 'pid'."""

        def noted():
            with open(os.path.join(self.directory, "pid"), "a+", encoding="ascii") as file:
                file.seek(0)
                text = file.read()
                return int(text) if text.endswith("\n") else None

        return wait_until(noted, lambda: "the command's note of its process id")

    def assert_gone(self, pid):
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), lambda: f"the end of process {pid}")

    def assert_as_before(self):
        self.assert_answer(self.raw, b"echo next", b"next\n")
        wait_until(lambda: self.at_rest() == self.before, lambda: f"{self.before}, now {self.at_rest()}")

    def test_reset_kills_the_command_and_its_group(self):
        for command in (
            b"echo $$ >pid; exec cat go",
            b"sleep 1000 & echo $! >pid; wait",
            b"trap '' TERM; echo $$ >pid; cat go",
        ):
            with self.subTest(command=command):
                client = connect(self.raw)
                client.sendall(command)
                pid = self.noted_process()
                reset(client)
                self.assert_gone(pid)
                self.assert_as_before()
                os.remove(os.path.join(self.directory, "pid"))

    def test_reset_within_a_large_answer(self):
        client = connect(self.raw)
        client.sendall(b"head -c 30000000 /dev/zero")
        receive_exactly(client, 100000)
        reset(client)
        self.assert_as_before()

    def test_half_close_gets_the_full_answer(self):
        with connect(self.raw) as client:
            client.sendall(b"echo early; cat go; head -c 3000000 /dev/zero")
            client.shutdown(socket.SHUT_WR)
            self.release(b"late")
            self.assertEqual(receive_to_end(client), b"early\nlate" + bytes(3000000))
        self.assert_as_before()

    def test_a_call_that_waits_delays_nobody_else(self):
        with connect(self.raw) as waiting:
            waiting.sendall(b"cat go")
            self.assert_answer(self.server.address("echo"), b"hello\n", b"hello\n")
            self.assert_answer(self.raw, b"echo hello", b"hello\n")
            self.release(b"done")
            self.assertEqual(receive_exactly(waiting, 4), b"done")

    def test_answers_come_in_the_order_of_the_messages(self):
        with connect(self.server.address("lines")) as client:
            client.sendall(b"cat go\n" + b"".join(b"echo %d\n" % i for i in range(50)))
            self.release(b"first")
            expected = b"first\n" + b"".join(b"%d\n" % i for i in range(50))
            self.assertEqual(receive_exactly(client, len(expected)), expected)
        self.assert_as_before()

    def test_many_clients_at_once(self):
        clients = [self.connect(self.raw) for _ in range(200)]
        for number, client in enumerate(clients):
            client.sendall(b"echo answer %d" % number)
        for number, client in enumerate(clients):
            expected = b"answer %d\n" % number
            self.assertEqual(receive_exactly(client, len(expected)), expected)
            client.close()
        self.assert_as_before()

    def test_many_datagrams_at_once(self):
        clients = [self.datagram_socket(self.server.address("udp", "udp")) for _ in range(50)]
        for number, client in enumerate(clients):
            client.send(b"echo answer %d" % number)
        for number, client in enumerate(clients):
            self.assertEqual(client.recv(64), b"answer %d\n" % number)
        self.assert_as_before()

    def test_a_connection_is_not_idle_while_its_call_runs(self):
        server = self.serve(
            {"name": "quick", "handler": {"type": "exec", "shell": True}, "timeouts": {"idle": "100ms"}}
        )
        self.assert_answer(server.address("quick"), b"sleep 0.5; echo done", b"done\n")


class Bounds(SystemTest):
    """More messages than the listener runs and keeps."""

    def setUp(self):
        self.directory = self.folder()
        self.fifo = os.path.join(self.directory, "go")
        os.mkfifo(self.fifo)

    def serve_narrow(self, queue):
        framing = {"in": "line", "out": "json-header"}
        shell = {"type": "exec", "shell": True, "directory": self.directory}
        return self.serve(
            {"name": "narrow", "framing": framing, "handler": {**shell, "concurrency": 1, "queue": queue}},
            {"name": "udp", "transport": "udp", "handler": {**shell, "concurrency": 1, "queue": 0}},
            {"name": "other", "framing": framing, "handler": shell},
            event_loops={"count": 1},
        )

    def ask(self, server, name, message):
        client = self.connect(server.address(name))
        client.sendall(message)
        return client

    def answer(self, client):
        (size,) = struct.unpack(">I", receive_exactly(client, 4))
        header = json.loads(receive_exactly(client, size))
        return header.get("exit"), receive_exactly(client, header["size"])

    def occupy(self, server):
        """The client of the one command that runs until the FIFO is written to."""
        client = self.ask(server, "narrow", b"echo running >note; cat go\n")
        wait_until(lambda: os.path.exists(os.path.join(self.directory, "note")), lambda: "the first command's start")
        return client

    def test_what_is_too_much_is_answered_at_once(self):
        server = self.serve_narrow(queue=1)
        first = self.occupy(server)
        clients = [self.ask(server, "narrow", b"echo later\n") for _ in range(5)]
        refused = {}
        while len(refused) < 4:  # one waits, whichever came first
            readable, _, _ = select.select([c for c in clients if c not in refused], [], [], PATIENCE)
            self.assertTrue(readable)
            refused.update((client, self.answer(client)) for client in readable)
        text = b"too many commands run and wait already; try again later\n"
        self.assertEqual(list(refused.values()), [(75, text)] * 4)
        server.await_log("narrow: refused a message: 1 calls run and 1 wait")
        server.signal(signal.SIGUSR1)
        server.await_log("limits_reached=0 refused_calls=4")
        write_fifo(self.fifo, b"done\n")
        self.assertEqual(self.answer(first), (0, b"done\n"))
        (waited,) = (client for client in clients if client not in refused)
        self.assertEqual(self.answer(waited), (0, b"later\n"))
        for client in refused:  # none the worse for it
            client.sendall(b"echo again\n")
            self.assertEqual(self.answer(client), (0, b"again\n"))

    def test_what_waits_delays_no_other_listener(self):
        server = self.serve_narrow(queue=200)
        first = self.occupy(server)
        clients = [self.ask(server, "narrow", b"echo %d\n" % number) for number in range(150)]
        self.assertEqual(self.answer(self.ask(server, "other", b"echo hello\n")), (0, b"hello\n"))
        write_fifo(self.fifo, b"done\n")
        self.assertEqual(self.answer(first), (0, b"done\n"))
        for number, client in enumerate(clients):
            self.assertEqual(self.answer(client), (0, b"%d\n" % number))

    def test_a_client_that_goes_while_it_waits_leaves_its_place(self):
        server = self.serve_narrow(queue=1)
        first = self.occupy(server)
        reset(self.ask(server, "narrow", b"echo ran >ran\n"))
        server.await_log("peer-reset")
        write_fifo(self.fifo, b"done\n")
        self.assertEqual(self.answer(first), (0, b"done\n"))
        self.assertEqual(self.answer(self.ask(server, "narrow", b"ls\n")), (0, b"go\nnote\n"))

    def test_datagrams_are_bounded_too(self):
        server = self.serve_narrow(queue=1)
        one, other = (self.datagram_socket(server.address("udp", "udp")) for _ in range(2))
        one.send(b"echo running >note; cat go")
        wait_until(lambda: os.path.exists(os.path.join(self.directory, "note")), lambda: "the first command's start")
        other.send(b"echo hello")
        self.assertTrue(other.recv(100).startswith(b"too many commands"))
        write_fifo(self.fifo, b"done\n")
        self.assertEqual(one.recv(100), b"done\n")


class Sources(SystemTest):
    """Two sources of commands: two addresses of this machine."""

    def setUp(self):
        self.directory = self.folder()

    def serve_shell(self, concurrency=4, queue=256, **limits):
        shell = {"type": "exec", "shell": True, "directory": self.directory, "concurrency": concurrency, "queue": queue}
        return self.serve(
            {"name": "shell", "framing": "line", "handler": shell, "limits": limits, "timeouts": {"drain": "0s"}},
            {"name": "echo", "framing": "line", "handler": "echo"},
            event_loops={"count": 1},
        )

    def connect_from(self, source, server):
        client = socket.create_connection(server.address("shell"), timeout=PATIENCE, source_address=(source, 0))
        self.addCleanup(client.close)
        return client

    def occupy(self, server, source, count):
        """Commands of that source that each run until its end comes to a FIFO of its own; they note that they have begun."""
        clients = [self.connect_from(source, server) for _ in range(count)]
        for number, client in enumerate(clients):
            os.mkfifo(os.path.join(self.directory, f"{source}-{number}"))
            client.sendall(b"echo >>begun; cat %s-%d\n" % (source.encode(), number))
        return clients

    def await_begun(self, count):
        def begun():
            try:
                with open(os.path.join(self.directory, "begun"), "rb") as file:
                    return len(file.read())
            except FileNotFoundError:
                return 0

        wait_until(lambda: begun() >= count, lambda: f"{count} commands, {begun()} have begun")

    def end(self, source, number):
        write_fifo(os.path.join(self.directory, f"{source}-{number}"), b"done\n")

    def test_another_source_comes_before_all_that_one_has_asked_for(self):
        server = self.serve_shell()
        self.occupy(server, "127.0.0.2", 30)
        self.await_begun(4)
        others = [self.connect_from("127.0.0.3", server) for _ in range(5)]
        for other in others:
            other.sendall(b"echo mine\n")
            self.assert_answer(server.address("echo"), b"sent\n", b"sent\n")
        self.end("127.0.0.2", 0)
        for other in others:
            self.assertEqual(receive_exactly(other, 5), b"mine\n")

    def test_half_of_all_is_kept_for_others(self):
        server = self.serve_shell(concurrency=8, per_source={"loopback": True})
        self.occupy(server, "127.0.0.2", 8)
        self.await_begun(4)
        other = self.connect_from("127.0.0.3", server)
        for _ in range(8):
            other.sendall(b"date >/dev/null && wc -l <begun\n")
            self.assertEqual(receive_exactly(other, 2), b"4\n")

    def test_whoever_asks_for_less_gets_a_place_in_the_queue(self):
        server = self.serve_shell(concurrency=2, queue=4, per_source={"loopback": True})
        greedy = self.occupy(server, "127.0.0.2", 7)

        def refused():
            return select.select(greedy, [], [], 0)[0]

        wait_until(lambda: len(refused()) == 1, lambda: f"a command without a place, {len(refused())} have none")
        self.assert_answer(server.address("shell"), b"echo mine\n", b"mine\n")
        wait_until(lambda: len(refused()) == 2, lambda: f"a command that has lost its place, {len(refused())} have none")
        for client in refused():
            self.assertTrue(client.recv(100).startswith(b"too many commands"))

    def test_a_bound_for_each_source_keeps_room_for_others(self):
        server = self.serve_shell(per_source={"calls": 3, "loopback": True})
        self.occupy(server, "127.0.0.2", 20)
        self.await_begun(3)
        other = self.connect_from("127.0.0.3", server)
        for _ in range(3):
            other.sendall(b"echo mine; wc -l <begun\n")
            self.assertEqual(receive_exactly(other, 7), b"mine\n3\n")


class SlowReaders(SystemTest):
    """Clients that ask for much and do not read it."""

    def attack(self, output):
        self.server = self.serve(
            {
                "name": "raw",
                "framing": "line",
                "handler": {"type": "exec", "shell": True, "output": output, "timeout": "2s"},
            },
            event_loops={"count": 1},
            worker_threads=8,
        )
        address = self.server.address("raw")
        clients = [self.connect(address) for _ in range(8)]
        for client in clients:
            client.sendall(b"head -c 900000 /dev/zero | tr '\\0' x\n" * 10)
        for client in clients:
            receive_exactly(client, 1000)
        return address

    def test_they_keep_nobody_waiting(self):
        for output in ("stderr-or-stdout", "stdout", "merged", "json"):
            with self.subTest(output=output):
                address = self.attack(output)
                with connect(address) as victim:
                    victim.sendall(b"echo mine\n")
                    wait_until(lambda: select.select([victim], [], [], 0)[0], lambda: "the victim's answer")
                    self.assertIn(b"mine", victim.recv(1000))

    def test_what_they_do_not_read_is_theirs_all_the_same(self):
        address = self.attack("stdout")
        with connect(address) as client:
            client.sendall(b"head -c 900000 /dev/zero | tr '\\0' x\n" * 10)
            self.assert_answer(address, b"echo between\n", b"between\n")
            self.assertEqual(receive_exactly(client, 9_000_010), (b"x" * 900_000 + b"\n") * 10)


if __name__ == "__main__":
    unittest.main()
