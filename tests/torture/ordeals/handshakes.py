"""A crowd that asks one event loop for TLS handshakes, which cost the server much and the crowd nothing."""

import contextlib
import ssl
import time

from certificates import Authority
from netkit_testing import connect, on_processors, receive_exactly, sanitized
from ordeal import Ordeal, at_most, exactly, told
from ordeals.connections import Honest, halves

RATE = 200  # handshakes a second, as the clients of a busy service bring about
CROWD = 400  # at once


def client_hello():
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


class Crowd:
    """Connections that send a ClientHello, which is the same for all: its sender computes nothing."""

    def __init__(self, address):
        self._address, self._hello, self.sent = address, client_hello(), 0

    def steadily(self, seconds):
        """RATE in a second, each gone when it was answered."""
        begin, before = time.monotonic(), self.sent
        while (now := time.monotonic() - begin) < seconds:
            if self.sent - before < now * RATE:
                with connect(self._address) as client:
                    client.sendall(self._hello)
                    receive_exactly(client, 1)
                self.sent += 1
            else:
                time.sleep(0.001)

    def at_once(self):
        """All of them in one moment. Returns the connections: what the server answers waits in them."""
        clients = [connect(self._address) for _ in range(CROWD)]
        for client in clients:
            client.sendall(self._hello)
        self.sent += CROWD
        return clients


def newcomer_ms(address):
    """What a new connection waits for its first answer."""
    begin = time.monotonic()
    with connect(address) as client:
        client.sendall(b"hello\n")
        receive_exactly(client, 6)
    return (time.monotonic() - begin) * 1e3


def beside_a_crowd(crowd, address, rounds):
    """What a newcomer waits for while CROWD handshakes wait: the middle of the rounds."""
    newcomers = []
    for _ in range(rounds):
        clients = crowd.at_once()
        newcomers.append(newcomer_ms(address))
        for client in clients:
            receive_exactly(client, 1)
            client.close()
    return sorted(newcomers)[rounds // 2]


def crowds(field):
    own, peers = halves()
    certificate, key = Authority(field.folder()).issue("server", ["DNS:localhost"])
    pem = {"certificate": certificate, "key": key}
    with on_processors(own):
        server = field.serve(
            {"name": "honest", "framing": "line", "handler": "echo"},
            {"name": "tls", "framing": "line", "handler": "echo", "transport": "tls", "tls": pem},
            arguments=(),
            event_loops={"count": 1},
        )
    with on_processors(peers):
        honest = Honest(server.address("honest"))
        field.addCleanup(honest.end)
        crowd = Crowd(server.address("tls", "tls"))
        crowd.steadily(1)
        quiet = honest.quiet()
        crowd.steadily(field.scaled(10, short=2))
        steady = honest.phase()
        newcomer = beside_a_crowd(crowd, server.address("honest"), field.scaled(21, short=5))
        besieged = honest.phase()
    lost = sum(phase["lost"] for phase in (quiet, steady, besieged))
    yield told("handshakes", crowd.sent)
    yield exactly("honest messages lost", lost, 0)
    yield told("honest p50 and p99 when quiet", f"{quiet['p50_us']:,.0f} and {quiet['p99_us']:,.0f}", "µs")
    # Without a measurement the bounds only say that nobody is kept waiting.
    slack = 100 if field.short or sanitized() else 1
    yield at_most("honest p50 at 200 handshakes a second", steady["p50_us"], slack * 1_000, "µs")
    yield told("honest p99 at 200 handshakes a second", steady["p99_us"], "µs")
    yield told("honest p99 while 400 handshakes wait", besieged["p99_us"], "µs")
    yield at_most("a newcomer's first answer while 400 handshakes wait, middle", newcomer, slack * 20, "ms")


ORDEALS = [Ordeal("handshakes: a crowd of them on one loop", crowds)]
