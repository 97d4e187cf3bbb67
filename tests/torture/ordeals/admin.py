"""The admin endpoint under attack, which is to change nothing for those whom the listeners serve."""

import collections
import json
import os
import subprocess
import time

from netkit_testing import on_processors, sanitized, wait_until
from ordeal import Ordeal, at_least, at_most, exactly, told
from ordeals.connections import Honest, halves, middle, python

PHASE_S = 2.0
CLIENTS = 200


class Crowd:
    """admin_crowd.py, in a process of its own."""

    def __init__(self, count, admin, metrics):
        self._popen = python("admin_crowd.py", str(count), admin, "%s:%d" % metrics, stdin=subprocess.PIPE)

    def turn(self):
        """From rest to work or back. Returns what came of its connections."""
        self._popen.stdin.write("\n")
        self._popen.stdin.flush()
        return collections.Counter(json.loads(self._popen.stdout.readline()))

    def end(self):
        self._popen.kill()
        self._popen.communicate()


def crowded_admin(field):
    """Quiet and attacked phases in turn, so that what else the machine does falls on both."""
    count = field.scaled(CLIENTS, short=CLIENTS)
    cycles = field.scaled(15, short=3)
    servers, peers = halves()
    path = os.path.join(field.folder(), "admin.sock")
    with on_processors(servers):
        server = field.serve({"name": "honest", "framing": "line", "handler": "echo"}, arguments=(),
                             admin={"address": path, "metrics": "127.0.0.1:0"})
    with on_processors(peers):
        honest = Honest(server.address("honest"))
        field.addCleanup(honest.end)
        crowd = Crowd(count, path, server.address("(metrics)"))
        field.addCleanup(crowd.end)
        quiet, attacked, outcomes = [], [], collections.Counter()
        honest.quiet()
        before = server.process.census()
        for _ in range(cycles):
            quiet.append(honest.quiet())
            crowd.turn()
            honest.phase()
            time.sleep(PHASE_S)
            attacked.append(honest.phase())
            outcomes += crowd.turn()
    yield told("clients of the admin endpoint at once", count)
    yield told("their connections in all", sum(outcomes.values()))
    yield at_least("of these answered or ended by the server", outcomes["answered"] + outcomes["ended by the server"], count)
    yield told("honest messages meanwhile", sum(phase["messages"] for phase in attacked))
    yield exactly("honest messages lost", sum(phase["lost"] for phase in quiet + attacked), 0)
    yield told("honest p99 when quiet, middle of the cycles", middle(quiet, "p99_us"), "µs")
    yield told("honest p99 under attack, middle of the cycles", middle(attacked, "p99_us"), "µs")
    ratios = sorted(b["p99_us"] / a["p99_us"] for a, b in zip(quiet, attacked))
    ratio = ratios[len(ratios) // 2]
    if sanitized() or field.short:
        yield told("the second by the first, middle of the pairs", ratio)
    else:
        yield at_most("the second by the first, middle of the pairs", ratio, 1.1)
    wait_until(lambda: server.process.census() == before, lambda: f"{before}, now {server.process.census()}")


ORDEALS = [Ordeal("admin: 200 clients that are slow, broken or malicious", crowded_admin)]
