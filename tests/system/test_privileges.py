"""A server that binds as root and serves as somebody else."""

import contextlib
import json
import os
import pwd
import signal
import subprocess
import unittest

from netkit_testing import AS_NOBODY, CLIENT, SERVER, SystemTest, connect, others_can_read, receive_to_end, run
from test_upgrade import UpgradeTest

NOBODY = pwd.getpwnam("nobody")


def status_field(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(line.split()[1:] for line in status if line.startswith(f"{name}:"))


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class GivenUp(SystemTest):
    expected_errors = ("reload failed", r"server\.json:")

    def assert_is(self, pid, user, group):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                self.assert_task_is(f"{pid}/task/{task}", user, group)

    def assert_task_is(self, task, user, group):
        self.assertEqual(status_field(task, "Uid"), [str(user)] * 4)
        self.assertEqual(status_field(task, "Gid"), [str(group)] * 4)
        self.assertEqual(status_field(task, "Groups"), [])
        for capabilities in ("CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status_field(task, capabilities)[0], 16), 0)

    def ask(self, server, name, message):
        with connect(server.address(name)) as client:
            client.sendall(message)
            client.shutdown(1)
            return receive_to_end(client)

    def test_every_thread_and_the_launcher_run_as_the_user_for_good(self):
        server = self.serve(
            {"name": "low", "address": "127.0.0.1:997", "handler": "echo"},
            {"name": "shell", "handler": {"type": "exec", "shell": True}},
            user="nobody",
        )
        self.assert_is(server.popen.pid, NOBODY.pw_uid, NOBODY.pw_gid)
        self.assertEqual(self.ask(server, "low", b"hello"), b"hello")
        self.assertEqual(self.ask(server, "shell", b"id -un; id -Gn; echo $USER"), b"nobody\nnogroup\nnobody\n")
        below = server.process.descendants()
        self.assertEqual(len(below), 2)  # the launcher and one supervisor
        for pid in below:
            self.assert_is(pid, NOBODY.pw_uid, NOBODY.pw_gid)

    def test_commands_can_be_of_another_user_than_the_server(self):
        server = self.serve(
            {"name": "shell", "handler": {"type": "exec", "shell": True, "user": "daemon", "group": "mail"}},
            user="nobody",
            group="daemon",
        )
        self.assert_is(server.popen.pid, NOBODY.pw_uid, 1)
        self.assertEqual(self.ask(server, "shell", b"id -un; id -Gn; echo $USER"), b"daemon\nmail\ndaemon\n")

    def reload(self, server, outcome, config):
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.signal(signal.SIGHUP)
        server.await_log(outcome)

    @unittest.skipUnless(others_can_read(SERVER), "what was built can be read by root only")
    def test_a_reload_keeps_who_the_server_is_and_the_launchers_it_has(self):
        shell = {"name": "shell", "address": "127.0.0.1:0", "handler": {"type": "exec", "shell": True, "user": "daemon"}}
        server = self.serve(shell, user="nobody")
        os.chmod(os.path.dirname(server.config), 0o755)  # it is read by nobody now
        shell["handler"]["timeout"] = "5s"
        self.reload(server, "reload done", {"user": "daemon", "listeners": [shell]})
        self.assertIn("reload: 'user' stays as it was: it needs a restart", server.log())
        self.assert_is(server.popen.pid, NOBODY.pw_uid, NOBODY.pw_gid)
        self.assertEqual(self.ask(server, "shell", b"id -un"), b"daemon\n")
        shell["handler"]["user"] = "mail"
        self.reload(server, "commands can be run as another user only if", {"user": "nobody", "listeners": [shell]})
        self.assertEqual(self.ask(server, "shell", b"id -un"), b"daemon\n")

    @unittest.skipUnless(others_can_read(SERVER), "what was built can be read by root only")
    def test_without_root_it_is_a_config_error(self):
        folder = self.folder()
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "server.json")
        listener = {"name": "a", "address": "127.0.0.1:0", "handler": "echo"}
        for key, name in (("user", "root"), ("group", "mail")):
            with open(path, "w", encoding="utf-8") as file:
                json.dump({key: name, "listeners": [listener]}, file)
            done = subprocess.run(
                [*AS_NOBODY, SERVER, "--config", path, "--check"],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 78)
            column = len(f'{{"{key}": ') + 1
            expected = f"{path}:1:{column}: error: '{key}': only root can become '{name}'; "
            self.assertTrue(done.stderr.startswith(expected), done.stderr)


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
@unittest.skipUnless(others_can_read(SERVER), "what was built can be read by root only")
class UpgradedAfterwards(UpgradeTest):
    expected_errors = ("upgrade failed", r"server\.json:")

    def serve_as_nobody(self, *listeners):
        server = self.serve(*listeners, user="nobody")
        os.chmod(os.path.dirname(server.config), 0o755)  # the new server reads it as nobody
        return server

    def test_the_new_server_is_the_same_user_and_has_the_low_port(self):
        server = self.serve_as_nobody({"name": "low", "address": "127.0.0.1:996", "framing": "line", "handler": "echo"})
        pid = self.upgrade(server)
        self.assertEqual(status_field(pid, "Uid"), [str(NOBODY.pw_uid)] * 4)
        self.assert_answer(("127.0.0.1", 996), b"x\n", b"x\n")

    def test_commands_of_another_user_are_kept_by_the_server_that_can_run_them(self):
        shell = {"type": "exec", "shell": True, "user": "daemon"}
        server = self.serve_as_nobody({"name": "shell", "handler": shell})
        server.signal(signal.SIGUSR2)
        server.await_log("upgrade failed, this server goes on")
        self.assertIn("commands can be run as another user only if", server.log())
        self.assert_answer(server.address("shell"), b"id -un", b"daemon\n")


class SecureByDefault(SystemTest):
    def test_a_shell_for_strangers_is_refused(self):
        path = os.path.join(self.folder(), "server.json")
        for address in ("0.0.0.0:0", "[::]:0"):
            listener = {"name": "a", "address": address, "handler": {"type": "exec", "shell": True}}
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"listeners": [listener]}, file)
            _, said = run(SERVER, "--config", path, status=78)
            self.assertIn("whoever reaches the listener can run any command here", said)
            self.assertEqual(len(said.splitlines()), 1)

    def test_commands_that_were_chosen_are_not(self):
        handler = {"type": "exec", "commands": {"hello": ["echo", "hello"]}}
        server = self.serve({"name": "a", "address": "0.0.0.0:0", "handler": handler})
        port = server.address("a")[1]
        self.assertEqual(run(CLIENT, f"127.0.0.1:{port}", "hello")[0], "hello\n")


if __name__ == "__main__":
    unittest.main()
