"""A siege: listeners that are attacked come and go by reloads, beside one that honest clients use all the time."""

import contextlib
import dataclasses
import os
import socket
import threading

from netkit_testing import connect, sanitized, wait_until
from ordeal import at_most, exactly, told
from ordeals.connections import Honest
from ordeals.reloads import reload

MOST = 1 << 20  # bytes that a peer reads before it leaves
LONGEST_S = 5.0  # that an honest answer takes, on a machine whose processors are all taken


def converse(address, *messages):
    """Sends the lines; returns what comes until the server ends the conversation, which may be by a reset."""
    received = bytearray()
    with connect(address) as peer, contextlib.suppress(ConnectionError):
        peer.sendall(b"".join(message + b"\n" for message in messages))
        peer.shutdown(socket.SHUT_WR)
        while len(received) < MOST and (piece := peer.recv(1 << 16)):
            received += piece
    return bytes(received)


def in_parallel(acts):
    """Calls all of them, each in a thread; raises the first of their exceptions."""
    failures = []

    def guarded(act):
        try:
            act()
        except Exception as error:  # it is raised below, once all have ended
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@dataclasses.dataclass
class Siege:
    """A server with a listener `honest`; open() adds others, which end() takes away."""

    field: object
    honest: dict
    top: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        self.folder = self.field.folder()
        self._honest = {"name": "honest", "address": "127.0.0.1:0", "framing": "line", **self.honest}
        self.server = self.field.serve(self._honest, arguments=(), **self.top)
        converse(self.server.address("honest"), b"what is started with the first message is there now")
        self._before = self.server.process.census()
        self._client = Honest(self.server.address("honest"))
        self.field.addCleanup(self._client.end)
        self._client.quiet()
        self._memory = []

    def address(self, name):
        return os.path.join(self.folder, name)

    def open(self, listeners):
        """Of their own names, on Unix sockets, whose addresses are known before."""
        self._load([{"transport": "unix", "address": self.address(each["name"]), **each} for each in listeners])
        self._client.phase()

    def _load(self, listeners):
        top = {"debuggable": os.geteuid() != 0, **self.top}
        reload(self.server, {**top, "listeners": [self._honest, *listeners]})

    def note_memory(self):
        """Called meanwhile, once all is allocated that ever is, and at last."""
        self._memory.append(self.server.process.resident())

    def end(self, most_growth=5.0):
        """Takes the attacked listeners away. Yields what the honest clients say, and whether anything is left.
        `most_growth`: of memory, in per cent."""
        figures = self._client.phase()
        self._client.end()
        self._load([])
        yield told("honest messages meanwhile", figures["messages"])
        yield exactly("honest messages lost", figures["lost"], 0)
        yield at_most("longest honest answer", figures["most_us"] / 1e6, LONGEST_S, "s")
        now = self.server.process.census
        wait_until(lambda: now() == self._before, lambda: f"{self._before}, now {now()}")
        yield exactly("descriptors left", now()["descriptors"] - self._before["descriptors"], 0)
        yield exactly("processes left, zombies included", now()["processes"] - self._before["processes"], 0)
        early, late = self._memory[0], self._memory[-1]
        yield told("memory meanwhile", early / (1 << 20), "MiB")
        growth = 100 * (late - early) / early
        if self.field.short or sanitized():  # it is too early then for all to be allocated that ever is
            yield told("growth from there to the end", growth, "%")
        else:
            yield at_most("growth from there to the end", growth, most_growth, "%")

    def counted(self, name):
        """Stops the server. The sum of that figure in the totals of all listeners."""
        self.server.stop(self.field.expected_errors)
        words = self.server.log().split()
        return sum(int(word.partition("=")[2]) for word in words if word.startswith(name + "="))

