"""What the config bounds, and what runs out by itself: connections, idle time, descriptors."""

import datetime
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, wait_until

ECHO = {"framing": "line", "handler": "echo"}


class Connections(SystemTest):
    def open_served(self, address):
        client = self.connect(address)
        client.sendall(b"hello\n")
        self.assertEqual(receive_exactly(client, 6), b"hello\n")
        return client

    def assert_refused(self, address):
        with connect(address) as client:
            self.assertEqual(receive_to_end(client), b"")

    def assert_served_again(self, address):
        """Once the server has seen that a place is free."""

        def served():
            try:
                with connect(address) as client:
                    client.sendall(b"hello\n")
                    return receive_exactly(client, 6) == b"hello\n"
            except ConnectionError:
                return False

        wait_until(served, lambda: "a place for a new client")

    def test_a_listener_full_of_connections_refuses_more(self):
        server = self.serve({**ECHO, "limits": {"connections": 2}}, {"name": "other", **ECHO})
        address = server.address("listener-0")
        first, second = self.open_served(address), self.open_served(address)
        self.assert_refused(address)
        self.open_served(server.address("other"))
        second.sendall(b"still here\n")
        self.assertEqual(receive_exactly(second, 11), b"still here\n")
        first.close()
        self.assert_served_again(address)

    def test_the_listeners_together_have_a_limit_too(self):
        server = self.serve({"name": "one", **ECHO}, {"name": "two", **ECHO}, limits={"connections": 2})
        first = self.open_served(server.address("one"))
        self.open_served(server.address("two"))
        self.assert_refused(server.address("one"))
        self.assert_refused(server.address("two"))
        first.close()
        self.assert_served_again(server.address("two"))

    def test_refusals_are_logged_and_counted(self):
        server = self.serve({**ECHO, "limits": {"connections": 1}})
        address = server.address("listener-0")
        self.open_served(address)
        self.assert_refused(address)
        server.await_log("over-limit: limits.connections reached")

        def counted():
            self.assert_refused(address)
            return "lines of this listener left out before)" in server.log()

        wait_until(counted, lambda: "a count of refusals in the log")


class Idle(SystemTest):
    def setUp(self):
        self.server = self.serve({**ECHO, "timeouts": {"idle": "200ms"}})
        self.address = self.server.address("listener-0")

    def test_a_silent_connection_is_closed(self):
        with connect(self.address) as client:
            self.assertEqual(receive_to_end(client), b"")
        self.server.await_log(" idle")

    def test_so_is_one_that_falls_silent_within_a_message(self):
        with connect(self.address) as client:
            client.sendall(b"hello\nhalf a l")
            self.assertEqual(receive_to_end(client), b"hello\n")

    def test_so_is_one_that_does_not_read(self):
        before = self.server.process.census()
        client = self.connect(self.address)
        client.setblocking(False)
        with self.assertRaises((BlockingIOError, ConnectionError)):
            while True:
                client.send(b"x" * 65535 + b"\n")
        self.assert_census(self.server, before)


class FewDescriptors(SystemTest):
    """The server may open 64 files only."""

    expected_errors = ("cannot accept: Too many open files", "exec on exec: .*Too many open files")

    def setUp(self):
        self.server = self.serve(
            {"name": "echo", **ECHO},
            {"name": "exec", "framing": "line", "handler": {"type": "exec", "shell": True}},
            {"name": "udp", "transport": "udp", "handler": "echo"},
            descriptors=64,
        )
        self.before = self.server.process.census()

    def run_out(self):
        """Connects until the server has no descriptor left; most of the clients wait in the backlog then."""
        clients = [self.connect(self.server.address("echo")) for _ in range(100)]
        self.server.await_log("cannot accept: Too many open files")
        return clients

    def test_accepting_recovers_by_itself(self):
        clients = self.run_out()
        clients[0].sendall(b"hello\n")
        self.assertEqual(receive_exactly(clients[0], 6), b"hello\n")
        datagrams = self.datagram_socket(self.server.address("udp", "udp"))
        datagrams.send(b"hello")
        self.assertEqual(datagrams.recv(64), b"hello")
        for client in clients[:50]:
            client.close()
        for client in clients[50:]:  # those that waited
            client.sendall(b"hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")
            client.close()
        self.assert_answer(self.server.address("echo"), b"next\n", b"next\n")
        self.assert_census(self.server, self.before)

    def test_it_does_not_flood_the_log(self):
        self.run_out()

        def lines():
            return [line for line in self.server.log().splitlines() if "cannot accept" in line]

        wait_until(lambda: len(lines()) >= 4, lambda: "further lines in the log")
        first, last = (datetime.datetime.fromisoformat(line.split()[0]) for line in (lines()[0], lines()[3]))
        self.assertGreater(last - first, datetime.timedelta(seconds=2))
        self.assertRegex(lines()[1], r"\(\d+ lines of this listener left out before\)")

    def test_a_command_that_cannot_be_started_is_answered_so(self):
        with connect(self.server.address("exec")) as client:
            client.sendall(b"echo hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")
            clients = self.run_out()
            client.sendall(b"echo hello\n")
            answer = b""
            while not answer.endswith(b"\n"):
                answer += client.recv(1024)
            self.assertIn(b"Too many open files", answer)
            for other in clients:
                other.close()
            client.sendall(b"echo hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")


if __name__ == "__main__":
    unittest.main()
