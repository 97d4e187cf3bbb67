"""Adds executions of fuzz targets, read from standard input as lines `NAME COUNT`, to tests/fuzz/executions.json, and
writes the table of all of them into docs/reliability.md, between its two marks."""

import json
import sys

COUNTS = "tests/fuzz/executions.json"
DOCUMENT = "docs/reliability.md"
BEGIN, END = "<!-- fuzzed: begin -->\n", "<!-- fuzzed: end -->\n"


def as_table(counts):
    rows = ["| reader | executions |", "|---|---|"]
    rows += [f"| `{name}` | {count / 1e6:,.1f} million |" for name, count in counts.items()]
    return "\n".join(rows) + "\n"


def main():
    with open(COUNTS, encoding="utf-8") as file:
        counts = json.load(file)
    for line in sys.stdin:
        name, count = line.split()
        counts[name] = counts.get(name, 0) + int(count)
    with open(COUNTS, "w", encoding="utf-8") as file:
        json.dump(counts, file, indent=2)
        file.write("\n")
    with open(DOCUMENT, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + as_table(counts) + END + after)


main()
