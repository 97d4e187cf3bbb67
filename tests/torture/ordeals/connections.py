"""Faulty peers in great number, and an honest one beside them that must not notice."""

import collections
import contextlib
import json
import os
import subprocess
import sys
import time

from certificates import Authority
from netkit_testing import no_more_than, sanitized, wait_until
from ordeal import Ordeal, at_most, exactly, told

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CYCLES = 5
QUIET_S = 2.0
ENDS_WELL = {"answered", "ended", "ended by the server", "killed", "left at last", "reset"}
KINDS = (
    "reset",
    "half-close",
    "killed",
    "slow-writer",
    "slow-reader",
    "silent",
    "garbage",
    "oversize",
    "tls-noise",
    "empty-messages",
)
ATTACKED = ("line", "length", "netstring", "varint", "json-header", "tls")


def python(name, *arguments, **pipes):
    path = os.path.join(HERE, name)
    return subprocess.Popen([sys.executable, "-B", path, *arguments], stdout=subprocess.PIPE, text=True, **pipes)


class Honest:
    """The honest client, in a process of its own."""

    def __init__(self, address):
        self._popen = python("honest.py", address[0], str(address[1]), stdin=subprocess.PIPE)

    def phase(self):
        """Ends a phase and returns its figures."""
        self._popen.stdin.write("\n")
        self._popen.stdin.flush()
        return json.loads(self._popen.stdout.readline())

    def quiet(self):
        self.phase()
        time.sleep(QUIET_S)
        return self.phase()

    def end(self):
        self._popen.kill()
        self._popen.communicate()


def attack(kinds, count, server):
    """So many of each of those kinds, all kinds at once; returns how often what came of them."""
    listeners = [f"{name}={host}:{port}" for name in ATTACKED for host, port in [server.address(name, transport(name))]]
    with contextlib.ExitStack() as stack:
        attackers = [python("faulty.py", kind, str(count), *listeners) for kind in kinds]
        for popen in attackers:
            stack.callback(popen.wait)
            stack.callback(popen.kill)
        tallies = [collections.Counter(json.loads(popen.communicate()[0])) for popen in attackers]
        return sum(tallies, collections.Counter())


def transport(name):
    return "tls" if name == "tls" else "tcp"


def part_processors(field):
    """Half of the processors for the server and the other half for its peers, as they would be on machines of their own;
    what is started belongs to the peers unless it is started within what this returns."""
    everyone = sorted(os.sched_getaffinity(0))
    half = len(everyone) // 2
    field.addCleanup(os.sched_setaffinity, 0, everyone)
    os.sched_setaffinity(0, everyone[half:])

    @contextlib.contextmanager
    def on_the_servers():
        os.sched_setaffinity(0, everyone[:half] or everyone)
        try:
            yield
        finally:
            os.sched_setaffinity(0, everyone[half:])

    return on_the_servers()


def serve(field):
    guarded = {
        "handler": "echo",
        "limits": {"message": "64KiB", "output": "64KiB"},
        "timeouts": {"idle": "400ms"},
    }
    certificate, key = Authority(field.folder()).issue("server", ["IP:127.0.0.1"])
    encrypted = {"framing": "line", "transport": "tls", "tls": {"certificate": certificate, "key": key}}
    return field.serve(
        {"name": "honest", "framing": "line", "handler": "echo"},
        *({"name": name, "framing": name, **guarded, **(encrypted if name == "tls" else {})} for name in ATTACKED),
        arguments=(),
    )


def census(server):
    return {**server.process.census(), "threads": server.process.threads()}


def worst(phases, figure):
    return max(phase[figure] for phase in phases)


def middle(phases, figure):
    return sorted(phase[figure] for phase in phases)[len(phases) // 2]


def faulty_connections(field):
    with part_processors(field):
        server = serve(field)
    honest = Honest(server.address("honest"))
    field.addCleanup(honest.end)
    count = field.scaled(100_000, short=3_000) // CYCLES // len(KINDS)
    attack(KINDS, 20, server)  # what is allocated once is allocated now
    before = wait_until(lambda: census(server), lambda: "a census")
    quiet, attacked, memory, settled, outcomes = [], [], [], [], collections.Counter()
    honest.quiet()
    for _ in range(CYCLES):
        outcomes += attack(KINDS, count, server)
        attacked.append(honest.phase())
        ended = time.monotonic()
        now = lambda: census(server)
        wait_until(lambda: no_more_than(before, now()), lambda: f"{before}, now {now()}")
        settled.append(time.monotonic() - ended)
        quiet.append(honest.quiet())
        memory.append(server.process.resident())

    yield told("faulty connections of ten kinds", count * CYCLES * len(KINDS))
    yield told("slow and silent ones that the server has ended", outcomes["ended by the server"])
    bad = {outcome: number for outcome, number in outcomes.items() if outcome not in ENDS_WELL}
    yield exactly("faulty ones that were not answered or not ended", sum(bad.values()), 0)
    yield told("honest messages meanwhile", sum(phase["messages"] for phase in attacked))
    yield exactly("honest messages lost", sum(phase["lost"] for phase in quiet + attacked), 0)
    yield told("honest p99 when quiet, middle of the cycles", middle(quiet, "p99_us"), "µs")
    attacked_p99 = middle(attacked, "p99_us")
    ratio = attacked_p99 / middle(quiet, "p99_us")
    if field.short or sanitized():
        # No measurement, whatever else the machine does: the bound only says that nobody is kept waiting.
        yield at_most("honest p99 under attack, middle of the cycles", attacked_p99, 1e6, "µs")
        yield told("the second by the first", ratio)
    else:
        yield told("honest p99 under attack, middle of the cycles", attacked_p99, "µs")
        yield at_most("the second by the first", ratio, 2.0)
    yield at_most("longest until descriptors and threads are as before", max(settled), 2.0, "s")
    yield told("memory after the first cycle", memory[0] / (1 << 20), "MiB")
    if not sanitized():
        # A short run has not seen the most that a crowd needs in its first cycle.
        yield at_most("memory after the last cycle, by the first", memory[-1] / memory[0], 1.5 if field.short else 1.05)


ORDEALS = [Ordeal("connections: faulty ones of ten kinds", faulty_connections)]
