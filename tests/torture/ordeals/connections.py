"""Faulty peers in great number, and an honest one beside them that must not notice."""

import collections
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import time

from certificates import Authority
from netkit_testing import on_processors, sanitized, wait_until
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
ATTACKED = ("line", "length", "netstring", "varint", "json-header", "tls", "unix")


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
    listeners = [f"{name}={as_text(server.address(name, transport(name)))}" for name in ATTACKED]
    with contextlib.ExitStack() as stack:
        attackers = [python("faulty.py", kind, str(count), *listeners) for kind in kinds]
        for popen in attackers:
            stack.callback(popen.wait)
            stack.callback(popen.kill)
        tallies = [collections.Counter(json.loads(popen.communicate()[0])) for popen in attackers]
        return sum(tallies, collections.Counter())


def transport(name):
    return name if name in ("tls", "unix") else "tcp"


def as_text(address):
    return address if isinstance(address, str) else "{}:{}".format(*address)


def halves():
    """One half of the processors for the server and the other for its peers, as if each had a machine of its own."""
    everyone = sorted(os.sched_getaffinity(0))
    half = len(everyone) // 2
    return everyone[:half] or everyone, everyone[half:]


def serve(field):
    guarded = {
        "handler": "echo",
        "limits": {"message": "64KiB", "output": "64KiB"},
        "timeouts": {"idle": "400ms"},
    }
    certificate, key = Authority(field.folder()).issue("server", ["IP:127.0.0.1"])
    others = {
        "tls": {"framing": "line", "transport": "tls", "tls": {"certificate": certificate, "key": key}},
        "unix": {"framing": "line", "transport": "unix", "address": os.path.join(field.folder(), "socket")},
    }
    return field.serve(
        {"name": "honest", "framing": "line", "handler": "echo"},
        *({"name": name, "framing": name, **guarded, **others.get(name, {})} for name in ATTACKED),
        arguments=(),
    )


def census(server):
    return {**server.process.census(), "threads": server.process.threads()}


def worst(phases, figure):
    return max(phase[figure] for phase in phases)


def middle(phases, figure):
    return sorted(phase[figure] for phase in phases)[len(phases) // 2]


@dataclasses.dataclass
class Cycles:
    """What was found in each cycle of quiet and attack; an honest client's phases are as honest.py tells them."""

    quiet: list = dataclasses.field(default_factory=list)
    attacked: list = dataclasses.field(default_factory=list)
    settled: list = dataclasses.field(default_factory=list)  # seconds until all was as before
    memory: list = dataclasses.field(default_factory=list)  # bytes, once it was quiet again
    outcomes: collections.Counter = dataclasses.field(default_factory=collections.Counter)


def besiege(field, server, count):
    """Attacks with `count` connections of each kind in each cycle."""
    honest = Honest(server.address("honest"))
    field.addCleanup(honest.end)
    attack(KINDS, 20, server)  # what is allocated once is allocated now
    honest.quiet()
    now = lambda: census(server)
    before, found = now(), Cycles()
    for _ in range(CYCLES):
        found.outcomes += attack(KINDS, count, server)
        found.attacked.append(honest.phase())
        ended = time.monotonic()
        wait_until(lambda: now() == before, lambda: f"{before}, now {now()}")
        found.settled.append(time.monotonic() - ended)
        found.quiet.append(honest.quiet())
        found.memory.append(server.process.resident())
    return found


def faulty_connections(field):
    own, peers = halves()
    with on_processors(own):
        server = serve(field)
    count = field.scaled(100_000, short=3_000) // CYCLES // len(KINDS)
    with on_processors(peers):
        found = besiege(field, server, count)
    quiet, attacked, outcomes = found.quiet, found.attacked, found.outcomes
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
    yield at_most("longest until descriptors and threads are as before", max(found.settled), 2.0, "s")
    yield told("memory after the first cycle", found.memory[0] / (1 << 20), "MiB")
    if not sanitized():
        yield at_most("memory after the last cycle, by the first", found.memory[-1] / found.memory[0], 1.05)


ORDEALS = [Ordeal("connections: faulty ones of ten kinds", faulty_connections)]
