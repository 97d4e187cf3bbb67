"""Writes the result of scripts/bench.sh into a folder of documents: the table and the machine into performance.md, each kind
of table between its own marks, the growth as SVG files by gnuplot. usage: document.py FILE.json FOLDER"""

import json
import os
import subprocess
import sys
import tempfile

from marks import replace_between_marks
from table import as_markdown, syscalls_as_markdown

PLOTS = {
    "connections": {"output": "performance-connections.svg", "xlabel": "connections", "key": "bottom right"},
    "size": {"output": "performance-size.svg", "xlabel": "bytes a message", "key": "bottom left"},
}

GNUPLOT = """\
set terminal svg size 900,420 dynamic background rgb 'white' font 'sans-serif,13'
set output '{output}'
set logscale xy
set grid
set xlabel '{xlabel}'
set xtics ({xtics})
set xrange [{least}:{most}]
set multiplot layout 1,2 title '{title}'
set key {key}
set format y '%.0s %c'
set ylabel 'messages a second'
plot {rates}
unset key
set format y '%g'
set ylabel 'server CPU a message, µs'
plot {costs}
unset multiplot
"""


def tick(value):
    for unit, factor in (("Mi", 1 << 20), ("Ki", 1 << 10)):
        if value >= factor and value % factor == 0:
            return f"{value // factor}{unit}"
    return f"{value}"


def curves(names, column):
    """`column` is a column of the data or an expression of gnuplot."""
    return ", ".join(
        f"'{index}.dat' using 1:{column} with linespoints linewidth {3 if name == 'netkit' else 1.5} title '{name}'"
        for index, name in enumerate(names)
    )


def plot(growth, output, xlabel, key):
    servers = growth["servers"]
    with tempfile.TemporaryDirectory(prefix="netkit-plot-") as folder:
        for index, points in enumerate(servers.values()):
            with open(os.path.join(folder, f"{index}.dat"), "w", encoding="ascii") as file:
                for each in points:
                    file.write(f"{each['x']} {each['rate']} {each['cpu_ns_per_message']}\n")
        places = [each["x"] for each in next(iter(servers.values()))]
        script = GNUPLOT.format(
            output=os.path.abspath(output),
            xlabel=xlabel,
            key=key,
            title=growth["load"],
            xtics=", ".join(f"'{tick(x)}' {x}" for x in places[:: 1 + len(places) // 8]),
            least=places[0],
            most=places[-1],
            rates=curves(servers, "2"),
            costs=curves(servers, "($3/1000)"),
        )
        subprocess.run(["gnuplot"], input=script, text=True, cwd=folder, check=True)


def where(result):
    machine = result["machine"]
    return f"{machine['cpu']}, Linux {machine['kernel']}, {machine['date']}, commit {machine['commit']}"


def table(result):
    """The name of the marks and what goes between them."""
    runs = f"{result['runs']} runs of {result['seconds']} s each"
    if result.get("syscalls"):
        return "system calls", f"{where(result)}.\n\n{syscalls_as_markdown(result['syscalls'])}\n"
    lines = as_markdown(result["lines"])
    if any("interval" in line for line in result["lines"]):
        load = f"load average {result['machine']['load_average_before']:.1f} at the beginning"
        return "pairs", f"{where(result)}; {runs}; {load}.\n\n{lines}\n"
    spread = "Medians; the spread is that of the ratios of the single runs."
    return "measured", f"{where(result)}; {runs}. {spread}\n\n{lines}\n"


def main(path, folder):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    marks, text = table(result)
    replace_between_marks(os.path.join(folder, "performance.md"), text, marks)
    for kind, growth in result.get("growth", {}).items():
        plot(growth, **{**PLOTS[kind], "output": os.path.join(folder, PLOTS[kind]["output"])})


if __name__ == "__main__":
    main(*sys.argv[1:])
