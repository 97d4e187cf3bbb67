"""Commands that do what they should not, among many that do what they should."""

import collections
import json
import os
import random
import struct
import threading
import time

from netkit_testing import connect, receive_exactly, wait_until
from ordeal import Ordeal, at_most, exactly, told
from process_view import ProcessView, port_of, tcp_table

TIMEOUT_S = {"mixed": 2.0, "bombs": 1.0}
AT_ONCE = {"mixed": 16, "bombs": 4}

# MARK is found in the command line of everything a hostile command leaves behind. The second item tells a good answer.
HOSTILE = {
    "ignores TERM": ("trap '' TERM HUP INT; while :; do sleep MARK; done", lambda h, _: h.get("timed_out")),
    "forks away": (
        "for i in 1 2 3; do (setsid sh -c \"trap '' TERM; (sleep MARK & sleep MARK) & sleep MARK\" &); done; echo left",
        lambda h, body: h.get("exit") == 0 and body == b"left\n",
    ),
    "holds the pipe": (
        "setsid sleep MARK & (setsid sh -c 'sleep MARK; echo late' &) ; echo held",
        lambda h, body: h.get("exit") == 0 and body == b"held\n",
    ),
    # Whichever stream comes to its limit first ends the command; the other one may have less.
    "floods both pipes": ("yes MARK & yes MARK >&2", lambda h, body: h.get("truncated") and 0 < len(body) <= 1 << 20),
    "kills its own group": ("setsid sleep MARK & sleep MARK & kill -9 0", lambda h, _: h.get("signal") == 9),
}
BOMB = "bomb() { bomb MARK | bomb MARK & }; bomb; setsid sh -c 'b() { b | b & }; b; b; sleep MARK' & wait; sleep MARK"


def without_error(good):
    return lambda header, body: "error" not in header and good(header, body)


def as_a_bomb_ends(header, _):
    """By itself, or in time, or not; or it never began, for the bombs beside it are the same user's and left it no
    process (EAGAIN)."""
    return "error" not in header or "temporarily unavailable" in header["error"]


class Talk:
    """One client of an exec listener: a line out, a header and a body back."""

    def __init__(self, address):
        self.connection = connect(address)

    def ask(self, command):
        self.connection.sendall(command.encode() + b"\n")
        (size,) = struct.unpack(">I", receive_exactly(self.connection, 4))
        header = json.loads(receive_exactly(self.connection, size))
        return header, receive_exactly(self.connection, header["size"])


class Runs:
    """Commands handed to clients, and what came of them."""

    def __init__(self, mark):
        self._lock = threading.Lock()
        self._mark = mark
        self._todo = {"mixed": [], "bombs": []}
        self.done = collections.Counter()
        self.wrong = []
        self.late = {"mixed": 0.0, "bombs": 0.0}  # the longest answer, in seconds

    def add(self, listener, kind, command, good):
        self._todo[listener].append((kind, command.replace("MARK", self._mark), good))

    def shuffle(self):
        random.Random(1).shuffle(self._todo["mixed"])

    def _take(self, listener):
        with self._lock:
            return self._todo[listener].pop() if self._todo[listener] else None

    def work(self, listener, address):
        talk = Talk(address)
        while (run := self._take(listener)) is not None:
            kind, command, good = run
            begin = time.monotonic()
            try:
                header, body = talk.ask(command)
                fine = good(header, body)
            except Exception as error:  # a broken conversation is a wrong answer, and the next client goes on
                header, fine = repr(error), False
                talk = Talk(address)
            with self._lock:
                self.done[kind] += 1
                self.late[listener] = max(self.late[listener], time.monotonic() - begin)
                if not fine:
                    self.wrong.append((kind, header))
        talk.connection.close()


def survivors(mark):
    """Processes whose command line has `mark` in it, wherever they are now."""
    found = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                found += mark.encode() in file.read()
        except OSError:
            pass
    return found


def descriptors(server):
    """Those of the server and of every process below it."""
    return {pid: ProcessView(pid).descriptors() for pid in [server.popen.pid, *server.process.descendants()]}


def connections(server):
    """How many the server still holds."""
    ports = {port for _, port in server.addresses.values()}
    listens, nobody = "0A", "0"
    return sum(port_of(row[1]) in ports and row[3] != listens and row[9] != nobody for row in tcp_table())


def own_processes():
    return sum(os.stat(f"/proc/{name}").st_uid == os.getuid() for name in os.listdir("/proc") if name.isdigit())


def serve(field):
    shell = {"type": "exec", "shell": True}
    # Root has no limit of processes, so the bombs are another user's; of somebody else, all processes count.
    bombs = {"user": "nobody", "max_processes": 100} if os.getuid() == 0 else {"max_processes": own_processes() + 150}
    bombs |= {"grace": "500ms"}
    return field.serve(
        *(
            {
                "name": name,
                "framing": {"in": "line", "out": "json-header"},
                "handler": {**shell, **options, "timeout": f"{TIMEOUT_S[name] * 1000:.0f}ms", "concurrency": AT_ONCE[name]},
            }
            for name, options in (("mixed", {}), ("bombs", bombs))
        ),
        arguments=(),
    )


def in_threads(server, work):
    threads = [
        threading.Thread(target=work, args=(name, server.address(name))) for name in AT_ONCE for _ in range(AT_ONCE[name])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def many_runs(field):
    """Nine honest commands for each hostile one. Afterwards everything is as it was before the first."""
    server = serve(field)
    ready = threading.Barrier(sum(AT_ONCE.values()))

    def warm_up(_, address):
        ready.wait()
        Talk(address).ask("sleep 1")  # all at once: each gets a supervisor, which stays

    in_threads(server, warm_up)
    wait_until(lambda: connections(server) == 0, lambda: "the end of the last connection")
    before = descriptors(server)
    runs, hostile = Runs(f"86399.{os.getpid()}"), field.scaled(1_000, short=60)
    kinds = [*HOSTILE, "fork bomb"]
    for i in range(hostile):
        kind = kinds[i % len(kinds)]
        if kind in HOSTILE:
            command, good = HOSTILE[kind]
            runs.add("mixed", kind, command, without_error(good))
        else:
            runs.add("bombs", kind, BOMB, as_a_bomb_ends)
    for i in range(9 * hostile):
        good = lambda h, body, i=i: h.get("exit") == 0 and body == b"%d\n" % i
        runs.add("mixed", "honest", f"echo {i}", without_error(good))
    runs.shuffle()
    in_threads(server, runs.work)
    left = survivors(f"86399.{os.getpid()}")
    zombies = server.process.census()["zombies"]

    yield told("runs", sum(runs.done.values()))
    for kind in kinds:
        yield told(f"of these: {kind}", runs.done[kind])
    yield exactly(f"wrong or missing answers {runs.wrong[:3] or ''}", len(runs.wrong), 0)
    yield exactly("survivors, at the moment of the last answer", left, 0)
    yield exactly("zombies, at the same moment", zombies, 0)
    wait_until(lambda: descriptors(server) == before, lambda: f"descriptors as before: {before}, now {descriptors(server)}")
    now = descriptors(server)
    yield exactly("leaked descriptors", sum(now.values()) - sum(before.values()), 0)
    yield exactly("processes beyond those before", len(now) - len(before), 0)
    beyond = max(runs.late[name] - TIMEOUT_S[name] for name in AT_ONCE)
    yield at_most("longest answer, beyond the timeout", beyond, 3.0, "s")


ORDEALS = [Ordeal("exec: many runs, one in ten hostile", many_runs)]
