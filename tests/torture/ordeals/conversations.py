"""What a handler keeps, in great number: a group of whose members some do not keep up, replies, timers."""

import json
import os
import shutil
import subprocess
import time

from netkit_testing import BUILD, connect, sanitized, wait_until
from ordeal import TOOLS, Ordeal, at_most, exactly, told

OUTPUT = 64 << 10  # limits.output
ONE_SLOW_IN = 10
EXAMPLES = os.path.join(BUILD, "lib", "netkit", "plugins", "examples")
SAMPLE_S = 0.2
SPARE = 8 << 20  # bytes of memory for all that does not grow with members


def serve(field):
    """Most members only listen, which is no silence to be ended."""
    chat = {"framing": "line", "handler": "chat", "limits": {"output": OUTPUT}, "timeouts": {"first_byte": "0s"}}
    return field.serve({"name": "chat", **chat}, arguments=(), plugin_path=[EXAMPLES])


def join(field, server, members, rate, seconds, size):
    """The load, once the server has all its members."""
    numbers = [server.address("chat")[1], members, rate, seconds, size, ONE_SLOW_IN]
    command = [os.path.join(TOOLS, "chat-load"), *map(str, numbers)]
    before = server.process.descriptors()
    popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    field.addCleanup(popen.communicate)
    field.addCleanup(popen.kill)
    if popen.stdout.readline() != "joined\n":
        raise AssertionError("the members could not join")
    now = server.process.descriptors
    wait_until(lambda: now() == before + members, lambda: f"{members} members, {now() - before} have come")
    return popen


def hold(load, server):
    """Has the members talk. Returns what they found, and the most memory that the server has had meanwhile."""
    most = 0
    load.stdin.write("\n")
    load.stdin.flush()
    while load.poll() is None:
        most = max(most, server.process.resident())
        time.sleep(SAMPLE_S)
    return json.loads(load.stdout.read()), most


def chat(members, rate, size, seconds):
    """An ordeal of that many members who say so many messages a second together. `seconds`: in full and when short."""

    def run(field):
        server = serve(field)
        before = server.process.census()
        crowd = field.scaled(members, short=max(100, members // 10))
        load = join(field, server, crowd, rate, field.scaled(*seconds), size)
        at_rest = server.process.resident()
        used = server.process.cpu_seconds()
        found, most = hold(load, server)
        used = server.process.cpu_seconds() - used
        yield told("members", crowd)
        yield told("of these read slowly", found["slow"])
        yield told("messages said", found["said"])
        yield told("messages said in a second", found["said"] / found["seconds"])
        yield told("messages delivered to those who keep up", found["received"])
        yield told("processor time of the server for each", 1e6 * used / found["received"], "µs")
        yield exactly("of these lost", found["expected"] - found["received"], 0)
        yield exactly("damaged, doubled or out of order", found["wrong"], 0)
        yield exactly("members ended by the server", found["ended"], 0)
        yield told("messages that the slow ones have missed", found["slow_missed"])
        yield told("from said to heard, median", found["p50_us"] / 1e3, "ms")
        yield told("from said to heard, p99", found["p99_us"] / 1e3, "ms")
        yield told("memory at rest", at_rest / (1 << 20), "MiB")
        if not sanitized():
            bound = at_rest + found["slow"] * 2 * OUTPUT + SPARE
            yield at_most("most memory", most / (1 << 20), bound / (1 << 20), "MiB")
        field.assert_census(server, before)

    return run


def serve_hoarder(field):
    plugins = field.folder()
    shutil.copy(os.path.join(TOOLS, "hoarding.so"), plugins)
    hoarder = {"name": "hoarder", "framing": "line", "handler": "hoarding", "limits": {"per_source": {"connections": 0}}}
    return field.serve(hoarder, arguments=(), plugin_path=[plugins])


class Peer:
    """A connection that asks by lines."""

    def __init__(self, field, server):
        self.connection = connect(server.address("hoarder"))
        field.addCleanup(self.connection.close)
        self.lines = self.connection.makefile("rb")
        field.addCleanup(self.lines.close)

    def say(self, *texts):
        self.connection.sendall(b"".join(text.encode() + b"\n" for text in texts))

    def hear(self):
        return self.lines.readline().decode().rstrip("\n")

    def ask(self, text):
        self.say(text)
        return self.hear()


def deferred_answers(field):
    """Each of a hundred peers has so many messages unanswered; another thread answers all, the last one first."""
    server = serve_hoarder(field)
    control = Peer(field, server)
    peers = [Peer(field, server) for _ in range(100)]
    each = field.scaled(10_000, short=1_000) // len(peers)
    at_rest = server.process.resident()
    for number, peer in enumerate(peers):
        peer.say(*(f"keep {number} {i}" for i in range(each)))
    wanted = str(each * len(peers))
    wait_until(lambda: control.ask("kept") == wanted, lambda: f"{wanted} kept, {control.ask('kept')} are")
    grown = server.process.resident() - at_rest
    begin = time.monotonic()
    control.say("answer")
    wrong = sum(peer.hear() != f"{number} {i}" for number, peer in enumerate(peers) for i in range(each))
    yield told("deferred answers open at once", each * len(peers))
    yield told("memory for each", grown / (each * len(peers)), "B")
    yield told("time until all are there", time.monotonic() - begin, "s")
    yield exactly("lost, wrong or out of order", wrong, 0)


def cpu_ns_a_message(field, server, peer):
    """Of the server, for messages one after the other."""
    messages = field.scaled(20_000, short=1_000)
    before = server.process.cpu_seconds()
    for _ in range(messages):
        peer.ask("kept")
    return (server.process.cpu_seconds() - before) / messages * 1e9


def many_timers(field):
    server = serve_hoarder(field)
    peer = Peer(field, server)
    count = field.scaled(100_000, short=10_000)
    without = cpu_ns_a_message(field, server, peer)
    at_rest = server.process.resident()
    peer.ask(f"hold {count}")
    grown = server.process.resident() - at_rest
    yield told("timers that wait for an hour", count)
    if not sanitized():
        yield at_most("memory for each", grown / count, 512, "B")
    yield told("CPU for a message without them", without / 1e3, "µs")
    yield told("CPU for a message beside them", cpu_ns_a_message(field, server, peer) / 1e3, "µs")
    late = int(peer.ask(f"run {count} 2000"))
    yield told("timers more, due within two seconds, all of which ran", count)
    yield told("the latest by", late / 1e3, "ms")


ORDEALS = [
    Ordeal("conversations: chat of 5,000 members", chat(5000, rate=20, size=1024, seconds=(60, 5))),
    Ordeal("conversations: chat of 1,000 messages a second", chat(100, rate=1000, size=256, seconds=(60, 5))),
    Ordeal("conversations: deferred answers", deferred_answers),
    Ordeal("conversations: timers", many_timers),
]
