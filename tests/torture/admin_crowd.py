"""Slow, broken and malicious clients of an admin endpoint. usage: admin_crowd.py COUNT ADMIN METRICS; ADMIN is the path of
a Unix socket, METRICS is HOST:PORT. COUNT connections are held at once, half of them at each address, kinds in turn; one
that ends is followed by another. A line on its standard input lets it begin, which it answers once all are there; the next
one makes it rest. An answer is how many connections of which outcome there were since, as a line of JSON. It runs at the lowest priority: what it
keeps from others is then the server's doing, not the machine's."""

import collections
import contextlib
import itertools
import json
import os
import selectors
import socket
import sys
import time

from netkit_testing import parse_address

PIECE_S = 0.1  # between two bytes of a slow one
LIFE_S = 8.0  # of one that the server lets live
READ = 1 << 12

ASK = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n"
# What is sent at once, and what byte after byte; whether the answers are read.
KINDS = {
    "silent": (b"", b"", True),
    "slow head": (b"GET /metrics HTTP/1.1\r\n", b"x-slow: " + 80 * b"y", True),
    "slow body": (b"POST /reload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60000\r\n\r\n", 100 * b"z", True),
    "garbage": (bytes(range(256)) * 16, b"", True),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"", True),
    "huge head": (b"GET / HTTP/1.1\r\nx: " + 60_000 * b"a", b"", True),
    "huge body": (b"POST /reload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999999999\r\n\r\n" + 60_000 * b"b", b"", True),
    "chunked": (b"POST /reload HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\n", b"", True),
    "does not read": (ASK * 200, b"", False),
    "asks again and again": (ASK * 8, b"", True),
    "foreign host": (b"POST /listeners/honest/drain HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\n\r\n", b"", True),
}


class Client:
    """One connection of the crowd."""

    def __init__(self, address, kind, now):
        self.at_once, self.slowly, self.reads = KINDS[kind]
        self.kind, self.end = kind, now + LIFE_S
        self.due = now + PIECE_S if self.slowly else self.end
        self.answered = False
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self.socket.connect(address)

    def write(self):
        """True while more is to be sent at once."""
        if self.at_once:
            self.at_once = self.at_once[self.socket.send(self.at_once) :]
        return bool(self.at_once)

    def tick(self, now):
        """Sends the next byte of a slow one. False when its time is over."""
        if now >= self.end:
            return False
        if self.slowly and not self.at_once:
            self.slowly = self.slowly[self.socket.send(self.slowly[:1]) :]
        self.due = now + PIECE_S if self.slowly else self.end
        return True


class Crowd:
    def __init__(self, count, addresses):
        self._count = count
        self._next = zip(itertools.cycle(addresses), itertools.cycle(KINDS))
        self._selector = selectors.DefaultSelector()
        self._clients = set()
        self.outcomes = collections.Counter()

    def gather(self):
        """Works until as many are there as there are to be."""
        deadline = time.monotonic() + LIFE_S
        while not self.work() and time.monotonic() < deadline:
            pass

    def work(self):
        """True if all were there at once."""
        now = time.monotonic()
        for _ in range(self._count - len(self._clients)):
            try:
                client = Client(*next(self._next), now)
            except OSError:  # the kernel's queue is full
                self.outcomes["not let in"] += 1
                break
            self._clients.add(client)
            self._selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        complete = len(self._clients) == self._count
        for key, events in self._selector.select(PIECE_S / 4):
            self._serve(key.data, events)
        for client in [one for one in self._clients if one.due <= now]:
            with contextlib.suppress(BlockingIOError):
                try:
                    if client.tick(now):
                        continue
                    self._leave(client, "left at last")
                except ConnectionError:
                    self._leave(client, "ended by the server")
        return complete

    def rest(self):
        for client in list(self._clients):
            self._leave(client, "left at last")

    def _serve(self, client, events):
        try:
            if events & selectors.EVENT_WRITE and not client.write():
                reading = selectors.EVENT_READ if client.reads else 0
                if reading:
                    self._selector.modify(client.socket, reading, client)
                else:
                    self._selector.unregister(client.socket)
            if events & selectors.EVENT_READ and client.reads:
                piece = client.socket.recv(READ)
                if not piece:
                    return self._leave(client, "answered" if client.answered else "ended by the server")
                client.answered = True
        except BlockingIOError:
            pass
        except OSError:
            self._leave(client, "answered" if client.answered else "ended by the server")

    def _leave(self, client, outcome):
        self.outcomes[outcome] += 1
        self._clients.discard(client)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client.socket)
        client.socket.close()


def main(count, *addresses):
    os.nice(19)
    crowd = Crowd(int(count), [parse_address(address) for address in addresses])
    orders = selectors.DefaultSelector()
    orders.register(sys.stdin, selectors.EVENT_READ)
    at_work = False
    while True:
        if orders.select(0 if at_work else None):
            if not sys.stdin.readline():
                return
            if at_work:
                crowd.rest()
            at_work = not at_work
            if at_work:
                crowd.gather()
            print(json.dumps(crowd.outcomes), flush=True)
            crowd.outcomes.clear()
        if at_work:
            crowd.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
