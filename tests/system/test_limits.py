"""What the config bounds, and what runs out by itself: connections, idle time, descriptors."""

import datetime
import os
import re
import select
import socket
import threading
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_line, receive_to_end, wait_until, write_fifo

ECHO = {"framing": "line", "handler": "echo"}


class ConnectionHelpers(SystemTest):
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


class Connections(ConnectionHelpers):
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


class ConnectionLimits(ConnectionHelpers):
    """Each limit of connections under each on_limit. Sources are addresses of 127.0.0.0/8."""

    def limited(self, **limits):
        server = self.serve({**ECHO, "limits": limits})
        return server, server.address("listener-0")

    def open_from(self, source, address):
        client = socket.create_connection(address, 20, (source, 0))
        self.addCleanup(client.close)
        return client

    def assert_answered(self, client):
        client.sendall(b"hello\n")
        self.assertEqual(receive_exactly(client, 6), b"hello\n")

    def test_close_refuses_connections_as_reject_does(self):
        _, address = self.limited(connections=1, on_limit="close")
        self.open_served(address)
        self.assert_refused(address)

    def test_defer_leaves_connections_waiting_until_there_is_room(self):
        server, address = self.limited(connections=2, on_limit="defer")
        served = [self.open_served(address) for _ in range(2)]
        waiting = [self.connect(address) for _ in range(6)]
        for client in waiting:
            client.sendall(b"hello\n")
        self.assert_answered(served[0])
        self.assertEqual(select.select(waiting, [], [], 0.3)[0], [])  # nobody was refused or served
        for client in served:
            client.close()
        while waiting:
            for client in select.select(waiting, [], [], 20)[0]:
                self.assertEqual(receive_exactly(client, 6), b"hello\n")
                waiting.remove(client)
                client.close()
        self.assertNotIn("over-limit", server.log())

    def test_defer_holds_for_the_servers_total(self):
        server = self.serve(
            {"name": "one", **ECHO, "limits": {"on_limit": "defer"}}, {"name": "two", **ECHO}, limits={"connections": 1}
        )
        first = self.open_served(server.address("two"))
        waiting = self.connect(server.address("one"))
        waiting.sendall(b"hello\n")
        self.assertEqual(select.select([waiting], [], [], 0.2)[0], [])
        self.assert_refused(server.address("two"))
        first.close()
        self.assertEqual(receive_exactly(waiting, 6), b"hello\n")

    def test_a_rate_of_connections_refuses_and_refills(self):
        server, address = self.limited(connection_rate="3/h")
        for _ in range(3):
            self.open_served(address)
        self.assert_refused(address)
        server.await_log("over-limit: limits.connection_rate reached")
        _, address = self.limited(connection_rate="5/s")
        for _ in range(5):
            self.open_served(address)
        self.assert_served_again(address)

    def test_a_deferred_rate_spreads_connections_and_refuses_none(self):
        server, address = self.limited(connection_rate="10/s", on_limit="defer")
        for client in [self.connect(address) for _ in range(20)]:
            self.assert_answered(client)
        self.assertNotIn("over-limit", server.log())
        _, address = self.limited(connection_rate="2/h", on_limit="defer")
        for _ in range(2):
            self.open_served(address)
        waiting = self.connect(address)
        waiting.sendall(b"hello\n")
        self.assertEqual(select.select([waiting], [], [], 0.3)[0], [])  # neither refused nor served

    def test_one_source_cannot_take_all(self):
        server, address = self.limited(per_source={"connections": 2, "loopback": True})
        clients = [self.open_from("127.0.0.1", address) for _ in range(2)]
        for client in clients:
            self.assert_answered(client)
        self.assertEqual(receive_to_end(self.open_from("127.0.0.1", address)), b"")
        server.await_log("over-limit: limits.per_source.connections reached")
        self.assert_answered(self.open_from("127.0.0.2", address))
        clients[0].close()
        self.assert_served_again(address)

    def test_under_defer_a_source_over_its_limit_is_refused(self):
        _, address = self.limited(per_source={"connections": 1, "loopback": True}, on_limit="defer")
        self.assert_answered(self.open_from("127.0.0.1", address))
        self.assertEqual(receive_to_end(self.open_from("127.0.0.1", address)), b"")
        self.assert_answered(self.open_from("127.0.0.2", address))

    def test_a_source_has_a_rate(self):
        server, address = self.limited(per_source={"connection_rate": "2/h", "connections": 0, "loopback": True})
        for _ in range(2):
            self.assert_answered(self.open_from("127.0.0.1", address))
        self.assertEqual(receive_to_end(self.open_from("127.0.0.1", address)), b"")
        server.await_log("over-limit: limits.per_source.connection_rate reached")
        self.assert_answered(self.open_from("127.0.0.2", address))

    def test_this_machine_is_no_source_unless_it_is_said(self):
        _, address = self.limited(per_source={"connections": 1, "connection_rate": "1/h"})
        for _ in range(3):
            self.assert_answered(self.open_from("127.0.0.1", address))

    def test_a_dry_run_only_says_so(self):
        server, address = self.limited(connections=1, connection_rate="1/h", on_limit="close", dry_run=True)
        for _ in range(3):
            self.open_served(address)
        server.await_log("would be over-limit: limits.connections reached (dry run)")


class Rates(SystemTest):
    """Rates of messages and bytes under each on_limit."""

    LINES = b"".join(b"%d\n" % i for i in range(10))

    def limited(self, listener=ECHO, **limits):
        server = self.serve({**listener, "limits": limits})
        return server, server.address("listener-0", listener.get("transport", "tcp"))

    def test_messages_over_the_rate_wait(self):
        for on_limit in ("reject", "defer"):
            server, address = self.limited(messages="5/s", on_limit=on_limit)
            with connect(address) as client:
                client.sendall(self.LINES)
                self.assertEqual(receive_exactly(client, len(self.LINES)), self.LINES)
            self.assertNotIn("rate-limit", server.log())

    def test_no_more_than_the_rate_is_answered(self):
        _, address = self.limited(messages="4/h")
        client = self.connect(address)
        client.sendall(self.LINES)
        self.assertEqual(receive_exactly(client, 8), self.LINES[:8])
        self.assertEqual(select.select([client], [], [], 0.3)[0], [])

    def test_close_ends_a_conversation_over_its_rate(self):
        server, address = self.limited(messages="4/h", on_limit="close")
        client = self.connect(address)
        client.sendall(self.LINES[:8])
        self.assertEqual(receive_exactly(client, 8), self.LINES[:8])
        client.sendall(b"one more\n")
        self.assertEqual(receive_to_end(client), b"")
        server.await_log("rate-limit")

    def test_close_answers_what_the_rate_allows_first(self):
        server, address = self.limited(messages="4/h", on_limit="close")
        client = self.connect(address)
        client.sendall(self.LINES)
        self.assertEqual(receive_to_end(client), self.LINES[:8])
        server.await_log("rate-limit")

    def test_bytes_over_the_rate_wait(self):
        text = b"x" * 1023 + b"\n"
        _, address = self.limited(bytes="64KiB/s")
        with connect(address) as client:
            sender = threading.Thread(target=client.sendall, args=(text * 128,))
            sender.start()
            self.addCleanup(sender.join)
            self.assertEqual(receive_exactly(client, 128 << 10), text * 128)
        _, address = self.limited(bytes="64KiB/h")
        client = self.connect(address)
        client.sendall(text * 66)
        self.assertEqual(receive_exactly(client, 64 << 10), text * 64)
        self.assertEqual(select.select([client], [], [], 0.3)[0], [])

    def test_close_ends_a_conversation_with_too_many_bytes(self):
        server, address = self.limited(bytes="1KiB/h", on_limit="close")
        client = self.connect(address)
        client.sendall(b"x" * 1023 + b"\n")
        self.assertEqual(len(receive_exactly(client, 1024)), 1024)
        client.sendall(b"y\n")
        self.assertEqual(receive_to_end(client), b"")
        server.await_log("rate-limit")

    def test_the_rate_is_the_listeners_not_the_connections(self):
        _, address = self.limited(messages="2/h")
        first, second = self.connect(address), self.connect(address)
        first.sendall(b"a\nb\n")
        self.assertEqual(receive_exactly(first, 4), b"a\nb\n")
        second.sendall(b"c\n")
        self.assertEqual(select.select([second], [], [], 0.3)[0], [])

    def test_a_source_has_rates_of_its_own(self):
        _, address = self.limited(per_source={"messages": "1/h", "loopback": True})
        for source in ("127.0.0.1", "127.0.0.2"):
            client = socket.create_connection(address, 20, (source, 0))
            self.addCleanup(client.close)
            client.sendall(b"a\nb\n")
            self.assertEqual(receive_exactly(client, 2), b"a\n")
            self.assertEqual(select.select([client], [], [], 0.2)[0], [])

    def test_the_server_has_rates_for_all_listeners(self):
        server = self.serve({"name": "one", **ECHO}, {"name": "two", **ECHO}, limits={"messages": "1/h"})
        first, second = self.connect(server.address("one")), self.connect(server.address("two"))
        first.sendall(b"a\n")
        self.assertEqual(receive_exactly(first, 2), b"a\n")
        second.sendall(b"b\n")
        self.assertEqual(select.select([second], [], [], 0.2)[0], [])

    def test_a_pause_is_not_idleness(self):
        server = self.serve({**ECHO, "limits": {"messages": "2/s"}, "timeouts": {"idle": "200ms", "message": "200ms"}})
        client = self.connect(server.address("listener-0"))
        client.sendall(b"a\nb\nc\n")
        self.assertEqual(receive_exactly(client, 6), b"a\nb\nc\n")

    def test_a_dry_run_holds_nothing_up(self):
        server, address = self.limited(messages="1/h", bytes="1/h", on_limit="close", dry_run=True)
        client = self.connect(address)
        for _ in range(3):
            client.sendall(self.LINES)
            self.assertEqual(receive_exactly(client, len(self.LINES)), self.LINES)
        server.await_log("would be rate-limit")

    def test_datagrams_over_the_rate_are_dropped(self):
        udp = {"transport": "udp", "handler": "echo"}
        for limits in (
            {"messages": "3/h"},
            {"bytes": "12/h"},
            {"per_source": {"messages": "3/h", "loopback": True}},
        ):
            for on_limit in ("defer", "reject", "close"):
                with self.subTest(limits=limits, on_limit=on_limit):
                    server, address = self.limited(udp, on_limit=on_limit, **limits)
                    client = self.datagram_socket(address)
                    for i in range(5):
                        client.send(b"%04d" % i)
                    self.assertEqual([client.recv(100) for _ in range(3)], [b"0000", b"0001", b"0002"])
                    server.await_log("datagram dropped: rate-limit")
                    client.setblocking(False)
                    with self.assertRaises(BlockingIOError):
                        client.recv(100)

    def test_calls_of_datagrams_count_as_connections(self):
        folder = self.folder()
        fifo = os.path.join(folder, "go")
        os.mkfifo(fifo)
        server = self.serve(
            {
                "transport": "udp",
                "handler": {"type": "exec", "shell": True, "directory": folder},
                "limits": {"connections": 1},
            }
        )
        client = self.datagram_socket(server.address("listener-0", "udp"))
        client.send(b"cat go")
        client.send(b"echo second")
        server.await_log("datagram dropped: over-limit: limits.connections reached")
        write_fifo(fifo, b"first")
        self.assertEqual(client.recv(100).strip(), b"first")


class Idle(SystemTest):
    def setUp(self):
        self.server = self.serve({**ECHO, "timeouts": {"idle": "600ms"}})  # which a busy machine does not use up
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

    expected_errors = ("cannot accept: Too many open files", "exec: exec: .*Too many open files")

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
        left_out = re.compile(r"\(\d+ lines of this listener left out before\)")
        wait_until(lambda: any(map(left_out.search, lines())), lambda: f"a line that counts others: {lines()}")

    def test_a_command_that_cannot_be_started_is_answered_so(self):
        with connect(self.server.address("exec")) as client:
            client.sendall(b"echo hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")
            clients = self.run_out()
            client.sendall(b"echo hello\n")
            self.assertIn(b"Too many open files", receive_line(client))
            for other in clients:
                other.close()

            def started():
                client.sendall(b"echo hello\n")
                return receive_line(client) == b"hello\n"

            # The server sees the closes one by one, and a command takes several descriptors.
            wait_until(started, lambda: "a command that can be started again")


if __name__ == "__main__":
    unittest.main()
