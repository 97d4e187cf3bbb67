"""The first session in README.md: each command does what the page shows."""

import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "system"))
from netkit_testing import BUILD, PATIENCE, Server, SystemTest

DEMO = json.loads((SOURCE / "config" / "demo.json").read_text())
NEVER_THE_SAME = ((r"\+\d+\.\d+ s", "+TIME"), (r", \d+\)", ", PORT)"), (r"127\.0\.0\.1:\d+", "ADDRESS"))


def steps():
    """(command, what it prints) for each command of the session."""
    readme = (SOURCE / "README.md").read_text()
    session = re.search(r"In another:\n\n((?:    .*\n)+)", readme)[1]
    lines = [line[4:] for line in session.splitlines()]
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def comparable(text):
    for pattern, instead in NEVER_THE_SAME:
        text = re.sub(pattern, instead, text)
    return text


def nc_knows_how_to_end():
    return shutil.which("nc") and "-N" in subprocess.run(["nc", "-h"], capture_output=True, text=True, check=False).stderr


class FirstSession(SystemTest):
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

    def test_each_command(self):
        self.assertGreater(len(steps()), 5)
        for command, expected in steps():
            if "nc -N" in command and not nc_knows_how_to_end():
                continue
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", self.here_instead(command)], stdout=subprocess.PIPE, text=True,
                                      stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
                printed = done.stdout.replace(f"{self.here}/", "/tmp/").splitlines()
                self.assertEqual(list(map(comparable, printed)), list(map(comparable, expected)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
