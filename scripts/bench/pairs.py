"""Ratios of a few per cent on a machine that others use too: netkit and the loops beside it take turns, and the interval of
each ratio says how far it can be relied on."""

import dataclasses
import math
import statistics

from works import datagrams, messages

LOOPS = ("bare epoll", "asio", "libuv", "recvmmsg loop")
LEAST = 9  # pairs, for the expansion below
WIDEST = 0.1  # of an interval that tells, by its mean: a machine that others use makes it wider
SECONDS = 0.8  # of a run: all rows with 15 pairs take some 13 minutes


def t_quantile(probability, degrees):
    """Of Student's t, by the expansion of Cornish and Fisher; to 0.001 from 8 degrees of freedom on."""
    z = statistics.NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def interval(ratios):
    """The geometric mean and its 95 % interval, by Student's t on the logarithms."""
    logs = [math.log(ratio) for ratio in ratios]
    mean = statistics.fmean(logs)
    half = t_quantile(0.975, len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return {"mean": math.exp(mean), "least": math.exp(mean - half), "most": math.exp(mean + half)}


def near_works():
    """Those with an aim beside a loop that does nothing else, without the other references."""
    for work in (*messages(), *datagrams()):
        beside = [against for against in work.references if against.server.name in LOOPS]
        yield dataclasses.replace(work, references=beside)


def judged(line):
    """The line with its interval. The aim is met where it lies within the interval or above; within one that is too wide it
    is not known."""
    found = interval(line["ratio"]["values"])
    within = found["least"] <= line["aim"] < found["most"]
    if within and found["most"] - found["least"] > WIDEST * found["mean"]:
        return {**line, "interval": found}
    return {**line, "interval": found, "met": found["least"] <= line["aim"]}


def measure_pairs(bench, work):
    return [judged(line) for line in bench.measure(work).lines()]
