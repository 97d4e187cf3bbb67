"""Writes what the attack tests found into a document. usage: document.py DOCUMENT FILE.json..."""

import json
import sys

from marks import replace_between_marks
from report import as_markdown


def measured(files):
    """The text between the marks; a later file's word on an ordeal counts."""
    results = {}
    for found in files:
        for result in found["results"]:
            results[result["ordeal"]] = result
    machine = files[-1]["machine"]
    scales = " and ".join(sorted({f"{found['scale']} scale, {found['preset']} build" for found in files}))
    return (
        f"{machine['cpu']}, Linux {machine['kernel']}, {machine['date']}, commit {machine['commit']}; {scales}.\n\n"
        f"{as_markdown([results[name] for name in sorted(results)])}\n"
    )


def main(document, *paths):
    files = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            files.append(json.load(file))
    replace_between_marks(document, measured(files))


if __name__ == "__main__":
    main(*sys.argv[1:])
