"""Counts the instructions a message takes, in codecs and sessions alone and from socket to socket, by callgrind, and
compares with the committed counts: a regression shows however busy the machine is. usage: instructions.py --check | --update-baseline"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

from servers import program

BASELINE = os.path.join(os.path.dirname(__file__), "..", "..", "tests", "bench", "instructions.json")
TOLERANCE = 0.01
PATIENCE = 110  # seconds; it takes a few

# The C library picks its copying and searching functions by the processor; without these it picks the same everywhere.
SAME_EVERYWHERE = "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-SSSE3"


def count():
    """Instructions per message of each case, on the thread that works for it."""
    with tempfile.TemporaryDirectory(prefix="netkit-count-") as folder:
        command = ["valgrind", "--tool=callgrind", "--separate-threads=yes",
                   f"--callgrind-out-file={folder}/out", program("bench", "micro-counted")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env={**os.environ, "GLIBC_TUNABLES": SAME_EVERYWHERE})
        if done.returncode != 0:
            raise SystemExit(f"micro-counted failed under callgrind:\n{done.stderr}")
        messages = int(done.stdout)
        dumps = glob.glob(f"{folder}/out.*-*")
        return dict(read_dump(path, messages) for path in sorted(dumps, key=dump_number))


def dump_number(path):
    """The N of out.N-THREAD. At the end callgrind writes out-THREAD too, with what came after the last dump."""
    return int(path.rsplit(".", 1)[1].split("-")[0])


def read_dump(path, messages):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE).group(1)
    return name, round(int(re.search(r"^totals: (\d+)", text, re.MULTILINE).group(1)) / messages, 1)


def verdict(now, before):
    """How a count compares with the baseline, and whether that fails the check."""
    if before is None:
        return "not in the baseline", True
    change = now / before - 1
    if change > TOLERANCE:
        return f"{change:+.1%}  ABOVE", True
    return f"{change:+.1%}" + ("  below: update the baseline" if change < -TOLERANCE else ""), False


def compare(counts, baseline):
    """Prints the table; returns the names that fail."""
    width = max(map(len, counts))
    print(f"{'instructions per message':{width}}  {'baseline':>9}  {'now':>9}  change")
    failed = []
    for name, now in counts.items():
        before = baseline.get(name)
        text, fails = verdict(now, before)
        print(f"{name:{width}}  {before if before is not None else '–':>9}  {now:>9}  {text}")
        if fails:
            failed.append(name)
    return failed


def main(*options):
    counts = count()
    if "--update-baseline" in options:
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump(counts, file, indent=1)
            file.write("\n")
        print(f"{len(counts)} counts written to {os.path.relpath(BASELINE)}")
        return 0
    with open(BASELINE, encoding="utf-8") as file:
        baseline = json.load(file)
    failed = compare(counts, baseline)
    gone = sorted(baseline.keys() - counts.keys())
    if gone:
        print(f"in the baseline, but counted no more: {', '.join(gone)}", file=sys.stderr)
    if failed:
        print(f"more than {TOLERANCE:.0%} above the baseline, or not in it: {', '.join(failed)}.\n"
              "If that is meant, scripts/bench.sh --update-baseline writes a new one.", file=sys.stderr)
    return 1 if failed or gone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
