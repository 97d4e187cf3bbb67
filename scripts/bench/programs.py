"""Measures programs behind the handler `process` beside servers that are written in their languages by hand.

usage: scripts/bench-programs.sh [SECONDS [RUNS]]

All upper-case lines of 64 bytes. CPU is that of the server and all its programs together."""

import glob
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("NETKIT_BUILD") or os.path.join(os.path.dirname(__file__), "..", "..", "build")
PROGRAMS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "tests", "bench", "programs"))
PYTHON = "/usr/bin/python3"
LOAD = os.environ.get("NETKIT_BENCH") or os.path.join(BUILD, "bin", "netkit-bench")
LOADS = ((1, 1), (64, 1), (64, 32))


def tree(pid):
    """The process and all below it."""
    children = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as stat:
                number, _, rest = stat.read().partition(" ")
            children.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(number))
        except OSError:
            continue
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_ns(pid):
    """Of all of them, threads that have ended included."""
    ticks = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/stat", encoding="utf-8", errors="replace") as stat:
                ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))
        except OSError:
            continue
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class ByHand:
    def __init__(self, name, *command):
        self.name = name
        self._command = command

    def start(self, _folder):
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return process, int(process.stdout.readline())


class Netkit:
    def __init__(self, name, *command, **options):
        self.name = name
        self._handler = {"type": "process", "command": list(command), "directory": PROGRAMS, **options}

    def start(self, folder):
        config = os.path.join(folder, "netkit.json")
        listener = {"name": "a", "address": "127.0.0.1:0", "framing": "line", "handler": self._handler}
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"event_loops": {"count": 1}, "listeners": [listener]}, file)
        server = os.path.join(BUILD, "bin", "netkit-server")
        process = subprocess.Popen([server, "--config", config], stdout=subprocess.PIPE, text=True)
        port = int(re.search(r":(\d+) ", process.stdout.readline()).group(1))
        process.stdout.readline()
        return process, port


SERVERS = (
    ByHand("asyncio, Protocol", PYTHON, f"{PROGRAMS}/asyncio_protocol.py"),
    ByHand("asyncio, streams", PYTHON, f"{PROGRAMS}/asyncio_streams.py"),
    ByHand("socketserver, threads", PYTHON, f"{PROGRAMS}/threads.py"),
    ByHand("node, net", "node", f"{PROGRAMS}/by_hand.js"),
    Netkit("process: netkit.py", PYTHON, "helper.py", workers=1),
    Netkit("process: three lines of Python", PYTHON, "three_lines.py", workers=1),
    Netkit("process: netkit.js", "node", "helper.js", workers=1),
)


def measure(server, connections, in_flight, seconds):
    """Messages a second, CPU in µs a message, and the median and 99th percentile of the latency in µs."""
    with tempfile.TemporaryDirectory() as folder:
        process, port = server.start(folder)
        try:
            command = [LOAD, f"127.0.0.1:{port}", "--json", "--framing", "line",
                       "-c", str(connections), "-n", str(in_flight), "-s", "64", "--expect", "uppercase"]
            subprocess.run([*command, "--duration", "300ms"], check=True, capture_output=True)
            before = cpu_ns(process.pid)
            done = subprocess.run([*command, "--duration", f"{int(seconds * 1000)}ms"], check=True, capture_output=True)
            used = cpu_ns(process.pid) - before
            result = json.loads(done.stdout)
            return result, used
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def resident(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return int(re.search(r"^Rss:\s+(\d+)", rollup.read(), re.MULTILINE).group(1)) * 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask_each(port, count):
    """Opens a connection, asks and closes, `count` times; returns the time each took in seconds."""
    begin = time.monotonic()
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), 10) as peer:
            peer.sendall(b"hello\n")
            if not peer.makefile("rb").readline() == b"hello\n":
                raise SystemExit("a wrong answer")
    return (time.monotonic() - begin) / count


def per_connection(count=1000):
    """A program, cat, for each of 1,000 connections, one after the other."""
    print(f"\n{'a program for each connection':32} {'connections/s':>14} {'µs CPU each':>12} {'server, MiB':>12}")
    port = free_port()
    servers = {
        "process, per connection": Netkit("", "cat", per="connection").start,
        "ncat -k -e": lambda _: (subprocess.Popen(["ncat", "-k", "-l", "127.0.0.1", str(port), "-e", "/bin/cat"]), port),
        "socat fork EXEC": lambda _: (subprocess.Popen(
            ["socat", f"TCP-LISTEN:{port + 1},bind=127.0.0.1,fork,reuseaddr", "EXEC:cat"]), port + 1),
    }
    for name, start in servers.items():
        with tempfile.TemporaryDirectory() as folder:
            process, its_port = start(folder)
            try:
                time.sleep(0.3)
                ask_each(its_port, 20)
                before = children_cpu(process.pid)
                each = ask_each(its_port, count)
                used = children_cpu(process.pid) - before
                print(f"{name:32} {1 / each:>14,.0f} {used * 1e6 / count:>12.0f} {resident(process.pid) / 2**20:>12.1f}",
                      flush=True)
            finally:
                process.terminate()
                process.wait()


def children_cpu(pid):
    """Seconds of CPU of the process, of all below it, and of those that have ended."""
    ticks = 0
    for one in tree(pid):
        with open(f"/proc/{one}/stat", encoding="utf-8") as stat:
            ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{'load':>8}  {'server':32} {'messages/s':>12} {'µs CPU each':>12} {'median µs':>10} {'99 % µs':>10}")
    for connections, in_flight in LOADS:
        results = {server.name: [] for server in SERVERS}
        for _ in range(runs):
            for server in SERVERS:
                results[server.name].append(measure(server, connections, in_flight, seconds))
        for name, values in results.items():
            figures = [figures_of(result, used) for result, used in values]
            rate, cpu, median, most = (statistics.median(column) for column in zip(*figures))
            print(f"{connections:>3} x {in_flight:<3} {name:34} {rate:>11,.0f} {cpu:>12.2f} {median:>10.0f} {most:>10.0f}",
                  flush=True)
    per_connection()


def figures_of(result, used):
    messages = result["messages"]
    return result["rate"], used / 1000 / messages, result["latency_us"]["p50"], result["latency_us"]["p99"]


if __name__ == "__main__":
    main()
