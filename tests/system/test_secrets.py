"""What other processes of the server's user can see of the server, and change."""

import fcntl
import glob
import os
import subprocess
import unittest

from netkit_testing import BUILD, SystemTest, connect, receive_to_end, sanitized

SECRET = "netkit-test-secret"
F_GET_SEALS = 1034
ALL_SEALS = 0xF  # seal, shrink, grow, write


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Secrets(SystemTest):
    def setUp(self):
        super().setUp()
        os.environ["NETKIT_TEST_SECRET"] = SECRET
        self.addCleanup(os.environ.pop, "NETKIT_TEST_SECRET")

    def shell(self, **top):
        server = self.serve({"handler": {"type": "exec", "shell": True, "no_new_privs": False}}, user="nobody", **top)
        self.launcher = min(server.process.descendants())
        return server

    def run_in(self, server, command):
        with connect(server.address("listener-0")) as client:
            client.sendall(command.encode())
            client.shutdown(1)
            return receive_to_end(client).decode()

    def test_commands_see_no_environment(self):
        server = self.shell(debuggable=False)
        for pid in (server.popen.pid, self.launcher):
            seen = self.run_in(server, f"id -un; cat /proc/{pid}/environ; : > /proc/{pid}/mem")
            self.assertNotIn(SECRET, seen)
            self.assertIn("denied", seen)

    def test_a_debuggable_server_shows_it(self):
        server = self.shell(debuggable=True)
        self.assertIn(SECRET, self.run_in(server, f"cat /proc/{server.popen.pid}/environ"))

    @unittest.skipIf(sanitized(), "a sanitizer has to be loaded first")
    def test_commands_see_no_environment_of_a_server_that_starts(self):
        os.environ["LD_PRELOAD"] = os.path.join(BUILD, "tests", "stuck-plugins", "early-signal.so")
        os.environ["EARLY_DUMPABLE"] = "yes"
        for name in ("LD_PRELOAD", "EARLY_DUMPABLE"):
            self.addCleanup(os.environ.pop, name)
        self.shell(debuggable=True).await_log("early: dumpable 0")

    def test_the_launcher_has_none(self):
        self.shell(debuggable=True)
        with open(f"/proc/{self.launcher}/environ", "rb") as file:
            self.assertEqual(file.read(), b"")

    def test_copies_of_plugins_are_sealed(self):
        server = self.shell(debuggable=True)
        copies = [path for path in glob.glob(f"/proc/{server.popen.pid}/fd/*") if "memfd:" in os.readlink(path)]
        self.assertTrue(copies)
        for path in copies:
            fd = os.open(path, os.O_RDWR)
            self.addCleanup(os.close, fd)
            self.assertEqual(fcntl.fcntl(fd, F_GET_SEALS), ALL_SEALS)
            with self.assertRaises(PermissionError):
                os.write(fd, b"changed")


if __name__ == "__main__":
    unittest.main()
