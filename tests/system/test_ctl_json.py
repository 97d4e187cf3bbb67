"""netkit-ctl --json: what each command prints can be read by a program, also where it is refused."""

import json
import unittest

from netkit_testing import receive_exactly, receive_to_end, run
from test_admin import CTL, AdminTest

LINES = {"name": "lines", "framing": "line", "handler": "echo"}


class JsonTest(AdminTest):
    def json(self, server, *words, status=0):
        """What one command prints, which has to be JSON and nothing else."""
        out, err = run(CTL, "--admin", server.admin, "--json", *words, status=status)
        self.assertEqual(err, "")
        return json.loads(out)

    def test_changes_say_how_they_went(self):
        server = self.serve_admin(LINES)
        client = self.connect(server.address("lines"))
        client.sendall(b"x\n")
        self.assertEqual(receive_exactly(client, 2), b"x\n")
        identity = str(self.json(server, "sessions")[0]["id"])
        for words, line in (
            (("reload",), "reload done"),
            (("log", "warning"), "the log's level is warning"),
            (("pause", "lines"), "listener lines is paused"),
            (("resume", "lines"), "listener lines accepts again"),
            (("kill", identity), f"killed {identity}"),
            (("drain", "lines"), "listener lines drains and is paused"),
        ):
            with self.subTest(words):
                outcome = self.json(server, *words)
                self.assertEqual((outcome["done"], outcome["status"], outcome["lines"][-1]), (True, 200, line))
        self.assertEqual(receive_to_end(client), b"")

    def test_what_is_refused_says_why(self):
        server = self.serve_admin(LINES)
        for words, status, why in (
            (("log", "loud"), 409, "found level 'loud', expected debug, info, warning or error"),
            (("pause", "none"), 404, "there is no listener 'none'"),
            (("kill", "123456789"), 404, "there is no conversation 123456789"),
        ):
            with self.subTest(words):
                self.assertEqual(self.json(server, *words, status=1), {"done": False, "status": status, "lines": [why]})

    def test_a_reload_that_fails_has_a_line_for_each_error(self):
        server = self.serve_admin(LINES)
        with open(server.config, "w", encoding="utf-8") as file:
            file.write('{"listeners": [{"name": "lines", "adress": 1}]}')
        outcome = self.json(server, "reload", status=1)
        self.assertFalse(outcome["done"])
        self.assertGreater(len(outcome["lines"]), 2)
        self.assertIn("did you mean 'address'?", "".join(outcome["lines"]))
        self.assertEqual(outcome["lines"][-1], "reload failed, the running config stays")

    def test_every_view_is_a_list_or_an_object(self):
        server = self.serve_admin(LINES)
        for view in ("listeners", "sessions", "errors", "plugins"):
            self.assertIsInstance(self.json(server, view), list)
        self.assertIsInstance(self.json(server, "status"), dict)

    def test_each_sample_of_top_is_a_line(self):
        server = self.serve_admin(LINES)
        lines = self.ctl(server, "top", "--json", "--samples", "2").splitlines()
        self.assertEqual(len(lines), 2)
        for line in lines:
            sample = json.loads(line)
            self.assertGreater(sample["seconds"], 0)
            (one,) = sample["listeners"]
            self.assertEqual((one["listener"], one["transport"], one["paused"]), ("lines", "tcp", False))
            self.assertEqual(one["received_messages_per_second"], 0)
        self.assertEqual(len(self.ctl(server, "--json", "top").splitlines()), 1)
        run(CTL, "--admin", server.admin, "top", "--samples", "0", status=64)


if __name__ == "__main__":
    unittest.main()
