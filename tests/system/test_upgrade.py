"""Listening sockets that outlive a server: handed to a new one on SIGUSR2, or passed in by a service manager."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import unittest

from netkit_testing import (
    PATIENCE,
    SERVER,
    SystemTest,
    connect,
    parse_address,
    receive_exactly,
    receive_to_end,
    wait_until,
    write_fifo,
)
from test_reload import Load

EX_CONFIG = 78
UPGRADES_UNDER_LOAD = 5


def is_running(pid):
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False


class UpgradeTest(SystemTest):
    """A test whose servers have successors, each ended at the end."""

    def setUp(self):
        self.successors = []
        self.addCleanup(self.end_successors)

    def end_successors(self):
        for pid in self.successors:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in self.successors:
            wait_until(lambda: not is_running(pid), lambda: f"the end of process {pid}")

    def entry(self, name, handler="echo", **more):
        return {"name": name, "address": "127.0.0.1:0", "framing": "line", "handler": handler, **more}

    def successor(self, server):
        """The process that the server said it has started; waits until it serves."""
        line = wait_until(
            lambda: [line for line in server.log().splitlines() if "upgrade: started" in line], lambda: server.log()
        )[-1]
        pid = int(line.split()[-1])
        self.successors.append(pid)
        server.await_log(f"upgrade: process {pid} serves")
        return pid

    def upgrade(self, server):
        server.signal(signal.SIGUSR2)
        pid = self.successor(server)
        self.assertEqual(server.wait(), 0)
        return pid

    def upgrade_again(self, server, pid):
        """Replaces a successor, which logs where the server did."""
        os.kill(pid, signal.SIGUSR2)
        wait_until(lambda: not is_running(pid), lambda: f"the end of process {pid}")
        line = [line for line in server.log().splitlines() if "upgrade: started" in line][-1]
        self.successors.append(int(line.split()[-1]))
        return self.successors[-1]


class Upgrade(UpgradeTest):
    def test_the_new_server_has_the_same_sockets(self):
        server = self.serve(self.entry("a", "uppercase", transport=["tcp", "udp"]), self.entry("b"))
        before = dict(server.addresses)
        self.upgrade(server)
        self.assert_answer(before["a", "tcp"], b"x\n", b"X\n")
        self.assert_answer(before["b", "tcp"], b"x\n", b"x\n")
        datagrams = self.datagram_socket(before["a", "udp"])
        datagrams.send(b"x\n")
        self.assertEqual(datagrams.recv(64), b"X\n")
        output = server.popen.stdout.read1().decode().splitlines()
        self.assertEqual(output[-1], "ready")
        listening = [line.split() for line in output[:-1]]
        self.assertEqual({(words[1], words[2]): parse_address(words[3]) for words in listening}, before)

    def test_the_old_server_finishes_what_runs(self):
        folder = self.folder()
        os.mkfifo(os.path.join(folder, "go"))
        server = self.serve(self.entry("a", {"type": "exec", "shell": True, "directory": folder}, framing="raw"))
        running = self.connect(server.address("a"))
        running.sendall(b"echo >running; cat go")
        wait_until(lambda: os.path.exists(os.path.join(folder, "running")), lambda: "a running command")
        server.signal(signal.SIGUSR2)
        self.successor(server)
        self.assert_answer(server.address("a"), b"echo new", b"new\n")
        self.assertIsNone(server.popen.poll())
        write_fifo(os.path.join(folder, "go"), b"late answer")
        self.assertEqual(receive_to_end(running), b"late answer")
        self.assertEqual(server.wait(), 0)

    def test_the_new_server_can_be_upgraded_again(self):
        server = self.serve(self.entry("a"))
        self.upgrade_again(server, self.upgrade(server))
        self.assert_answer(server.address("a"), b"x\n", b"x\n")

    def test_nobody_is_refused(self):
        """One question a connection: each has to be accepted and answered by one of the two."""
        server = self.serve(self.entry("a"))
        load = Load(server.address("a"), {b""}, questions=1)
        pid = self.upgrade(server)
        for _ in range(UPGRADES_UNDER_LOAD - 1):
            pid = self.upgrade_again(server, pid)
        self.assertEqual(load.stop(), [])
        self.assertGreater(load.asked, 0)


class FailedUpgrade(SystemTest):
    expected_errors = ("upgrade failed",)

    def test_a_config_that_has_become_wrong(self):
        server = self.serve({"name": "a", "framing": "line", "handler": "echo"})
        old = self.connect(server.address("a"))
        with open(server.config, "w", encoding="utf-8") as file:
            file.write("{")
        server.signal(signal.SIGUSR2)
        server.await_log("upgrade failed, this server goes on: the new one did not come to serve: it ended with status 78")
        server.await_log(f"it ended with status 78: {server.config}:1:2: error: ")
        old.sendall(b"x\n")
        self.assertEqual(receive_exactly(old, 2), b"x\n")
        self.assert_answer(server.address("a"), b"x\n", b"x\n")

    def test_a_program_that_is_gone(self):
        folder = self.folder()
        os.makedirs(os.path.join(folder, "bin"))
        program = os.path.join(folder, "bin", "netkit-server")
        shutil.copy(SERVER, program)
        os.symlink(os.path.join(os.path.dirname(SERVER), "..", "lib"), os.path.join(folder, "lib"))
        server = self.serve({"name": "a", "framing": "line", "handler": "echo"}, program=program)
        os.unlink(program)
        server.signal(signal.SIGUSR2)
        server.await_log(f"upgrade failed, this server goes on: cannot start {program}: posix_spawn: No such file")
        self.assert_answer(server.address("a"), b"x\n", b"x\n")


class SocketActivation(SystemTest):
    """This test as the service manager."""

    def setUp(self):
        self.directory = self.folder()
        self.tcp = self.keep(socket.create_server(("127.0.0.1", 0)))
        self.udp = self.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.udp.bind(("127.0.0.1", 0))

    def keep(self, endpoint):
        """The socket, at a descriptor that the shell below does not use."""
        kept = socket.socket(fileno=fcntl.fcntl(endpoint.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
        endpoint.close()
        self.addCleanup(kept.close)
        return kept

    def config(self, *addresses):
        path = os.path.join(self.directory, "server.json")
        listeners = [
            {"name": f"listener-{transport}", "transport": transport, "address": f"127.0.0.1:{port}", "handler": "echo"}
            for transport, port in addresses
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"listeners": listeners}, file)
        return path

    def command(self, config):
        """The server with both sockets from descriptor 3 on, and LISTEN_PID its own."""
        script = 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=tcp:udp exec "$@" 3<&"$TCP" 4<&"$UDP"'
        environment = {**os.environ, "TCP": str(self.tcp.fileno()), "UDP": str(self.udp.fileno())}
        return ["bash", "-c", script, "bash", SERVER, "--config", config], environment

    def test_passed_sockets_are_served(self):
        tcp, udp = self.tcp.getsockname(), self.udp.getsockname()
        waiting = self.connect(tcp)  # before there is a server
        waiting.sendall(b"early")
        config = self.config(("tcp", tcp[1]), ("udp", udp[1]))
        arguments, environment = self.command(config)
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notices.close)
        notices.settimeout(PATIENCE)
        environment["NOTIFY_SOCKET"] = os.path.join(self.directory, "notify")
        notices.bind(environment["NOTIFY_SOCKET"])
        with subprocess.Popen(
            arguments, env=environment, pass_fds=(self.tcp.fileno(), self.udp.fileno()), stdout=subprocess.DEVNULL
        ) as server:
            self.addCleanup(server.kill)
            self.assertEqual(notices.recv(1024), f"READY=1\nMAINPID={server.pid}\nSTATUS=serving 2 listeners".encode())
            self.assertEqual(receive_exactly(waiting, 5), b"early")
            datagrams = self.datagram_socket(udp)
            datagrams.send(b"x")
            self.assertEqual(datagrams.recv(64), b"x")
            server.send_signal(signal.SIGHUP)
            self.assertRegex(notices.recv(1024), rb"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(notices.recv(1024), b"READY=1\nSTATUS=serving 2 listeners")
            with open(config, "w", encoding="utf-8") as file:
                file.write("{")
            server.send_signal(signal.SIGHUP)
            self.assertRegex(notices.recv(1024), b"^RELOADING=1")
            self.assertEqual(notices.recv(1024), b"READY=1\nSTATUS=serving 2 listeners; the last reload has failed")
            server.send_signal(signal.SIGTERM)
            self.assertEqual(notices.recv(1024), b"STOPPING=1\nSTATUS=ending: running answers finish")
            self.assertEqual(server.wait(PATIENCE), 0)

    def test_a_socket_that_no_listener_wants_is_an_error(self):
        config = self.config(("tcp", self.tcp.getsockname()[1]))
        arguments, environment = self.command(config)
        done = subprocess.run(
            arguments,
            env=environment,
            pass_fds=(self.tcp.fileno(), self.udp.fileno()),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.assertEqual(done.returncode, EX_CONFIG)
        port = self.udp.getsockname()[1]
        self.assertEqual(
            done.stderr,
            f"{config}: error: a socket was passed in as 'udp' for udp 127.0.0.1:{port}, but no listener has that address\n",
        )


if __name__ == "__main__":
    unittest.main()
