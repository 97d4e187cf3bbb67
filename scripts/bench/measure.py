"""Gives a work's load to its servers in turn and makes the lines of the table from what comes back."""

import contextlib
import statistics

from load import load, neighbour


def summary(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "values": values}


class Measurement:
    """All the results of one work: one list for each server, in the order of the runs."""

    def __init__(self, work, results):
        self.work = work
        self._results = results

    def lines(self):
        for metric in self.work.metrics:
            for against in self.work.references:
                yield self._line(metric, against)

    def _values(self, metric, name):
        return [metric.read(result) for result in self._results[name]]

    def _line(self, metric, against):
        netkit = self._values(metric, "netkit")
        reference = self._values(metric, against.server.name)
        line = {
            "work": self.work.name,
            "metric": metric.name,
            "unit": metric.unit,
            "more_is_better": metric.more_is_better,
            "netkit": summary(netkit),
            "reference": against.server.name,
            "reference_value": summary(reference),
            "ratio": summary([ours / theirs for ours, theirs in zip(netkit, reference) if theirs > 0] or [0.0]),
        }
        aim = self.work.extra_aims.get(metric.name, against.aim)
        if self.work.limit is not None:
            return with_limit(line, self.work.limit)
        if aim is None:
            return line
        ratio = line["ratio"]["median"]
        return {**line, "aim": aim, "met": ratio >= aim if metric.more_is_better else ratio <= aim}


def with_limit(line, limit):
    """The line with an aim for netkit's own figure."""
    return {**line, "limit": limit, "met": line["netkit"]["median"] <= limit}


class Bench:
    """How often and how long, and where servers may put files."""

    def __init__(self, folder, runs, seconds):
        self._folder = folder
        self.runs = runs
        self.seconds = seconds

    def measure(self, work):
        """Runs alternate between the servers, there and back, so that what else the machine does meets all of them."""
        kinds = [work.netkit, *(against.server for against in work.references)]
        results = {kind.name: [] for kind in kinds}
        with contextlib.ExitStack() as stack:
            start = (lambda kind: kind.start(self._folder)) if work.fresh else self._start_all(kinds, stack)
            for kind in kinds if work.prime else ():
                load(start(kind), [*kind.load, *work.prime])
            more = self._half_rate(start(kinds[1]), work) if work.half_rate else []
            for turn in range(self.runs):
                for kind in kinds if turn % 2 == 0 else reversed(kinds):
                    with contextlib.ExitStack() as run:
                        server = start(kind)
                        if work.fresh:
                            run.enter_context(server)
                        results[kind.name].append(self._run(server, kind, work, more))
        return Measurement(work, results)

    def _start_all(self, kinds, stack):
        servers = {kind.name: stack.enter_context(kind.start(self._folder)) for kind in kinds}
        return lambda kind: servers[kind.name]

    def _run(self, server, kind, work, more):
        with neighbour(server, work.beside):
            before = server.tree_cpu_ns() if work.whole else 0
            result = load(server, [*kind.load, *work.load, *more], self.seconds if work.by_time else None)
            if work.whole:
                result["whole_cpu_ns"] = server.tree_cpu_ns() - before
                result["resident_bytes"] = server.resident_bytes()
            return result

    def _half_rate(self, server, work):
        return ["--rate", str(load(server, work.load, self.seconds)["rate"] / 2)]
