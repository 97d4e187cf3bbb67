"""UDP peers as conversations: `udp_sessions` of a listener."""

import json
import os
import signal
import socket
import struct
import unittest

from netkit_testing import BUILD, PATIENCE, SERVER, SystemTest, run, wait_until

PLUGINS = os.path.join(BUILD, "tests", "udp-plugins")
IP_PKTINFO = 8


def udp(name="tally", handler="tally", **more):
    return {"name": name, "transport": "udp", "address": "127.0.0.1:0", "handler": handler, "udp_sessions": {}, **more}


class ManyPeers:
    """One socket that sends as any address of 127.0.0.0/8, each of which is a peer of its own."""

    def __init__(self, address):
        self._address = address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self._socket.bind(("0.0.0.0", 0))
        self.close = self._socket.close

    def send(self, peer, payload):
        info = struct.pack("=i4s4s", 0, socket.inet_aton(peer), bytes(4))
        self._socket.sendmsg([payload], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, self._address)

    def receive(self):
        """(peer, payload) of the next answer."""
        payload, control, _, _ = self._socket.recvmsg(100, 100)
        _, _, info = control[0]
        return socket.inet_ntoa(info[8:12]), payload

    def ask_all(self, peers, question):
        """The answer that each peer gets. Few are under way at a time, so that no buffer overflows."""
        answers = {}
        for first in range(0, len(peers), 32):
            some = peers[first : first + 32]
            for peer in some:
                self.send(peer, question)
            answers.update(self.receive() for _ in some)
        return answers


class UdpSessionsTest(SystemTest):
    def serve_tally(self, *listeners, **top):
        return self.serve(*(listeners or [udp()]), plugin_path=[PLUGINS], **top)

    def peer(self, server, name="tally"):
        return self.datagram_socket(server.address(name, "udp"))

    def ask(self, peer, question, answer):
        peer.send(question)
        self.assertEqual(peer.recv(1000), answer)

    def ended(self, server, peer, count, reason):
        server.await_log(f"port {peer.getsockname()[1]} had {count}, {reason}")

    def reload(self, server, *listeners):
        before = server.log().count("reload done")
        with open(server.config, "w", encoding="utf-8") as file:
            json.dump({"plugin_path": [PLUGINS], "listeners": listeners}, file)
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.log().count("reload done") > before, server.log)


class Conversations(UdpSessionsTest):
    def test_two_peers_are_counted_apart(self):
        server = self.serve_tally()
        one, other = self.peer(server), self.peer(server)
        for count in range(1, 4):
            self.ask(one, b"x", b"%d" % count)
        self.ask(other, b"x", b"1")
        self.ask(one, b"x", b"4")

    def test_the_handler_is_told_of_an_idle_end(self):
        server = self.serve_tally(udp(udp_sessions={"idle": "200ms"}))
        peer = self.peer(server)
        self.ask(peer, b"x", b"1")
        self.ask(peer, b"x", b"2")
        self.ended(server, peer, 2, "idle")
        self.ask(peer, b"x", b"1")

    def test_a_lifetime_ends(self):
        server = self.serve_tally(udp(timeouts={"lifetime": "200ms"}))
        peer = self.peer(server)
        self.ask(peer, b"x", b"1")
        self.ended(server, peer, 1, "lifetime")

    def test_the_handler_ends_it(self):
        server = self.serve_tally()
        peer = self.peer(server)
        self.ask(peer, b"x", b"1")
        peer.send(b"close")
        self.ended(server, peer, 2, "handler-closed")
        self.ask(peer, b"x", b"1")

    def test_bytes_left_over_in_a_datagram_end_it(self):
        server = self.serve_tally(udp(framing="line"))
        peer = self.peer(server)
        self.ask(peer, b"x\n", b"1\n")
        peer.send(b"x\nrest")
        self.assertEqual(peer.recv(1000), b"2\n")
        self.ended(server, peer, 2, "malformed")

    def test_a_reply_may_come_late(self):
        server = self.serve_tally(udp(udp_sessions={"idle": "100ms"}))
        peer = self.peer(server)
        peer.send(b"later")
        peer.send(b"waits for its turn")
        self.assertEqual(peer.recv(1000), b"late 1")
        self.assertEqual(peer.recv(1000), b"2")

    def test_a_reply_that_comes_too_late_ends_it(self):
        server = self.serve_tally(udp(timeouts={"handler": "100ms"}))
        peer = self.peer(server)
        peer.send(b"later")
        self.ended(server, peer, 1, "handler-timeout")

    def test_an_answer_leaves_from_the_address_that_was_asked(self):
        server = self.serve_tally(udp(address="0.0.0.0:0"))
        port = server.address("tally", "udp")[1]
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(peer.close)
        peer.settimeout(PATIENCE)
        for count, host in ((b"1", "127.0.0.51"), (b"2", "127.0.0.52")):
            peer.sendto(b"x", (host, port))
            self.assertEqual(peer.recvfrom(1000), (count, (host, port)))

    def test_what_nobody_asked_for_is_sent_too(self):
        server = self.serve_tally()
        peer = self.peer(server)
        peer.send(b"push 3")
        answers = sorted(peer.recv(1000) for _ in range(4))
        self.assertEqual(answers, [b"1", b"p" * 100, b"p" * 100, b"p" * 100])


class Bounds(UdpSessionsTest):
    def test_new_peers_are_dropped_when_it_is_full(self):
        server = self.serve_tally(udp(udp_sessions={"max": 2}))
        one, other, third = (self.peer(server) for _ in range(3))
        self.ask(one, b"x", b"1")
        self.ask(other, b"x", b"1")
        third.send(b"x")
        server.await_log("datagram dropped: too-many-peers")
        self.ask(one, b"close and go on", b"2")
        one.send(b"close")
        self.ended(server, one, 3, "handler-closed")
        self.ask(third, b"x", b"1")

    def test_a_conversation_is_a_connection(self):
        server = self.serve_tally(udp(limits={"connections": 1}))
        one, other = self.peer(server), self.peer(server)
        self.ask(one, b"x", b"1")
        other.send(b"x")
        server.await_log("datagram dropped: over-limit: limits.connections reached")
        self.ask(one, b"x", b"2")

    def test_a_source_has_its_share(self):
        server = self.serve_tally(udp(limits={"per_source": {"connections": 1, "loopback": True}}))
        one, other = self.peer(server), self.peer(server)
        self.ask(one, b"x", b"1")
        other.send(b"x")
        server.await_log("datagram dropped: over-limit: limits.per_source.connections reached")

    def test_what_waits_for_a_late_reply_is_bounded(self):
        server = self.serve_tally()
        peer = self.peer(server)
        peer.send(b"later")
        for _ in range(3):
            peer.send(bytes(40_000))
        server.await_log("datagram dropped: backlog")
        self.assertEqual(peer.recv(1000), b"late 1")
        self.assertEqual(peer.recv(1000), b"2")
        self.ask(peer, b"x", b"3")

    def test_ten_thousand_peers(self):
        server = self.serve_tally(udp(address="0.0.0.0:0"), arguments=())
        peers = ManyPeers(("127.0.0.1", server.address("tally", "udp")[1]))
        self.addCleanup(peers.close)
        all_peers = [f"127.1.{i // 250}.{i % 250 + 1}" for i in range(10_000)]
        for answer in (b"1", b"2"):
            self.assertEqual(peers.ask_all(all_peers, b"x"), dict.fromkeys(all_peers, answer))
        peers.send("127.2.0.1", b"x")
        server.await_log("too-many-peers")


class Ends(UdpSessionsTest):
    def test_a_shutdown_waits_for_what_runs(self):
        server = self.serve_tally()
        idle, busy = self.peer(server), self.peer(server)
        self.ask(idle, b"x", b"1")
        self.ask(busy, b"x", b"1")
        busy.send(b"later")
        self.ask(idle, b"x", b"2")
        server.signal(signal.SIGTERM)
        self.assertEqual(busy.recv(1000), b"late 2")
        self.assertEqual(server.wait(), 0)
        self.ended(server, idle, 2, "shutdown")
        self.ended(server, busy, 2, "shutdown")

    def test_a_removed_listener_drains(self):
        server = self.serve_tally(udp(), udp("other"))
        idle, busy = self.peer(server), self.peer(server)
        self.ask(idle, b"x", b"1")
        busy.send(b"later")
        self.ask(idle, b"x", b"2")
        self.reload(server, udp("other"))
        self.ended(server, idle, 2, "shutdown")
        self.assertEqual(busy.recv(1000), b"late 1")
        self.ended(server, busy, 1, "shutdown")

    def test_a_changed_listener_goes_on_with_those_it_has(self):
        server = self.serve_tally()
        old = self.peer(server)
        self.ask(old, b"x", b"1")
        port = server.address("tally", "udp")[1]
        echo = {"name": "tally", "transport": "udp", "address": "127.0.0.1:0", "handler": "echo"}
        self.reload(server, echo)
        self.ask(old, b"x", b"2")
        new = self.datagram_socket(("127.0.0.1", port))
        self.ask(new, b"x", b"x")
        old.send(b"close")
        self.ended(server, old, 3, "handler-closed")
        self.ask(old, b"x", b"x")


class Refusals(UdpSessionsTest):
    def refusal(self, **entry):
        path = os.path.join(self.folder(), "server.json")
        listener = {key: value for key, value in udp(**entry).items() if key != "udp_sessions"}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"plugin_path": [PLUGINS], "listeners": [listener]}, file)
        _, errors = run(SERVER, "--config", path, status=78)
        return errors

    def test_a_handler_that_says_it_needs_conversations(self):
        expected = "handler 'tally' needs conversations, expected 'udp_sessions' beside transport udp, found none"
        self.assertIn(expected, self.refusal())

    def test_a_handler_that_keeps_state(self):
        expected = "handler 'silent-tally' keeps state in a conversation, expected 'udp_sessions' beside transport udp"
        self.assertIn(expected, self.refusal(handler="silent-tally"))


if __name__ == "__main__":
    unittest.main()
