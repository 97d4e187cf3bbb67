"""What is measured of netkit alone: its start, and what a spinning event loop costs once there is nothing to do."""

import time

from load import load
from measure import summary, with_limit
from servers import Netkit

START_LIMIT_MS = 30.0
REST_S = 0.1
REST_LIMIT_US = 50.0  # of the 100,000 looked at: the kernel's own accounting


def line(work, metric, unit, values, limit):
    return with_limit({"work": work, "metric": metric, "unit": unit, "netkit": summary(values)}, limit)


def start_to_ready(folder, runs):
    times = []
    for _ in range(runs):
        begin = time.monotonic()
        with Netkit("echo").start(folder):
            times.append((time.monotonic() - begin) * 1e3)
    return line("start to ready", "time", "ms", times, START_LIMIT_MS)


def spin_at_rest(folder, runs):
    """CPU in a tenth of a second that begins a millisecond after the last answer."""
    used = []
    with Netkit("echo", spin="200us").start(folder) as server:
        for _ in range(runs):
            load(server, ["--messages", "1000"])
            time.sleep(0.001)
            before = server.cpu_ns()
            time.sleep(REST_S)
            used.append((server.cpu_ns() - before) / 1e3)
    return line("event_loops.spin, nothing to do", "CPU in 100 ms", "µs", used, REST_LIMIT_US)
