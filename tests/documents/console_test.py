"""The commands in README.md, docs/ and config/: each session of a page is run, in the order of the page, and prints what the page says.
console.py says how a page is written; NOT_RUN are the commands that are shown and not run, by kind, with the reason."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import console
from shell import PROMPT, Shell

SOURCE = console.SOURCE
BUILD = Path(os.environ["NETKIT_BUILD"]).resolve()
PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md")), *sorted((SOURCE / "config").rglob("*.md"))]
OWN_NETWORK = console.move_to_a_network_of_our_own() if __name__ == "__main__" else False

NOT_RUN = {
    "changes the machine, or needs systemd: tests/package does it in a root of its own": r"sudo |sudoedit |systemctl ",
    "builds or installs with apt; .ci/run and tests/scripts do it": r"scripts/(run|test|package|check)\.sh",
    "takes minutes; .ci/run does it": r"scripts/(bench|torture|fuzz|coverage)\.sh|NETKIT_SEED=\d+ ctest ",
    "needs a hand at Ctrl-C in time; tests/client/get_test.py does it": r".*--get image\.bin",
    "needs another machine": r"ssh ",
    "stands for the reader's own files and addresses": r".*\b(FILE|PID|HOST:PORT|PLUGIN\.so|OPTIONS)\b",
    "changes the source tree": r".*>config/netkit\.schema\.json$",
}
COMMAND = re.compile(
    r"(\$ |sudo |scripts/|netkit-[a-z]+ |build/bin/|kill |curl |nc |echo |cmake |ctest |g\+\+ |doxygen|npm |systemctl |man |NETKIT_)")
PORT = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])[: ](\d+)")


def kind_of(command):
    """Why a command is not run; None if it is."""
    return next((kind for kind, pattern in NOT_RUN.items() if re.match(pattern, command)), None)


def blocks_of(page):
    return console.blocks(page.read_text(encoding="utf-8"))


def commands_not_in_sessions(page):
    """(line, command) in blocks that are not run."""
    for block in blocks_of(page):
        for number, line in enumerate(block.text.splitlines(), block.line + 1):
            code = block.language in ("sh", "bash", "shell") or (block.language in ("plain", "indented") and COMMAND.match(line))
            if code and line and not line.startswith(("#", " ")):
                yield number, line


def sessions(page):
    return [block for block in blocks_of(page) if block.language == "console"]


def nc_can_end():
    shown = subprocess.run(["nc", "-h"], capture_output=True, text=True, check=False).stderr if shutil.which("nc") else ""
    return "-N" in shown


def instrumented():
    """True for a build with sanitizers or coverage: whoever builds without them cannot link its libraries."""
    cache = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    return re.search(r"(?m)^NETKIT_SANITIZE:\w+=\S|^CMAKE_CXX_FLAGS_DEBUG:.*--coverage", cache) is not None


def in_use(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Listed(unittest.TestCase):
    def test_each_command_is_run_or_is_of_a_kind_that_is_not(self):
        wrong = [f"{page.relative_to(SOURCE)}:{number}: {line}" for page in PAGES
                 for number, line in commands_not_in_sessions(page) if not kind_of(line)]
        self.assertEqual(wrong, [], "write these as sessions (```console), or say in NOT_RUN why they are not run")

    def test_each_kind_is_needed(self):
        shown = [line for page in PAGES for _, line in commands_not_in_sessions(page)]
        shown += [step.command for page in PAGES for block in sessions(page) for step in block.steps()]
        self.assertEqual(set(NOT_RUN) - set(map(kind_of, shown)), set())


class Page(unittest.TestCase):
    """A page's sessions; subclasses have `page`."""

    page = None

    def setUp(self):
        text = self.page.read_text(encoding="utf-8")
        # Where the network is the machine's, others may serve there already.
        ports = set() if OWN_NETWORK else {int(port) for port in PORT.findall(text + (SOURCE / "config/demo.json").read_text())}
        if taken := sorted(filter(in_use, (port for port in ports if 1024 <= port < 32768))):
            self.skipTest(f"ports {taken} are in use, and there is no network of our own to be had (unshare)")
        needed = [program for block in blocks_of(self.page) if block.language == "needs" for program in block.text.split()]
        if missing := [program for program in needed if not shutil.which(program)]:
            self.skipTest(f"not there: {missing}")
        if "cmake -B" in text and instrumented():
            self.skipTest("plugins cannot be linked to what was built with sanitizers or coverage")
        folder = tempfile.TemporaryDirectory(prefix="netkit-page-")
        self.addCleanup(folder.cleanup)
        self.scratch = console.Scratch(folder.name, BUILD)
        self.shell = Shell(folder.name, self.scratch.environment)
        self.addCleanup(self.shell.close)

    def test_the_sessions(self):
        for block in blocks_of(self.page):
            if block.name:
                self.scratch.save(block)
            if block.language == "setup":
                for step in block.steps():
                    self.prepare(step)
            if block.language == "console":
                for step in block.steps():
                    with self.subTest(line=step.line, command=step.command):
                        self.check(step)

    def here(self, step):
        """The command for this folder. A server's log would come between the lines of others: it is kept where the page shows none."""
        command = self.scratch.here(step.command)
        if re.match(r".*netkit-server .*&$", command) and not any(map(console.LOG_LINE.match, self.page.read_text().splitlines())):
            return f"{command[:-1]} 2>>server.log &"
        return command

    def run_step(self, step, until):
        """`until` is what is awaited of one in the background."""
        try:
            return self.shell.run(self.here(step), until if step.background else None)
        except AssertionError as error:
            log = self.scratch.folder / "server.log"
            raise AssertionError(f"{error}\n{log.read_text() if log.exists() else ''}") from None

    def prepare(self, step):
        self.run_step(step, lambda lines: "ready" in lines)

    def check(self, step):
        if kind_of(step.command) or ("nc -N" in step.command and not nc_can_end()):
            return
        if any(map(PROMPT.fullmatch, step.printed)):
            printed = self.shell.converse(self.here(step), step.printed)
        else:
            printed = self.run_step(step, lambda lines: console.agrees(self.seen(lines), step))
        if not console.agrees(self.seen(printed), step):
            self.assertEqual("\n".join(self.seen(printed)), "\n".join(step.printed))
            self.fail("what differs is in the figures that vary")

    def seen(self, lines):
        return [self.scratch.there(line) for line in lines]


for one in PAGES:
    if sessions(one):
        name = "Page_" + re.sub(r"\W", "_", str(one.relative_to(SOURCE).with_suffix("")).removeprefix("docs/"))
        globals()[name] = type(name, (Page,), {"page": one, "__module__": __name__})
del Page


if __name__ == "__main__":
    unittest.main(verbosity=2)
