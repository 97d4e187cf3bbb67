"""Datagrams with forged sources: nobody can use the server against somebody else."""

import itertools
import os
import socket
import unittest

from forged_network import NEAR_IPV4, NEAR_IPV6, Wire, enter_namespace, forge_locally, ip
from netkit_testing import BUILD, SystemTest, wait_until

REMOTE, REMOTE_IPV6 = "203.0.113.255", "2001:db8::113:255"
TEST_PLUGINS = os.path.join(BUILD, "tests", "udp-plugins")
HEADERS = {"ipv4": 28, "ipv6": 48}
BROADCAST_MAC = b"\xff" * 6


def setUpModule():
    enter_namespace()


def frame(packet):
    """What a packet takes of an Ethernet, which has frames of a least size."""
    return max(packet, 46) + 38


def udp(name, address="0.0.0.0:0", handler="echo", **more):
    return {"name": name, "transport": "udp", "address": address, "handler": handler, **more}


class UdpTest(SystemTest):
    def wire(self, interface):
        wire = Wire(interface)
        self.addCleanup(wire.close)
        return wire


class Loops(UdpTest):
    """A packet that seems to come from one port of the server, sent to another one."""

    def setUp(self):
        names = {"echo-1": "echo", "echo-2": "echo", "upper": "uppercase"}
        self.server = self.serve(
            *(udp(name, handler=handler) for name, handler in names.items()),
            *(udp(f"{name}-6", "[::]:0", handler) for name, handler in names.items()),
        )
        self.ports = {name: address[1] for (name, _), address in self.server.addresses.items()}
        self.loopback = self.wire("lo")

    def packets_of_loop(self, source, destination):
        """How many packets a forged one gives rise to, itself included. Answers to honest datagrams, sent behind it to
        both ports, show that it has been dealt with."""
        forge_locally(source, destination, b"FORGED")
        seen = []
        for port, probe in ((destination[1], b"PROBE 1"), (source[1], b"PROBE 2")):
            client = self.datagram_socket((destination[0], port))
            client.send(probe)
            self.assertEqual(client.recv(100), probe)
            client.close()
        forge_locally(("127.0.0.1", 1), ("127.0.0.1", 1), b"END")
        seen = self.loopback.await_datagram(lambda payload: payload == b"END")
        return sum(payload == b"FORGED" for _, _, _, payload in seen)

    def assert_no_loop(self, names, hosts):
        pairs = itertools.product(names, names)
        for (one, other), (source, destination) in itertools.product(pairs, hosts):
            count = self.packets_of_loop((source, self.ports[one]), (destination, self.ports[other]))
            self.assertEqual(count, 1, f"{source} {one} -> {destination} {other}")
        self.server.await_log("datagram dropped: own-port")

    def packets_between_servers(self, handlers, ports, host="127.0.0.1", **limits):
        """How many packets a forged one gives rise to between two servers, once their loop is over."""
        servers = [
            self.serve(udp("a", f"[{host}]:{port}" if ":" in host else f"{host}:{port}", handler, limits=limits))
            for handler, port in zip(handlers, ports)
        ]
        one, other = (server.address("a", "udp") for server in servers)
        forge_locally(one, other, b"FORGED")
        wait_until(
            lambda: any("answer-loop" in server.log() for server in servers),
            lambda: "\n".join(server.log() for server in servers),
        )
        forge_locally(("127.0.0.1", 1), ("127.0.0.1", 1), b"END")
        seen = self.loopback.await_datagram(lambda payload: payload == b"END")
        return sum(payload == b"FORGED" for _, _, _, payload in seen)

    def test_two_servers_stop_answering_each_other(self):
        self.assertLessEqual(self.packets_between_servers(("echo", "echo"), (0, 0)), 20)
        self.assertLessEqual(self.packets_between_servers(("echo", "uppercase"), (7101, 7102)), 20)

    def test_nor_over_another_address_of_this_machine(self):
        self.assertLessEqual(self.packets_between_servers(("echo", "echo"), (0, 0), NEAR_IPV4), 20)

    def test_nor_do_servers_on_ipv6(self):
        self.assertLessEqual(self.packets_between_servers(("echo", "echo"), (0, 0), "::1"), 20)
        self.assertLessEqual(self.packets_between_servers(("echo", "uppercase"), (0, 0), NEAR_IPV6), 20)

    def test_two_ports_never_talk_to_each_other(self):
        loopback, near = "127.0.0.1", NEAR_IPV4
        hosts = ((loopback, loopback), (near, near), ("127.0.0.9", loopback), (near, loopback))
        self.assert_no_loop(("echo-1", "echo-2", "upper"), hosts)

    def test_nor_over_ipv6(self):
        hosts = (("::1", "::1"), (NEAR_IPV6, NEAR_IPV6), (NEAR_IPV6, "::1"))
        self.assert_no_loop(("echo-1-6", "echo-2-6", "upper-6"), hosts)


class TooLarge(UdpTest):
    def test_an_answer_that_no_datagram_can_carry_is_told(self):
        server = self.serve(udp("shell", "127.0.0.1:0", {"type": "exec", "shell": True}))
        client = self.datagram_socket(server.address("shell", "udp"))
        client.send(b"head -c 65508 /dev/zero")
        server.await_log("datagram dropped: not-sent: Message too long")
        client.send(b"head -c 65507 /dev/zero")
        self.assertEqual(len(client.recv(70_000)), 65_507)


class Remote(UdpTest):
    """Packets from other hosts."""

    def setUp(self):
        self.far = self.wire("far1")
        self.probe_ports = itertools.count(50001)

    def answers(self, near, source, payload, to=None, mac=None):
        """(wire size, payload) of what the server at `near` answers to `source`. A probe behind it is answered later."""
        probe = (REMOTE_IPV6 if ":" in near[0] else REMOTE, 50000)
        kind = {} if mac is None else {"mac": mac}
        self.far.send(source, to or near, payload, **kind)
        self.far.send(probe, near, b"PROBE" + bytes(100) + b"\n")
        seen = []
        for datagram in self.far.datagrams(30.0):
            if datagram[1] == probe:
                return [(size, body) for _, destination, size, body in seen if destination == source]
            seen.append(datagram)
        raise AssertionError("the probe was not answered")

    def both_families(self, server, name):
        return (
            ((NEAR_IPV4, server.address(name, "udp")[1]), REMOTE, HEADERS["ipv4"]),
            ((NEAR_IPV6, server.address(f"{name}-6", "udp")[1]), REMOTE_IPV6, HEADERS["ipv6"]),
        )

    def serve_both(self, name, handler="echo", **more):
        return self.serve(udp(name, handler=handler, **more), udp(f"{name}-6", "[::]:0", handler, **more))

    def test_the_smallest_datagram_is_greeted(self):
        handler = {"type": "hello", "text": "hello,('{host}', {port})"}
        server = self.serve_both("hello", handler)
        for near, host, headers in self.both_families(server, "hello"):
            for payload in (b"", b"x"):
                greeting = f"hello,('{host}', 65535)".encode()
                self.assertEqual(self.answers(near, (host, 65535), payload), [(headers + len(greeting), greeting)])

    def test_an_answer_over_the_budget_is_not_sent(self):
        server = self.serve_both("hello", {"type": "hello", "text": "x" * 200})
        for near, host, headers in self.both_families(server, "hello"):
            enough = -(-(headers + 200) // 3) - headers
            self.assertEqual(self.answers(near, (host, 40000), bytes(max(enough - 1, 0))), [])
            self.assertEqual(len(self.answers(near, (host, 40000), bytes(enough))), 1)
        server.await_log(f"{REMOTE}:40000 datagram dropped: over-budget")
        loopback = self.datagram_socket(("127.0.0.1", server.address("hello", "udp")[1]))
        loopback.send(b"")
        self.assertEqual(len(loopback.recv(1000)), 200)

    def test_the_answers_of_one_datagram_count_together(self):
        server = self.serve_both("lines", "hello", framing={"in": "line", "out": "raw"})
        for near, host, headers in self.both_families(server, "lines"):
            answers = self.answers(near, (host, 40000), b"\n" * 100)
            sent = sum(size for size, _ in answers)
            self.assertGreater(len(answers), 1)
            self.assertLessEqual(sent, 3 * (headers + 100))
            framed = sum(frame(size) for size, _ in answers)
            self.assertLessEqual(framed, 3 * frame(headers + 100))
            self.assertGreater(framed + frame(answers[0][0]), 3 * frame(headers + 100))  # no more would have been allowed

    def test_so_do_those_of_a_worker(self):
        handler = {"type": "exec", "commands": {"echo": ["echo"], "long": ["printf", "33333%0300d", "4"]}}
        server = self.serve(udp("commands", handler=handler, framing="line"), udp("echo"))
        near = (NEAR_IPV4, server.address("commands", "udp")[1])
        request = b"echo 11111\necho 22222\nlong\n"
        self.far.send((REMOTE, 40000), near, request)
        seen = self.far.await_datagram(lambda payload: payload.startswith(b"22222"))
        self.assertEqual([payload for _, _, _, payload in seen], [b"11111\n", b"22222\n"])
        server.await_log("datagram dropped: over-budget")

    def test_what_a_conversation_sends_unasked_is_paid_for_by_what_came(self):
        tally = {"handler": "tally", "udp_sessions": {}}
        server = self.serve(udp("tally", **tally), udp("tally-6", "[::]:0", **tally), plugin_path=[TEST_PLUGINS])
        for near, host, headers in self.both_families(server, "tally"):
            peer = (host, 40000)
            paid, seen = 0, []
            for payload in (b"push 50", b"x" * 200, b"push 50"):
                paid += 3 * (headers + len(payload))
                seen += self.datagrams_to(peer, near, payload)
            spent = sum(seen)
            self.assertLessEqual(spent, paid)
            self.assertGreater(spent + headers + 100, paid)  # another message would not have been allowed
        server.await_log(f"{REMOTE}:40000 datagram dropped: over-budget")

    def datagrams_to(self, peer, near, payload):
        """The sizes on the wire of what a peer's conversation sends it for a datagram. Unasked messages leave after the
        answers to all datagrams that were read together: hence two probes, the second one sent later."""
        self.far.send(peer, near, payload)
        probe = (peer[0], next(self.probe_ports))
        sizes = []
        for _ in range(2):
            self.far.send(probe, near, b"PROBE" + bytes(100))
            for _, destination, size, _ in self.far.datagrams(30.0):
                if destination == probe:
                    break
                if destination == peer:
                    sizes.append(size)
        return sizes

    def test_the_limit_is_the_configs(self):
        server = self.serve_both("hello", {"type": "hello", "text": "x" * 200}, limits={"max_amplification": 20})
        for near, host, _ in self.both_families(server, "hello"):
            self.assertEqual(len(self.answers(near, (host, 40000), b"")), 1)

    def test_echo_and_uppercase_do_not_amplify(self):
        for handler in ("echo", "uppercase"):
            server = self.serve_both(handler, handler)
            for near, host, headers in self.both_families(server, handler):
                for size in (0, 1, 100, 1400):
                    answers = self.answers(near, (host, 40000), b"x" * size)
                    self.assertEqual([size for size, _ in answers], [headers + size])

    def test_letters_that_grow_are_within_the_limit(self):
        server = self.serve_both("upper", {"type": "uppercase", "charset": "utf-8"})
        for near, host, headers in self.both_families(server, "upper"):
            for payload in ("\u0390".encode() * 1, "\u0390".encode() * 200, "\u0149".encode() * 200):
                sent = sum(size for size, _ in self.answers(near, (host, 40000), payload))
                self.assertLessEqual(sent, 3 * (headers + len(payload)))

    def test_ports_of_services_get_no_answer(self):
        server = self.serve_both("echo")
        for near, host, _ in self.both_families(server, "echo"):
            for port in (0, 7, 19, 53, 123, 11211):
                self.assertEqual(self.answers(near, (host, port), b"x"), [])
        server.await_log("datagram dropped: refused-port")

    def test_which_ports_is_the_configs(self):
        server = self.serve_both("echo", limits={"refused_ports": ["40000-40002"]})
        for near, host, _ in self.both_families(server, "echo"):
            self.assertEqual(self.answers(near, (host, 40001), b"x"), [])
            self.assertEqual(len(self.answers(near, (host, 53), b"x")), 1)

    def test_a_client_with_the_port_number_of_the_server_is_served(self):
        server = self.serve_both("echo")
        for near, host, _ in self.both_families(server, "echo"):
            self.assertEqual(len(self.answers(near, (host, near[1]), b"x")), 1)

    def test_an_address_that_the_machine_gets_later_is_its_own_too(self):
        server = self.serve(udp("echo"))
        port = server.address("echo", "udp")[1]
        self.assertEqual(len(self.answers((NEAR_IPV4, port), ("203.0.0.77", port), b"x")), 1)
        ip("address add 203.0.0.77/32 dev far0")
        self.addCleanup(ip, "address del 203.0.0.77/32 dev far0")
        refused = f"203.0.0.77:{port} datagram dropped: own-port"

        def noticed():
            forge_locally(("203.0.0.77", port), (NEAR_IPV4, port), b"FORGED")
            return refused in server.log()

        wait_until(noticed, lambda: f"'{refused}' in the log:\n{server.log()}")

    def test_sources_that_are_not_one_host_get_no_answer(self):
        server = self.serve_both("echo")
        ipv4, ipv6 = (near for near, _, _ in self.both_families(server, "echo"))
        for source in ("0.0.0.0", "224.0.0.5", "255.255.255.255", "203.0.255.255", "127.0.0.1", NEAR_IPV4):
            self.assertEqual(self.answers(ipv4, (source, 40000), b"x"), [], source)
        for source in ("::", "ff02::5", "::1", "::ffff:224.0.0.5"):
            self.assertEqual(self.answers(ipv6, (source, 40000), b"x"), [], source)

    def test_what_was_sent_to_many_gets_no_answer(self):
        server = self.serve_both("echo")
        ipv4, ipv6 = (near for near, _, _ in self.both_families(server, "echo"))
        for group in ("255.255.255.255", "203.0.255.255", "224.0.0.1"):
            group_mac = BROADCAST_MAC if group != "224.0.0.1" else bytes.fromhex("01005e000001")
            found = self.answers(ipv4, (REMOTE, 40000), b"x", to=(group, ipv4[1]), mac=group_mac)
            self.assertEqual(found, [], group)
        server.await_log(f"echo: {REMOTE}:40000 datagram dropped: to-many")
        found = self.answers(
            ipv6, (REMOTE_IPV6, 40000), b"x", to=("ff02::1", ipv6[1]), mac=bytes.fromhex("333300000001")
        )
        self.assertEqual(found, [])
        server.await_log(f"echo-6: [{REMOTE_IPV6}]:40000 datagram dropped: to-many")


class Answers(UdpTest):
    """How much one datagram can bring about."""

    def test_so_many_answers_to_one_datagram(self):
        server = self.serve(udp("a", "127.0.0.1:0", framing="line", limits={"max_answers": 5}))
        client = self.datagram_socket(server.address("a", "udp"))
        client.send(b"x\n" * 20)
        server.await_log("datagram dropped: too-many-answers")
        client.send(b"last\n")
        answers = [client.recv(100) for _ in range(6)]
        self.assertEqual(answers, [b"x\n"] * 5 + [b"last\n"])

    def test_a_source_with_the_port_of_a_server(self):
        server = self.serve(udp("a", "127.0.0.1:0", limits={"service_rate": "3/h"}))
        for port, answered in ((1023, 3), (0, 50)):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(client.close)
            client.settimeout(20)
            client.bind(("127.0.0.1", port))
            client.connect(server.address("a", "udp"))
            for number in range(50):
                client.send(b"%d" % number)
            self.assertEqual([client.recv(100) for _ in range(answered)], [b"%d" % number for number in range(answered)])
        server.await_log("datagram dropped: service-rate")


if __name__ == "__main__":
    unittest.main()
