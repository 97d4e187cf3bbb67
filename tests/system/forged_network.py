"""A network namespace of the test's own, in which it may send packets with any source address.

    server ── far0 ~~~~ far1 ── the test, as all hosts of 203.0.0.0/16 and 2001:db8::/32
           ── lo, where the test forges packets of this machine itself

Needs root, or a kernel that lets users make namespaces."""

import contextlib
import ctypes
import os
import select
import socket
import struct
import subprocess
import time
import unittest

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
IPPROTO_UDP = 17
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33

NEAR_IPV4, NEAR_IPV6 = "203.0.0.1", "2001:db8::1"  # the server's addresses on far0
NEAR_MAC, FAR_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def enter_namespace():
    """Moves this process, and what it starts from now on, into an empty network; skips the tests where that is not
    permitted. Called once, before there are threads."""
    flags = CLONE_NEWNET if os.getuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    uid = os.getuid()
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise unittest.SkipTest(f"no network namespace: {os.strerror(ctypes.get_errno())}; root may make one")
    if flags & CLONE_NEWUSER:
        with open("/proc/self/uid_map", "w", encoding="ascii") as uids:
            uids.write(f"0 {uid} 1")
    ip("link set lo up")
    ip("link add far0 type veth peer name far1")
    # Without ARP the kernel sends to every neighbour at once. far1 has no address: it belongs to the test alone.
    for name, mac in (("far0", NEAR_MAC), ("far1", FAR_MAC)):
        ip(f"link set {name} addrgenmode none arp off address {mac.hex(':')}")
        ip(f"link set {name} up")
    ip(f"address add {NEAR_IPV4}/16 broadcast 203.0.255.255 dev far0")
    ip(f"address add {NEAR_IPV6}/32 dev far0 nodad")


@contextlib.contextmanager
def namespace():
    """enter_namespace() for a while; for root only, as nobody else may come back."""
    if os.getuid() != 0:
        raise unittest.SkipTest("network namespaces are for root")
    with open("/proc/self/ns/net", encoding="ascii") as before:
        enter_namespace()
        try:
            yield
        finally:
            ctypes.CDLL(None).setns(before.fileno(), CLONE_NEWNET)


def ip(command):
    done = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"ip {command}: {done.stderr}")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(host):
    return socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)


def ip_packet(source, destination, payload):
    """An IP packet that carries a datagram between two (host, port), its source whatever is wanted."""
    hosts = packed(source[0]), packed(destination[0])
    length = 8 + len(payload)
    pseudo = b"".join(hosts) + struct.pack("!IHH", length, 0, IPPROTO_UDP)
    ports = struct.pack("!HHH", source[1], destination[1], length)
    datagram = ports + struct.pack("!H", checksum(pseudo + ports + b"\0\0" + payload) or 0xFFFF) + payload
    if len(hosts[0]) == 16:
        return struct.pack("!IHBB", 6 << 28, length, IPPROTO_UDP, 64) + b"".join(hosts) + datagram
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 0, 0, 64, IPPROTO_UDP)
    return head + struct.pack("!H", checksum(head + b"\0\0" + b"".join(hosts))) + b"".join(hosts) + datagram


class Wire:
    """One interface: packets are put on it, and every datagram that crosses it is seen."""

    def __init__(self, interface):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.bind((interface, ETH_P_ALL))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)  # nothing is missed

    def close(self):
        self._socket.close()

    def send(self, source, destination, payload, mac=NEAR_MAC):
        packet = ip_packet(source, destination, payload)
        kind = ETH_P_IPV6 if ":" in source[0] else ETH_P_IP
        self._socket.send(mac + FAR_MAC + struct.pack("!H", kind) + packet)

    def datagrams(self, patience):
        """(source, destination, size on the wire, payload) of what comes in, until nothing does for so long."""
        while select.select([self._socket], [], [], patience)[0]:
            frame, (_, kind, direction, _, _) = self._socket.recvfrom(1 << 17)
            if direction != PACKET_OUTGOING and (found := parse(kind, frame[14:])):
                yield found

    def await_datagram(self, wanted, patience=30.0):
        """All that comes in, up to the first that `wanted(payload)` is true for."""
        deadline = time.monotonic() + patience
        seen = []
        for datagram in self.datagrams(patience):
            seen.append(datagram)
            if wanted(datagram[3]):
                return seen
            if time.monotonic() > deadline:
                break
        raise AssertionError(f"not within {patience:.0f} s; seen: {len(seen)} datagrams, the last of them {seen[-3:]}")


def forge_locally(source, destination, payload):
    """Sends a packet from this machine to itself. (One put on lo as a frame would be refused as a martian.)"""
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(ip_packet(source, destination, payload), (destination[0], 0))


def parse(kind, packet):
    if kind == ETH_P_IP and packet[9] == IPPROTO_UDP:
        size, header, hosts, family = struct.unpack_from("!H", packet, 2)[0], (packet[0] & 15) * 4, packet[12:20], socket.AF_INET
    elif kind == ETH_P_IPV6 and packet[6] == IPPROTO_UDP:
        size, header, hosts, family = 40 + struct.unpack_from("!H", packet, 4)[0], 40, packet[8:40], socket.AF_INET6
    else:
        return None
    half = len(hosts) // 2
    source, destination = struct.unpack_from("!HH", packet, header)
    return (
        (socket.inet_ntop(family, hosts[:half]), source),
        (socket.inet_ntop(family, hosts[half:]), destination),
        size,
        packet[header + 8 : size],
    )
