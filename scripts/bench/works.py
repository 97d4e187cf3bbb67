"""What is measured: every line of the table, with its load, its servers and its aim."""

from dataclasses import dataclass, field

from metrics import CPU, CPU_PER_CONNECTION, IDLE_AFTER, IDLE_OPEN, P50, P99, P999, RATE, WHOLE_CPU, WHOLE_CPU_PER_GIB
from programs import programs
from proxies import HAProxy, NetkitProxy, Socat
from scripted import scripts
from servers import Netkit, Nginx, Reference
from tls import tls


@dataclass
class Against:
    """One reference, and the ratio to it that netkit aims at (nothing: it is shown only)."""

    server: object
    aim: float = None


@dataclass
class Work:
    """One load, given to netkit and to each reference in turn."""

    name: str
    netkit: Netkit
    references: list
    load: list
    metrics: list  # the first is that of the references' aims; more have aims of their own
    by_time: bool = True
    prime: list = None  # a load before the first run
    fresh: bool = False  # a new server for each run
    beside: list = None  # a load on the same server meanwhile
    half_rate: bool = False  # at half the rate that the first reference reaches
    whole: bool = False  # CPU of the whole run, connecting included, and of processes that the server starts
    limit: float = None  # an aim of netkit's own, in the metric's unit
    extra_aims: dict = field(default_factory=dict)


PROGRAMS = {
    "bare epoll": "bare-epoll",
    "asio": "asio-server",
    "libuv": "libuv-server",
    "libevent": "libevent-server",
    "stock Poco": "poco-server",
}
LOOPS = ("bare epoll", "asio", "libuv", "libevent")
ALL = (*LOOPS, "stock Poco")


def references(mode, *names, **aims):
    """Those servers, each with its aim; underscores stand for spaces."""
    return [Against(Reference(name, PROGRAMS[name], mode), aims.get(name.replace(" ", "_"))) for name in names]


NEAR = {"bare_epoll": 1.05, "asio": 1.02, "libuv": 1.02}
AHEAD = {**NEAR, "libevent": 1.0}
LENGTH = ["--framing", "length", "--expect", "uppercase"]
LINE = ["--framing", "line", "--expect", "uppercase"]


def loaded(connections, in_flight, size, *more):
    return ["-c", str(connections), "-n", str(in_flight), "-s", str(size), *more]


def upper_length(connections, in_flight, size, names, aims):
    return Work(f"length uppercase, {connections:,} × {in_flight}, {size_text(size)}", Netkit("uppercase", "length"),
                references("upper-length", *names, **aims), loaded(connections, in_flight, size, *LENGTH), [CPU])


def raw_echo(connections, in_flight, size):
    return Work(f"raw echo, {connections:,} × {in_flight}, {size_text(size)}", Netkit("echo"),
                references("echo", *LOOPS, **AHEAD), loaded(connections, in_flight, size), [CPU])


def size_text(size):
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size // factor} {unit}"
    return f"{size} B"


def messages():
    yield upper_length(64, 32, 64, ALL, NEAR)
    yield upper_length(64, 1, 64, ALL, AHEAD)
    yield upper_length(1, 1, 64, ALL, AHEAD)
    yield upper_length(1000, 1, 64, LOOPS, AHEAD)
    yield upper_length(64, 32, 4096, LOOPS, NEAR)
    yield raw_echo(64, 1, 64)
    yield raw_echo(64, 32, 64)
    yield raw_echo(1000, 1, 64)
    yield raw_echo(8, 4, 16384)
    yield Work("line uppercase, 64 × 32, 64 B", Netkit("uppercase", "line"),
               references("upper-line", *LOOPS, **NEAR), loaded(64, 32, 64, *LINE), [CPU])


def connections():
    yield Work("connect, one request, close; 16 at once", Netkit("echo"), references("echo", *ALL, bare_epoll=1.25),
               loaded(16, 1, 64, "--connect-per-request"), [CPU_PER_CONNECTION])
    yield Work("10,000 idle connections", Netkit("echo"), references("echo", "libuv", "libevent", "asio"),
               ["--idle", "10000"], [IDLE_OPEN, IDLE_AFTER], by_time=False, fresh=True, limit=1024)


def datagrams():
    for sockets, in_flight in ((1, 1), (16, 8)):
        yield Work(f"UDP echo, {sockets} × {in_flight}, 64 B", Netkit("echo", transport="udp"),
                   [Against(Reference("recvmmsg loop", "udp-mmsg"), NEAR["bare_epoll"])],
                   loaded(sockets, in_flight, 64, "--udp"), [CPU])


def proxies():
    """There and back through a proxy."""
    others = [Against(HAProxy(), 1.10), Against(Socat())]
    at_once = ["--warm-up", "0ms"]
    yield Work("proxy, 64 × 1, 64 B", NetkitProxy(), others, loaded(64, 1, 64, *at_once), [WHOLE_CPU], whole=True)
    yield Work("proxy, 8 × 1, 1 MiB", NetkitProxy(), others, loaded(8, 1, 1 << 20, *at_once), [WHOLE_CPU_PER_GIB],
               whole=True)


def commands():
    for clients in (1, 8):
        yield Work(f"exec echo hi, {clients} at once", Netkit({"type": "exec", "shell": True}, "length"),
                   [Against(Reference("posix_spawn loop", "spawn-loop"), 0.9)],
                   ["--framing", "length", "-c", str(clients), "--message", "echo hi", "--answer", "hi\n"], [RATE])


def files(folder):
    """`folder` has `large` and, listed in small.txt, the small ones."""
    asked = ("--send", "line", "--recv", "json-header", "--expect", "any")
    netkit = Netkit({"type": "file-send", "root": folder}, {"in": "line", "out": "json-header"}, load=asked)
    nginx = [Against(Nginx(folder), 1.0)]
    patient = ["--timeout", "2min"]  # the first answer waits for the hash
    large = ["--message", "large", *patient]
    yield Work("file-send, 1 GiB in page cache", netkit, nginx, [*large, "--messages", "4"], [RATE], by_time=False,
               prime=[*large, "--messages", "1"])
    small = ["--message-file", f"{folder}/small.txt", "-c", "16"]
    yield Work("file-send, 10,000 files of 4 KiB, 16 at once", netkit, nginx, small, [RATE],
               prime=[*small, "--messages", "10000"])


def latencies():
    bare = Reference("bare epoll", "bare-epoll", "echo")
    alone = loaded(1, 1, 64, "--busy-poll")
    yield Work("one in flight, asleep between messages", Netkit("echo"), [Against(bare)], alone, [P50, P99])
    yield Work("one in flight, event_loops.spin", Netkit("echo", spin="200us"), [Against(bare, 0.35)], alone,
               [P50, P99], extra_aims={P99.name: 0.25})
    crowd = loaded(4, 10000, 1, *LENGTH)
    yield Work("200 a second beside 4 × 10,000 in flight, 1 B", Netkit("uppercase", "length"),
               references("upper-length", *LOOPS, bare_epoll=1.0), loaded(1, 1, 64, *LENGTH, "--rate", "200"), [P50, P99],
               beside=crowd)
    busy = loaded(2000, 1, 64)
    yield Work("newcomers, 100 a second, beside 2,000 × 1, 64 B", Netkit("echo"), [Against(bare)],
               loaded(16, 1, 64, "--connect-per-request", "--rate", "100"), [P50, P99], beside=busy)
    yield Work("5,000 connect at once, one answer each", Netkit("echo"), [Against(bare)],
               loaded(5000, 1, 64, "--connect-per-request", "--messages", "5000"), [P50, P99], by_time=False)
    yield Work("64 connections at half load", Netkit("echo"), [Against(bare, 1.0)], loaded(64, 1, 64), [P999],
               half_rate=True)


def all_works(folder):
    yield from messages()
    yield from connections()
    yield from datagrams()
    yield from proxies()
    yield from tls(Work, Against)
    yield from commands()
    yield from files(folder)
    yield from latencies()
    yield from scripts(Work, Against)
    yield from programs(Work, Against)
