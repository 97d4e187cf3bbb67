"""The sessions in README.md and docs/netkit-client.md: each command prints what the page shows."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "system"))
from netkit_testing import BUILD as BUILT
from netkit_testing import PATIENCE, Server, SystemTest

BUILD = os.path.abspath(BUILT)

DEMO = json.loads((SOURCE / "config" / "demo.json").read_text())
NEVER_THE_SAME = ((r"\+\d+\.\d+ s", "+TIME"), (r", \d+\)", ", PORT)"), (r"127\.0\.0\.1:\d+", "ADDRESS"))


# What differs by machine or day, needs a terminal or another server.
NOT_HERE = ("id -un", "> date", "image.bin", "slip")


def steps(text):
    """(command, what it prints) for each command that a text shows."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return [(command, printed) for command, printed in found
            if not any(word in "\n".join([command, *printed]) for word in NOT_HERE)]


def first_session():
    readme = (SOURCE / "README.md").read_text()
    return steps(re.sub("(?m)^    ", "", re.search(r"In another:\n\n((?:    .*\n)+)", readme)[1]))


def sessions_of_the_client():
    page = (SOURCE / "docs" / "netkit-client.md").read_text()
    return [step for block in re.findall(r"```console\n(.*?)```", page, re.S) for step in steps(block)]


def comparable(text):
    for pattern, instead in NEVER_THE_SAME:
        text = re.sub(pattern, instead, text)
    return text


def nc_knows_how_to_end():
    return shutil.which("nc") and "-N" in subprocess.run(["nc", "-h"], capture_output=True, text=True, check=False).stderr


class Sessions(SystemTest):
    def setUp(self):
        """Serves the demo on free ports."""
        listeners = [{**each, "address": "127.0.0.1:0"} for each in DEMO["listeners"]]
        self.here = Path(self.folder())
        (self.here / "files").symlink_to(SOURCE / "config" / "files")
        self.server = Server(self.here, {**DEMO, "listeners": listeners})
        self.addCleanup(self.server.stop)
        for each in listeners:
            transports = each.get("transport", "tcp")
            transport = transports if isinstance(transports, str) else transports[0]
            each["address"] = "{}:{}".format(*self.server.address(each["name"], transport))
        (self.here / "demo.json").write_text(json.dumps({**DEMO, "listeners": listeners}))

    def here_instead(self, command):
        """The command for this server and this build."""
        udp = "--udp" in command
        for each in DEMO["listeners"]:
            transport = "udp" if udp else "tcp"
            if transport not in each.get("transport", "tcp"):
                continue
            host, port = self.server.address(each["name"], transport)
            given = each["address"].rpartition(":")[2]
            command = re.sub(rf"127\.0\.0\.1([: ]){given}\b", rf"{host}\g<1>{port}", command)
        command = command.replace("config/demo.json", str(self.here / "demo.json"))
        return command.replace("build/bin", f"{BUILD}/bin").replace("-o /tmp/", f"-o {self.here}/")

    def check(self, commands):
        path = f"{BUILD}/bin:{os.environ['PATH']}"
        for command, expected in commands:
            if "nc -N" in command and not nc_knows_how_to_end():
                continue
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", self.here_instead(command)], stdout=subprocess.PIPE, text=True,
                                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False,
                                      cwd=self.here, env={**os.environ, "PATH": path})
                printed = done.stdout.replace(f"{self.here}/", "/tmp/").splitlines()
                self.assertEqual(list(map(comparable, printed)), list(map(comparable, expected)))

    def test_the_first_session(self):
        self.assertGreater(len(first_session()), 5)
        self.check(first_session())

    def test_the_sessions_of_the_client(self):
        self.assertGreater(len(sessions_of_the_client()), 10)
        (self.here / "picture.png").write_bytes(b"bytes")
        self.check(sessions_of_the_client())


if __name__ == "__main__":
    unittest.main(verbosity=2)
