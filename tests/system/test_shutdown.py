"""How the server ends: running answers finish, idle connections do not hold it up, a second signal ends it at once."""

import json
import os
import signal
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, reset, wait_until, write_fifo


def address_of(client):
    return "%s:%d" % client.getsockname()


class Shutdown(SystemTest):
    def setUp(self):
        self.directory = self.folder()
        self.fifo = os.path.join(self.directory, "go")
        os.mkfifo(self.fifo)
        self.handler = {"type": "exec", "shell": True, "directory": self.directory}
        self.server = self.serve(
            {"name": "echo", "transport": ["tcp", "udp"], "handler": "echo"},
            {"name": "exec", "transport": ["tcp", "udp"], "handler": self.handler},
        )

    def run_command(self, address):
        """A client whose command runs, and goes on once the test writes to the FIFO."""
        client = self.connect(address)
        client.sendall(b"echo >running; cat go")
        self.await_running()
        return client

    def await_running(self):
        running = os.path.join(self.directory, "running")
        wait_until(lambda: os.path.exists(running), lambda: "a running command")

    def begin_stop(self, number=signal.SIGTERM):
        self.server.signal(number)
        self.server.await_log("stopping")

    def assert_not_listening(self, address):
        def refused():
            try:
                connect(address).close()
                return False
            except ConnectionResetError:
                # the listening socket was closed during the handshake: the next attempt is refused
                return False
            except ConnectionRefusedError:
                return True

        wait_until(refused, lambda: "the end of listening")

    def finish_command(self, text):
        write_fifo(self.fifo, text)

    def test_both_signals_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                server = self.serve({"handler": "echo"})
                server.signal(number)
                self.assertEqual(server.wait(), 0)
                server.stop()

    def test_a_running_command_is_answered_and_nobody_new_is_served(self):
        client = self.run_command(self.server.address("exec"))
        self.begin_stop()
        self.assert_not_listening(self.server.address("exec"))
        self.assert_not_listening(self.server.address("echo"))
        self.finish_command(b"late answer")
        self.assertEqual(receive_to_end(client), b"late answer")
        self.assertEqual(self.server.wait(), 0)

    def test_so_is_one_that_came_by_datagram(self):
        client = self.datagram_socket(self.server.address("exec", "udp"))
        client.send(b"echo >running; cat go")
        self.await_running()
        self.begin_stop()
        self.finish_command(b"late answer")
        self.assertEqual(client.recv(64), b"late answer")
        self.assertEqual(self.server.wait(), 0)

    def test_a_large_answer_on_its_way_arrives_whole(self):
        client = self.connect(self.server.address("exec"))
        client.sendall(b"head -c 1000000 /dev/zero; echo >running; cat go")
        self.await_running()
        self.begin_stop()
        self.finish_command(b"end")
        self.assertEqual(receive_to_end(client), bytes(1000000) + b"end")

    def test_idle_connections_are_closed(self):
        clients = [self.connect(self.server.address("echo")) for _ in range(50)]
        for client in clients:
            client.sendall(b"hello")
            self.assertEqual(receive_exactly(client, 5), b"hello")
        self.begin_stop()
        for client in clients:
            self.assertEqual(receive_to_end(client), b"")
            client.close()
        self.assertEqual(self.server.wait(), 0)

    def test_who_has_not_asked_yet_may_ask(self):
        """Also behind a proxy whose header is on its way."""
        entry = {"framing": "line", "handler": {"type": "hello", "text": "{host}"}}
        server = self.serve({**entry, "name": "plain"}, {**entry, "name": "proxied", "proxy_protocol": "required", "proxy_from": "127.0.0.1"})
        plain, proxied = (self.connect(server.address(name)) for name in ("plain", "proxied"))
        server.signal(signal.SIGTERM)
        server.await_log("stopping")
        plain.sendall(b"who\n")
        proxied.sendall(b"PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\nwho\n")
        self.assertEqual(receive_to_end(plain), b"127.0.0.1\n")
        self.assertEqual(receive_to_end(proxied), b"192.0.2.7\n")
        for client in (plain, proxied):
            client.close()
        self.assertEqual(server.wait(), 0)

    def test_a_client_that_never_closes_does_not_hold_it_up(self):
        """The default of `drain` is longer than what wait() allows."""
        server = self.serve({"name": "echo", "handler": "echo"}, timeouts={"drain": "1h"})
        self.connect(server.address("echo"))
        silent = self.connect(server.address("echo"))
        silent.sendall(b"hello")
        self.assertEqual(receive_exactly(silent, 5), b"hello")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)

    def test_a_second_signal_ends_it_at_once(self):
        client = self.run_command(self.server.address("exec"))
        below = self.server.process.descendants()
        self.begin_stop()
        self.server.signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(), 0)
        self.assertEqual(receive_to_end(client), b"")
        for pid in below:
            wait_until(lambda: not os.path.exists(f"/proc/{pid}"), lambda: f"the end of process {pid}")

    def test_drain_bounds_the_wait(self):
        self.server = self.serve({"name": "exec", "handler": self.handler}, timeouts={"drain": "100ms"})
        client = self.run_command(self.server.address("exec"))
        idle = self.connect(self.server.address("exec"))
        self.begin_stop()
        self.assertEqual(self.server.wait(), 0)
        self.assertEqual(receive_to_end(client), b"")
        cut = [line for line in self.server.log().splitlines() if line.endswith(" cut off, as the time to drain is over")]
        self.assertEqual(len(cut), 1)  # the idle one was not
        self.assertRegex(cut[0], rf" info exec: {address_of(client)} #\d+ cut off")
        idle.close()

    def test_what_a_reload_cuts_is_said(self):
        listeners = [{"name": name, "handler": self.handler, "timeouts": {"drain": "100ms"}} for name in ("kept", "gone")]
        self.server = self.serve(*listeners, log={"format": "json"})
        client = self.run_command(self.server.address("gone"))
        with open(self.server.config, encoding="utf-8") as file:
            config = json.load(file)
        del config["listeners"][1]
        with open(self.server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.server.signal(signal.SIGHUP)
        self.assertEqual(receive_to_end(client), b"")
        self.server.await_log('"event":"drain-cut"')
        (line,) = [json.loads(line) for line in self.server.log().splitlines() if '"event":"drain-cut"' in line]
        self.assertEqual((line["listener"], line["peer"], line["received_messages"]), ("gone", address_of(client), 1))

    def test_a_command_whose_client_is_gone_does_not_hold_it_up(self):
        reset(self.run_command(self.server.address("exec")))
        self.begin_stop()
        self.assertEqual(self.server.wait(), 0)

    def test_other_signals_do_not_end_it(self):
        for number in (signal.SIGPIPE, signal.SIGUSR1, signal.SIGHUP):
            self.server.signal(number)
        self.server.await_log("reload done")
        self.assert_answer(self.server.address("echo"), b"hello", b"hello")

    def test_its_ports_are_free_again_at_once(self):
        address = self.server.address("echo")
        self.assert_answer(address, b"hello", b"hello")
        self.server.stop()
        again = self.serve({"transport": ["tcp", "udp"], "address": f"{address[0]}:{address[1]}", "handler": "echo"})
        self.assert_answer(again.address("listener-0"), b"hello", b"hello")


if __name__ == "__main__":
    unittest.main()
