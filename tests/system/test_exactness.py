"""Under load the metrics are exactly what the test itself has counted. NETKIT_LOAD_CONNECTIONS sets how many connections."""

import collections
import os
import random
import socket
import threading
import unittest

from netkit_testing import connect, receive_exactly, receive_to_end, wait_until
from test_monitoring import MetricsTest

CONNECTIONS = int(os.environ.get("NETKIT_LOAD_CONNECTIONS", "20000"))
THREADS = 4
ECHO = {"name": "echo", "framing": "netstring", "handler": "echo", "limits": {"connections": 100_000}}


class Peer:
    """Makes connections one after the other and counts what it does. Its kinds of connection end in different ways."""

    def __init__(self, server, seed):
        self._server = server
        self._random = random.Random(seed)
        self.counts = collections.Counter()

    def run(self, connections):
        for _ in range(connections):
            kind = self._random.choices((self.whole, self.broken, self.cut, self.datagram), (80, 8, 6, 6))[0]
            kind()

    def talk(self, client):
        """Some messages, in one piece or each by itself, and their answers."""
        messages = [b"%d:%b," % (size, b"x" * size) for size in self._random.choices(range(200), k=self._random.randint(0, 5))]
        for piece in [b"".join(messages)] if self._random.random() < 0.5 else messages:
            client.sendall(piece)
            if receive_exactly(client, len(piece)) != piece:
                raise AssertionError("another answer")
        self.counts["messages"] += len(messages)
        self.counts["received"] += sum(map(len, messages))
        self.counts["sent"] += sum(map(len, messages))

    def converse(self, last, reason):
        with connect(self._server.address("echo")) as client:
            self.talk(client)
            client.sendall(last)
            client.shutdown(socket.SHUT_WR)
            if receive_to_end(client):
                raise AssertionError("an answer to no message")
        self.counts["received"] += len(last)
        self.counts["connections"] += 1
        self.counts[reason] += 1

    def whole(self):
        self.converse(b"", "peer-closed")

    def broken(self):
        self.converse(b"x", "malformed")

    def cut(self):
        self.converse(b"9:abc", "peer-cut")

    def datagram(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(30)
            client.connect(self._server.address("datagrams", "udp"))
            for size in self._random.choices(range(100), k=3):
                client.send(b"x" * size)
                if len(client.recv(200)) != size:
                    raise AssertionError("another answer")
                self.counts["datagrams"] += 1
                self.counts["datagram bytes"] += size


class Exactness(MetricsTest):
    def load(self):
        """The counts of all peers together."""
        peers = [Peer(self.server, seed) for seed in range(THREADS)]
        threads = [threading.Thread(target=peer.run, args=(CONNECTIONS // THREADS,)) for peer in peers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum((peer.counts for peer in peers), collections.Counter())

    def test_metrics_equal_what_the_test_has_counted(self):
        self.server = self.serve(
            ECHO,
            {"name": "datagrams", "transport": "udp", "handler": "echo"},
            arguments=(),
            limits={"connections": 100_000},
            log={"level": "error"},
            admin={"address": os.path.join(self.folder(), "admin.sock")},
        )
        counts = self.load()
        self.assertGreater(counts["connections"], CONNECTIONS * 0.85)
        wait_until(lambda: self.value("netkit_connections") == 0, self.scrape)
        values = self.values()

        def value(name, *labels):
            return sum(number for key, number in values.items() if key[0] == name and set(labels) <= set(key[1:]))

        echo, datagrams = 'listener="echo"', 'listener="datagrams"'
        shown = {
            "connections": value("netkit_connections_accepted_total", echo),
            "messages": value("netkit_messages_received_total", echo),
            "received": value("netkit_received_bytes_total", echo),
            "sent": value("netkit_sent_bytes_total", echo),
            "datagrams": value("netkit_messages_received_total", datagrams),
            "datagram bytes": value("netkit_received_bytes_total", datagrams),
        }
        for reason in ("peer-closed", "malformed", "peer-cut"):
            shown[reason] = value("netkit_connections_closed_total", echo, f'reason="{reason}"')
        self.assertEqual(shown, dict(counts))
        self.assertEqual(value("netkit_connections_closed_total", echo), counts["connections"])
        self.assertEqual(value("netkit_messages_sent_total", echo), counts["messages"])
        self.assertEqual(value("netkit_handler_duration_seconds_count", echo), counts["messages"])
        self.assertEqual(value("netkit_messages_sent_total", datagrams), counts["datagrams"])
        self.assertEqual(value("netkit_sent_bytes_total", datagrams), counts["datagram bytes"])
        self.assertEqual(value("netkit_handler_duration_seconds_count", datagrams), counts["datagrams"])
        self.assertEqual(value("netkit_datagrams_dropped_total"), 0)


if __name__ == "__main__":
    unittest.main()
