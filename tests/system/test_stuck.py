"""Plugins that do not return, or take the server with them: the log says which, and for which listener."""

import json
import os
import signal
import subprocess
import time
import unittest

from netkit_testing import BUILD, PATIENCE, SERVER, SystemTest, sanitized, wait_until

PLUGINS = os.path.join(BUILD, "tests", "stuck-plugins")
PLUGIN = os.path.join(PLUGINS, "stuck.so")
SOON = 10.0  # seconds; far below the drain of the tests and far above what an end at once takes


class Stuck(SystemTest):
    def serve_stuck(self, **handler):
        stuck = {"name": "victim", "framing": "line", "handler": {"type": "stuck", **handler}}
        server = self.serve(stuck, plugin_path=[PLUGINS], event_loops={"count": 1}, timeouts={"drain": "1h"})
        self.addCleanup(server.kill)
        return server

    def tell(self, server, what):
        self.connect(server.address("victim")).sendall(what + b"\n")


class EndlessLoops(Stuck):
    def test_the_log_names_it_and_a_second_signal_ends_the_server(self):
        server = self.serve_stuck()
        self.tell(server, b"loop")
        server.await_log("event loop 0 has not turned for")
        if not sanitized():  # the thread sanitizer delivers no signal within a loop without calls
            server.await_log(f"it is in plugin {PLUGIN}, on_message, listener 'victim'")
        server.signal(signal.SIGTERM)
        server.await_log("stopping")
        server.signal(signal.SIGTERM)
        begin = time.monotonic()
        self.assertEqual(server.wait(), 70)
        self.assertLess(time.monotonic() - begin, SOON)
        server.await_log("an event loop does not turn; leaving without it")
        server.kill()


@unittest.skipIf(sanitized(), "the thread sanitizer delivers no signal within a loop without calls")
class EndlessReloads(Stuck):
    def test_the_log_names_it_and_a_second_signal_ends_the_server(self):
        server = self.serve_stuck()
        with open(server.config, encoding="utf-8") as file:
            config = json.load(file)
        config["listeners"][0]["handler"]["in_make"] = "loop"
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.signal(signal.SIGHUP)
        server.await_log("the main thread has not returned for 15 s")
        self.assert_answer(server.address("victim"), b"still served\n", b"still served\n")

        def ended():
            server.signal(signal.SIGTERM)  # two that come at once are one
            return server.popen.poll() is not None

        wait_until(ended, server.log)
        self.assertEqual(server.wait(), 70)
        server.await_log(f"leaving without it: it is in plugin {PLUGIN}, make, listener 'victim'")
        server.kill()


@unittest.skipIf(sanitized(), "a sanitizer has a report of its own")
class Crashes(Stuck):
    def assert_crash(self, server, number, call="on_message"):
        self.assertEqual(server.wait(), -number)
        name = signal.Signals(number).name
        server.await_log(f"error crash: {name} in plugin {PLUGIN}, {call}, listener 'victim'\n")
        server.kill()

    def test_the_log_says_where(self):
        for what, number in ((b"crash", signal.SIGSEGV), (b"abort", signal.SIGABRT), (b"library", signal.SIGSEGV)):
            with self.subTest(what=what):
                server = self.serve_stuck()
                self.tell(server, what)
                self.assert_crash(server, number)

    def test_a_stack_that_is_used_up(self):
        server = self.serve_stuck()
        self.tell(server, b"overflow")
        self.assert_crash(server, signal.SIGSEGV)

    def test_on_a_worker(self):
        for what in (b"crash", b"overflow"):
            with self.subTest(what=what):
                server = self.serve_stuck(blocks=True)
                self.tell(server, what)
                self.assert_crash(server, signal.SIGSEGV)

    def test_in_json_and_beside_the_log(self):
        log = os.path.join(self.folder(), "netkit.log")
        stuck = {"name": "victim", "framing": "line", "handler": "stuck"}
        server = self.serve(stuck, plugin_path=[PLUGINS], log={"file": log, "format": "json"})
        self.addCleanup(server.kill)
        self.tell(server, b"crash")
        self.assertEqual(server.wait(), -signal.SIGSEGV)
        with open(log, encoding="utf-8") as file:
            last = json.loads(file.read().splitlines()[-1])
        self.assertEqual(last["level"], "error")
        self.assertEqual(last["text"], f"crash: SIGSEGV in plugin {PLUGIN}, on_message, listener 'victim'")
        server.await_log("netkit-server: crash: SIGSEGV in plugin")
        server.kill()

    def test_while_a_config_is_checked(self):
        config = os.path.join(self.folder(), "server.json")
        stuck = {"name": "victim", "address": "127.0.0.1:0", "handler": {"type": "stuck", "in_make": "crash"}}
        with open(config, "w", encoding="ascii") as file:
            json.dump({"plugin_path": [PLUGINS], "listeners": [stuck]}, file)
        done = subprocess.run([SERVER, "--config", config, "--check"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, -signal.SIGSEGV)
        self.assertIn(f"crash: SIGSEGV in plugin {PLUGIN}, make, listener 'victim'\n", done.stderr)


@unittest.skipIf(sanitized(), "a sanitizer has to be loaded first")
class EarlySignals(SystemTest):
    def test_they_do_not_end_a_server_that_starts(self):
        os.environ["LD_PRELOAD"] = os.path.join(PLUGINS, "early-signal.so")
        self.addCleanup(os.environ.pop, "LD_PRELOAD")
        for number in (signal.SIGUSR1, signal.SIGHUP):
            with self.subTest(number):
                os.environ["EARLY_SIGNAL"] = str(int(number))
                self.addCleanup(os.environ.pop, "EARLY_SIGNAL", None)
                server = self.serve({"name": "a", "handler": "echo"})
                self.connect(server.address("a"))
                if number == signal.SIGHUP:  # the totals of USR1 may come before there is a listener
                    server.await_log("reload done")
                server.stop()


if __name__ == "__main__":
    unittest.main()
