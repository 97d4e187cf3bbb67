"""Console sessions in Markdown: blocks of ```console with commands behind `$ ` and below each what it prints.

In what is printed, a line `…` stands for any lines and `…` in a line for any text. What differs in every run (times, ports that
the system chose, process numbers) need not be the same. A line behind `> ` goes on with the command above it.

What a page's commands need and its readers know without being told stands in comments that no reader sees:

    <!-- setup
    netkit-server config/demo.json &
    -->             commands that are run there; of one in the background `ready` is awaited
    <!-- needs node jq -->
                    without these programs the page is left out
    <!-- file NAME -->
                    the next block is saved under that name; one of a listener alone becomes a config with that listener

A block below a line such as "`upper.py`, beside it:" is saved under that name, and so is one that begins with `// NAME`."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]

VARIES = (
    (r"\+\d+\.\d{6} s", "+TIME s"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "NOW"),
    (r"(127\.0\.0\.1|\[::1\])(:|', )(?:3[2-9]|[45]\d|60)\d{3}\b", r"\1\2PORT"),
    (r"\b(process|pid[ =:]*|killed) ?\d+", r"\1 PID"),
    (r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}", "DATE"),
)
# Of a measurement all figures vary, and with them the units that fit.
MEASURED = ((r"\d[\d,.]*", "N"), (r"N (us|ms|ns|s)\b", "N s"), (r"N ([KMG]i)?B\b", "N B"), (r"#+", "#"), (r" +", " "))
# Places that pages name and that are not the tests'.
ELSEWHERE = ("/etc/netkit", "/opt/netkit", "/run/netkit", "/srv/files", "/tmp/")
LEVELS = {"debug", "info", "warning", "error"}
LOG_LINE = re.compile(rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z ({'|'.join(LEVELS)}) ")
ANYTHING = "…"
PROGRESS = re.compile(r"  \[[#.]+\] +\d+%")  # a bar that only a terminal shows


@dataclass
class Step:
    """A command and the lines that it prints; those of one in the background, or of one that is signalled, come when they like."""

    line: int
    command: str
    printed: list = field(default_factory=list)

    @property
    def background(self):
        return self.command.endswith("&") or self.command.startswith("kill ")


@dataclass
class Block:
    """A block of code. `language` is what stands behind ```, or `indented`; `setup` and `needs` for what no reader sees."""

    line: int
    language: str
    text: str
    name: str = ""  # of the file that it is saved to

    def steps(self):
        """Of a console session or a setup."""
        found = []
        for number, line in enumerate(self.text.splitlines(), self.line + 1):
            if self.language == "setup":
                found.append(Step(number, line))
            elif line.startswith("$ "):
                found.append(Step(number, line[2:]))
            elif line.startswith("> ") and not found[-1].printed:
                found[-1].command += "\n" + line[2:]
            else:
                found[-1].printed.append(line)
        return found

    def file_text(self):
        """What is saved: a listener alone becomes a config."""
        if self.language != "json" or '"listeners"' in self.text:
            return self.text
        return json.dumps({"listeners": [json.loads(self.text)]}, indent=2)


def blocks(page):
    """The blocks of a page's text, in its order."""
    found = []
    before = name = ""
    lines = list(enumerate(page.splitlines(), 1))
    while lines:
        number, line = lines.pop(0)
        if line.startswith("```"):
            text = _up_to(lines, "```")
            named = name or _name_above(before) or _name_within(text)
            found.append(Block(number, line[3:].strip() or "plain", text, named))
            name = ""
        elif line == "<!-- setup":
            found.append(Block(number, "setup", _up_to(lines, "-->")))
        elif match := re.fullmatch(r"<!-- file (\S+) -->", line):
            name = match[1]
        elif match := re.fullmatch(r"<!-- needs (.+) -->", line):
            found.append(Block(number, "needs", match[1]))
        elif line.startswith("    ") and not before:
            found.append(Block(number - 1, "indented", line[4:] + "\n" + _indented(lines)))
        before = line if line or lines[:1] and not lines[0][1].startswith("```") else before
    return found


def _up_to(lines, end):
    text = ""
    while lines and lines[0][1] != end:
        text += lines.pop(0)[1] + "\n"
    lines.pop(0)
    return text


def _indented(lines):
    text = ""
    while lines and lines[0][1].startswith("    "):
        text += lines.pop(0)[1][4:] + "\n"
    return text


def _name_above(line):
    match = re.search(r"`([\w.-]+\.\w+)`(?:, [^`]*)?:$", line)
    return match[1] if match else ""


def _name_within(text):
    match = re.match(r"// ([\w.-]+\.\w+)\n", text)
    return match[1] if match else ""


def first_session():
    """The blocks of that chapter of README.md."""
    return blocks(re.search(r"(?ms)^## A first session\n.*?(?=^## )", (SOURCE / "README.md").read_text(encoding="utf-8"))[0])


class Scratch:
    """A folder in which a page's commands run: the source tree as links, the build, and what stands for places elsewhere."""

    def __init__(self, folder, build):
        self.folder = Path(folder)
        for name in ("apps", "core", "debian", "docs", "plugins", "scripts"):
            (self.folder / name).symlink_to(SOURCE / name)
        shutil.copytree(SOURCE / "config", self.folder / "config")
        (self.folder / "build").symlink_to(build)
        for place in ELSEWHERE:
            (self.folder / "root" / place[1:]).mkdir(parents=True)
        path = f"{build}/bin:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder)}

    def save(self, block):
        (self.folder / block.name).write_text(self.here(block.file_text()))

    def here(self, text):
        """A text of the page for this folder."""
        return re.sub("|".join(map(re.escape, ELSEWHERE)), lambda found: f"{self.folder}/root{found[0]}", text)

    def there(self, text):
        """What is printed here as the page has it."""
        return text.replace(f"{self.folder}/root/", "/").replace(f"{self.folder}/", "")


def comparable(line, command):
    """Without what differs in every run."""
    for pattern, instead in VARIES + (MEASURED if "netkit-bench" in command else ()):
        line = re.sub(pattern, instead, line)
    return line.rstrip()


def without_log(printed, step):
    """What a server logs is left out where the page leaves it out: all of it, or its warnings."""
    shown = {level[1] for level in map(LOG_LINE.match, step.printed) if level}
    hidden = {"warning"} - shown if shown else LEVELS
    return [line for line in printed if not ((level := LOG_LINE.match(line)) and level[1] in hidden)]


def agrees(printed, step):
    """True if these lines are what the page says."""
    pattern = ""
    for line in step.printed:
        if line.strip() == ANYTHING:
            pattern += r"(?:.*\n)*"
        else:
            pattern += ".*".join(map(re.escape, comparable(line, step.command).split(ANYTHING))) + "\n"
    text = "".join(comparable(line, step.command) + "\n" for line in without_log(printed, step))
    return re.fullmatch(pattern, text) is not None


def move_to_a_network_of_our_own():
    """Runs this program again where all ports are free, if the system allows it. True if it is there."""
    if os.environ.get("NETKIT_OWN_NETWORK"):
        return True
    for way in (["unshare", "-n"], ["unshare", "-rn"]):
        words = [*way, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        try:
            allowed = subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
        except FileNotFoundError:
            return False
        if allowed:
            os.environ["NETKIT_OWN_NETWORK"] = "1"
            os.execvp(words[0], [*words, sys.executable, *sys.argv])
    return False
