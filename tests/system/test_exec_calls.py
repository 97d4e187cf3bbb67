"""Calls that take their time: commands run, wait and are broken off without harm to anyone else."""

import os
import socket
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, reset, wait_until, write_fifo


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
        self.before = self.server.process.census()

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
        self.assert_census(self.server, self.before)

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


if __name__ == "__main__":
    unittest.main()
