"""What a server meets in operation: it runs out of something, and it comes back."""

import resource
import time

from netkit_testing import connect, receive_exactly, wait_until
from ordeal import Ordeal, at_most, exactly, told

DESCRIPTORS = 64
STARVED_S = 2.0
HELLO = b"hello\n"


def answered(client):
    client.sendall(HELLO)
    return receive_exactly(client, len(HELLO)) == HELLO


def descriptors_exhausted(field):
    """A server with 64 descriptors and 300 clients, again and again; then the limit is lifted while clients wait."""
    field.expected_errors = ("cannot accept: Too many open files",)
    server = field.serve({"name": "echo", "framing": "line", "handler": "echo"})
    _, hard = resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
    address = server.address("echo")
    before = server.process.census()
    cycles = field.scaled(20, short=2)
    unanswered = 0
    for _ in range(cycles):
        clients = [connect(address) for _ in range(300)]
        for client in clients:  # each leaves a place for one that waits
            unanswered += not answered(client)
            client.close()
        field.assert_census(server, before)
    yield told("cycles of 300 clients with 64 descriptors", cycles)
    yield exactly("clients not answered in the end", unanswered, 0)

    clients = [connect(address) for _ in range(300)]
    server.await_log("cannot accept: Too many open files")
    began, used = time.monotonic(), server.process.cpu_seconds()
    served = 0
    while time.monotonic() - began < STARVED_S:
        served += answered(clients[0])
    used = server.process.cpu_seconds() - used
    lines = server.log().count("cannot accept")
    idle_began, idle_used = time.monotonic(), server.process.cpu_seconds()
    wait_until(lambda: time.monotonic() - idle_began > STARVED_S, lambda: "time to pass")
    idle = (server.process.cpu_seconds() - idle_used) / STARVED_S
    yield told("messages of an existing connection answered meanwhile", served)
    yield at_most("CPU while starved and idle", 100 * idle, 5, "%")
    yield at_most("lines in the log", lines, cycles + 8)

    resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE, (hard, hard))
    lifted = time.monotonic()
    waiting = sum(answered(client) for client in clients)
    yield exactly("clients answered once the limit is lifted", waiting, len(clients))
    yield at_most("time until then", time.monotonic() - lifted, 5.0, "s")
    for client in clients:
        client.close()
    field.assert_census(server, before)


ORDEALS = [Ordeal("operations: descriptors exhausted and freed", descriptors_exhausted)]
