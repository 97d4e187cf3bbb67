"""Many conversations at once that a handler keeps: a chat, of whose members some do not keep up."""

import json
import os
import subprocess
import time

from netkit_testing import BUILD, sanitized, wait_until
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


ORDEALS = [
    Ordeal("conversations: chat of 5,000 members", chat(5000, rate=20, size=1024, seconds=(60, 5))),
    Ordeal("conversations: chat of 1,000 messages a second", chat(100, rate=1000, size=256, seconds=(60, 5))),
]
