"""Turns the result of scripts/bench.sh into a table, as text or as Markdown. usage: table.py FILE.json [--markdown]"""

import json
import sys

import syscalls

COLUMNS = ("work", "measured", "netkit", "reference", "its figure", "ratio (spread)", "aim", "met")
PAIRED = (*COLUMNS[:5], "ratio (95 % interval)", *COLUMNS[6:])


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def figure(value, unit):
    return f"{number(value['median'])} {unit}"


def aim(line):
    if "limit" in line:
        return f"≤ {number(line['limit'])} {line['unit']}"
    if "aim" in line:
        return f"{'≥' if line['more_is_better'] else '≤'} {line['aim']:.2f}"
    return ""


def ratio(line):
    if "ratio" not in line:
        return ""
    if "interval" in line:
        value = line["interval"]
        return f"{value['mean']:.3f} ({value['least']:.3f}–{value['most']:.3f})"
    value = line["ratio"]
    return f"{value['median']:.2f} ({value['least']:.2f}–{value['most']:.2f})"


def verdict(line):
    if "met" in line:
        return "yes" if line["met"] else "NO"
    return "unsure" if "interval" in line else ""


def row(line):
    compared = "reference_value" in line
    return (
        line["work"],
        line["metric"],
        figure(line["netkit"], line["unit"]),
        line["reference"] if compared else "",
        figure(line["reference_value"], line["unit"]) if compared else "",
        ratio(line),
        aim(line),
        verdict(line),
    )


def columns(lines):
    return PAIRED if any("interval" in line for line in lines) else COLUMNS


def aligned(rows):
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in rows)


def markdown(rows):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (rows[0], ("---",) * len(rows[0]), *rows[1:]))


def as_text(lines):
    return aligned([columns(lines), *map(row, lines)])


def as_markdown(lines):
    return markdown([columns(lines), *map(row, lines)])


def syscalls_as_text(counted):
    return aligned([syscalls.COLUMNS, *syscalls.rows(counted)])


def syscalls_as_markdown(counted):
    return markdown([syscalls.COLUMNS, *syscalls.rows(counted)])


def main(path, *options):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    in_markdown = "--markdown" in options
    if result["lines"]:
        print((as_markdown if in_markdown else as_text)(result["lines"]))
    if result.get("syscalls"):
        print((syscalls_as_markdown if in_markdown else syscalls_as_text)(result["syscalls"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
