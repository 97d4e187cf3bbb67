"""Runs the comparison that scripts/bench.sh prepares."""

import argparse
import fnmatch
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time

import own
import pairs
import syscalls
from growth import measure_growth
from load import LoadFailed
from measure import Bench
from servers import LOAD_CORE, SERVER_CORE
from table import as_text, syscalls_as_text
from works import all_works

SMALL_FILES = 10000


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh")
    parser.add_argument("--quick", action="store_true", help="few and short runs, no growth: a few minutes in all")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument("--only", metavar="PATTERN", help="only works whose name has PATTERN (shell wildcards) in it")
    parser.add_argument("--list", action="store_true", help="print the names of the works and end")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--pairs", type=int, metavar="N", help="only works beside bare loops: N alternating short runs (15: 13 "
                      "minutes), and the 95 %% interval of each ratio")
    kind.add_argument("--syscalls", action="store_true", help="of the same works: system calls a message, by perf, as root")
    arguments = parser.parse_args()
    if arguments.pairs is not None and arguments.pairs < pairs.LEAST:
        parser.error(f"--pairs: expected at least {pairs.LEAST}")
    return arguments


def wanted(name, pattern):
    return pattern is None or fnmatch.fnmatch(name.lower(), f"*{pattern.lower()}*")


def make_files(folder):
    """One sparse file of 1 GiB, which the page cache then holds as zeros, and small ones listed in small.txt."""
    os.mkdir(folder)
    with open(os.path.join(folder, "large"), "wb") as file:
        file.truncate(1 << 30)
    names = [f"small/{i:05}" for i in range(SMALL_FILES)]
    os.mkdir(os.path.join(folder, "small"))
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name.encode().ljust(4096, b"."))
    with open(os.path.join(folder, "small.txt"), "w", encoding="ascii") as file:
        file.write("\n".join(names) + "\n")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "cpu": f"{len(models)} × {models[0]}" if models else platform.machine(),
        "kernel": platform.release(),
        "cores": {"server": SERVER_CORE, "load": LOAD_CORE},
        "load_average_before": os.getloadavg()[0],
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d"),
    }


def own_lines(folder, runs, pattern):
    if wanted("start to ready", pattern):
        yield own.start_to_ready(folder, runs)
    if wanted("event_loops.spin, nothing to do", pattern):
        yield own.spin_at_rest(folder, runs)


def save(path, result):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


def each_work(works, arguments, result, measure_work):
    """Adds what measure_work(work) returns for each that is wanted; what fails is listed, and the next one follows."""
    for work in works:
        if not wanted(work.name, arguments.only):
            continue
        say(work.name)
        try:
            measure_work(work)
        except LoadFailed as failure:
            result["failures"].append(f"{work.name}: {failure}")
        save(arguments.json, result)  # what is ended early keeps what it has


def measure(arguments, folder, files, result):
    bench = Bench(folder, 3 if arguments.quick else 5, 0.5 if arguments.quick else 2.0)
    if arguments.pairs:
        bench = Bench(folder, arguments.pairs, pairs.SECONDS)
    result.update(machine=machine(), runs=bench.runs, seconds=bench.seconds)
    if arguments.pairs:
        each_work(pairs.near_works(), arguments, result,
                  lambda work: result["lines"].extend(pairs.measure_pairs(bench, work)))
        return
    if arguments.syscalls:
        each_work(pairs.near_works(), arguments, result,
                  lambda work: result["syscalls"].extend(syscalls.count_syscalls(work, folder)))
        return
    make_files(files)
    each_work(all_works(files), arguments, result, lambda work: result["lines"].extend(bench.measure(work).lines()))
    result["lines"] += own_lines(folder, bench.runs, arguments.only)
    if wanted("growth", arguments.only) and (arguments.only or not arguments.quick):
        result["growth"] = measure_growth(folder, min(bench.seconds, 1.0), say)


def main():
    arguments = parse_arguments()
    # The ends that a terminal or a script gives it run the same way out as an error: servers end, files go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="netkit-bench-") as folder:
        files = os.path.join(folder, "files")
        if arguments.list:
            for work in all_works(files):
                print(work.name)
            return 0
        result = {"lines": [], "syscalls": [], "failures": []}
        status = 0
        try:
            measure(arguments, folder, files, result)
        except KeyboardInterrupt:
            say("interrupted; what was measured so far:")
            status = 130
    if result["lines"]:
        print(as_text(result["lines"]))
    if result["syscalls"]:
        print(syscalls_as_text(result["syscalls"]))
    for failure in result["failures"]:
        say(f"failed: {failure}")
    save(arguments.json, result)
    return 1 if result["failures"] else status


if __name__ == "__main__":
    sys.exit(main())
