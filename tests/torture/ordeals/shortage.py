"""A server whose calls for memory, threads and sockets fail, and one whose clock is moved."""

import contextlib
import datetime
import mmap
import os
import re
import shutil
import struct
import time

from netkit_testing import connect, receive_exactly, receive_to_end, sanitized, wait_until
from ordeal import TOOLS, CannotRun, Ordeal, at_least, exactly, told
from small_disk import NoSmallDisk, full, mount_small_disk

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
CALLS = ("malloc", "pthread_create", "accept4", "epoll_ctl")  # the order of failing.cpp
HELLO = b"hello, server\n"
LARGE = b"x" * 50000 + b"\n"
WORKER = b"worker-hello\n"
PATIENCE_S = 10
CROWD = 30  # connections at once


@contextlib.contextmanager
def environment(**variables):
    """For servers started within."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Orders:
    """The file that failing.so reads."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "failing")
        with open(self.path, "wb") as file:
            file.write(bytes(8 * len(CALLS)))
        with open(self.path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8 * len(CALLS))

    def give(self, **every):
        """Calls not named do not fail from now on."""
        for place, call in enumerate(CALLS):
            struct.pack_into("I", self._map, 8 * place, every.get(call, 0))

    def failed(self):
        return {call: struct.unpack_from("I", self._map, 8 * place + 4)[0] for place, call in enumerate(CALLS)}


def asked(address, message):
    """A connection with a message under way; None if the server has ended it already."""
    try:
        client = connect(address)
        client.settimeout(PATIENCE_S)
        client.sendall(message)
        return client
    except OSError:
        return None


def outcome_of(client, message):
    """What becomes of the message: "answered", "ended", "wrong" or "hung"."""
    if client is None:
        return "ended"
    try:
        with client:
            answer = receive_exactly(client, len(message))
    except TimeoutError:
        return "hung"
    except OSError:
        return "ended"
    if answer == message:
        return "answered"
    return "ended" if message.startswith(answer) else "wrong"


def outcome(address, message):
    return outcome_of(asked(address, message), message)


# Each is a machine in want of something.
WANTS = (
    {"pthread_create": 1},
    {"pthread_create": 2},
    {"malloc": 7},
    {"malloc": 50},
    {"malloc": 1000},
    {"accept4": 2},
    {"epoll_ctl": 2},
    {"malloc": 101, "pthread_create": 3, "accept4": 5, "epoll_ctl": 7},
)


def failing_calls(field):
    """Every Nth call fails, for each N of WANTS; then none does."""
    if sanitized():
        raise CannotRun("a sanitizer has its own malloc")
    field.expected_errors = ("connection dropped: ", "event loop task failed", "cannot accept: ", "bad_alloc")
    folder = field.folder()
    shutil.copy(os.path.join(TOOLS, "misbehaving.so"), folder)
    orders = Orders(folder)
    with environment(LD_PRELOAD=os.path.join(TOOLS, "failing.so"), TORTURE_FAILING=orders.path):
        server = field.serve(
            {"name": "echo", "framing": "line", "handler": "echo"},
            {"name": "worker", "framing": "line", "handler": "misbehaving"},
            {"name": "udp", "transport": "udp", "handler": "echo"},
            plugin_path=[folder],
        )
    before = server.process.census()
    addresses = {HELLO: server.address("echo"), LARGE: server.address("echo"), WORKER: server.address("worker")}
    tries = field.scaled(3000, short=90)
    tally = {"answered": 0, "ended": 0, "wrong": 0, "hung": 0}
    datagrams = field.datagram_socket(server.address("udp", "udp"))
    served_after = 0
    for want in WANTS:
        orders.give(**want)
        for _ in range(tries // CROWD):
            messages = [(HELLO, LARGE, WORKER)[place % 3] for place in range(CROWD)]
            clients = [asked(addresses[message], message) for message in messages]
            datagrams.send(b"hello")
            for client, message in zip(clients, messages):
                tally[outcome_of(client, message)] += 1
        orders.give()
        served_after += outcome(server.address("echo"), LARGE) == "answered"
        served_after += outcome(server.address("worker"), WORKER) == "answered"
        served_after += heard(datagrams, b"now %d" % served_after)
    yield told("messages while calls failed", sum(tally.values()))
    for call, times in orders.failed().items():
        yield told(f"failed calls of {call}", times)
    yield told("answered all the same", tally["answered"])
    yield exactly("wrong answers", tally["wrong"], 0)
    yield exactly("neither answered nor ended", tally["hung"], 0)
    yield exactly("served at once when nothing failed any more", served_after, 3 * len(WANTS))
    field.assert_census(server, before)


def heard(datagrams, message):
    """The datagram is answered; older answers are read off."""
    datagrams.send(message)
    while datagrams.recv(100) != message:
        pass
    return True


def moved_clock(field):
    """The clock of the machine goes a day forth and two days back; deadlines are to run on as if it had not."""
    if not os.path.exists(FAKETIME):
        raise CannotRun("there is no libfaketime")
    if sanitized():
        raise CannotRun("a sanitizer does not go with libfaketime")
    offset = os.path.join(field.folder(), "offset")

    def move(days):
        with open(offset + ".new", "w", encoding="ascii") as file:
            file.write(f"{days:+d}d")
        os.rename(offset + ".new", offset)

    move(0)
    with environment(
        LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=offset, FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1"
    ):
        server = field.serve(
            {"name": "echo", "framing": "line", "handler": "echo", "timeouts": {"idle": "1500ms"}},
            {
                "name": "exec",
                "framing": "line",
                "handler": {"type": "exec", "commands": {"wait": ["sleep", "1"], "long": ["sleep", "60"]}, "timeout": "2s"},
            },
        )
    early = late = wrong = 0
    days = set()
    moves = field.scaled(20, short=2)
    for number in range(moves):
        with connect(server.address("echo")) as idle, connect(server.address("exec")) as command:
            idle.sendall(HELLO)
            wrong += receive_exactly(idle, len(HELLO)) != HELLO
            began = time.monotonic()
            command.sendall(b"wait\nlong\n")
            move((1, -1)[number % 2])
            idle.settimeout(PATIENCE_S)
            receive_to_end(idle)
            took = time.monotonic() - began
            early += took < 1.4
            late += took > 5
            command.shutdown(1)
            receive_to_end(command)
            took = time.monotonic() - began
            early += took < 2.9
            late += took > 15
        days |= {line[:10] for line in server.log().splitlines()}
    here = datetime.datetime.now(datetime.timezone.utc).date()
    seen = [str(here + datetime.timedelta(days=each)) in days for each in (1, -1)]
    yield told("moves of the clock by a day or two", moves)
    yield at_least("days the log has seen besides today", sum(seen), 1)
    yield exactly("deadlines that came early", early, 0)
    yield exactly("deadlines that came late", late, 0)
    yield exactly("wrong answers", wrong, 0)
    wait_until(lambda: outcome(server.address("echo"), HELLO) == "answered", lambda: "an answer")


def logged(path):
    """How many lines about connections there are, and how many were lost as the log itself says."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    lost = sum(int(number) for number in re.findall(r" warning (\d+) log lines were lost", text))
    return len(re.findall(r" (?:open tcp|peer-closed)$", text, re.MULTILINE)), lost


def full_log_disk(field):
    """The disk of the log fills up and is freed, again and again; each connection is two lines."""
    try:
        disk = mount_small_disk(field, 1 << 20)
    except NoSmallDisk as reason:
        raise CannotRun(str(reason)) from reason
    path = os.path.join(disk, "netkit.log")
    server = field.serve(
        {"name": "echo", "framing": "line", "handler": "echo"}, log={"file": path, "connections": True}, arguments=()
    )
    cycles, wrong, connections, slowest = field.scaled(50, short=3), 0, 0, 0.0

    def converse():
        nonlocal wrong, connections, slowest
        began = time.monotonic()
        wrong += outcome(server.address("echo"), HELLO) != "answered"
        slowest = max(slowest, time.monotonic() - began)
        connections += 1

    for _ in range(cycles):
        before = logged(path)[1]
        with full(disk):
            for _ in range(200):
                converse()

        def resumed():
            converse()
            return logged(path)[1] > before

        wait_until(resumed, lambda: "a word of what was lost")
    server.stop()
    written, lost = logged(path)
    yield told("times the disk was full", cycles)
    yield told("connections", connections)
    yield exactly("of these not answered", wrong, 0)
    yield told("longest answer", slowest * 1000, "ms")
    yield told("lines written", written)
    yield told("lines lost, as the log says", lost)
    yield exactly("lines neither written nor told of", 2 * connections - written - lost, 0)


ORDEALS = [
    Ordeal("operations: log disk full and freed", full_log_disk),
    Ordeal("operations: memory, threads and sockets failing", failing_calls),
    Ordeal("operations: clock moved by a day", moved_clock),
]
