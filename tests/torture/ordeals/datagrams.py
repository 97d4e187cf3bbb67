"""Datagrams: random ones, forged ones, and what is sent for what came."""

import contextlib
import itertools
import random
import signal
import socket
import time
import unittest

import forged_network
from forged_network import NEAR_IPV4, NEAR_IPV6, Wire, forge_locally
from netkit_testing import PATIENCE
from ordeal import CannotRun, Ordeal, at_most, exactly, told
from ordeals.connections import Honest

LARGEST = 1400  # of a payload: neither it nor an echo of it is cut into fragments on the way
MOST_BYTES = 65_507  # of a payload that IPv4 can carry
RATE = 100  # of these, a second
BATCH = 64  # datagrams that a reader takes at once

FRAMINGS = (
    "datagram",
    "raw",
    "line",
    {"type": "delimiter", "delimiters": [","]},
    {"type": "fixed", "size": 4},
    {"type": "length", "bytes": 2},
    "varint",
    "netstring",
    "json-header",
    {"in": "line", "out": "json-header"},
)
HANDLERS = {
    "echo": "echo",
    "uppercase": "uppercase",
    "uppercase utf-8": {"type": "uppercase", "charset": "utf-8"},
    "hello": "hello",
    "hello of 500 bytes": {"type": "hello", "text": "x" * 500},
    "exec": {"type": "exec", "commands": {"flood": ["head", "-c", "9000", "/dev/zero"]}},
}


@contextlib.contextmanager
def network():
    """A network of our own to forge packets in; this process is back in the old one afterwards."""
    try:
        with forged_network.namespace():
            yield
    except unittest.SkipTest as reason:
        raise CannotRun(str(reason)) from None


def name_of(handler, framing):
    """Of a listener."""
    text = framing if isinstance(framing, str) else "-".join(str(value) for value in framing.values())
    return "".join(c if c.isalnum() else "-" for c in f"{handler}.{text}")


def listener(handler, framing, host="127.0.0.1", **more):
    return {
        "name": name_of(handler, framing),
        "transport": "udp",
        "address": f"{host}:0",
        "framing": framing,
        "handler": HANDLERS[handler],
        **more,
    }

def random_payload(chance):
    """Anything: nothing at all, bytes of any kind, bytes that mean something to a framing."""
    size = chance.choice((0, 1, 2, 3, 8, chance.randrange(100), chance.randrange(LARGEST), LARGEST))
    kind = chance.randrange(6)
    if kind == 0:
        piece = chance.choice((b"\n", b",", b"\0", b"\1a", b"0:,", b"flood\n", b"\0\0", b"\xc5\x89"))
        return (piece * (size // 2))[:LARGEST]
    if kind == 1:
        return (size.to_bytes(2, "big") + bytes(size))[:LARGEST]
    if kind == 2:
        return (b"%d:%s," % (size // 2, b"x" * (size // 2)))[:LARGEST]
    return chance.randbytes(size)


def a_million_random(field):
    server = field.serve(*(listener(*pair) for pair in itertools.product(HANDLERS, FRAMINGS) if pair[0] != "exec"))
    honest = field.datagram_socket(server.address(name_of("echo", "datagram"), "udp"))
    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    field.addCleanup(flood.close)
    flood.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # nobody reads what is answered
    addresses = [address for (_, transport), address in server.addresses.items() if transport == "udp"]
    chance = random.Random(1)
    count = field.scaled(1_000_000, short=80_000)
    # By then the readers have touched their memory for a batch, which comes with large batches only.
    settled = max(count // 10, 50_000)
    before, lost, memory = server.process.census(), 0, 0
    for i in range(count):
        flood.sendto(random_payload(chance), addresses[i % len(addresses)])
        if i % 1000 == 999:  # also keeps the flood from running ahead of the server
            lost += not answered(honest, b"%d" % i)
        if i == settled:
            fill_batches(server, flood, addresses, honest)
            memory = server.process.resident()
    yield told("random datagrams", count)
    yield told("listeners (handlers × framings)", len(addresses))
    yield exactly("honest datagrams lost", lost, 0)
    field.assert_census(server, before)
    yield at_most("growth of memory once readers have theirs", 100 * server.process.resident() / memory - 100, 5, "%")


def fill_batches(server, flood, addresses, honest):
    """Has each reader receive as many large datagrams at once as it can: it has touched all its memory then."""
    for address in addresses:
        server.signal(signal.SIGSTOP)
        try:
            for _ in range(BATCH):
                flood.sendto(bytes(LARGEST), address)
        finally:
            server.signal(signal.SIGCONT)
        answered(honest, b"settled")


def answered(client, payload):
    """The largest share of a socket's buffer that a flood can fill is dropped by the kernel: tried three times."""
    client.settimeout(PATIENCE / 3)
    for _ in range(3):
        client.send(payload)
        with contextlib.suppress(TimeoutError):
            return client.recv(2048) == payload
    return False


def inputs(field):
    fixed = [b"", b"x", b"\n", b"\n" * 500, b"a\n" * 500, b"0:," * 300, b"\0\0" * 500, b"\0" * LARGEST, b"flood"]
    fixed += [b"flood\n" * 100, "\u0390".encode() * 300, "\u0149".encode(), b"x" * LARGEST]
    chance = random.Random(2)
    return fixed + [random_payload(chance) for _ in range(field.scaled(500, short=20))]


def source_of(number, ipv6):
    """Each input has a sender of its own, so that it is known which answers belong to it."""
    if ipv6:
        return f"2001:db8::{(number >> 16) + 2:x}:{number & 0xFFFF:x}"
    return f"203.0.{2 + number // 250}.{1 + number % 250}"


def largest_ratio(far, near, payloads):
    """Of bytes on the wire: all that was sent to a source by what came from it, over all the payloads."""
    ipv6 = ":" in near[0]
    received, sent = {}, {}
    for number, payload in enumerate(payloads):
        source = source_of(number, ipv6)
        received[source] = len(forged_network.ip_packet((source, 40000), near, payload))
        far.send((source, 40000), near, payload)
        if number % 64 == 63:
            note(far.datagrams(0.05), sent)
    note(far.datagrams(1), sent)
    return max(sent.get(source, 0) / size for source, size in received.items()), len(sent)


def note(datagrams, sent):
    for _, (host, _), size, _ in datagrams:
        sent[host] = sent.get(host, 0) + size


def amplification(field):
    with network():
        with contextlib.closing(Wire("far1")) as far:
            yield from measure_amplification(field, far)


def measure_amplification(field, far):
    payloads = inputs(field)
    yield told("datagrams for each handler and framing", 2 * len(payloads))
    for handler in HANDLERS:
        ratios, answered_count = {}, 0
        for near, anywhere in ((NEAR_IPV4, "0.0.0.0"), (NEAR_IPV6, "[::]")):
            server = field.serve(*(listener(handler, framing, anywhere) for framing in FRAMINGS))
            for framing in FRAMINGS:
                name = name_of(handler, framing)
                ratio, count = largest_ratio(far, (near, server.address(name, "udp")[1]), payloads)
                ratios[name] = max(ratio, ratios.get(name, 0))
                answered_count += count
            server.stop()
        yield told(f"{handler}: datagrams answered", answered_count)
        yield at_most(f"{handler}: bytes out for a byte in, any framing", max(ratios.values()), 3)
        if handler in ("echo", "uppercase"):
            yield at_most(f"{handler}: bytes out for a byte in, framing datagram", ratios[name_of(handler, "datagram")], 1)


def forged_pairs(field):
    with network():
        yield from count_forged(field)


def count_forged(field):
    names = ("echo", "uppercase", "hello")
    server = field.serve(*(listener(name, "datagram", "0.0.0.0") for name in names))
    ports = [server.address(name_of(name, "datagram"), "udp")[1] for name in names]
    rounds, most, count = field.scaled(100, short=2), 0, 0
    with contextlib.closing(Wire("lo")) as loopback:
        for _, one, other, host in itertools.product(range(rounds), ports, ports, ("127.0.0.1", NEAR_IPV4)):
            forge_locally((host, one), (host, other), b"FORGED")
            for port in (other, one):  # answered when the forged packet has been dealt with
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.settimeout(PATIENCE)
                    client.sendto(b"probe", ("127.0.0.1", port))
                    client.recv(100)
            forge_locally(("127.0.0.1", 1), ("127.0.0.1", 1), b"END")
            seen = loopback.await_datagram(lambda payload: payload == b"END")
            between = [d for d in seen if d[0][1] in ports and d[1][1] in ports]
            most, count = max(most, len(between)), count + 1
    yield told("forged packets", count)
    yield at_most("packets a forged one gives rise to, itself included", most, 2)


def storm(field):
    """The largest datagrams there are, full of messages, beside an honest client on the same loop."""
    server = field.serve(
        {"name": "honest", "framing": "line", "handler": "echo"},
        {"name": "datagrams", "transport": "udp", "framing": "line", "handler": "echo"},
        arguments=(),
        event_loops={"count": 1},
    )
    honest = Honest(server.address("honest"))
    field.addCleanup(honest.end)
    quiet = honest.quiet()
    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    field.addCleanup(flood.close)
    flood.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # nobody reads what is answered
    count = field.scaled(3000, short=300)
    begin = time.monotonic()
    for number in range(count):
        flood.sendto(b"\n" * MOST_BYTES, server.address("datagrams", "udp"))
        time.sleep(max(0, begin + (number + 1) / RATE - time.monotonic()))
    beside = honest.phase()
    yield told("datagrams of 64 KiB", count)
    yield told("of these, a second", count / (time.monotonic() - begin))
    yield exactly("honest messages lost", quiet["lost"] + beside["lost"], 0)
    yield told("honest p50 when quiet", quiet["p50_us"] / 1e3, "ms")
    yield at_most("honest p50 meanwhile", beside["p50_us"] / 1e3, 5, "ms")
    yield told("honest p99 meanwhile", beside["p99_us"] / 1e3, "ms")


ORDEALS = [
    Ordeal("datagrams: random ones", a_million_random),
    Ordeal("datagrams: amplification", amplification),
    Ordeal("datagrams: forged pairs of our own ports", forged_pairs),
    Ordeal("datagrams: storm", storm),
]
