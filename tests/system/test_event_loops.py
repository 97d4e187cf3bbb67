"""How many event loops there are, where they run, and what they need at hand."""

import contextlib
import os
import re
import resource
import unittest

from netkit_testing import SystemTest, on_processors, wait_until

PROCESSORS = sorted(os.sched_getaffinity(0))


def processors_of_threads(pid):
    """The processors that each thread may run on."""
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):  # one that has just ended
            found.append(os.sched_getaffinity(int(thread)))
    return found


class EventLoops(SystemTest):
    def serve_on(self, processors, **event_loops):
        listeners = (
            {"name": "echo", "framing": "line", "handler": "echo"},
            {"name": "exec", "framing": "line", "handler": {"type": "exec", "shell": True}},
        )
        with on_processors(processors):
            server = self.serve(*listeners, event_loops=event_loops, timeouts={"drain": "100ms"})
        self.assert_answer(server.address("echo"), b"hi\n", b"hi\n")
        return server

    @unittest.skipIf(len(PROCESSORS) < 2, "one processor")
    def test_as_many_as_the_server_may_use_processors(self):
        for count in (1, 2):
            server = self.serve_on(PROCESSORS[:count])
            self.assertEqual(server.process.threads_named("netkit-loop"), count)

    @unittest.skipIf(len(PROCESSORS) < 2, "one processor")
    def test_each_pinned_to_one(self):
        server = self.serve_on(PROCESSORS[:2], count=3, pin=True)
        pinned = sorted(min(cpus) for cpus in processors_of_threads(server.process.pid) if len(cpus) == 1)
        self.assertEqual(pinned, sorted([PROCESSORS[0], PROCESSORS[1], PROCESSORS[0]]))

    @unittest.skipIf(len(PROCESSORS) < 2, "one processor")
    def test_who_works_for_a_pinned_loop_is_not_pinned(self):
        server = self.serve_on(PROCESSORS[:2], count=1, pin=True)
        for _ in range(4):
            connection = self.connect(server.address("exec"))
            connection.sendall(b"exec sleep 60\n")
        wait_until(lambda: server.process.threads_named("netkit-worker") > 0, lambda: "a thread for the calls")
        pinned = lambda: sum(len(cpus) == 1 for cpus in processors_of_threads(server.process.pid))
        wait_until(lambda: pinned() == 1, lambda: f"one pinned thread, not {pinned()}")  # a new one begins as its maker was
        with self.connect(server.address("exec")) as connection:
            connection.sendall(b"grep Cpus_allowed_list /proc/self/status\n")
            allowed = re.search(rb"\t(.*)\n", connection.recv(1000)).group(1)
        self.assertNotIn(allowed.decode(), [str(processor) for processor in PROCESSORS[:2]])

    def test_loops_run_anywhere_otherwise(self):
        server = self.serve_on(PROCESSORS, count=2)
        self.assertEqual(set(map(frozenset, processors_of_threads(server.process.pid))), {frozenset(PROCESSORS)})


class Descriptors(SystemTest):
    def test_their_table_is_large_enough_from_the_begin(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        server = self.serve({"framing": "line", "handler": "echo"}, limits={"connections": 3000}, descriptors=most)
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
            size = int(re.search(r"FDSize:\s+(\d+)", status.read()).group(1))
        self.assertGreaterEqual(size, min(most, 3000))


if __name__ == "__main__":
    unittest.main()
