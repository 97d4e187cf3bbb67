"""What /proc tells of a process and of those it has started."""

import contextlib
import os
import re


def _name_of(task):
    """The name of a process or thread; None once it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{task}/comm", encoding="utf-8") as comm:
        return comm.read().rstrip("\n")
    return None


def tcp_table():
    """The rows of /proc/net/tcp, split: 1 and 2 are the ends, 3 is the state, 4 the queues, 9 the socket's number."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return [line.split() for line in table.readlines()[1:]]


def port_of(end):
    return int(end.partition(":")[2], 16)


def bytes_to_send(source, destination):
    """What the kernel holds of a TCP connection on IPv4, sent from the one address to the other, that has not arrived; None
    where there is no such connection."""
    for row in tcp_table():
        if [port_of(row[1]), port_of(row[2])] == [source[1], destination[1]]:
            return int(row[4].partition(":")[0], 16)
    return None


class ProcessView:
    """A process, seen from outside."""

    def __init__(self, pid):
        self.pid = pid

    def _status(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"^{field}:\s+(\d+)", status.read(), re.MULTILINE).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return self._status("Threads")

    def threads_named(self, name):
        """How many of its threads have that name."""
        return [_name_of(f"{self.pid}/task/{thread}") for thread in os.listdir(f"/proc/{self.pid}/task")].count(name)

    def _stat(self, number):
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[number]

    def state(self):
        """A letter, such as S, T or Z."""
        return self._stat(0)

    def page_faults(self):
        """How often a page of memory had to be made or mapped, without waiting for a disk."""
        return int(self._stat(7))

    def cpu_seconds(self):
        """Processor time so far, the kernel's work for it included."""
        return (int(self._stat(11)) + int(self._stat(12))) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """Bytes of memory in use now."""
        # Counted by pages; VmRSS lags behind on kernels since 6.2.
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as rollup:
            return int(re.search(r"^Rss:\s+(\d+)", rollup.read(), re.MULTILINE).group(1)) * 1024

    def peak_resident(self):
        """The most bytes of memory ever in use."""
        return self._status("VmHWM") * 1024

    def descendants(self):
        """The processes below this one, as {pid: state}; state Z is a zombie."""
        parents, states = {}, {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
                parents[int(name)], states[int(name)] = int(parent), state
        found, added = set(), {self.pid}
        while added:
            added = {pid for pid, parent in parents.items() if parent in added} - found
            found |= added
        return {pid: states[pid] for pid in found}

    def descendants_named(self, name):
        """Those of the processes below this one whose program has that name."""
        return [pid for pid in self.descendants() if _name_of(pid) == name]

    def census(self):
        """What must be the same again once everybody is gone."""
        below = self.descendants()
        return {
            "descriptors": self.descriptors(),
            "processes": len(below),
            "zombies": sum(state == "Z" for state in below.values()),
        }
