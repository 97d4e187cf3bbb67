"""What is measured of programs behind the handler `process`: beside servers that are written by hand in their languages, and
beside tools that start a program for each connection (websocketd is no package of Debian 12). CPU is that of a server and of
all that it has started."""

import os

from metrics import P50, P99, RATE, RESIDENT, WHOLE_CPU, WHOLE_CPU_PER_CONNECTION
from servers import BOTH_CORES, Netkit, Server, SilentServer, free_port

FOLDER = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "tests", "bench", "programs"))
PYTHON = "/usr/bin/python3"


class ByHand:
    """A server in another language, which prints its port."""

    load = ()

    def __init__(self, name, *command):
        self.name = name
        self._command = command

    def start(self, folder):
        return Server(self.name, self._command, folder, int)


class Forking:
    """A tool that starts `cat` for each connection. `command` makes its command line for a port."""

    load = ()

    def __init__(self, name, command):
        self.name = name
        self._command = command

    def start(self, folder):
        port = free_port()
        return SilentServer(self.name, self._command(port), folder, port)


PROTOCOL = ByHand("asyncio, Protocol", PYTHON, f"{FOLDER}/asyncio_protocol.py")
STREAMS = ByHand("asyncio, streams", PYTHON, f"{FOLDER}/asyncio_streams.py")
THREADS = ByHand("socketserver, threads", PYTHON, f"{FOLDER}/threads.py")
NODE = ByHand("node, by hand", "node", f"{FOLDER}/by_hand.js")
NCAT = Forking("ncat -k -e", lambda port: ["ncat", "-k", "-l", "127.0.0.1", str(port), "-e", "/bin/cat"])
SOCAT = Forking("socat fork EXEC",
                lambda port: ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,nodelay", "EXEC:cat"])


def process(*command, cores=None, **options):
    handler = {"type": "process", "command": list(command), "directory": FOLDER, **options}
    return Netkit(handler, "line", **({"cores": cores} if cores else {}))


def programs(work, against):
    """`work` and `against` make the lines of the table."""
    kinds = (
        ("netkit.py", (PYTHON, "helper.py"), {1: [(PROTOCOL, 0.75), (STREAMS, None), (THREADS, None)],
                                              32: [(PROTOCOL, 0.75), (STREAMS, None), (THREADS, None)]}),
        ("three lines of Python", (PYTHON, "three_lines.py"), {1: [(PROTOCOL, 0.85)], 32: [(STREAMS, 0.6)]}),
        ("netkit.js", ("node", "helper.js"), {1: [(NODE, None)], 32: [(NODE, None)]}),
    )
    lines = ["-s", "64", "--framing", "line", "--expect", "uppercase"]
    started = ["--messages", "64", *lines]
    for name, command, beside in kinds:
        for in_flight, references in beside.items():
            yield work(f"process: {name}, 64 × {in_flight}, 64 B", process(*command, workers=1),
                       [against(server, aim) for server, aim in references],
                       ["-c", "64", "-n", str(in_flight), "--warm-up", "0ms", *lines], [WHOLE_CPU, RATE], prime=started,
                       whole=True, extra_aims={RATE.name: None})
    yield work("process: netkit.py, 64 × 32, 64 B; server, program and load on two cores",
               process(PYTHON, "helper.py", workers=1, cores=BOTH_CORES), [against(PROTOCOL, 1.5)],
               ["-c", "64", "-n", "32", *lines], [RATE], prime=started)
    yield work("process: netkit.py, 1 × 1, 64 B", process(PYTHON, "helper.py", workers=1), [against(PROTOCOL)], lines,
               [P50, P99], prime=started)
    yield work("process: cat for each of 1,000 connections", process("cat", per="connection"),
               [against(NCAT), against(SOCAT)],
               ["--framing", "line", "--connect-per-request", "--messages", "1000", "--warm-up", "0ms"],
               [RATE, WHOLE_CPU_PER_CONNECTION, RESIDENT], by_time=False, whole=True)
