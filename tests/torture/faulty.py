"""Faulty clients, thousands of one kind. usage: faulty.py KIND COUNT NAME=ADDRESS...; the names are listeners of
ordeals/connections.py, an address is HOST:PORT or a path. Prints what came of them as one line of JSON. It runs at the
lowest priority: what it keeps from others is then the server's doing, not the machine's."""

import contextlib
import itertools
import json
import os
import random
import selectors
import signal
import socket
import ssl
import struct
import sys
import time

from netkit_testing import connect_unix, parse_address, reset

CROWD = 500  # connections at once
ANSWER_S = 20.0  # the longest wait for the server's answer or end
HOLD_S = 5.0  # how long a slow one stays if the server lets it
TICK_S = 0.05
LINE = b"0123456789" * 6 + b"\n"
LARGE = b"x" * 60000 + b"\n"

IP_BIND_ADDRESS_NO_PORT = 24
sources = itertools.count(random.randrange(1 << 16))


def connect(address, receive_buffer=0):
    """From ever another loopback address: closed connections keep their ports for a minute, and one address has 28,000."""
    if isinstance(address, str):
        return connect_unix(address)
    number = next(sources)
    connection = socket.socket()
    connection.settimeout(ANSWER_S)
    connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.bind((f"127.{1 + number // 250 % 100}.0.{1 + number % 250}", 0))
    connection.connect(address)
    return connection


def quietly(act, *arguments):
    """The server may end a connection at any moment; that is no failure of the attack."""
    with contextlib.suppress(OSError):
        return act(*arguments)


def to_end(connection):
    """What comes up to the server's end; None if it does not end in time."""
    received = bytearray()
    try:
        while piece := connection.recv(1 << 16):
            received += piece
    except TimeoutError:
        return None
    except OSError:
        pass
    return bytes(received)


def crowds(count):
    while count > 0:
        yield min(count, CROWD)
        count -= CROWD


def one_by_one(attack):
    """A kind whose connections come one after the other; `attack(addresses, number)` returns a name to be counted."""

    def run(addresses, count):
        tally = {}
        for number in range(count):
            outcome = attack(addresses, number)
            tally[outcome] = tally.get(outcome, 0) + 1
        return tally

    return run


def hold(connections, act, until):
    """Calls `act` on each connection every tick; returns how many the server has ended by `until`."""
    ended = 0
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        next_tick = time.monotonic()
        while selector.get_map() and (now := time.monotonic()) < until:
            for key, _ in selector.select(max(0, next_tick - now)):
                if act.over(key.fileobj):
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    ended += 1
            if time.monotonic() >= next_tick:
                next_tick += TICK_S
                for key in list(selector.get_map().values()):
                    act.tick(key.fileobj)
        for key in list(selector.get_map().values()):
            key.fileobj.close()
    return ended


class Silence:
    """Says nothing, and reads to see when the server has had enough."""

    def tick(self, connection):
        pass

    def over(self, connection):
        try:
            return not connection.recv(4096)
        except BlockingIOError:
            return False
        except OSError:
            return True


class SlowWriter(Silence):
    def tick(self, connection):
        quietly(connection.send, b"x")


class SlowReader(Silence):
    """Asks for as much as the server takes, and reads a byte every tick. The end is seen by sending."""

    def tick(self, connection):
        quietly(connection.send, LARGE)

    def over(self, connection):
        try:
            time.sleep(TICK_S / CROWD)
            return not connection.recv(1)
        except BlockingIOError:
            return False
        except OSError:
            return True


def held(address_of, act, receive_buffer=0):
    def run(addresses, count):
        ended = 0
        for size in crowds(count):
            connections = [connect(address_of(addresses), receive_buffer) for _ in range(size)]
            ended += hold(connections, act, time.monotonic() + HOLD_S)
        return {"ended by the server": ended, "left at last": count - ended}

    return run


def by_turns(addresses, number):
    """Every third time by the Unix socket."""
    return addresses["line" if number % 3 else "unix"]


def reset_at_each_state(addresses, number):
    connection = connect(by_turns(addresses, number // 6))
    state = number % 6
    if state == 1:
        connection.sendall(LINE[:20])
    elif state >= 2:
        connection.sendall(LARGE if state == 4 else LINE)
    if state == 3:
        connection.recv(len(LINE))
    elif state == 5:
        connection.shutdown(socket.SHUT_WR)
    reset(connection)
    return "reset"


def half_close(addresses, number):
    with connect(by_turns(addresses, number)) as connection:
        connection.sendall(LINE * 3)
        connection.shutdown(socket.SHUT_WR)
        return "answered" if to_end(connection) == LINE * 3 else "unanswered"


def killed(addresses, count):
    """Processes that are killed while each of their connections is within a message."""
    for size in crowds(count):
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            connections = [connect(addresses["length"]) for _ in range(size)]
            for connection in connections:
                connection.sendall(struct.pack(">I", 1000) + b"half")
            os.write(told, b"!")
            signal.pause()
        os.close(told)
        os.read(ready, 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
    return {"killed": count}


def say_and_look(connection, noise):
    """Says something odd and then no more; the server must end, by itself or because this side has."""
    with connection:
        quietly(connection.sendall, noise)
        quietly(connection.shutdown, socket.SHUT_WR)
        return "not ended" if to_end(connection) is None else "ended"


def pick(addresses, number):
    return list(addresses.values())[number % len(addresses)]


def garbage(addresses, number):
    return say_and_look(connect(pick(addresses, number)), random.randbytes(random.randrange(1, 4096)))


OVERSIZE = {
    "line": b"x" * 200000,
    "length": b"\xff\xff\xff\xff" + b"x" * 100,
    "netstring": b"999999999:" + b"x" * 100,
    "varint": b"\xff\xff\xff\xff\x7f" + b"x" * 100,
    "json-header": struct.pack(">I", 0x7FFFFFFF) + b"{",
}


def oversize(addresses, number):
    name = list(OVERSIZE)[number % len(OVERSIZE)]
    return say_and_look(connect(addresses[name]), OVERSIZE[name])


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    channel = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="netkit.example")
    with contextlib.suppress(ssl.SSLWantReadError):
        channel.do_handshake()
    return outgoing.read()


HELLO = client_hello()


def tls_noise(addresses, number):
    """A handshake where none is spoken; every other time where it is: one that is cut, spoilt or begun and never
    ended, or what comes behind a good beginning."""
    noise = bytearray(HELLO)
    kind = number // 2 % 4
    if kind == 1:
        noise[random.randrange(len(noise))] ^= 1 << random.randrange(8)
    elif kind == 2:
        del noise[random.randrange(len(noise)) :]
    elif kind == 3:
        noise += random.randbytes(random.randrange(1, 2000))
    return say_and_look(connect(addresses["tls"] if number % 2 else pick(addresses, number)), noise)


def empty_messages(addresses, number):
    connection = connect(addresses["length"] if number % 2 else addresses["line"])
    flood = bytes(4) * 2000 if number % 2 else b"\n" * 2000
    connection.sendall(flood)
    if number % 4 < 2:
        reset(connection)
        return "reset"
    with connection:
        connection.shutdown(socket.SHUT_WR)
        return "answered" if to_end(connection) == flood else "unanswered"


KINDS = {
    "reset": one_by_one(reset_at_each_state),
    "half-close": one_by_one(half_close),
    "killed": killed,
    "slow-writer": held(lambda addresses: addresses["length"], SlowWriter()),
    "slow-reader": held(lambda addresses: addresses["line"], SlowReader(), receive_buffer=4096),
    "silent": held(lambda addresses: addresses["line"], Silence()),
    "garbage": one_by_one(garbage),
    "oversize": one_by_one(oversize),
    "tls-noise": one_by_one(tls_noise),
    "empty-messages": one_by_one(empty_messages),
}


def main(kind, count, *listeners):
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    named = (each.split("=") for each in listeners)
    print(json.dumps(KINDS[kind]({name: parse_address(text) for name, text in named}, int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
