"""Counts the system calls of a message, netkit's and those of the bare loop beside it. By the kernel's tracepoints, which cost a
call next to nothing: under strace a loop is so slow that it finds other events."""

import os
import signal
import subprocess

from load import load

NAMED = {
    "epoll_wait": ("epoll_wait",),
    "epoll_ctl": ("epoll_ctl",),
    "receive": ("recvfrom", "read", "recvmmsg"),
    "send": ("sendto", "write", "sendmmsg"),
    "accept, close": ("accept4", "close"),
}
ALL = "raw_syscalls:sys_enter"
COLUMNS = ("work", "server", "messages", "calls a message", *NAMED)
SECONDS = 2.0


class Counter:
    """perf(1) on a running process. Needs what perf needs for tracepoints: root, mostly."""

    def __init__(self, pid, folder):
        self._out = os.path.join(folder, "perf.csv")
        events = [ALL, *(f"syscalls:sys_enter_{call}" for calls in NAMED.values() for call in calls)]
        control, self._control = os.pipe()
        self._acknowledged, acknowledge = os.pipe()
        # -D -1: nothing is counted until it is told to.
        command = ["perf", "stat", "-x,", "-o", self._out, "-D", "-1", f"--control=fd:{control},{acknowledge}",
                   "-e", ",".join(events), "-p", str(pid)]
        self._process = subprocess.Popen(command, pass_fds=(control, acknowledge), stderr=subprocess.PIPE, text=True)
        os.close(control)
        os.close(acknowledge)
        os.write(self._control, b"enable\n")
        if not os.read(self._acknowledged, 16):
            raise SystemExit(f"perf cannot count system calls here: {self._process.communicate()[1].strip()}")

    def stop(self):
        """How often each event came."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._process.stderr.close()
        os.close(self._control)
        os.close(self._acknowledged)
        with open(self._out, encoding="utf-8") as file:
            rows = [line.split(",") for line in file if line[:1].isdigit()]
        return {row[2].removeprefix("syscalls:sys_enter_"): int(row[0]) for row in rows}


def count(kind, work, folder):
    """Of a run with its connecting; a load before it has the server at its pace."""
    with kind.start(folder) as server:
        load(server, [*kind.load, *work.load], 0.1)
        counter = Counter(server.pid, folder)
        messages = load(server, [*kind.load, *work.load, "--warm-up", "0ms"], SECONDS)["messages"]
        counts = counter.stop()
    calls = {name: sum(counts[call] for call in calls) / messages for name, calls in NAMED.items()}
    return {"work": work.name, "server": kind.name, "messages": messages, "all": counts[ALL] / messages, "calls": calls}


def count_syscalls(work, folder):
    return [count(kind, work, folder) for kind in (work.netkit, work.references[0].server)]


def rows(counted):
    """The cells of the table."""
    for each in counted:
        calls = (f"{value:.3f}" for value in (each["all"], *each["calls"].values()))
        yield (each["work"], each["server"], f"{each['messages']:,}", *calls)
