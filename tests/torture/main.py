"""Runs the attack tests that scripts/torture.sh prepares.

To add an ordeal, write a function in a file of the folder ordeals/ (one file a group, found by itself) and put it into
the file's list ORDEALS:

    def many_resets(field):
        server = field.serve({"name": "echo", "framing": "line", "handler": "echo"})
        before = server.process.census()
        count = field.scaled(100_000, short=2_000)
        lost = attack(server.address("echo"), count)
        yield told("connections", count)
        yield exactly("honest messages lost", lost, 0)
        field.assert_census(server, before)

    ORDEALS = [Ordeal("connections: many resets", many_resets)]

Its first argument is the Field (ordeal.py), a SystemTest of tests/system: serve() starts a server that is stopped and
checked at the end (status 0, no sanitizer's report, no error in the log but those of field.expected_errors). What it
yields are figures: exactly(), at_most(), at_least(), or told() for what has no bound. A figure that misses its bound or an
exception is a failure; CannotRun("why") is for what this machine cannot do. Numbers come from field.scaled(full, short):
the short ones of all ordeals together take two to three minutes on two cores. Every wait has a bound (wait_until(), socket
timeouts); nothing leaves loopback. Programs in C++ belong to tests/torture/CMakeLists.txt and are found in TOOLS."""

import argparse
import fnmatch
import importlib
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time

from ordeal import CannotRun, Field
from report import as_text

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/torture.sh")
    parser.add_argument("--short", action="store_true", help="small numbers: a few minutes in all")
    parser.add_argument("--only", metavar="PATTERN", help="only ordeals whose name has PATTERN (shell wildcards) in it")
    parser.add_argument("--list", action="store_true", help="print the names of the ordeals and end")
    parser.add_argument("--json", metavar="FILE", help="write everything that was found to FILE")
    parser.add_argument("--preset", default="release", help="the build to attack: release, asan or tsan")
    return parser.parse_args()


def sanitizer_options(preset):
    """What the tests of that preset run with; here too."""
    with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
        presets = json.load(file)["testPresets"]
    return next((each.get("environment", {}) for each in presets if each["name"] == preset), {})


def all_ordeals():
    groups = sorted(name[:-3] for name in os.listdir(os.path.join(HERE, "ordeals")) if name.endswith(".py"))
    return [ordeal for group in groups for ordeal in importlib.import_module(f"ordeals.{group}").ORDEALS]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "cpu": f"{len(models)} × {models[0]}" if models else platform.machine(),
        "kernel": platform.release(),
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d"),
    }


def say(text):
    print(text, file=sys.stderr, flush=True)


class OutOfPatience(BaseException):
    """Not an Exception: no handler on the way takes it for its own."""


def lose_patience(*_):
    raise OutOfPatience


def told_of(error):
    """Also of the error that this one came of: a server that ends badly may only follow from an ordeal that failed."""
    text = f"{type(error).__name__}: {error}"
    return f"{text}\nafter {told_of(error.__context__)}" if error.__context__ else text


def hold(ordeal, short):
    """Runs one ordeal; returns its figures and what went wrong, as JSON has them."""
    begin = time.monotonic()
    result = {"ordeal": ordeal.name, "figures": []}
    signal.setitimer(signal.ITIMER_REAL, ordeal.patience)
    try:
        with Field(short) as field:
            for figure in ordeal.run(field):
                result["figures"].append(vars(figure))
    except CannotRun as reason:
        result["left_out"] = str(reason)
    except OutOfPatience:
        result["failure"] = f"not over within {ordeal.patience} s"
    except Exception as error:  # whatever it is, the other ordeals are held all the same
        result["failure"] = told_of(error)
    signal.setitimer(signal.ITIMER_REAL, 0)
    result["seconds"] = round(time.monotonic() - begin, 1)
    return result


def failed(result):
    return "failure" in result or any(figure["met"] is False for figure in result["figures"])


def main():
    arguments = parse_arguments()
    for name, value in sanitizer_options(arguments.preset).items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    signal.signal(signal.SIGALRM, lose_patience)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    pattern = f"*{(arguments.only or '').lower()}*"
    wanted = [ordeal for ordeal in all_ordeals() if fnmatch.fnmatch(ordeal.name.lower(), pattern)]
    if arguments.list:
        print("\n".join(ordeal.name for ordeal in wanted))
        return 0
    if not wanted:
        say(f"no ordeal's name has {arguments.only} in it; --list shows them")
        return 64

    found = {"machine": machine(), "preset": arguments.preset, "scale": "short" if arguments.short else "full"}
    found["results"] = results = []
    status = 0
    try:
        for ordeal in wanted:
            say(ordeal.name)
            results.append(hold(ordeal, arguments.short))
    except KeyboardInterrupt:
        say("interrupted; what was found so far:")
        status = 130
    print(as_text(results))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1, ensure_ascii=False)
    return 1 if any(map(failed, results)) else status


if __name__ == "__main__":
    sys.exit(main())
