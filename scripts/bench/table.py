"""Turns the result of scripts/bench.sh into a table, as text or as Markdown. usage: table.py FILE.json [--markdown]"""

import json
import sys

COLUMNS = ("work", "measured", "netkit", "reference", "its figure", "ratio (spread)", "aim", "met")


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
    value = line["ratio"]
    return f"{value['median']:.2f} ({value['least']:.2f}–{value['most']:.2f})"


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
        ("yes" if line["met"] else "NO") if "met" in line else "",
    )


def as_text(lines):
    rows = [COLUMNS, *map(row, lines)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in rows)


def as_markdown(lines):
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(row, lines)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def main(path, *options):
    with open(path, encoding="utf-8") as file:
        lines = json.load(file)["lines"]
    print(as_markdown(lines) if "--markdown" in options else as_text(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
