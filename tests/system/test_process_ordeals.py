"""Programs that do their worst, beside an honest listener that loses nothing."""

import contextlib
import os
import socket
import stat
import textwrap
import threading
import unittest

from netkit_testing import SystemTest, connect, receive_exactly, receive_to_end, sanitized, wait_until

PYTHON = "/usr/bin/python3"


class Honest:
    """Asks the honest listener for as long as the ordeal lasts, and counts."""

    def __init__(self, address):
        self._address = address
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.answers = 0
        self.failure = None

    def _ask(self):
        try:
            with connect(self._address) as peer:
                while not self._over.is_set():
                    peer.sendall(b"honest %d\n" % self.answers)
                    expected = b"HONEST %d\n" % self.answers
                    if receive_exactly(peer, len(expected)) != expected:
                        raise AssertionError("a wrong answer")
                    self.answers += 1
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error

    def __enter__(self):
        self._thread.start()
        self._await_one_more()
        return self

    def __exit__(self, *_):
        self._await_one_more()
        self._over.set()
        self._thread.join()
        if self.failure:
            raise self.failure

    def _await_one_more(self):
        before = self.answers
        wait_until(lambda: self.answers > before or self.failure, lambda: "an answer to the honest client")


class Ordeals(SystemTest):
    expected_errors = ("wicked: program 1",)

    def setUp(self):
        self.scripts = self.folder()

    def script(self, text):
        path = os.path.join(self.scripts, "program")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text).lstrip())
        os.chmod(path + ".new", stat.S_IRWXU)
        os.rename(path + ".new", path)  # a server that is there may start it meanwhile: a file open for writing is busy
        return path

    def start(self, text, **options):
        """A wicked program behind one listener, an honest one behind another."""
        wicked = {"type": "process", "command": [self.script(text)], "workers": 1, "timeout": "500ms", "grace": "100ms",
                  **options}
        honest = {"type": "process", "command": ["sed", "-u", "s/.*/\\U&/"], "workers": 1}
        server = self.serve({"name": "wicked", "framing": "line", "handler": wicked},
                            {"name": "honest", "framing": "line", "handler": honest}, arguments=())
        self.wicked = server.address("wicked")
        return server

    @contextlib.contextmanager
    def beside_an_honest_one(self, server):
        with Honest(server.address("honest")):
            yield

    def ask_wicked(self, *messages):
        """What comes until the server closes; a reset is an end too."""
        with connect(self.wicked) as peer:
            with contextlib.suppress(ConnectionError):
                peer.sendall(b"".join(message + b"\n" for message in messages))
                peer.shutdown(socket.SHUT_WR)
            received = b""
            with contextlib.suppress(ConnectionError):
                while data := peer.recv(65536):
                    received += data
            return received

    def assert_no_zombies(self, server):
        wait_until(lambda: server.process.census()["zombies"] == 0, lambda: "the end of all zombies")

    def test_crashes_at_each_step(self):
        steps = {
            "before it reads": "exit 1",
            "behind a read": "read -r x; exit 1",
            "in an answer": "read -r x; printf half; exit 1",
            "behind an answer": "read -r x; echo whole; exit 1",
            "by a signal": "read -r x; kill -9 $$",
            "with its output closed": "read -r x; exec >&-; sleep 1000",
            "with its input closed": "exec <&-; sleep 1000",
        }
        for what, program in steps.items():
            with self.subTest(what):
                server = self.start("#!/bin/sh\n" + program)
                with self.beside_an_honest_one(server):
                    self.assertIn(self.ask_wicked(b"x"), (b"", b"whole\n"))
                self.assert_no_zombies(server)

    def test_floods_of_output(self):
        server = self.start("#!/bin/sh\nread -r x\nexec yes\n")
        with self.beside_an_honest_one(server):
            self.ask_wicked(b"x")
            server.await_log("it has answered what nobody has asked")

    def test_a_gigabyte_without_a_newline(self):
        server = self.start("#!/bin/sh\nread -r x\nexec head -c 1073741824 /dev/zero\n")
        with self.beside_an_honest_one(server):
            self.assertEqual(self.ask_wicked(b"x"), b"")
        server.await_log("line of more than")
        if not sanitized():
            self.assertLess(server.process.peak_resident(), 100 << 20)

    def test_a_flood_of_errors_without_a_newline(self):
        server = self.start("#!/bin/sh\nread -r x\nhead -c 20000000 /dev/zero >&2\necho done\nexec cat\n", timeout="20s")
        with self.beside_an_honest_one(server):
            self.assertEqual(self.ask_wicked(b"x"), b"done\n")
        if not sanitized():
            self.assertLess(server.process.peak_resident(), 100 << 20)

    def test_never_reads(self):
        server = self.start("#!/bin/sh\nexec sleep 1000\n")
        with self.beside_an_honest_one(server):
            self.assertEqual(self.ask_wicked(*[b"x" * 1000] * 100), b"")

    def test_answers_in_single_bytes(self):
        server = self.start(f"""
            #!{PYTHON}
            import os, sys
            for line in sys.stdin.buffer:
                for byte in line.upper():
                    os.write(1, bytes([byte]))
        """, timeout="30s")
        with self.beside_an_honest_one(server):
            messages = [b"message %d" % i for i in range(300)]
            self.assertEqual(self.ask_wicked(*messages), b"".join(m.upper() + b"\n" for m in messages))

    def test_answers_too_little(self):
        server = self.start("#!/bin/sh\nread -r x; echo one; read -r x; exec sleep 1000\n", timeout="5s")
        with self.beside_an_honest_one(server):
            self.assertEqual(self.ask_wicked(b"1", b"2"), b"one\n")
        server.await_log("does it flush its output?")

    def test_forks_away_and_ignores_what_it_can(self):
        server = self.start("""
            #!/bin/sh
            trap '' TERM HUP INT
            (setsid sh -c 'trap "" TERM HUP INT; exec sleep 1000' &) >/dev/null 2>&1
            read -r x
            while :; do sleep 1000; done
        """)
        with self.beside_an_honest_one(server):
            self.assertEqual(self.ask_wicked(b"x"), b"")
            # Only those of the next one, which has started, may be there.
            wait_until(lambda: len(server.process.descendants_named("sleep")) <= 2, lambda: "the end of the first one")
        server.stop(self.expected_errors)
        self.assertEqual(server.process.descendants_named("sleep"), [])

    def test_memory_and_descriptors_stay_flat_over_restarts(self):
        server = self.start("#!/bin/sh\nread -r x\necho \"$x\"\nread -r x\nexit 1\n", per="connection", timeout="30s")
        for _ in range(30):
            self.ask_wicked(b"1", b"2")
        before, memory = server.process.descriptors(), server.process.resident()
        with self.beside_an_honest_one(server):
            for _ in range(300):
                self.assertEqual(self.ask_wicked(b"1", b"2"), b"1\n")
        self.assert_no_zombies(server)
        wait_until(lambda: server.process.descriptors() <= before + 2, lambda: "descriptors are left")
        if not sanitized():
            self.assertLess(server.process.resident() - memory, 4 << 20)

    def test_memory_and_descriptors_stay_flat_over_restarts_of_a_pool(self):
        server = self.start("#!/bin/sh\nread -r x\necho \"$x\"\nread -r x\nexit 1\n", timeout="30s")

        def crash():
            self.assertEqual(self.ask_wicked(b"1", b"2"), b"1\n")

        def restarted():
            wait_until(lambda: server.process.descendants_named("program"), lambda: "the next program")
            return server.process.census()

        for _ in range(5):
            crash()
        before, memory = restarted(), server.process.resident()
        with self.beside_an_honest_one(server):
            for _ in range(40):
                crash()
        restarted()
        now = server.process.census
        wait_until(lambda: all(count <= before[what] + 2 for what, count in now().items()), lambda: f"{before}, now {now()}")
        self.assert_no_zombies(server)
        if not sanitized():
            self.assertLess(server.process.resident() - memory, 4 << 20)


if __name__ == "__main__":
    unittest.main()
