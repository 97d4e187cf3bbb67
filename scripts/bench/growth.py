"""How rate and CPU grow with connections and with the size of messages: the figures behind the plots."""

import contextlib

from load import load
from servers import Netkit, Reference
from works import LENGTH, loaded

CONNECTIONS = (1, 10, 100, 1000, 10000)
SIZES = tuple(16 * 4**step for step in range(9))  # 16 B to 1 MiB


def servers():
    return [
        Netkit("uppercase", "length"),
        Reference("bare epoll", "bare-epoll", "upper-length"),
        Reference("asio", "asio-server", "upper-length"),
        Reference("libuv", "libuv-server", "upper-length"),
        Reference("libevent", "libevent-server", "upper-length"),
    ]


def point(x, result):
    return {"x": x, "rate": result["rate"], "cpu_ns_per_message": result["server"]["cpu_ns_per_message"]}


def measure_growth(folder, seconds, say):
    by_connections, by_size = {}, {}
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(kind.start(folder)) for kind in servers()]
        for server in running:
            say(f"growth: {server.name}")
            by_connections[server.name] = [
                point(count, load(server, loaded(count, 1, 64, *LENGTH), seconds)) for count in CONNECTIONS
            ]
            by_size[server.name] = [point(size, load(server, loaded(16, 4, size, *LENGTH), seconds)) for size in SIZES]
    return {
        "connections": {"load": "length uppercase, one in flight, 64 B", "servers": by_connections},
        "size": {"load": "length uppercase, 16 connections × 4 in flight", "servers": by_size},
    }
