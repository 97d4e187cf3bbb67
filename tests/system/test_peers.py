"""Clients that nobody here wrote: nc, ncat and socat talk to the server over TCP and UDP, IPv4 and IPv6."""

import subprocess
import threading
import unittest

from netkit_testing import PATIENCE, SystemTest

HOSTS = ("127.0.0.1", "::1")


def bracketed(host):
    return f"[{host}]" if ":" in host else host


def listener_name(framing, host):
    return f"{framing}-v6" if ":" in host else f"{framing}-v4"


# How each is told to connect. All of them are to end once both sides have said their last byte.
TCP_PEERS = {
    "nc": lambda host, port: ["nc", "-N", host, str(port)],
    "ncat": lambda host, port: ["ncat", host, str(port)],
    "socat": lambda host, port: ["socat", "-t", "30", "-", f"TCP:{bracketed(host)}:{port}"],
}

UDP_PEERS = {
    "nc": lambda host, port: ["nc", "-u", host, str(port)],
    "ncat": lambda host, port: ["ncat", "-u", host, str(port)],
    "socat": lambda host, port: ["socat", "-", f"UDP:{bracketed(host)}:{port}"],
}


class Peer:
    """A running client program: what is said to it goes to the server, what it hears is read back."""

    def __init__(self, command):
        self._popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        self._watchdog = threading.Timer(PATIENCE, self._popen.kill)  # ends every read below
        self._watchdog.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._watchdog.cancel()
        self._popen.kill()
        self._popen.communicate()

    def say(self, text):
        self._popen.stdin.write(text)

    def hear(self, size):
        heard = b""
        while len(heard) < size and (piece := self._popen.stdout.read(size - len(heard))):
            heard += piece
        return heard

    def end_input(self):
        """Says no more; returns what is still heard, and the program's exit status."""
        rest, _ = self._popen.communicate()
        return rest, self._popen.returncode


class Peers(SystemTest):
    def setUp(self):
        self.server = self.serve(
            *(
                {
                    "name": listener_name(framing, host),
                    "transport": ["tcp", "udp"],
                    "address": f"{bracketed(host)}:0",
                    "framing": framing,
                    "handler": "uppercase",
                }
                for framing in ("raw", "line")
                for host in HOSTS
            )
        )

    def check(self, transport, framing, peers, converse):
        for host in HOSTS:
            address = self.server.address(listener_name(framing, host), transport)
            for name, command in peers.items():
                with self.subTest(peer=name, host=host), Peer(command(*address)) as peer:
                    converse(peer)

    def talk_by_turns(self, peer):
        for said, heard in ((b"hello\n", b"HELLO\n"), (b"Once more\n", b"ONCE MORE\n")):
            peer.say(said)
            self.assertEqual(peer.hear(len(heard)), heard)

    def talk_and_end(self, peer):
        self.talk_by_turns(peer)
        self.assertEqual(peer.end_input(), (b"", 0))

    def say_all_at_once(self, peer):
        text = b"".join(b"line %d\n" % number for number in range(2000))
        peer.say(text)
        self.assertEqual(peer.end_input(), (text.upper(), 0))

    def test_tcp_raw(self):
        self.check("tcp", "raw", TCP_PEERS, self.talk_and_end)

    def test_tcp_line(self):
        self.check("tcp", "line", TCP_PEERS, self.talk_and_end)

    def test_tcp_raw_all_at_once(self):
        self.check("tcp", "raw", TCP_PEERS, self.say_all_at_once)

    def test_tcp_line_all_at_once(self):
        self.check("tcp", "line", TCP_PEERS, self.say_all_at_once)

    def test_udp_raw(self):
        self.check("udp", "raw", UDP_PEERS, self.talk_by_turns)

    def test_udp_line(self):
        self.check("udp", "line", UDP_PEERS, self.talk_by_turns)


if __name__ == "__main__":
    unittest.main()
