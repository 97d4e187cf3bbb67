"""Unix sockets: who may connect and what the log says of them, and the file: made, kept, passed on, removed."""

import contextlib
import grp
import hashlib
import json
import os
import pwd
import signal
import socket
import stat
import struct
import subprocess
import threading
import unittest

from netkit_testing import (
    PATIENCE,
    SERVER,
    SystemTest,
    connect,
    others_can_read,
    receive_exactly,
    receive_to_end,
    wait_until,
    write_fifo,
)
from test_reload import Load, ReloadTest
from test_upgrade import UpgradeTest, is_running

EX_CONFIG = 78
NOBODY = pwd.getpwnam("nobody")
LARGE = 64 << 20
UPGRADES_UNDER_LOAD = 5

as_root = unittest.skipUnless(os.geteuid() == 0, "only root can give files away and become somebody else")


def itself():
    """This process as the server sees it."""
    return f"unix:uid={os.geteuid()},gid={os.getegid()},pid={os.getpid()}"


class UnixTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.directory = self.folder()

    def path(self, name="a"):
        return os.path.join(self.directory, name)

    def entry(self, name="a", handler="echo", **more):
        """A listener whose path is its name's."""
        local = {"name": name, "transport": "unix", "address": self.path(name), "framing": "line"}
        return {**local, "handler": handler, **more}

    def mode(self, name="a"):
        return stat.S_IMODE(os.lstat(self.path(name)).st_mode)

    def owner(self, name="a"):
        found = os.lstat(self.path(name))
        return found.st_uid, found.st_gid

    def inode(self, name="a"):
        return os.lstat(self.path(name)).st_ino

    def await_removal(self, name="a"):
        wait_until(lambda: not os.path.lexists(self.path(name)), lambda: f"{name} gone from {os.listdir(self.directory)}")

    def leave_stale(self, name="a"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(self.path(name))

    def listening_socket(self, name="a"):
        alive = socket.socket(socket.AF_UNIX)
        self.addCleanup(alive.close)
        alive.bind(self.path(name))
        alive.listen()
        return alive

    def refusal(self, *entries, **top):
        """What a server says that cannot serve these."""
        config = self.path("refused.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({**top, "listeners": entries}, file)
        done = subprocess.run([SERVER, "--config", config], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (EX_CONFIG, ""), done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{config}:1:"), lines)
        return lines[0].partition(" error: ")[2]


class Serving(UnixTest):
    def test_clients_that_nobody_here_wrote(self):
        server = self.serve(self.entry(handler="uppercase"))
        self.assertEqual(server.address("a", "unix"), self.path())
        for command in (["nc", "-N", "-U", self.path()], ["ncat", "-U", self.path()], ["socat", "-", f"UNIX:{self.path()}"]):
            with self.subTest(command=command[0]):
                done = subprocess.run(command, input=b"one\ntwo\n", capture_output=True, timeout=PATIENCE)
                self.assertEqual((done.stdout, done.returncode), (b"ONE\nTWO\n", 0), done.stderr)

    def test_more_messages_than_the_server_keeps_answers_for(self):
        self.serve(self.entry())
        client = self.connect(self.path())
        lines = b"".join(b"%d\n" % number for number in range(500_000))
        sender = threading.Thread(target=client.sendall, args=(lines,))
        sender.start()
        received = receive_exactly(client, len(lines))
        sender.join()
        self.assertEqual(received, lines)

    def test_a_client_that_only_half_closes_is_served(self):
        os.mkfifo(self.path("go"))
        self.serve(self.entry(handler={"type": "exec", "shell": True, "directory": self.directory}, framing="raw"))
        client = self.connect(self.path())
        client.sendall(b"cat go")
        client.shutdown(socket.SHUT_WR)
        write_fifo(self.path("go"), b"late answer")
        self.assertEqual(receive_to_end(client), b"late answer")

    def test_the_command_of_a_client_that_is_gone_is_killed(self):
        self.serve(self.entry(handler={"type": "exec", "shell": True, "directory": self.directory}, framing="raw"))
        with connect(self.path()) as client:
            client.sendall(b"echo $$ >pid.new; mv pid.new pid; exec sleep 1000")
            wait_until(lambda: os.path.exists(self.path("pid")), lambda: "a running command")
        with open(self.path("pid"), encoding="ascii") as file:
            pid = int(file.read())
        wait_until(lambda: not is_running(pid), lambda: f"the end of process {pid}")

    def test_a_large_file_arrives_whole(self):
        content = os.urandom(1 << 20) * (LARGE >> 20)
        with open(self.path("large"), "wb") as file:
            file.write(content)
        self.serve(self.entry(handler={"type": "file-send", "root": self.directory}, framing={"in": "line", "out": "json-header"}))
        client = self.connect(self.path())
        client.sendall(b"large\n")
        (size,) = struct.unpack(">I", receive_exactly(client, 4))
        header = json.loads(receive_exactly(client, size))
        self.assertEqual((header["filename"], header["size"]), ("large", LARGE))
        body = receive_exactly(client, LARGE)
        self.assertEqual(hashlib.sha256(body).hexdigest(), header["hash"].rpartition(":")[2])

    def test_hello_greets_the_user(self):
        self.serve(self.entry(handler="hello"))
        self.assert_answer(self.path(), b"x\n", f"hello,{itself()}:0\n".encode())

    def test_a_relative_path_is_relative_to_the_config(self):
        server = self.serve(self.entry(address="b.sock"))
        self.assertEqual(server.address("a", "unix"), os.path.join(os.path.dirname(server.config), "b.sock"))
        self.assert_answer(server.address("a", "unix"), b"x\n", b"x\n")

    def test_limits_of_a_source_count_users(self):
        source = {"connections": 1, "connection_rate": "0/s"}
        server = self.serve(
            self.entry("free", limits={"per_source": source}),
            self.entry("counted", limits={"per_source": {**source, "loopback": True}}),
        )
        for name, answer in (("free", b"x\n"), ("counted", b"")):
            first = self.connect(self.path(name))
            first.sendall(b"x\n")
            self.assertEqual(receive_exactly(first, 2), b"x\n")
            second = self.connect(self.path(name))  # two at once might be admitted in either order
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                second.sendall(b"x\n")
                self.assertEqual(receive_exactly(second, 2), answer)
        server.await_log(f"counted: {itself()} over-limit: limits.per_source.connections reached")


class Logged(UnixTest):
    def converse(self):
        with connect(self.path()) as client:
            client.sendall(b"hello\n")
            self.assertEqual(receive_exactly(client, 6), b"hello\n")

    def test_credentials_in_text(self):
        server = self.serve(self.entry(), arguments=(), log={"connections": True})
        self.converse()
        server.await_log(" closed ")
        opened, closed = (line for line in server.log().splitlines() if " a: " in line)
        self.assertRegex(opened, rf" info a: {itself()} open unix$")
        self.assertRegex(closed, rf" info a: {itself()} closed unix received=6/1 sent=6/1 seconds=\d+\.\d{{3}} peer-closed$")

    def test_credentials_in_json(self):
        server = self.serve(self.entry(), arguments=(), log={"connections": True, "format": "json"})
        self.converse()
        server.await_log('"event":"close"')
        lines = [json.loads(line) for line in server.log().splitlines()]
        self.assertEqual([line["event"] for line in lines], ["start", "open", "close"])
        del lines[0]
        for line in lines:
            self.assertEqual((line["peer"], line["transport"]), (itself(), "unix"))

    @as_root
    def test_credentials_of_another_user(self):
        os.chmod(self.directory, 0o755)
        server = self.serve(self.entry(mode="0666"), arguments=(), log={"connections": True})
        client = subprocess.Popen(
            ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "nc", "-N", "-U", self.path()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.assertEqual(client.communicate(b"x\n", PATIENCE)[0], b"x\n")
        server.await_log(f" a: unix:uid={NOBODY.pw_uid},gid={NOBODY.pw_gid},pid={client.pid} closed ")


class File(UnixTest):
    def test_mode(self):
        self.serve(self.entry("a"), self.entry("b", mode="0666"), self.entry("c", mode="640"))
        self.assertEqual((self.mode("a"), self.mode("b"), self.mode("c")), (0o600, 0o666, 0o640))
        self.assertEqual(self.owner(), (os.geteuid(), os.getegid()))

    @as_root
    def test_owner_and_group(self):
        daemon = pwd.getpwnam("daemon")
        self.serve(
            self.entry("a", owner="nobody"),
            self.entry("b", group="daemon", mode="0660"),
            self.entry("c", owner="daemon", group="nogroup"),
        )
        self.assertEqual(self.owner("a"), (NOBODY.pw_uid, NOBODY.pw_gid))
        self.assertEqual(self.owner("b"), (0, daemon.pw_gid))
        self.assertEqual(self.owner("c"), (daemon.pw_uid, grp.getgrnam("nogroup").gr_gid))

    @as_root
    def test_only_the_owner_reaches_it(self):
        os.chmod(self.directory, 0o755)
        self.serve(self.entry(owner="nobody"))

        def ask_as(user):
            command = ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", "nc", "-N", "-U", self.path()]
            return subprocess.run(command, input=b"x\n", capture_output=True, timeout=PATIENCE).stdout

        self.assertEqual(ask_as("nobody"), b"x\n")
        self.assertEqual(ask_as("daemon"), b"")

    def test_what_a_killed_server_left_is_replaced(self):
        killed = self.serve(self.entry())
        killed.kill()
        self.assertTrue(os.path.exists(self.path()))
        self.serve(self.entry())
        self.assert_answer(self.path(), b"x\n", b"x\n")

    def test_a_socket_in_use_is_not(self):
        alive = self.listening_socket()
        said = f"cannot listen on unix {self.path()}: the path is in use by another program"
        self.assertEqual(self.refusal(self.entry()), said)
        with connect(self.path()):
            alive.accept()[0].close()

    def test_no_other_file_is_ever_removed(self):
        with open(self.path(), "w", encoding="utf-8") as file:
            file.write("precious")
        said = f"cannot listen on unix {self.path()}: a file that is no socket is there; it is left alone"
        self.assertEqual(self.refusal(self.entry()), said)
        with open(self.path(), encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    def test_no_folder(self):
        path = self.path("none/a")
        said = f"cannot listen on unix {path}: there is no folder '{self.path('none')}'"
        self.assertEqual(self.refusal(self.entry(address=path)), said)

    def test_nothing_is_left_of_a_server_that_could_not_bind_all(self):
        self.refusal(self.entry("a"), self.entry("b", address=self.path("none/b")))
        self.assertFalse(os.path.exists(self.path("a")))

    def test_it_is_removed_at_the_end(self):
        server = self.serve(self.entry("a"), self.entry("b"))
        server.stop()
        self.assertEqual(os.listdir(self.directory), [])

    def test_another_servers_file_is_not(self):
        server = self.serve(self.entry())
        os.unlink(self.path())
        self.listening_socket()
        server.stop()
        connect(self.path()).close()

    @as_root
    def test_a_server_that_gave_root_up(self):
        """The file is the user's, but not the folder: it stays there, one line says so, and the next server replaces
        it."""
        os.chmod(self.directory, 0o755)
        for _ in range(2):
            server = self.serve(self.entry(), user="nobody")
            self.assertEqual(self.owner(), (NOBODY.pw_uid, NOBODY.pw_gid))
            self.assert_answer(self.path(), b"x\n", b"x\n")
            server.stop()
            lines = [line for line in server.log().splitlines() if "cannot remove" in line]
            self.assertEqual(len(lines), 1)
            self.assertTrue(lines[0].endswith(f" warning cannot remove the socket {self.path()}: Permission denied"), lines)
            self.assertTrue(os.path.exists(self.path()))

    def test_a_shell_is_for_the_owner_alone(self):
        shell = {"type": "exec", "shell": True}
        for mode in ("0666", "0660", "0606", "0610"):
            said = self.refusal(self.entry(handler=shell, mode=mode))
            self.assertIn("whoever reaches the listener can run any command here", said)
            self.assertTrue(said.endswith(f"found mode {mode}, expected 0600: that only the socket's owner reaches it"), said)
        self.serve(self.entry(handler=shell, framing="raw"))
        self.assert_answer(self.path(), b"echo hello", b"hello\n")


class Reloaded(UnixTest, ReloadTest):
    def test_added_and_removed(self):
        server = self.serve(self.entry("a"))
        old = self.connect(self.path("a"))
        self.ask(old, b"x\n", b"x\n")
        self.reload(server, [self.entry("b", handler="uppercase")])
        self.assertIn(f"reload: listening b unix {self.path('b')} framing=line handler=uppercase\n", server.log())
        self.assert_answer(self.path("b"), b"x\n", b"X\n")
        self.assertEqual(os.listdir(self.directory), ["b"])
        self.assertEqual(receive_to_end(old), b"")

    def test_a_changed_listener_keeps_its_socket(self):
        server = self.serve(self.entry())
        old, inode = self.connect(self.path()), self.inode()
        self.ask(old, b"x\n", b"x\n")
        self.reload(server, [self.entry(handler="uppercase", mode="0660")])
        self.assertIn("reload: changed a: handler, mode\n", server.log())
        self.assertEqual((self.inode(), self.mode()), (inode, 0o660))
        self.ask(old, b"x\n", b"x\n")
        self.assert_answer(self.path(), b"x\n", b"X\n")

    def test_another_path(self):
        server = self.serve(self.entry())
        self.reload(server, [self.entry(address=self.path("b"))])
        self.assert_answer(self.path("b"), b"x\n", b"x\n")
        self.assertEqual(os.listdir(self.directory), ["b"])

    def test_another_name_for_the_same_path(self):
        server = self.serve(self.entry())
        inode = self.inode()
        self.reload(server, [self.entry("b", address=self.path("a"))])
        self.assertEqual(self.inode(), inode)
        self.assert_answer(self.path("a"), b"x\n", b"x\n")

    @as_root
    def test_another_owner(self):
        server = self.serve(self.entry())
        self.reload(server, [self.entry(owner="nobody", group="daemon")])
        self.assertEqual(self.owner(), (NOBODY.pw_uid, grp.getgrnam("daemon").gr_gid))

    def test_what_fails_changes_nothing(self):
        server = self.serve(self.entry("a"))
        inode = self.inode()
        self.listening_socket("taken")
        self.fail_to_reload(server, [self.entry("a", mode="0666"), self.entry("b"), self.entry("taken")])
        self.assertIn("the path is in use by another program", server.log())
        self.assertEqual((self.inode(), self.mode()), (inode, 0o600))
        self.assertEqual(sorted(os.listdir(self.directory)), ["a", "taken"])
        self.assert_answer(self.path("a"), b"x\n", b"x\n")

    @as_root
    @unittest.skipUnless(others_can_read(SERVER), "what was built can be read by root only")
    def test_a_mode_that_can_no_more_be_set_fails(self):
        os.chmod(self.directory, 0o755)
        server = self.serve(self.entry(owner="daemon", mode="0666"), user="nobody")
        os.chmod(os.path.dirname(server.config), 0o755)
        self.fail_to_reload(server, [self.entry(owner="daemon", mode="0600")], user="nobody")
        self.assertIn(f"cannot listen on unix {self.path()}: cannot give it mode 0600, user ", server.log())
        self.assertEqual(self.mode(), 0o666)
        self.assert_answer(self.path(), b"x\n", b"x\n")


class Upgraded(UnixTest, UpgradeTest):
    expected_errors = ("upgrade failed",)

    def entry(self, name="a", handler="echo", **more):
        return UnixTest.entry(self, name, handler, **more)

    def configure(self, server, *listeners):
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump({"listeners": listeners}, file)

    def test_nobody_is_refused_and_the_last_one_removes_it(self):
        server = self.serve(self.entry())
        inode = self.inode()
        load = Load(self.path(), {b""}, questions=1)
        pid = self.upgrade(server)
        for _ in range(UPGRADES_UNDER_LOAD - 1):
            pid = self.upgrade_again(server, pid)
        self.assertEqual(load.stop(), [])
        self.assertGreater(load.asked, 0)
        self.assertEqual(self.inode(), inode)
        os.kill(pid, signal.SIGTERM)
        self.await_removal()

    def test_the_new_config_says_who_may_connect(self):
        server = self.serve(self.entry())
        inode = self.inode()
        self.configure(server, self.entry(mode="0666"))
        self.upgrade(server)
        self.assertEqual((self.inode(), self.mode()), (inode, 0o666))

    def test_what_the_new_config_has_not_is_removed(self):
        server = self.serve(self.entry("a"), self.entry("b"))
        self.configure(server, self.entry("a"))
        self.upgrade(server)
        self.assertEqual(os.listdir(self.directory), ["a"])
        self.assert_answer(self.path("a"), b"x\n", b"x\n")

    def test_a_failed_one_changes_nothing(self):
        server = self.serve(self.entry("a"), self.entry("b"))
        self.listening_socket("taken")
        self.configure(server, self.entry("a", mode="0666"), self.entry("taken"))
        server.signal(signal.SIGUSR2)
        server.await_log("upgrade failed, this server goes on")
        self.assertEqual((self.mode("a"), self.mode("b")), (0o600, 0o600))
        for name in ("a", "b"):
            self.assert_answer(self.path(name), b"x\n", b"x\n")
        server.stop(self.expected_errors)
        self.assertEqual(os.listdir(self.directory), ["taken"])


class Activated(UnixTest):
    """This test as the service manager."""

    def command(self, **more):
        config = self.path("server.json")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"listeners": [self.entry(**more)]}, file)
        script = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=a exec "$@" 3<&"$PASSED"'
        return ["bash", "-c", script, "bash", SERVER, "--config", config]

    def run_options(self, passed):
        return {"env": {**os.environ, "PASSED": str(passed.fileno())}, "pass_fds": (passed.fileno(),)}

    def test_a_passed_socket_is_served_and_its_file_left_alone(self):
        passed = self.listening_socket()
        os.chmod(self.path(), 0o660)
        waiting = self.connect(self.path())  # before there is a server
        waiting.sendall(b"early\n")
        with subprocess.Popen(self.command(mode="0660"), stdout=subprocess.PIPE, **self.run_options(passed)) as server:
            self.addCleanup(server.kill)
            self.assertEqual(receive_exactly(waiting, 6), b"early\n")
            server.send_signal(signal.SIGUSR2)  # its successor must not remove it either
            lines = iter(server.stdout.readline, b"ready\n")
            self.assertEqual([next(lines)], [f"listening a unix {self.path()} framing=line handler=echo\n".encode()])
            list(lines)
            successor = wait_until(lambda: self.child_of(server.pid), lambda: "a successor")
            self.assertEqual(server.wait(PATIENCE), 0)
        self.assert_answer(self.path(), b"x\n", b"x\n")
        os.kill(successor, signal.SIGTERM)
        wait_until(lambda: not is_running(successor), lambda: f"the end of process {successor}")
        self.assertEqual(self.mode(), 0o660)

    def test_a_passed_socket_that_others_reach_is_refused(self):
        passed = self.listening_socket()
        os.chmod(self.path(), 0o666)
        done = subprocess.run(
            self.command(handler={"type": "exec", "shell": True}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            **self.run_options(passed),
        )
        self.assertEqual(done.returncode, EX_CONFIG)
        self.assertRegex(done.stderr, "found mode 0666, .* of a socket that was passed in, expected mode 0600, .*SocketMode")
        self.assertEqual(self.mode(), 0o666)

    @as_root
    def test_its_owner_is_the_managers_choice_unless_the_config_names_one(self):
        passed = self.listening_socket()
        os.chown(self.path(), NOBODY.pw_uid, NOBODY.pw_gid)
        os.chmod(self.path(), 0o600)
        with subprocess.Popen(self.command(), stdout=subprocess.PIPE, **self.run_options(passed)) as server:
            self.addCleanup(server.kill)
            self.assert_answer(self.path(), b"x\n", b"x\n")
            server.terminate()
        done = subprocess.run(self.command(owner="daemon"), capture_output=True, text=True, timeout=PATIENCE, **self.run_options(passed))
        self.assertEqual(done.returncode, EX_CONFIG)
        self.assertIn(f"user {NOBODY.pw_uid} and group {NOBODY.pw_gid} of a socket that was passed in, expected ", done.stderr)

    @staticmethod
    def child_of(pid):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return next((int(child) for child in children.read().split()), None)
        return None


if __name__ == "__main__":
    unittest.main()
